"""Ten minutes at 23.976 frames a second: imported, cut, rendered, and counted by PyAV alone."""

from fractions import Fraction

import av
import numpy as np
from video_kit import run

from studio.app.video_write import Encoding, write_clip
from studio.model import timeline_edits as edits
from studio.model.clip_open import open_clip
from studio.model.timeline import Item, Score, Source
from studio.model.timeline_render import rendered

RATE = Fraction(24000, 1001)
COUNT = 14_386  # ten minutes
BITS = 16
SIDE = 8
CLICKS = (48, 7_000, 14_300)  # frames at whose beginning a click is heard


def coded(number):
    """A 32 x 32 picture that says its number in black and white squares."""
    bits = (number >> np.arange(BITS)) & 1
    return np.kron(bits.reshape(4, 4).astype(np.uint8) * 255, np.ones((SIDE, SIDE), np.uint8))


def number_in(picture):
    """The number that a picture says."""
    means = picture.reshape(4, SIDE, 4, SIDE).mean(axis=(1, 3)).ravel()
    return int(((means > 128) << np.arange(BITS)).sum())


def make_source(path):
    """A film of numbered pictures with clicks, by PyAV alone."""
    wave = np.zeros(round(COUNT / RATE * 48_000), np.float32)
    for frame in CLICKS:
        at = round(frame / RATE * 48_000)
        wave[at : at + 480] = np.sin(np.arange(480) * 0.7) * 0.8
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "20"})
        video.width = video.height = 32
        video.pix_fmt, video.codec_context.time_base = "yuv420p", 1 / RATE
        audio = file.add_stream("aac", rate=48_000, layout="stereo")
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(coded(number), format="gray")
            frame.pts, frame.time_base = number, 1 / RATE
            file.mux(video.encode(frame))
        file.mux(video.encode())
        for first in range(0, len(wave), 1024):
            piece = np.stack([wave[first : first + 1024]] * 2)
            sound = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout="stereo")
            sound.sample_rate, sound.pts, sound.time_base = 48_000, first, Fraction(1, 48_000)
            file.mux(audio.encode(sound))
        file.mux(audio.encode(None))


def numbers(path):
    """(number, seconds) of every frame of a file."""
    with av.open(str(path)) as file:
        return [
            (number_in(frame.to_ndarray(format="gray")), frame.pts * frame.time_base)
            for frame in file.decode(video=0)
        ]


def clicks(path):
    """When clicks are heard, in seconds."""
    found, at = [], None
    with av.open(str(path)) as file:
        for frame in file.decode(audio=0):
            at = round(frame.pts * frame.time_base * 48_000) if at is None else at
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.3)
            if len(loud) and (not found or at + loud[0] - found[-1] > 4800):
                found.append(int(at + loud[0]))
            at += frame.samples
    return [place / 48_000 for place in found]


def test_a_long_film_is_cut_to_the_frame_and_stays_in_time(tmp_path):
    make_source(tmp_path / "source.mp4")
    source = Source.of_clip(open_clip(tmp_path / "source.mp4"), "film")
    score = edits.add_track(Score(32, 32, RATE), 1, "video")
    score = edits.place(score, 1, Item(2, source, Fraction(0), COUNT / RATE))
    score = edits.trim_start(score, 2, 24 / RATE, ripple=True)
    score = edits.split(score, 2, 1000 / RATE, 3)
    score = edits.split(score, 3, 1100 / RATE, 4)
    score = edits.remove(score, 3, ripple=True)
    run(write_clip(tmp_path / "cut.mp4", rendered(score), Encoding(quality="small")))
    expected = [*range(24, 1024), *range(1124, COUNT)]
    found = numbers(tmp_path / "cut.mp4")
    assert [number for number, _ in found] == expected
    assert all(time == place / RATE for place, (_, time) in enumerate(found))
    heard = clicks(tmp_path / "cut.mp4")
    assert len(heard) == len(CLICKS)
    for frame, time in zip(CLICKS, heard, strict=True):
        assert abs(time - expected.index(frame) / RATE) < 1 / RATE / 2
