"""Clips on the command line: video files and folders of frames go in and come out."""

from fractions import Fraction
from pathlib import Path

import pytest
from video_kit import number_of, numbered, recorded, write

from studio.cli.output import check_target, suffix_for, write_results
from studio.cli.values import read_clip
from studio.engine.wording import WrongUse
from studio.model.clip import Clip
from studio.model.clip_open import open_clip
from studio.model.errors import UserError
from studio.model.provenance import Provenance

RECIPE = Provenance("interpolate", "1", {}, 0)


def test_a_clip_comes_from_a_file_or_a_folder(tmp_path: Path) -> None:
    clip = read_clip(write(tmp_path / "film.mp4", numbered(4)))
    assert number_of(clip.frame_at(Fraction(0))) == 0 and clip.rate == 24
    (folder,) = write_results([clip], f"{tmp_path / 'frames'}/", RECIPE)
    assert [number_of(frame.image) for frame in read_clip(folder).frames()] == [0, 1, 2, 3]
    with pytest.raises(UserError):
        read_clip(tmp_path / "none.mp4")


def test_a_clip_is_written_by_its_ending(tmp_path: Path) -> None:
    assert write_results([recorded(3)], str(tmp_path / "a.mkv"), RECIPE) == [tmp_path / "a.mkv"]
    assert len(list(open_clip(tmp_path / "a.mkv").frames())) == 3
    assert suffix_for(Clip) == ".mp4"


def test_other_endings_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no kind of video"):
        check_target(str(tmp_path / "a.txt"), Clip)
    check_target(str(tmp_path / "frames"), Clip)
    check_target(str(tmp_path / "a.gif"), Clip)
