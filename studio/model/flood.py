"""Finding pixels of like colour: what the magic wand and the flood fill share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studio.model.nodes import white_of
from studio.model.tiles import Array


def similar(pixels: Array, x: int, y: int, tolerance: int) -> npt.NDArray[np.bool_]:
    """Pixels (h, w) whose every channel differs from that at (x, y) by at most `tolerance` of 255.

    RGBA is compared with the colours weighted by alpha, so all clear pixels are alike.
    """
    limit = tolerance * white_of(pixels.dtype) // 255
    if pixels.ndim == 2:
        return _near(pixels, pixels[y, x], limit)
    alpha = pixels[..., 3]
    alike = _near(alpha, alpha[y, x], limit)
    solid = bool(alpha.min() == white_of(pixels.dtype))
    for channel in range(3):
        plane = pixels[..., channel] if solid else _weighted(pixels[..., channel], alpha)
        alike &= _near(plane, plane[y, x], limit)
    return alike


def connected(alike: npt.NDArray[np.bool_], x: int, y: int) -> npt.NDArray[np.bool_]:
    """The part of a mask that hangs together with (x, y) by edges."""
    from scipy import ndimage

    labels = np.empty(alike.shape, np.int32)
    ndimage.label(alike, output=labels)
    return (labels == labels[y, x]) & alike


def _near(plane: Array, value: Array, limit: int) -> npt.NDArray[np.bool_]:
    white = white_of(plane.dtype)
    low, high = max(int(value) - limit, 0), min(int(value) + limit, white)
    return (plane >= plane.dtype.type(low)) & (plane <= plane.dtype.type(high))


def _weighted(plane: Array, alpha: Array) -> Array:
    white = white_of(plane.dtype)
    return ((plane.astype(np.uint32) * alpha + white // 2) // white).astype(plane.dtype)
