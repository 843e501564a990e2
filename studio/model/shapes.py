"""Coverage of geometric shapes, antialiased: uint8 (h, w), 255 = inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.model.geometry import Rect

Mask = npt.NDArray[np.uint8]
Points = Sequence[tuple[float, float]]

_FINE = 4  # polygons are drawn this many times larger, then averaged
_BAND = 256  # rows at a time
_BLOCK = 512  # pixels looked at together; uniform ones need no work


def rectangle(left: float, top: float, right: float, bottom: float, area: Rect) -> tuple[Rect, Mask]:
    """A rectangle with fractional edges inside `area`: the pixels it touches and their coverage."""
    rect = Rect.around(left, top, right, bottom).intersect(area)
    x, y = np.arange(rect.x, rect.right), np.arange(rect.y, rect.bottom)
    across = np.clip(np.minimum(x + 1, right) - np.maximum(x, left), 0, 1)
    down = np.clip(np.minimum(y + 1, bottom) - np.maximum(y, top), 0, 1)
    return rect, np.rint(down[:, np.newaxis] * (across * 255)).astype(np.uint8)


def ellipse(left: float, top: float, right: float, bottom: float, area: Rect) -> tuple[Rect, Mask]:
    """The ellipse that fills a box. Coverage of the rim comes from its distance to the pixel centre."""
    rect = Rect.around(left, top, right, bottom).intersect(area)
    a, b = max((right - left) / 2, 1e-6), max((bottom - top) / 2, 1e-6)
    x = (np.arange(rect.x, rect.right, dtype=np.float32) + np.float32(0.5 - (left + right) / 2)) / np.float32(
        a
    )
    y = (
        np.arange(rect.y, rect.bottom, dtype=np.float32) + np.float32(0.5 - (top + bottom) / 2)
    ) / np.float32(b)
    mask = np.empty((rect.h, rect.w), np.uint8)
    for row in range(0, rect.h, _BAND):
        part = y[row : row + _BAND, np.newaxis]
        level = np.sqrt(x * x + part * part)
        slope = np.sqrt(np.square(x / np.float32(a)) + np.square(part / np.float32(b)))
        slope = np.maximum(slope, np.float32(1e-9))
        distance = (1 - level) * np.maximum(level, np.float32(1e-9)) / slope
        mask[row : row + _BAND] = np.clip(distance * 255 + np.float32(128), 0, 255)
    return rect, mask


def polygon(points: Points, area: Rect) -> tuple[Rect, Mask]:
    """A closed polygon inside `area`; where it crosses itself, the parts cancel out (even-odd)."""
    from PIL import ImageDraw

    columns, rows = [p[0] for p in points], [p[1] for p in points]
    rect = Rect.around(min(columns), min(rows), max(columns), max(rows)).intersect(area)
    mask = np.zeros((rect.h, rect.w), np.uint8)
    for row in range(0, rect.h if rect.w > 0 else 0, _BAND):
        height = min(_BAND, rect.h - row)
        fine = Image.new("L", (rect.w * _FINE, height * _FINE))
        moved = [((x - rect.x) * _FINE - 0.5, (y - rect.y - row) * _FINE - 0.5) for x, y in points]
        ImageDraw.Draw(fine).polygon(moved, fill=255)
        mask[row : row + height] = np.asarray(fine.reduce(_FINE))
    return rect, mask


def blurred(mask: Mask, radius: float) -> Mask:
    """Gaussian blur with a standard deviation of half the radius; what lies outside counts like the edge."""
    from PIL import ImageFilter

    soft = Image.fromarray(mask).filter(ImageFilter.GaussianBlur(radius / 2))
    return np.asarray(soft)


def grown(mask: Mask, radius: float) -> Mask:
    """All pixels at most `radius` away from those at least half selected; a negative radius shrinks."""
    inside = mask >= 128
    out = np.zeros(mask.shape, np.uint8)
    whole = Rect(0, 0, mask.shape[1], mask.shape[0])
    margin, step = int(np.ceil(abs(radius))) + 1, max(_BLOCK, 4 * int(abs(radius)))
    for y in range(0, whole.h, step):
        for x in range(0, whole.w, step):
            block = Rect(x, y, step, step).intersect(whole)
            around = block.expanded(margin).intersect(whole)
            reached = _reached(inside[around.slices(whole)], radius)
            out[block.slices(whole)] = reached[block.slices(around)]
    return out


def _reached(inside: npt.NDArray[np.bool_], radius: float) -> Mask:
    """Coverage by distance: half where it is exactly the radius (and half a pixel)."""
    from scipy import ndimage

    if inside.all() or not inside.any():
        return inside.view(np.uint8) * np.uint8(255)
    if radius >= 0:
        reach = radius + 0.5 - np.asarray(ndimage.distance_transform_edt(~inside), np.float32)
    else:
        reach = np.asarray(ndimage.distance_transform_edt(inside), np.float32) + radius - 0.5
    return (np.clip(reach, 0, 1) * 255 + 0.5).astype(np.uint8)
