"""Overlap-blended tiles: any picture-to-picture function over pictures larger than memory allows at once.

Each tile is computed with ``overlap`` pixels of real surroundings on every inner side. Neighbours are blended
over the middle of what they share, at least three quarters of the overlap away from their own edges, so a
function that looks no farther than that to any side gives the same picture as without tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Span:
    """One tile along an axis: it covers [start, stop); ``weight`` has its share of each of these pixels."""

    start: int
    stop: int
    weight: Array


def spans(size: int, tile: int, overlap: int, align: int = 1) -> list[Span]:
    """Cut an axis into equal tiles of at most ``tile`` pixels whose weights sum to 1 everywhere.

    There are as few as can be, none larger than that number needs. Neighbours share ``2 * overlap`` pixels or
    more and are blended over the middle quarter of them. Tiles begin at multiples of ``align``, which must
    divide ``size`` and ``tile``.
    """
    shared = 2 * overlap + align - 1
    if tile <= shared:
        raise ValueError(f"a tile of {tile} is too small for an overlap of {overlap} on both sides")
    if size <= tile:
        return [Span(0, size, np.ones(size, np.float32))]
    count = -(-(size - tile) // (tile - shared)) + 1
    tile = -(-(size + (count - 1) * shared) // (count * align)) * align
    starts = [round(i * (size - tile) / (count - 1) / align) * align for i in range(count)]
    seams = [(a + tile + b) / 2 for a, b in pairwise(starts)]
    edges = [-np.inf, *seams, np.inf]
    return [Span(a, a + tile, share(a, tile, edges[i], edges[i + 1], overlap)) for i, a in enumerate(starts)]


def share(start: int, tile: int, left: float, right: float, overlap: int) -> Array:
    """Weight of a tile's pixels: rising over half the overlap around ``left``, falling around ``right``."""
    centres = np.arange(start, start + tile) + 0.5
    width = max(overlap / 2, 1)
    rise = np.clip((centres - left) / width + 0.5, 0, 1)
    fall = np.clip((centres - right) / width + 0.5, 0, 1)
    return (rise - fall).astype(np.float32)


def tiled(
    function: Function, image: Array, tile: int, overlap: int, scale: int = 1
) -> Generator[tuple[Array, float], None, Array]:
    """Apply ``function`` tile by tile; yields (the picture so far, progress 0..1), returns the whole.

    image: (H, W, C) float32; function: (h, w, C) -> (h * scale, w * scale, D) float32.
    What is yielded is the working array itself: copy it before the next step.
    """
    height, width = image.shape[:2]
    grid = list(product(spans(height, tile, overlap), spans(width, tile, overlap)))
    out: Array | None = None
    for done, (rows, columns) in enumerate(grid, 1):
        piece = function(np.ascontiguousarray(image[rows.start : rows.stop, columns.start : columns.stop]))
        if out is None:
            out = np.zeros((height * scale, width * scale, piece.shape[2]), np.float32)
        place(out, piece, rows, columns, scale)
        yield out, done / len(grid)
    assert out is not None
    return out


def place(out: Array, piece: Array, rows: Span, columns: Span, scale: int) -> None:
    """Add one tile's share of the picture."""
    weight = np.repeat(rows.weight, scale)[:, None] * np.repeat(columns.weight, scale)[None, :]
    region = out[rows.start * scale : rows.stop * scale, columns.start * scale : columns.stop * scale]
    if piece.shape[:2] != region.shape[:2]:
        got, want = piece.shape[:2], region.shape[:2]
        raise ValueError(f"a tile came back {got[1]} x {got[0]}, expected {want[1]} x {want[0]}")
    region += piece * weight[:, :, None]
