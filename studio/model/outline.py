"""The border of a mask as closed polygons along pixel edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Polygon = npt.NDArray[np.float64]
Inside = npt.NDArray[np.bool_]

MAX_CORNERS = 200_000  # a busier mask is looked at more coarsely


def outline(inside: Inside) -> list[Polygon]:
    """Closed loops of corners (n, 2), x and y in pixels, around all that is True, holes included.

    In a polygon along pixel edges every corner has one partner in its row and one in its column. Sorted by
    rows and by columns, partners stand next to each other; walking from partner to partner gives the loops.
    """
    scale = 1
    corners = _corners(inside)
    while len(corners) > MAX_CORNERS:
        scale *= 2
        corners = _corners(inside[::scale, ::scale])
    if not len(corners):
        return []
    across = _partners(np.lexsort((corners[:, 0], corners[:, 1])))
    down = _partners(np.lexsort((corners[:, 1], corners[:, 0])))
    points = corners.astype(np.float64) * scale
    return [points[loop] for loop in _loops(across.tolist(), down.tolist())]


def _corners(inside: Inside) -> npt.NDArray[np.intp]:
    """Points (n, 2) where the border turns; twice where two pixels touch only there."""
    padded = np.pad(inside, 1)
    across, down = padded[:, :-1] ^ padded[:, 1:], padded[:-1] ^ padded[1:]
    turns = np.flatnonzero(across[:-1] ^ across[1:])
    touching = np.flatnonzero(across[:-1] & across[1:] & down[:, :-1])
    places = np.concatenate([turns, touching, touching])
    return np.stack([places % across.shape[1], places // across.shape[1]], axis=1)


def _partners(order: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """For each corner the other one of its pair, when pairs are neighbours in `order`."""
    out = np.empty_like(order)
    out[order[::2]], out[order[1::2]] = order[1::2], order[::2]
    return out


def _loops(across: list[int], down: list[int]) -> list[list[int]]:
    """All closed walks that take turns between the two kinds of partner."""
    unseen = bytearray(b"\1") * len(across)
    loops: list[list[int]] = []
    for start in range(len(across)):
        loop: list[int] = []
        at = start
        while unseen[at]:
            other = across[at]
            unseen[at] = unseen[other] = 0
            loop += (at, other)
            at = down[other]
        if loop:
            loops.append(loop)
    return loops
