"""The melody network: what it is told while it writes is what it was told while it learnt."""

from typing import Any

import numpy as np
import pytest
import torch

from studio.nets.melody import Critic, Melody
from studio.nets.melody_code import (
    COLUMNS,
    HOLD,
    LENGTHS,
    REST,
    Board,
    Frame,
    length_mask,
    notes_of,
    words_of,
)
from studio.nets.melody_sampling import Plan, Writer, log_odds, steps_of

REEL = Frame(0, 0, 0, 4)
JIG = Frame(1, 3, 1, 3)


class Listening(Melody):
    """Remembers the contexts it was given."""

    def __init__(self) -> None:
        super().__init__(dim=16, depth=2, heads=2)
        self.heard: list[torch.Tensor] = []

    def forward(self, contexts: torch.Tensor, cache: Any = None) -> Any:
        self.heard.append(contexts)
        return super().forward(contexts, cache)


@pytest.fixture
def net() -> Listening:
    torch.manual_seed(1)
    return Listening().eval()


def written(net: Melody, *plans: Plan) -> list[dict[int, Any]]:
    writer = Writer(net, plans, torch.Generator().manual_seed(2))
    for _ in writer.run():
        pass
    return writer.made


def test_contexts_are_the_same_while_writing_and_while_learning(net: Listening) -> None:
    (tune,) = written(net, Plan(REEL, {}, range(5)))
    heard = torch.cat(net.heard, 1)
    steps = steps_of([REEL], [tune], [range(5)])
    assert torch.equal(heard, steps.contexts)


def test_a_gap_is_told_what_stands_on_both_of_its_sides(net: Listening) -> None:
    (tune,) = written(net, Plan(REEL, {}, range(5)))
    net.heard.clear()
    known = {bar: tune[bar] for bar in (0, 1, 3, 4)}
    (filled,) = written(net, Plan(REEL, known, [2]))
    steps = steps_of([REEL], [filled], [[0, 1, 3, 4, 2]])
    assert torch.equal(torch.cat(net.heard[1:], 1), steps.contexts[:, sum(map(len, known.values())) :])
    assert {bar: filled[bar] for bar in known} == known


def test_features_with_a_cache_equal_those_without(net: Listening) -> None:
    (tune,) = written(net, Plan(REEL, {}, range(5)))
    steps = steps_of([REEL], [tune], [range(5)])
    whole, _ = net(steps.contexts)
    cache, parts = None, []
    for step in range(steps.contexts.shape[1]):
        part, cache = net(steps.contexts[:, step : step + 1], cache)
        parts.append(part)
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)


def test_bars_are_exactly_full_in_every_meter(net: Listening) -> None:
    for tune, frame in zip(
        written(net, Plan(REEL, {}, range(5)), Plan(JIG, {}, range(4))), (REEL, JIG), strict=True
    ):
        assert {sum(LENGTHS[n] for _, n in bar) for bar in tune.values()} == {frame.full}


def test_the_later_never_changes_the_earlier(net: Listening) -> None:
    (tune,) = written(net, Plan(REEL, {}, range(5)))
    steps = steps_of([REEL], [tune], [range(5)])
    changed = steps.contexts.clone()
    changed[:, -1, 0] = (changed[:, -1, 0] + 1) % COLUMNS[0]
    assert torch.allclose(net(steps.contexts)[0][:, :-1], net(changed)[0][:, :-1], atol=1e-6)


def test_impossible_words_have_no_probability(net: Listening) -> None:
    (tune,) = written(net, Plan(JIG, {}, range(4)))
    steps = steps_of([JIG], [tune], [range(4)])
    pitch, length = log_odds(net, net(steps.contexts)[0], steps)
    assert torch.isfinite(pitch.gather(-1, steps.pitch[..., None])).all()
    too_long = torch.from_numpy(~length_mask(steps.room.ravel())).view(length.shape)
    assert length.exp()[too_long].max() == 0


def test_a_length_never_leaves_a_single_tick() -> None:
    fits = length_mask(np.array([7]))[0]
    assert [n for n, ok in zip(LENGTHS, fits, strict=True) if ok] == [2, 3, 4]


def test_bars_that_are_alike_are_marked() -> None:
    board = Board([REEL])
    bar = words_of([[(0, 48), (4, 24), (7, 24)]])[0]
    for number in (1, 2, 3):
        board.rank[0, number], place = number, 0
        for pitch, length in bar:
            board.write(0, number, place, pitch, length)
            place += LENGTHS[length]
    at = (np.zeros(3, int), np.array([3, 3, 1]), np.array([0, 48, 24]))
    assert board.alike(*at, -1).tolist() == [3, 2, 0]
    board.write(0, 3, 0, 9, 0)
    assert board.alike(*at, -1).tolist() == [3, 1, 0]


def test_words_go_both_ways() -> None:
    bars = [[(REST, 24), (-12, 8), (24, 12)], [(HOLD, 96)]]
    assert notes_of(words_of(bars)) == bars
    with pytest.raises(ValueError):
        words_of([[(0, 7)]])


@pytest.mark.parametrize("causal", [True, False])
def test_the_critic_judges_every_note(net: Listening, causal: bool) -> None:
    (tune,) = written(net, Plan(REEL, {}, range(5)))
    steps = steps_of([REEL], [tune], [range(5)])
    critic = Critic(dim=16, depth=1, heads=2, causal=causal).eval()
    verdicts = critic(steps.contexts, steps.pitch, steps.length, steps.mask)
    assert verdicts.shape == steps.mask.shape
    later = steps.pitch.clone()
    later[:, -1] = (later[:, -1] + 1) % 30
    same = torch.allclose(critic(steps.contexts, later, steps.length, steps.mask)[:, 0], verdicts[:, 0])
    assert same is causal
