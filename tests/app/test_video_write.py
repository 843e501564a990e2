"""Clips are written whole or not at all, with exact times, and read back by PyAV alone."""

from fractions import Fraction

import av
import numpy as np
import pytest
from video_kit import decoded, number_of, numbered, recorded, run, write

from studio.app.priority import realtime
from studio.app.video_write import Encoding, write_clip
from studio.model.clip_open import open_clip
from studio.model.clip_record import Recorder
from studio.model.errors import UserError
from studio.model.media import Image

FILM = Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "auto"), ("a.mov", "auto"), ("a.webm", "auto"), ("a.mkv", "vp9"), ("a.mp4", "av1")],
)
def test_every_frame_is_there_in_time(tmp_path, name, codec):
    path = tmp_path / name
    assert run(write_clip(path, recorded(14, FILM, width=96, height=64), Encoding(codec))) == 14
    frames = decoded(path)
    assert [number_of(picture) for _, picture in frames] == list(range(14))
    assert all(abs(time - n / FILM) <= Fraction(1, 1000) for n, (time, _) in enumerate(frames))
    if name.endswith(("mp4", "mov")):
        assert [time for time, _ in frames] == [n / FILM for n in range(14)]


def test_colours_come_back(tmp_path):
    run(write_clip(tmp_path / "a.mp4", recorded(3), Encoding(quality="best")))
    back = next(open_clip(tmp_path / "a.mp4").frames()).image.pixels
    assert np.abs(back[16, 4].astype(int) - (200, 0, 0)).max() < 12
    assert np.abs(back[16, 44].astype(int) - (0, 0, 200)).max() < 12


def test_variable_times_are_kept(tmp_path):
    recorder = Recorder()
    times = [Fraction(n, 100) for n in (0, 3, 10, 11, 40)]
    for frame, time, end in zip(numbered(5), times, [*times[1:], Fraction(1, 2)], strict=True):
        recorder.add(Image(frame), end - time, time)
    run(write_clip(tmp_path / "a.mp4", recorder.clip(Fraction(25))))
    assert [time for time, _ in decoded(tmp_path / "a.mp4")] == pytest.approx(
        [float(t) for t in times], abs=1e-4
    )
    run(write_clip(tmp_path / "frames", recorder.clip(Fraction(25))))
    assert [frame.time for frame in open_clip(tmp_path / "frames").frames()] == times


def test_gif_keeps_times_and_colours(tmp_path):
    assert run(write_clip(tmp_path / "a.gif", recorded(6, Fraction(25), width=47, height=33))) == 6
    frames = decoded(tmp_path / "a.gif")
    assert [time for time, _ in frames] == [Fraction(n, 25) for n in range(6)]
    assert np.abs(frames[5][1].astype(int) - numbered(6, 47, 33)[5]).mean() < 3


def test_sound_is_copied_untouched(tmp_path):
    source = write(tmp_path / "a.mp4", numbered(24), sound=1.0)
    run(write_clip(tmp_path / "b.mp4", open_clip(source)))
    assert packets(source) == packets(tmp_path / "b.mp4")
    run(write_clip(tmp_path / "c.webm", open_clip(source)))
    with av.open(str(tmp_path / "c.webm")) as file:
        assert file.streams.audio[0].codec_context.name.endswith("opus")


def packets(path):
    """The bytes of every audio packet."""
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


def test_a_folder_of_frames(tmp_path):
    target = tmp_path / "frames"
    target.mkdir()
    (target / "notes.txt").write_text("mine")
    run(write_clip(target, recorded(5, FILM)))
    run(write_clip(target, recorded(3, FILM)))
    assert sorted(p.name for p in target.iterdir()) == [
        "frame-00001.png", "frame-00002.png", "frame-00003.png", "notes.txt", "timing.json",
    ]  # fmt: skip
    assert open_clip(target).rate == FILM


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "frames"])
def test_stopping_half_way_leaves_nothing(tmp_path, name):
    steps = write_clip(tmp_path / name, recorded(12))
    next(steps)
    next(steps)
    steps.close()
    assert list(tmp_path.iterdir()) == []


def test_stopping_leaves_the_old_film(tmp_path):
    path = tmp_path / "a.mp4"
    run(write_clip(path, recorded(4)))
    before = path.read_bytes()
    steps = write_clip(path, recorded(12))
    next(steps)
    steps.close()
    assert path.read_bytes() == before


def test_what_cannot_be_written_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="no kind of video"):
        run(write_clip(tmp_path / "a.txt", recorded(2)))
    with pytest.raises(UserError, match=r"WebM cannot hold H\.264"):
        run(write_clip(tmp_path / "a.webm", recorded(2), Encoding("h264")))
    with pytest.raises(UserError, match="could not be written"):
        run(write_clip(tmp_path / "none" / "a.mp4", recorded(2)))


def test_an_encoder_does_not_take_the_processor_for_itself(tmp_path):
    writing = write_clip(tmp_path / "a.mp4", recorded(8, width=96, height=64), Encoding("av1"))
    next(writing)
    next(writing)
    assert not realtime()
    writing.close()
