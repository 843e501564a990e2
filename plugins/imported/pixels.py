"""Float pictures between sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def resized(pixels: Array, width: int, height: int) -> Array:
    """(h, w, C) float32 in another size, by Lanczos; C any."""
    from PIL import Image as Pillow

    if pixels.shape[:2] == (height, width):
        return pixels
    size, how = (width, height), Pillow.Resampling.LANCZOS
    bands = [
        Pillow.fromarray(np.ascontiguousarray(band)).resize(size, how) for band in np.moveaxis(pixels, 2, 0)
    ]
    return np.stack([np.asarray(band) for band in bands], -1).clip(0, 1)


def like(unit: Array, pixels: NDArray[Any]) -> NDArray[Any]:
    """(h, w, C) in 0..1 in the number type of other pixels."""
    unit = np.nan_to_num(unit, nan=0.0).clip(0, 1)
    if pixels.dtype == np.float32:
        return unit.astype(np.float32)
    return (unit * np.iinfo(pixels.dtype).max + 0.5).astype(pixels.dtype)


def recoloured(pixels: NDArray[Any], rgb: Array) -> NDArray[Any]:
    """``pixels`` (h, w, 1, 3 or 4) with the colours of ``rgb`` (h, w, 3) in 0..1; alpha and depth stay."""
    if pixels.shape[2] == 1:
        return like(rgb @ np.array([[0.2126], [0.7152], [0.0722]], np.float32), pixels)
    made = pixels.copy()
    made[..., :3] = like(rgb, pixels)
    return made
