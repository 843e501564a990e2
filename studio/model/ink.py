"""Laying colour onto pixels, and taking it off: what brushes, fills and gradients share.

Pixels are uint8 or uint16 arrays, colours and coverage float32 in 0..1. Nothing is changed in place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studio.model.nodes import white_of
from studio.model.tiles import Array, TiledImage, tile_rect

Coverage = npt.NDArray[np.float32]
LUMA = (0.2126, 0.7152, 0.0722)  # Rec. 709, applied to the encoded values


def unit_color(rgba8: Sequence[int]) -> tuple[float, float, float, float]:
    """An 8-bit colour (RGB or RGBA) as 0..1."""
    red, green, blue, alpha = (min(max(value, 0), 255) / 255 for value in (*rgba8, 255)[:4])
    return red, green, blue, alpha


def lay(base: Array, color: Sequence[float | Array], coverage: Coverage) -> Array:
    """Colour over pixels.

    Args:
        base: (h, w, 4) straight RGBA, or (h, w) of a mask, which takes the colour's luminance.
        color: red, green, blue, alpha, each a number or (h, w).
        coverage: (h, w), how much of the colour arrives.
    """
    weight = np.asarray(coverage * color[3], np.float32)
    if base.ndim == 2:
        grey = sum(part * share for part, share in zip(color[:3], LUMA, strict=True))
        return _towards(base, grey, weight)
    white = white_of(base.dtype)
    out = np.empty_like(base)
    out[..., 3] = white
    if base.size and base[..., 3].min() < white:
        below = base[..., 3] * np.float32(1 / white)
        alpha = weight + below * (1 - weight)
        out[..., 3] = alpha * white + np.float32(0.5)
        weight = np.divide(weight, alpha, out=np.zeros_like(weight), where=alpha > 0)
    for channel in range(3):
        out[..., channel] = _towards(base[..., channel], color[channel], weight)
    return out


def erase(base: Array, coverage: Coverage) -> Array:
    """Less alpha by `coverage`: (h, w, 4) RGBA keeps its colours; a mask (h, w) goes towards 0."""
    if base.ndim == 2:
        return _towards(base, 0.0, coverage)
    out = base.copy()
    out[..., 3] = _towards(base[..., 3], 0.0, coverage)
    return out


def scale_alpha(image: TiledImage, mask: TiledImage) -> None:
    """Multiply the alpha of RGBA pixels, in place, by a mask of the same depth and position."""
    for key in list(image.tiles):
        hidden = mask.peek(tile_rect(key))
        if mask.get(key) is not None or mask.default != white_of(mask.dtype):
            keep = hidden.astype(np.float32) / np.float32(white_of(mask.dtype))
            pixels = image.writable(key)
            pixels[...] = erase(pixels, 1 - keep)


def _towards(plane: Array, value: float | Array, weight: Coverage) -> Array:
    """plane + (value - plane) * weight, rounded, in the plane's dtype."""
    white = white_of(plane.dtype)
    mixed = plane.astype(np.float32)
    mixed += (np.float32(white) * np.asarray(value, np.float32) - mixed) * weight
    mixed += np.float32(0.5)
    return mixed.astype(plane.dtype)
