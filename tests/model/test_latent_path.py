"""Latent paths and beats: where one is at a moment, and when something begins to sound."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.clip import SOUND_RATE
from studio.model.errors import UserError
from studio.model.latent_path import LatentPath, Moment, Stop
from studio.model.onsets import onsets

F = Fraction


def path(*times, **more):
    return LatentPath(
        "model", tuple(Stop(F(at), seed=i, ease="linear") for i, at in enumerate(times)), **more
    )


def test_between_stops_one_is_on_the_way():
    went = path(0, 2, 3)
    assert went.moment(F(1)) == Moment(0, 0.5)
    assert went.moment(F(2)) == Moment(1, 0.0)
    assert went.moment(F(9)) == Moment(2, 0.0)


def test_a_loop_comes_back_to_its_first_stop():
    went = path(1, 2, loop=F(4))
    assert went.moment(F(3)) == Moment(1, 1 / 3) or abs(went.moment(F(3)).share - 1 / 3) < 1e-4
    assert went.moment(F(1)) == went.moment(F(5)) == Moment(0, 0.0)
    assert went.moment(F(0)) == went.moment(F(4)) and went.moment(F(0)).leg == 1
    assert [stop.seed for stop in went.around(Moment(1, 0.5))] == [0, 1, 0, 1]


def test_ends_are_held_where_it_does_not_loop():
    went = path(1, 2, 3)
    assert went.moment(F(0)) == Moment(0, 0.0)
    assert [stop.seed for stop in went.around(Moment(1, 0.5))] == [0, 1, 2, 2]


def test_holding_jumps_at_the_next_stop():
    went = LatentPath("m", (Stop(F(0), ease="hold"), Stop(F(1), seed=1)))
    assert went.moment(F(99, 100)) == Moment(0, 0.0) and went.moment(F(1)).leg == 1


def test_stops_keep_their_order_when_they_move():
    went = path(0, 1, 2).moved(0, F(3, 2))
    assert [stop.seed for stop in went.stops] == [1, 0, 2]
    assert [float(stop.at) for stop in path(0, 1, loop=F(2)).moved(1, F(5)).stops] == [0, 5]
    assert path(0, 1, loop=F(2)).moved(1, F(5)).loop > 5


@pytest.mark.parametrize(
    "wrong",
    [lambda: path(), lambda: path(1, 1), lambda: path(0, 2, loop=F(2)), lambda: path(0).without(0),
     lambda: LatentPath("m", (Stop(F(0), point="AAAA"),), way="z")],
)  # fmt: skip
def test_impossible_paths_are_refused(wrong):
    with pytest.raises(UserError):
        wrong()


@given(st.lists(st.integers(0, 400), min_size=1, max_size=8, unique=True), st.integers(0, 900), st.booleans())
def test_every_moment_lies_on_a_leg(times, at, loop):
    went = path(*sorted(times)).looped(loop)
    moment = went.moment(F(at, 10))
    assert 0 <= moment.leg < len(times) and 0 <= moment.share <= 1
    assert len(went.around(moment)) == 4


def clicks(times, seconds):
    """Decaying clicks at known times, over faint noise."""
    rng = np.random.default_rng(1)
    wave = rng.normal(0, 0.001, round(seconds * SOUND_RATE)).astype(np.float32)
    tail = np.sin(np.arange(2400) * 0.4) * np.exp(-np.arange(2400) / 400) * 0.8
    for at in times:
        first = round(at * SOUND_RATE)
        wave[first : first + 2400] += tail[: len(wave) - first].astype(np.float32)
    stereo = np.stack([wave, wave], 1)
    return [stereo[i : i + 4800] for i in range(0, len(stereo), 4800)]


def test_clicks_are_heard_when_they_are_played():
    times = [0.5, 0.75, 1.2, 2.0, 2.13, 3.5]
    found = onsets(clicks(times, 4))
    assert len(found) == len(times)
    assert max(abs(float(one) - other) for one, other in zip(found, times, strict=True)) < 0.012


def test_soft_notes_over_a_drone_are_heard():
    t = np.arange(4 * SOUND_RATE) / SOUND_RATE
    wave = 0.1 * np.sin(2 * np.pi * 110 * t)
    for at in (1.0, 2.0, 3.0):
        wave += (
            0.3
            * np.sin(2 * np.pi * 660 * t)
            * np.clip((t - at) / 0.01, 0, 1)
            * np.exp(-6 * np.clip(t - at, 0, 9))
        )
    found = [float(x) for x in onsets([np.stack([wave, wave], 1).astype(np.float32)])]
    assert [round(x, 1) for x in found if x > 0.1] == [1.0, 2.0, 3.0]


def test_silence_has_no_beats():
    assert onsets([np.zeros((SOUND_RATE, 2), np.float32)]) == []


def test_stops_go_round_on_the_beats():
    went = path(0, 2).on_beats([F(1), F(2), F(4)])
    assert [(stop.at, stop.seed) for stop in went.stops] == [(1, 0), (2, 1), (4, 0)]
    with pytest.raises(UserError):
        path(0, 2).on_beats([F(1)])
