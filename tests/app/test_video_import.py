"""Films of every kind, and bad ones, all the way: imported, looked at, rendered."""

from contextlib import closing
from fractions import Fraction

import av
import pytest
from PIL import Image as Pillow
from video_kit import decoded, number_of, numbered, turn, write

from studio.app.scrub import Scrubber
from studio.app.video_write import Encoding
from studio.model.clip_glimpse import LIMIT
from studio.model.timeline_picture import Renderer

F = Fraction
HOURS = 36_000


def folder(path):
    path.mkdir()
    for number, frame in enumerate(numbered(6)):
        Pillow.fromarray(frame).save(path / f"{number:03}.png")
    return path


def gif(path):
    pages = [Pillow.fromarray(frame) for frame in numbered(6)]
    pages[0].save(path, save_all=True, append_images=pages[1:], duration=40)
    return path


def uneven(path):
    return write(path, numbered(6), stamps=[0, 3, 10, 11, 40, 41], unit=F(1, 100))


def rotated(path):
    turn(write(path, numbered(6)))
    return path


KINDS = {
    "a.mp4": lambda p: write(p, numbered(6)),
    "a.mov": lambda p: write(p, numbered(6)),
    "a.mkv": lambda p: write(p, numbered(6)),
    "a.webm": lambda p: write(p, numbered(6), codec="libvpx-vp9"),
    "a.gif": gif,
    "pictures": folder,
    "uneven.mp4": uneven,
    "odd.mkv": lambda p: write(p, numbered(6, 37, 25)),
    "rotated.mp4": rotated,
    "sounding.mp4": lambda p: write(p, numbered(6), sound=0.25),
}


def imported(session, path):
    desk = session.app.video
    desk.import_files([path])
    session.until(lambda: bool(desk.score.length) or told(session))
    return desk


def told(session):
    """What the person was told that is no mere information."""
    return [notice.sentence for notice in session.app.notices.items if notice.level != "info"]


def rendered(session, path):
    """Render the timeline and wait until that has ended."""
    session.app.video.render(path, Encoding(quality="small"))
    session.until(lambda: not session.app.video.renders.active)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_imported_and_rendered(session, tmp_path, name):
    desk = imported(session, KINDS[name](tmp_path / name))
    rendered(session, tmp_path / "out.mp4")
    assert not told(session)
    item = desk.score.tracks[0].items[0]
    with closing(Renderer()) as renderer:
        seen = [number_of(renderer.frame(desk.score, time)) for time in (F(0), desk.score.length - F(1, 500))]
    if name != "rotated.mp4":
        assert seen == [0, 5]
    with av.open(str(tmp_path / "out.mp4")) as file:
        assert bool(file.streams.audio) == (name == "sounding.mp4")
    assert len(decoded(tmp_path / "out.mp4")) == -(-item.length * desk.score.rate // 1)


@pytest.mark.parametrize("content", [b"", b"\0\0\0\x18ftypisom" + bytes(200), b"not a film at all"])
def test_what_is_no_film_is_told_and_nothing_comes(session, tmp_path, content):
    (tmp_path / "bad.mp4").write_bytes(content)
    desk = imported(session, tmp_path / "bad.mp4")
    assert not desk.score.tracks and "bad.mp4" in told(session)[0]


def test_a_film_without_frames_is_told(session, tmp_path):
    desk = imported(session, write(tmp_path / "none.mkv", []))
    assert not desk.score.tracks and told(session)


def test_a_film_cut_short_shows_its_last_frame_to_the_end(session, tmp_path):
    path = write(tmp_path / "short.mkv", numbered(30, 96, 64), gop=4)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    desk = imported(session, path)
    rendered(session, tmp_path / "out.mp4")
    numbers = [number_of(pixels) for _, pixels in decoded(tmp_path / "out.mp4")]
    assert not told(session) and len(numbers) == desk.score.length * 24
    assert numbers[:4] == [0, 1, 2, 3] and 0 < numbers[-1] < 30


def test_a_film_that_goes_while_open_fails_the_render_and_leaves_no_file(session, tmp_path):
    path = write(tmp_path / "film.mp4", numbered(30))
    imported(session, path)
    path.unlink()
    rendered(session, tmp_path / "out.mp4")
    assert told(session) == ["“film.mp4” cannot be read."]
    assert list(tmp_path.iterdir()) == []


def test_ten_hours_are_scrubbed_and_take_bounded_memory(session, tmp_path):
    stamps = [n * HOURS // 300 for n in range(301)]
    path = write(tmp_path / "long.mp4", numbered(301), stamps=stamps, unit=F(1), gop=5)
    desk = imported(session, path)
    assert desk.score.length >= HOURS
    with closing(Scrubber()) as scrubber:
        for hour in (9, 1, 5):
            time = F(3600 * hour)
            last = [look for look in scrubber.looks(desk.score, time, (48, 32)) if look][-1]
            assert last.exact and number_of(last.pixels) == (30 * hour) % 32
        for _ in scrubber.prepare(desk.score, F(1800)):
            pass
        assert 0 < scrubber._glimpses.nbytes <= LIMIT
