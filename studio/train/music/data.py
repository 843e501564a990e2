"""The tunes as the trainers take them: frames and bars in words, batches of like length, orders with gaps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.nets.melody_code import KINDS, METERS, MODES, Bar, Frame, words_of
from studio.nets.melody_sampling import Steps, steps_of

LONGEST = 200  # notes
GAP_SHARE = 0.4  # of the tunes in a batch have bars to fill
FORGET = 0.15  # of the kinds are hidden while training
ANY = KINDS.index("tune")


@dataclass(frozen=True)
class Piece:
    """One tune: its name in the books, what it is, bars in words."""

    name: str
    frame: Frame
    bars: tuple[Bar, ...]

    @property
    def tune(self) -> dict[int, Bar]:
        """Bar number -> words."""
        return dict(enumerate(self.bars))

    @property
    def notes(self) -> int:
        """How many notes and rests it has."""
        return sum(map(len, self.bars))


def load(folder: Path) -> tuple[list[Piece], list[Piece]]:
    """Training and held-out tunes of a prepared folder, those with a length beyond the words left out."""
    train: list[Piece] = []
    held: list[Piece] = []
    for row in json.loads((folder / "tunes.json").read_text("utf-8")):
        piece = piece_of(row)
        if piece is not None and piece.notes <= LONGEST:
            (held if row["test"] else train).append(piece)
    return train, held


def piece_of(row: dict[str, Any]) -> Piece | None:
    """A row of ``tunes.json``; None when one of its lengths has no word."""
    try:
        bars = words_of(row["bars"])
    except ValueError:
        return None
    frame = Frame(
        KINDS.index(row["kind"]), METERS.index(row["meter"]), MODES.index(row["mode"]), len(bars) - 1
    )
    return Piece(f"{row['title']} ({row['book']} {row['number']})", frame, tuple(bars))


def batches(pieces: Sequence[Piece], notes: int, rng: np.random.Generator) -> Iterator[list[Piece]]:
    """One pass: batches of tunes of like length with about ``notes`` notes each, in random order."""
    order = sorted(range(len(pieces)), key=lambda i: pieces[i].notes + rng.uniform(-8, 8))
    groups: list[list[Piece]] = [[]]
    for i in order:
        if groups[-1] and (len(groups[-1]) + 1) * pieces[i].notes > notes:
            groups.append([])
        groups[-1].append(pieces[i])
    for i in rng.permutation(len(groups)):
        yield groups[i]


def order_with_gap(bars: int, rng: np.random.Generator) -> tuple[list[int], set[int]]:
    """Bars 0..n with a gap moved to the end, and the bars behind the gap (known, not to be learnt there)."""
    length = int(rng.integers(1, max(2, bars // 2) + 1))
    start = int(rng.integers(0, bars + 2 - length))
    gap = set(range(start, start + length))
    known = [bar for bar in range(bars + 1) if bar not in gap]
    return [*known, *sorted(gap)], {bar for bar in known if bar > start}


def training_steps(pieces: Sequence[Piece], rng: np.random.Generator) -> tuple[Steps, np.ndarray[Any, Any]]:
    """Steps of a batch, some tunes with a gap and some without their kind, and the weight of each step."""
    orders, silent, frames = [], [], []
    for piece in pieces:
        n, frame = piece.frame.bars, piece.frame
        order, skip = order_with_gap(n, rng) if rng.random() < GAP_SHARE else (list(range(n + 1)), set())
        orders.append(order)
        silent.append(skip)
        hidden = ANY if rng.random() < FORGET else frame.kind
        frames.append(Frame(hidden, frame.meter, frame.mode, n))
    steps = steps_of(frames, [piece.tune for piece in pieces], orders)
    weight = steps.mask.numpy().astype(np.float32)
    for row, skip in enumerate(silent):
        weight[row] *= ~np.isin(steps.bars[row], list(skip))
    return steps, weight
