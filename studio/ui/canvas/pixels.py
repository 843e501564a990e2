"""From document pixels to what Qt paints, over the same memory."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

Array = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]

# Qt's 32-bit formats are machine words 0xAARRGGBB; these are the places of R, G, B and A in memory.
_ORDER = (2, 1, 0, 3) if sys.byteorder == "little" else (1, 2, 3, 0)
_ALPHA = _ORDER[3]

_PAIR, _HALF = np.uint32(0x00FF00FF), np.uint32(0x00020002)
_TWO, _EIGHT = np.uint32(2), np.uint32(8)


def to_8bit(pixels: Array) -> Bytes:
    """uint8, uint16 or float32 (0..1) values as uint8, rounded; uint8 comes back as it is."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) * 255 + 32895) >> 16).astype(np.uint8)
    return (np.clip(np.nan_to_num(pixels), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def to_display(rgba: Array) -> Bytes:
    """(h, w, 4) straight RGBA of any depth as (h, w, 4) premultiplied bytes in Qt's order."""
    source = to_8bit(rgba)
    out = np.empty(source.shape, np.uint8)
    alpha = source[..., 3]
    out[..., _ALPHA] = alpha
    if alpha.size and alpha.min() == 255:
        for channel in range(3):
            out[..., _ORDER[channel]] = source[..., channel]
        return out
    wide = alpha.astype(np.uint16)
    for channel in range(3):
        product = source[..., channel] * wide + 127
        out[..., _ORDER[channel]] = (product + (product >> 8) + 1) >> 8
    return out


def is_opaque(display: Bytes) -> bool:
    """Whether no display pixel lets anything through."""
    return bool(display.size) and int(display[..., _ALPHA].min()) == 255


def wrap(display: Bytes, *, opaque: bool = False) -> QImage:
    """A QImage over the memory of a C-contiguous (h, w, 4) display array, not a copy.

    The caller keeps the array alive and writes it only between paint events, which run on the same thread.
    """
    height, width = display.shape[:2]
    kind = QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied
    return QImage(display.data, width, height, width * 4, kind)


def halve(display: Bytes) -> Bytes:
    """Half the size, each pixel the mean of four; odd sizes are padded with transparency.

    Two channels are averaged at once in each half of a 32-bit word.
    """
    height, width = display.shape[:2]
    if height % 2 or width % 2:
        display = np.pad(display, ((0, height % 2), (0, width % 2), (0, 0)))
    words = np.ascontiguousarray(display).view(np.uint32)[..., 0]
    quad = [words[y::2, x::2] for y in (0, 1) for x in (0, 1)]
    low = (sum(word & _PAIR for word in quad) + _HALF) >> _TWO & _PAIR
    high = (sum(word >> _EIGHT & _PAIR for word in quad) + _HALF) >> _TWO & _PAIR
    return (low | high << _EIGHT)[..., None].view(np.uint8)


def tint(display: Bytes, coverage: Array, rgb: tuple[int, int, int], strength: float) -> Bytes:
    """Display pixels under a colour where `coverage` (h, w) is; at most `strength` (0..1) of it."""
    if not coverage.any():
        return display
    share = to_8bit(coverage).astype(np.float32)[..., None] * (strength / 255.0)
    over = np.empty(4, np.float32)
    over[list(_ORDER)] = (*rgb, 255)
    return (display * (1.0 - share) + over * share + 0.5).astype(np.uint8)


def scale(display: Bytes, coverage: Array) -> Bytes:
    """Display pixels faded by `coverage` (h, w) uint8; 255 keeps them."""
    if coverage.size and coverage.min() == 255:
        return display
    product = display * coverage.astype(np.uint16)[..., None] + 127
    return ((product + (product >> 8) + 1) >> 8).astype(np.uint8)
