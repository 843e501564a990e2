"""Texture for what the network only outlines, taken from like places around it.

A small network draws the colours and large shapes of a hole and leaves its texture out. Here that drawing is
where the search begins: at an eighth of its size each pixel of the hole looks for the most alike known place,
all places vote on what is to be seen, and so on a few times; then at twice the size again, where sources
shift a little and spread to their neighbours (completion by patches, Wexler et al. 2007, searched as in
PatchMatch, Barnes et al. 2009). What is finer than the scale of the network comes from the same places.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from studio.api import Context

from .resample import membrane, resized, shrunk

Unit = NDArray[np.float32]
Bools = NDArray[np.bool_]
Whole = NDArray[np.int64]
REACH = 2  # a patch has 2 * REACH + 1 pixels a side
SIDE = 2 * REACH + 1
LEVELS = 3  # doublings between the coarsest level and the one the network works at
MOST_SOURCES = 6000
FEWEST_SOURCES = 32
AT_ONCE = 256  # patches compared with all sources in one step
PART = 16_000  # patches compared with one source each in one step
SWEEPS = 2
RIM = 3  # pixels along the edge whose colours must meet
ROUNDS = 5  # at the coarsest level
PATIENCE = 1.2  # how much less alike a place may be that goes on where a neighbour's source is
SHIFTS = [(y, x) for y, x in product((-1, 0, 1), repeat=2) if (y, x) != (0, 0)]
BESIDE = [(0, 1), (1, 0), (0, -1), (-1, 0)]


class Texture:
    """Sources for the hole of one picture.

    Args:
        small: (h, w, 3) the picture with its hole as the network draws it.
        known: (h, w) where it is not hole.
        seed: chooses among the sources.
    """

    def __init__(self, ctx: Context, small: Unit, known: Bools, seed: int) -> None:
        self.ctx, self.small, self.known = ctx, small, known
        self.rng = ctx.rng(seed)
        self.offsets = np.zeros((*known.shape, 2), np.int64)

    def drawn(self) -> Unit | None:
        """The picture with texture in its hole; None where there is too little to take it from.

        Afterwards ``offsets`` (h, w, 2) tell how far each pixel of the hole lies from its source.
        """
        levels = self.pyramid()
        drawn, known = levels[0]
        sources = np.argwhere(whole_patches(known))
        places = np.argwhere(~known)
        if len(sources) < FEWEST_SOURCES or not len(places):
            return None
        offsets = self.offsets
        for _ in range(ROUNDS):
            offsets = self.nearest(drawn, places, sources)
            drawn = self.voted(levels[0][0], known, offsets, REACH)
        for picture, known in levels[1:]:
            offsets = doubled(offsets, known.shape)
            drawn = np.where(known[..., None], picture, resized(drawn, known.shape))
            for reach in (REACH, 1):
                offsets = self.refined(drawn, known, offsets)
                drawn = self.voted(picture, known, offsets, reach)
        self.offsets = offsets
        return drawn + met(self.small, drawn, self.known)

    def voted(self, picture: Unit, known: Bools, offsets: Whole, reach: int) -> Unit:
        """The picture with each pixel of its hole the mean of what the patches around it bring along."""
        places = np.argwhere(~known)
        total, count = np.zeros((len(places), 3), np.float32), np.zeros((len(places), 1), np.float32)
        for step in product(range(-reach, reach + 1), repeat=2):
            self.ctx.check()
            near = (places + np.array(step)).clip((0, 0), (known.shape[0] - 1, known.shape[1] - 1))
            source = places + offsets[near[:, 0], near[:, 1]]
            inside = ((source >= 0) & (source < known.shape)).all(1)
            source = source.clip((0, 0), (known.shape[0] - 1, known.shape[1] - 1))
            good = inside & ~known[near[:, 0], near[:, 1]] & known[source[:, 0], source[:, 1]]
            total += picture[source[:, 0], source[:, 1]] * good[:, None]
            count += good[:, None]
        out = picture.astype(np.float32)
        rows, columns = places.T
        out[rows, columns] = np.where(count > 0, total / np.maximum(count, 1), out[rows, columns])
        return out

    def pyramid(self) -> list[tuple[Unit, Bools]]:
        """The picture in doubling sizes, the last one as given, and what is known at each."""
        height, width = self.known.shape
        found: list[tuple[Unit, Bools]] = []
        for level in range(LEVELS, 0, -1):
            size = max(1, round(height / 2**level)), max(1, round(width / 2**level))
            _, known = shrunk(self.small, self.known, size)
            found.append((resized(self.small, size, "box"), known))
        return [*found, (self.small, self.known)]

    def nearest(self, picture: Unit, places: Whole, sources: Whole) -> Whole:
        """The offset of the most alike source for each place, compared one with all."""
        import torch

        if len(sources) > MOST_SOURCES:
            sources = sources[self.rng.choice(len(sources), MOST_SOURCES, replace=False)]
        padded = edged(picture)
        pool = torch.from_numpy(looks(padded, *sources.T)).to(self.ctx.device)
        norms = pool.square().sum(1)
        out = np.zeros((*picture.shape[:2], 2), np.int64)
        for part in parts(places, AT_ONCE):
            self.ctx.check()
            wanted = torch.from_numpy(looks(padded, *part.T)).to(self.ctx.device)
            best = (norms - 2 * wanted @ pool.t()).argmin(1).cpu().numpy()
            out[part[:, 0], part[:, 1]] = sources[best] - part
        return out

    def refined(self, guess: Unit, known: Bools, offsets: Whole) -> Whole:
        """Offsets after looking a pixel further, and at what the neighbours have found."""
        padded, usable = edged(guess), whole_patches(known)
        places = np.argwhere(~known)
        for sweep in range(SWEEPS):
            fresh = offsets.copy()
            for part in parts(places, PART):
                self.ctx.check()
                fresh[part[:, 0], part[:, 1]] = self.better(padded, usable, known, offsets, part, sweep == 0)
            offsets = fresh
        return offsets

    def better(
        self, padded: Unit, usable: Bools, known: Bools, offsets: Whole, places: Whole, shift: bool
    ) -> Whole:
        """For each place the best of its own offset, those a pixel away, and its neighbours'."""
        rows, columns = places.T
        here = looks(padded, rows, columns)

        def cost(of: Whole) -> Unit:
            y, x = rows + of[:, 0], columns + of[:, 1]
            inside = (y >= 0) & (y < known.shape[0]) & (x >= 0) & (x < known.shape[1])
            y, x = y.clip(0, known.shape[0] - 1), x.clip(0, known.shape[1] - 1)
            far = np.square(looks(padded, y, x) - here).sum(1)
            return np.where(inside & usable[y, x], far, np.inf).astype(np.float32)

        best = offsets[rows, columns]
        least = cost(best)
        for step in SHIFTS if shift else ():
            other = offsets[rows, columns] + step
            offered = cost(other)
            taken = offered < least
            best, least = np.where(taken[:, None], other, best), np.minimum(offered, least)
        bar = least * PATIENCE
        for step in BESIDE:
            y = (rows + step[0]).clip(0, known.shape[0] - 1)
            x = (columns + step[1]).clip(0, known.shape[1] - 1)
            other = offsets[y, x]
            offered = np.where(known[y, x], np.inf, cost(other))
            taken = offered <= bar
            best, bar = np.where(taken[:, None], other, best), np.where(taken, offered, bar)
        return best

    def laid(self, offsets: Whole, known: Bools, fine: Unit, fine_known: Bools) -> Unit:
        """(H, W, 3): what is finer at the sources of each unknown pixel of a picture as large or larger."""
        places = np.argwhere(~fine_known)
        out = np.zeros_like(fine)
        for part in parts(places, 4 * PART):
            self.ctx.check()
            out[part[:, 0], part[:, 1]] = mixed(part, offsets, known, fine, fine_known)
        return out


def met(picture: Unit, drawn: Unit, known: Bools) -> Unit:
    """(h, w, 3): what to add to the hole of a drawing so that its colours meet the picture at the edge.

    Along the edge it is the difference of the local means on both sides, inside a smooth membrane between.
    """
    from scipy.ndimage import binary_dilation, uniform_filter

    rim = ~known & binary_dilation(known, iterations=RIM)

    def mean(values: Unit, where: Bools) -> Unit:
        size = (2 * RIM + 3, 2 * RIM + 3, 1)
        total = uniform_filter(values * where[..., None], size, mode="nearest")
        return total / np.maximum(
            uniform_filter(where.astype(np.float32)[..., None], size, mode="nearest"), 1e-3
        )

    return membrane(mean(picture, known) - mean(drawn, ~known), rim) * ~known[..., None]


def parts(places: Whole, count: int) -> Iterator[Whole]:
    """Rows in pieces of at most so many."""
    for start in range(0, len(places), count):
        yield places[start : start + count]


def edged(picture: Unit) -> Unit:
    """With its edge pixels continued, so that every pixel has a whole patch."""
    return np.pad(picture, ((REACH, REACH), (REACH, REACH), (0, 0)), mode="edge")


def looks(padded: Unit, rows: Whole, columns: Whole) -> Unit:
    """(n, D): the patches around pixels."""
    windows = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE), axis=(0, 1))
    return windows[rows, columns].reshape(len(rows), -1)


def whole_patches(known: Bools) -> Bools:
    """Where a patch holds known pixels only."""
    from scipy.ndimage import minimum_filter

    return minimum_filter(known, SIDE, mode="nearest")


def doubled(offsets: Whole, shape: tuple[int, ...]) -> Whole:
    """Offsets of a level for the next one, twice as large."""
    rows = (np.arange(shape[0]) * offsets.shape[0] // shape[0])[:, None]
    columns = np.arange(shape[1]) * offsets.shape[1] // shape[1]
    return offsets[rows, columns] * 2


def mixed(places: Whole, offsets: Whole, known: Bools, fine: Unit, fine_known: Bools) -> Unit:
    """(n, 3): detail from up to four sources, weighed so that its contrast is that of one."""
    scale = np.array(fine.shape[:2]) / known.shape
    at = (places + 0.5) / scale - 0.5
    base = np.floor(at + 1e-6).astype(np.int64)
    share = (at - base).clip(0, 1).astype(np.float32)
    moves: list[Whole] = []
    weights: list[Unit] = []
    total = np.zeros((len(places), 3), np.float32)
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        cell = (base + np.array((dy, dx))).clip(0, np.array(known.shape) - 1)
        move = np.rint(offsets[cell[:, 0], cell[:, 1]] * scale).astype(np.int64)
        y = (places[:, 0] + move[:, 0]).clip(0, fine.shape[0] - 1)
        x = (places[:, 1] + move[:, 1]).clip(0, fine.shape[1] - 1)
        weight = np.abs(1 - dy - share[:, 0]) * np.abs(1 - dx - share[:, 1])
        weight = weight * (~known[cell[:, 0], cell[:, 1]] & fine_known[y, x])
        total += fine[y, x] * weight[:, None]
        moves.append(move)
        weights.append(weight.astype(np.float32))
    power = sum(w * w for w in weights)
    for (a, one), (b, other) in combinations(zip(moves, weights, strict=True), 2):
        power = power + 2 * one * other * (a == b).all(1)
    return total / np.sqrt(np.maximum(power, 1e-6))[:, None]
