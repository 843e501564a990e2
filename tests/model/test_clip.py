"""Clips: exact times, lazily decoded frames, and files as they come from strangers."""

from fractions import Fraction

import numpy as np
import pytest
from video_kit import number_of, numbered, recorded, turn, write

from studio.model import clip_decode, clip_file
from studio.model.clip_folder import timing
from studio.model.clip_open import open_clip, open_sound
from studio.model.clip_record import Recorder
from studio.model.errors import UserError
from studio.model.media import Image

FILM = Fraction(24000, 1001)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_frames_have_exact_times(tmp_path, suffix):
    clip = open_clip(write(tmp_path / f"a{suffix}", numbered(15), FILM))
    frames = list(clip.frames())
    assert [frame.time for frame in frames] == [n / FILM for n in range(15)]
    assert [number_of(frame.image) for frame in frames] == list(range(15))
    assert all(frame.duration == 1 / FILM for frame in frames)
    assert (clip.width, clip.height, clip.rate, clip.sound) == (48, 32, FILM, None)


def test_webm_and_gif_open(tmp_path):
    clip = open_clip(write(tmp_path / "a.webm", numbered(6), codec="libvpx-vp9"))
    assert [number_of(frame.image) for frame in clip.frames()] == list(range(6))
    Image_ = pytest.importorskip("PIL.Image")
    pages = [Image_.fromarray(frame) for frame in numbered(4)]
    pages[0].save(tmp_path / "a.gif", save_all=True, append_images=pages[1:], duration=[100, 200, 100, 300])
    gif = list(open_clip(tmp_path / "a.gif").frames())
    assert [frame.time for frame in gif] == [Fraction(n, 10) for n in (0, 1, 3, 4)]
    assert gif[2].duration == Fraction(1, 10)


def test_variable_rates_keep_their_times(tmp_path):
    stamps = [0, 7, 30, 31, 100, 260]
    path = write(tmp_path / "a.mp4", numbered(6), stamps=stamps, unit=Fraction(1, 1000))
    frames = list(open_clip(path).frames())
    assert [frame.time for frame in frames] == [Fraction(s, 1000) for s in stamps]
    assert [frame.duration for frame in frames[:-1]] == [Fraction(n, 1000) for n in (7, 23, 1, 69, 160)]


@pytest.mark.parametrize("first", [1, 11, 12, 13, 29])
def test_starting_in_the_middle_gives_the_same_frames(tmp_path, first):
    clip = open_clip(write(tmp_path / "a.mp4", numbered(30)))
    some = list(clip.frames(Fraction(first, 24), Fraction(first + 3, 24)))
    assert [frame.time for frame in some] == [Fraction(n, 24) for n in range(first, min(first + 3, 30))]
    assert number_of(clip.frame_at(Fraction(first, 24))) == first
    assert number_of(clip.frame_at(Fraction(first, 24) + Fraction(1, 100))) == first


def test_outside_a_clip_its_ends_are_seen(tmp_path):
    clip = open_clip(write(tmp_path / "a.mp4", numbered(10)))
    assert number_of(clip.frame_at(Fraction(-3))) == 0
    assert number_of(clip.frame_at(Fraction(100))) == 9


def test_turned_films_stand_upright(tmp_path):
    path = write(tmp_path / "a.mp4", numbered(2))
    turn(path)
    clip = open_clip(path)
    assert (clip.width, clip.height) == (32, 48)
    top, bottom = (clip.frame_at(Fraction(0)).pixels[row].mean(axis=0) for row in (2, -3))
    assert top[0] > 150 and bottom[2] > 150  # the red left edge is on top: turned clockwise


def test_odd_sizes(tmp_path):
    clip = open_clip(write(tmp_path / "a.mkv", numbered(3, 37, 25)))
    assert [frame.image.pixels.shape for frame in clip.frames()] == [(25, 37, 3)] * 3


def test_ten_hours_open_without_being_read(tmp_path, monkeypatch):
    hours = 36_000
    path = write(
        tmp_path / "a.mp4", numbered(31), stamps=[n * hours // 30 for n in range(31)], unit=Fraction(1), gop=1
    )
    seen = []
    real = clip_decode.to_image
    for module in (clip_file, clip_decode):
        monkeypatch.setattr(module, "to_image", lambda frame: seen.append(frame.pts) or real(frame))
    clip = open_clip(path)
    assert clip.duration >= hours and len(seen) == 1
    assert number_of(clip.frame_at(Fraction(hours // 2))) == 15
    assert len(seen) < 6


def test_a_film_cut_short_ends_early(tmp_path):
    path = write(tmp_path / "a.mkv", numbered(40, 96, 64), gop=4)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    numbers = [number_of(frame.image) for frame in open_clip(path).frames()]
    assert 0 < len(numbers) < 40 and numbers[:4] == [0, 1, 2, 3]


def test_a_film_cut_before_its_index_is_refused(tmp_path):
    path = write(tmp_path / "a.mp4", numbered(10))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(UserError):
        open_clip(path)


@pytest.mark.parametrize("content", [b"", b"#EXTM3U\n/etc/passwd\n", b"ffconcat version 1.0\nfile 'a.mp4'\n"])
def test_what_is_no_film_is_refused(tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(UserError, match="no video"):
        open_clip(path)


def test_no_frames_and_no_pictures(tmp_path):
    with pytest.raises(UserError):
        open_clip(write(tmp_path / "a.mkv", []))
    with pytest.raises(UserError, match="not there"):
        open_clip(tmp_path / "gone.mp4")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no pictures"):
        open_clip(tmp_path / "empty")


def test_a_file_that_goes_while_open(tmp_path):
    path = write(tmp_path / "a.mp4", numbered(10))
    clip = open_clip(path)
    path.unlink()
    with pytest.raises(UserError, match="cannot be read"):
        next(clip.frames())


def test_sound_lines_up_to_the_sample(tmp_path):
    path = write(tmp_path / "a.mp4", numbered(24), sound=1.0)
    clip = open_clip(path)
    assert clip.sound is not None
    whole = np.concatenate(list(clip.sound.blocks(Fraction(0), Fraction(1))))
    part = np.concatenate(list(clip.sound.blocks(Fraction(1, 2), Fraction(3, 4))))
    assert whole.shape == (48_000, 2) and part.shape == (12_000, 2)
    assert np.abs(whole[24_000:36_000] - part).max() < 0.02
    after = np.concatenate(list(clip.sound.blocks(Fraction(3, 2), Fraction(2))))
    assert after.shape == (24_000, 2) and not after.any()
    assert open_sound(path)[1] == pytest.approx(1.0, abs=0.05)


def test_folders_of_pictures(tmp_path):
    from PIL import Image as Pillow

    for n, frame in enumerate(numbered(12)):
        Pillow.fromarray(frame).save(tmp_path / f"{n}.png")
    clip = open_clip(tmp_path)
    assert [number_of(frame.image) for frame in clip.frames()] == list(range(12))
    assert clip.duration == Fraction(12, 24) and clip.count == 12
    (tmp_path / "timing.json").write_bytes(timing(FILM, [1 / FILM] * 11 + [Fraction(2)]))
    assert list(open_clip(tmp_path).frames())[-1].end == 11 / FILM + 2
    (tmp_path / "timing.json").write_text('{"rate": "0/0"}')
    with pytest.raises(UserError, match=r"timing\.json"):
        open_clip(tmp_path)
    (tmp_path / "timing.json").unlink()
    Pillow.new("RGB", (3, 3)).save(tmp_path / "3.png")
    with pytest.raises(UserError, match="another size"):
        list(open_clip(tmp_path).frames())


def test_recordings_give_back_what_they_took():
    clip = recorded(20, FILM)
    assert [number_of(frame.image) for frame in clip.frames()] == list(range(20))
    assert [frame.time for frame in clip.frames(2 / FILM, 5 / FILM)] == [2 / FILM, 3 / FILM, 4 / FILM]
    assert clip.duration == 20 / FILM
    assert clip.digest() == recorded(20, FILM).digest() != recorded(19, FILM).digest()


def test_recorders_refuse_what_does_not_fit():
    recorder = Recorder()
    with pytest.raises(UserError):
        recorder.clip(FILM)
    recorder.add(Image(np.zeros((4, 4, 3), np.uint8)), Fraction(1))
    with pytest.raises(UserError, match="one size"):
        recorder.add(Image(np.zeros((4, 5, 3), np.uint8)), Fraction(1))
    with pytest.raises(UserError, match="follow"):
        recorder.add(Image(np.zeros((4, 4, 3), np.uint8)), Fraction(1), Fraction(1, 2))


def test_digests_tell_files_apart(tmp_path):
    one = open_clip(write(tmp_path / "a.mp4", numbered(4)))
    other = open_clip(write(tmp_path / "b.mp4", numbered(5)))
    assert one.digest() == one.digest() != other.digest()
