"""Scrubbing: something to see at once, the exact frame after it, and memory that stays bounded."""

from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from video_kit import number_of, numbered, write

from studio.app.scrub import Scrubber, around
from studio.model import timeline_edits as edits
from studio.model.clip_glimpse import Glimpses
from studio.model.clip_open import open_clip
from studio.model.timeline import Item, Score, Source
from studio.model.timeline_picture import Renderer

F = Fraction
SIZE = (48, 32)
FILM = F(24)


def score_of(path, rate=FILM):
    clip = open_clip(path)
    score = edits.add_track(Score(clip.width, clip.height, rate), 1, "video")
    return edits.append(score, 1, Item(2, Source.of_clip(clip, "film"), F(0), clip.duration))


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Thirty frames after one key frame, most of them made from those on both sides."""
    return write(tmp_path_factory.mktemp("film") / "film.mp4", numbered(30), gop=300)


@pytest.fixture
def score(film):
    return score_of(film)


def looks(scrubber, score, time):
    return [(number_of(look.pixels), look.exact) for look in scrubber.looks(score, time, SIZE) if look]


def test_every_jump_ends_at_the_exact_frame(score):
    order = np.random.default_rng(0).permutation(30)
    with closing(Renderer()) as renderer:
        found = [number_of(renderer.frame(score, F(int(n), 24))) for n in order]
    assert found == list(order)


@pytest.mark.parametrize(
    "stamps", [[0, 1, 2, 30, 31, 90, 91, 92, 200, 400], [0, 7, 9, 10, 60, 61, 62, 100, 130, 200]]
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_jumps_are_exact_where_frames_last_differently_long(tmp_path, stamps, suffix):
    path = write(tmp_path / f"film{suffix}", numbered(10), rate=F(24), stamps=stamps, unit=F(1, 100), gop=300)
    score = score_of(path)
    for time in (F(n, 100) for n in (131, 0, 95, 30, 8, 61, 29, 199, 60, 3)):
        wanted = max(i for i, stamp in enumerate(stamps) if F(stamp, 100) <= time)
        with closing(Renderer()) as renderer:
            assert number_of(renderer.frame(score, time)) == wanted, float(time)


def test_a_key_frame_is_seen_until_the_frame_is_there(score):
    with closing(Scrubber()) as scrubber:
        assert looks(scrubber, score, F(29, 24)) == [(0, False), (29, True)]
        assert looks(scrubber, score, F(29, 24)) == [(29, True)], "what was seen is kept"


def test_a_step_back_does_not_flash_what_is_far_off(score):
    with closing(Scrubber()) as scrubber:
        looks(scrubber, score, F(29, 24))
        assert looks(scrubber, score, F(28, 24)) == [(28, True)]


def test_the_next_frame_comes_without_a_rough_one(score):
    with closing(Scrubber()) as scrubber:
        looks(scrubber, score, F(0))
        assert [looks(scrubber, score, F(n, 24)) for n in (1, 2, 3)] == [[(n, True)] for n in (1, 2, 3)]


def test_prepared_pictures_are_those_of_the_frame(score):
    with closing(Scrubber()) as scrubber:
        for _ in scrubber.prepare(score, F(0)):
            pass
        for n in (29, 5, 17):
            assert looks(scrubber, score, F(n, 24)) == [(n, False), (n, True)]


def test_a_wish_that_is_given_up_does_not_spoil_the_next(score):
    with closing(Scrubber()) as scrubber:
        for given_up, wanted in ((29, 27), (28, 11), (3, 20), (29, 2), (15, 16)):
            steps = scrubber.looks(score, F(given_up, 24), SIZE)
            assert len(list(islice(steps, 4))) >= 2
            steps.close()
            assert looks(scrubber, score, F(wanted, 24))[-1] == (wanted, True)


def test_small_pictures_are_bounded_and_the_nearest_stay(tmp_path):
    path = write(tmp_path / "long.mp4", numbered(24) * 2, rate=F(1), gop=4)
    score = score_of(path, F(1))
    glimpses = Glimpses(limit=12_000)
    with closing(glimpses):
        for time in (F(2), F(40)):
            for _ in glimpses.make(around(score, time)):
                assert glimpses.nbytes < 24_000
            assert 0 < glimpses.nbytes <= 12_000
            clip = score.tracks[0].items[0].source.clip
            pixels, off = glimpses.at(clip, time)
            assert off == 0 and number_of(pixels) == time % 24


def test_the_nearest_sections_come_first(score):
    numbers = [number for _, number in around(score_of_length(score, F(40)), F(21))]
    assert numbers[:3] == [5, 4, 6] and sorted(numbers) == list(range(10))


def score_of_length(score, length):
    """The score's piece drawn out."""
    track = score.tracks[0]
    item = replace(track.items[0], length=length)
    return replace(score, tracks=(replace(track, items=(item,)),))
