"""Music on the command line: read by name, written by its ending."""

from pathlib import Path

import pytest

from studio.cli.output import check_target, suffix_for, write_results
from studio.cli.values import READERS
from studio.engine.wording import WrongUse
from studio.model.errors import UserError
from studio.model.melody import Melody, Note, Part
from studio.model.melody_midi import midi_bytes
from studio.model.provenance import Provenance

TUNE = Melody((Part((Note(0, 60, 480), Note(480, 64, 480)), "Tune", 73),))
RECIPE = Provenance("melody", "1", {}, 0)


@pytest.mark.parametrize(
    ("suffix", "head"),
    [(".mid", b"MThd"), (".musicxml", b"<?xml"), (".wav", b"RIFF"), (".flac", b"fLaC"), (".ogg", b"OggS")],
)
def test_music_is_written_as_its_ending_says(
    studio_home: Path, tmp_path: Path, suffix: str, head: bytes
) -> None:
    out = str(tmp_path / f"new/tune{suffix}")
    check_target(out, Melody)
    (path,) = write_results([TUNE], out, RECIPE)
    assert path.read_bytes().startswith(head)


def test_several_tunes_go_into_a_folder(studio_home: Path, tmp_path: Path) -> None:
    paths = write_results([TUNE, TUNE], f"{tmp_path}/", RECIPE)
    assert [path.name for path in paths] == ["melody-001.mid", "melody-002.mid"]
    assert suffix_for(Melody) == ".mid"


def test_another_ending_is_wrong_use_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"“\.png”"):
        check_target(str(tmp_path / "a.png"), Melody)


def test_a_primer_is_read_from_a_midi_file(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(midi_bytes(TUNE))
    assert READERS[Melody](tmp_path / "a.mid") == TUNE
    (tmp_path / "b.mid").write_bytes(b"not this")
    with pytest.raises(UserError, match="no sound MIDI"):
        READERS[Melody](tmp_path / "b.mid")
