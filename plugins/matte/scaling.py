"""Float pictures between sizes: averaged when smaller, bilinear when larger."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def resized(pixels: Array, width: int, height: int) -> Array:
    """(h, w, C) float32 in another size, C any."""
    from PIL import Image as Pillow

    if pixels.shape[:2] == (height, width):
        return pixels
    smaller = height < pixels.shape[0] or width < pixels.shape[1]
    how = Pillow.Resampling.BOX if smaller else Pillow.Resampling.BILINEAR
    bands = [
        np.asarray(Pillow.fromarray(np.ascontiguousarray(band)).resize((width, height), how))
        for band in np.moveaxis(pixels, 2, 0)
    ]
    return np.stack(bands, -1)
