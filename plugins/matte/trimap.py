"""From a rough mask to what is surely inside, surely outside, and to be found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .scaling import Array

UNKNOWN = np.float32(0.5)
SURE = 0.02
MARGIN = 16


def around_edge(cover: Array, band: int) -> tuple[slice, slice]:
    """The rows and columns that the edge and its band lie in, with some room."""
    inside = cover > 0.5
    open_ = (cover > SURE) & (cover < 1 - SURE)
    open_[1:] |= inside[1:] != inside[:-1]
    open_[:, 1:] |= inside[:, 1:] != inside[:, :-1]
    room = band + MARGIN
    return span(open_, 1, room), span(open_, 0, room)


def span(there: NDArray[np.bool_], across: int, room: int) -> slice:
    """From the first line along axis ``across`` with anything in it to the last, and some room."""
    places = np.flatnonzero(there.any(axis=across))
    return slice(max(0, int(places[0]) - room), int(places[-1]) + 1 + room)


def signed_distance(cover: Array) -> Array:
    """Pixels to the mask's edge: positive inside, negative outside."""
    from scipy.ndimage import distance_transform_edt

    inside: NDArray[np.bool_] = cover > 0.5
    within = np.asarray(distance_transform_edt(inside))
    without = np.asarray(distance_transform_edt(~inside))
    return np.where(inside, within - 0.5, 0.5 - without).astype(np.float32)


def trimap(cover: Array, distance: Array, band: float) -> Array:
    """0 outside, 1 inside, UNKNOWN within ``band`` pixels of the edge and where the mask is grey."""
    sure = np.where(cover > 0.5, np.float32(1), np.float32(0))
    grey = (cover > SURE) & (cover < 1 - SURE)
    return np.where(grey | (np.abs(distance) <= band), UNKNOWN, sure)
