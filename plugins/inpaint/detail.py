"""Grain and texture for what was filled at a smaller scale, carried over from like places around it.

The network draws a hole at the size it is good at. What that leaves out of a larger picture, the difference
between the picture and its smaller self, is known everywhere but in the hole. For each small pixel of the
hole the most alike known place is sought, and its fine detail is laid over (the idea of contextual residual
aggregation, Yi et al. 2020, with nearest neighbours instead of attention). Where neighbours come from
different places their details are blended so that the contrast is kept.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from studio.api import Context

Unit = NDArray[np.float32]
Bools = NDArray[np.bool_]
Offsets = NDArray[np.int64]
REACH = 2  # a patch has 2 * REACH + 1 pixels a side
MOST_SOURCES = 8192
AT_ONCE = 256  # patches compared in one step
TRAITS = 16  # numbers that a patch is compared by: its principal components
SWEEPS = 3
PATIENCE = 1.3  # how much less alike a place may be that goes on where a neighbour's source is


def carried_over(
    ctx: Context, small: Unit, known: Bools, fine: Unit, fine_known: Bools, seed: int
) -> Unit | None:
    """Detail (H, W, 3) to add inside the hole of the full-size picture; None when no source is large enough.

    Args:
        small: (h, w, 3) the picture at the smaller scale, filled. known: where it is no filling.
        fine: (H, W, 3) the full-size picture minus the enlarged small one. fine_known: where that is real.
        seed: chooses among the sources.
    """
    patches = traits_of(patches_of(small))
    places = np.argwhere(~known)
    sources = np.argwhere(whole_patches(known))
    if len(sources) < 16 or len(places) == 0:
        return None
    if len(sources) > MOST_SOURCES:
        sources = sources[ctx.rng(seed).choice(len(sources), MOST_SOURCES, replace=False)]
    found = nearest(ctx, patches, places, sources)
    offsets = np.zeros((*known.shape, 2), np.int64)
    offsets[tuple(places.T)] = sources[found] - places
    for _ in range(SWEEPS):
        ctx.check()
        offsets = joined(patches, known, places, offsets, whole_patches(known))
    return laid(ctx, offsets, known, fine, fine_known)


def patches_of(small: Unit) -> Unit:
    """(h, w, D): the colours around each pixel, edges continued."""
    padded = np.pad(small, ((REACH, REACH), (REACH, REACH), (0, 0)), mode="edge")
    side = 2 * REACH + 1
    seen = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
    return np.ascontiguousarray(seen.reshape(*small.shape[:2], -1))


def traits_of(patches: Unit) -> Unit:
    """(h, w, D) -> (h, w, at most TRAITS): what patches differ in most, distances nearly kept."""
    import torch

    rows = torch.from_numpy(patches.reshape(-1, patches.shape[2]))
    few = rows[:: max(1, len(rows) // 4096)]
    few = few - few.mean(0)
    _, directions = torch.linalg.eigh(few.t() @ few)
    return (rows @ directions[:, -TRAITS:]).reshape(*patches.shape[:2], -1).numpy()


def whole_patches(known: Bools) -> Bools:
    """Where a patch holds known pixels only."""
    from scipy.ndimage import minimum_filter

    return minimum_filter(known, 2 * REACH + 1, mode="constant", cval=False)


def nearest(ctx: Context, patches: Unit, places: Offsets, sources: Offsets) -> Offsets:
    """For each place the index of the most alike source."""
    import torch

    pool = torch.from_numpy(patches[tuple(sources.T)]).to(ctx.device)
    norms = pool.square().sum(1)
    wanted = torch.from_numpy(patches[tuple(places.T)]).to(ctx.device)
    found: list[torch.Tensor] = []
    for part in wanted.split(AT_ONCE):
        ctx.check()
        found.append((norms - 2 * part @ pool.t()).argmin(1))
    return torch.cat(found).cpu().numpy()


def joined(patches: Unit, known: Bools, places: Offsets, offsets: Offsets, usable: Bools) -> Offsets:
    """Offsets taken over from neighbours where that is nearly as alike: detail comes in larger pieces."""
    height, width = known.shape
    here = patches[tuple(places.T)]

    def cost(of: Offsets) -> Unit:
        rows, columns = (places + of).T
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
        far = np.square(patches[rows, columns] - here).sum(1)
        return np.where(inside & usable[rows, columns], far, np.inf).astype(np.float32)

    best = offsets[tuple(places.T)]
    least = cost(best)
    bar = least * PATIENCE
    for step in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        beside = (places + step).clip((0, 0), (height - 1, width - 1))
        other = offsets[tuple(beside.T)]
        offered = np.where(known[tuple(beside.T)], np.inf, cost(other))
        better = offered <= bar
        best = np.where(better[:, None], other, best)
        bar = np.where(better, offered, bar)
    out = offsets.copy()
    out[tuple(places.T)] = best
    return out


def laid(ctx: Context, offsets: Offsets, known: Bools, fine: Unit, fine_known: Bools) -> Unit:
    """The detail at each full-size pixel of the hole, from the four small pixels around it."""
    rows, columns = np.nonzero(~fine_known)
    out = np.zeros_like(fine)
    for part in np.array_split(np.arange(len(rows)), max(1, len(rows) // 200_000)):
        ctx.check()
        out[rows[part], columns[part]] = mixed(rows[part], columns[part], offsets, known, fine, fine_known)
    return out


def mixed(
    rows: Offsets, columns: Offsets, offsets: Offsets, known: Bools, fine: Unit, fine_known: Bools
) -> Unit:
    """(n, 3): detail from up to four sources, weighed so that its contrast is that of one."""
    scale = np.array(fine.shape[:2]) / known.shape
    at = (np.stack([rows, columns], 1) + 0.5) / scale - 0.5
    base = np.floor(at).astype(np.int64)
    share = (at - base).astype(np.float32)
    moves: list[Offsets] = []
    weights: list[Unit] = []
    total = np.zeros((len(rows), 3), np.float32)
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        cell = (base + np.array((dy, dx))).clip(0, np.array(known.shape) - 1)
        move = np.rint(offsets[tuple(cell.T)] * scale).astype(np.int64)
        y = (rows + move[:, 0]).clip(0, fine.shape[0] - 1)
        x = (columns + move[:, 1]).clip(0, fine.shape[1] - 1)
        weight = np.abs(1 - dy - share[:, 0]) * np.abs(1 - dx - share[:, 1])
        weight = weight * (~known[tuple(cell.T)] & fine_known[y, x])
        total += fine[y, x] * weight[:, None]
        moves.append(move)
        weights.append(weight.astype(np.float32))
    power = sum(w * w for w in weights)
    for (a, one), (b, other) in combinations(zip(moves, weights, strict=True), 2):
        power = power + 2 * one * other * (a == b).all(1)
    return total / np.sqrt(np.maximum(power, 1e-6))[:, None]
