"""Writing tunes with the melody model: several side by side, bars in any order, known ones read first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from studio.nets.melody import Melody
from studio.nets.melody_code import LENGTHS, PITCHES, Bar, Board, Frame, length_mask, pitch_mask

Array = np.ndarray[Any, Any]
NONE = (PITCHES, len(LENGTHS))  # the "note" before the first


@dataclass
class Plan:
    """One tune to write: its frame, the bars that are known (words), and those to make, in their order."""

    frame: Frame
    known: dict[int, Bar] = field(default_factory=dict)
    wanted: Sequence[int] = ()

    @property
    def order(self) -> list[int]:
        """Known bars in time, then those to make."""
        return [*sorted(self.known), *self.wanted]


@dataclass
class Steps:
    """The steps of tunes as a batch: contexts (N, T, columns), notes (N, T) each, mask (N, T) of real steps,
    room (N, T) ticks left in the bar, hold (N, T) whether a note may be held over.
    """

    contexts: Tensor
    pitch: Tensor
    length: Tensor
    mask: Tensor
    room: Array
    places: Array
    bars: Array


def steps_of(
    frames: Sequence[Frame], tunes: Sequence[dict[int, Bar]], orders: Sequence[Sequence[int]]
) -> Steps:
    """Teacher-forced steps of whole tunes (bar -> words), their bars written in the given orders."""
    board = Board(frames)
    rows, bars, places, last, notes, where = [], [], [], [], [], []
    for row, (tune, order) in enumerate(zip(tunes, orders, strict=True)):
        before, step = NONE, 0
        for bar in sorted(tune):
            place = 0
            for pitch, length in tune[bar]:
                board.write(row, bar, place, pitch, length)
                place += LENGTHS[length]
        for rank, bar in enumerate(order):
            board.rank[row, bar] = rank
            place = 0
            for pitch, length in tune[bar]:
                rows.append(row)
                bars.append(bar)
                places.append(place)
                last.append(before)
                notes.append((pitch, length))
                where.append(step)
                before, step = (pitch, length), step + 1
                place += LENGTHS[length]
    made = (np.array(rows), np.array(bars), np.array(places))
    return _packed(board, *made, np.array(last), np.array(notes), np.array(where))


def _packed(
    board: Board, rows: Array, bars: Array, places: Array, last: Array, notes: Array, where: Array
) -> Steps:
    n, t = len(board.frames), int(where.max()) + 1
    contexts = board.contexts(rows, bars, places, last)
    wide = np.zeros((n, t, contexts.shape[1]), np.int64)
    wide[rows, where] = contexts
    flat = np.zeros((5, n, t), np.int64)
    flat[:, rows, where] = np.stack([notes[:, 0], notes[:, 1], np.ones_like(rows), places, bars])
    room = np.full((n, t), max(LENGTHS))
    room[rows, where] = board.full[rows] - places
    tensors = [torch.from_numpy(part) for part in flat[:3]]
    return Steps(torch.from_numpy(wide), tensors[0], tensors[1], tensors[2].bool(), room, flat[3], flat[4])


def log_odds(net: Melody, features: Tensor, steps: Steps) -> tuple[Tensor, Tensor]:
    """Log-probabilities of pitches (N, T, P) and, given the pitches, of lengths (N, T, L)."""
    n, t = steps.mask.shape
    may = torch.from_numpy(pitch_mask(steps.places.ravel(), steps.bars.ravel())).view(n, t, -1)
    fits = torch.from_numpy(length_mask(steps.room.ravel())).view(n, t, -1)
    pitch = net.pitches(features).masked_fill(~may.to(features.device), -1e9).log_softmax(-1)
    lengths = net.lengths(features, steps.pitch.to(features.device))
    return pitch, lengths.masked_fill(~fits.to(features.device), -1e9).log_softmax(-1)


class Writer:
    """Writes the wanted bars of plans, one note for each of them at a time.

    temperature: below 1 plays safe. top: only words within the most probable share ``top`` are drawn.
    """

    def __init__(
        self,
        net: Melody,
        plans: Sequence[Plan],
        rng: torch.Generator,
        temperature: float = 1.0,
        top: float = 1.0,
    ) -> None:
        self.net, self.plans, self.rng = net, plans, rng
        self.temperature, self.top = temperature, top
        self.device = net.pitch.weight.device
        self.board = Board([plan.frame for plan in plans])
        self.made: list[dict[int, Bar]] = [dict(plan.known) for plan in plans]

    def begin(self) -> tuple[Array, Any]:
        """Read what is known; the last notes and the cache to go on from. All plans know as many notes."""
        for row, plan in enumerate(self.plans):
            for rank, bar in enumerate(plan.order):
                self.board.rank[row, bar] = rank
            for bar in sorted(plan.known):
                place = 0
                for pitch, length in plan.known[bar]:
                    self.board.write(row, bar, place, pitch, length)
                    place += LENGTHS[length]
        if not self.plans[0].known:
            return np.array([NONE] * len(self.plans)), None
        known = [plan.known for plan in self.plans]
        steps = steps_of([p.frame for p in self.plans], known, [sorted(k) for k in known])
        _, cache = self.net(steps.contexts.to(self.device))
        last = [known[row][max(known[row])][-1] for row in range(len(self.plans))]
        return np.array(last), cache

    @torch.no_grad()
    def run(self) -> Iterator[tuple[int, int, Bar]]:
        """(plan, bar, its notes in words) as each bar is complete."""
        last, cache = self.begin()
        count = len(self.plans)
        at, places = np.zeros(count, int), np.zeros(count, int)
        while True:
            live = np.array([at[row] < len(plan.wanted) for row, plan in enumerate(self.plans)])
            if not live.any():
                return
            bars = np.array([p.wanted[min(at[r], len(p.wanted) - 1)] for r, p in enumerate(self.plans)])
            contexts = self.board.contexts(np.arange(count), bars, np.where(live, places, 0), last)
            features, cache = self.net(torch.from_numpy(contexts)[:, None].to(self.device), cache)
            last = self.draw(features[:, 0], np.where(live, places, 0), bars)
            for row in np.flatnonzero(live):
                pitch, length = map(int, last[row])
                bar = int(bars[row])
                self.board.write(row, bar, int(places[row]), pitch, length)
                self.made[row].setdefault(bar, []).append((pitch, length))
                places[row] += LENGTHS[length]
                if places[row] == self.board.full[row]:
                    places[row], at[row] = 0, at[row] + 1
                    yield int(row), bar, self.made[row][bar]

    def draw(self, features: Tensor, places: Array, bars: Array) -> Array:
        """(N, 2) words drawn for the next notes."""
        may = torch.from_numpy(pitch_mask(places, bars)).to(self.device)
        fits = torch.from_numpy(length_mask(self.board.full - places)).to(self.device)
        pitch = self.pick(self.net.pitches(features).masked_fill(~may, -1e9))
        length = self.pick(self.net.lengths(features, pitch).masked_fill(~fits, -1e9))
        return torch.stack([pitch, length], 1).cpu().numpy()

    def pick(self, logits: Tensor) -> Tensor:
        """One word a row, drawn on the CPU so that a seed means the same everywhere."""
        odds = (logits.float().cpu() / self.temperature).softmax(-1)
        if self.top < 1:
            ranked, order = odds.sort(-1, descending=True)
            keep = ranked.cumsum(-1) - ranked < self.top
            odds = torch.zeros_like(odds).scatter(-1, order, ranked * keep)
        return torch.multinomial(odds, 1, generator=self.rng)[:, 0].to(self.device)
