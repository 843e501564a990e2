"""Reading single colours."""

from __future__ import annotations

import numpy as np

from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.nodes import MaskLayer, RasterLayer, white_of

Rgba8 = tuple[int, int, int, int]


def pick_color(doc: Document, x: float, y: float, merged: bool = True, radius: int = 0) -> Rgba8:
    """The colour of a document pixel, or the mean of those up to `radius` away (a square), weighted by alpha.

    `merged` False looks at the active layer alone. Outside the canvas it is (0, 0, 0, 0).
    """
    spot = Rect(int(np.floor(x)), int(np.floor(y)), 1, 1).expanded(radius).intersect(doc.canvas)
    if spot.is_empty:
        return 0, 0, 0, 0
    node = doc.active
    if merged or not isinstance(node, RasterLayer | MaskLayer):
        pixels = doc.composite(spot)
    else:
        pixels = node.read(spot)
    unit = pixels.astype(np.float64) / white_of(pixels.dtype)
    if unit.ndim == 2:
        grey = round(float(unit.mean()) * 255)
        return grey, grey, grey, 255
    alpha = unit[..., 3:]
    total = float(alpha.sum())
    colors = (unit[..., :3] * alpha).sum((0, 1)) / total if total else np.zeros(3)
    red, green, blue = (round(float(value) * 255) for value in colors)
    return red, green, blue, round(float(alpha.mean()) * 255)
