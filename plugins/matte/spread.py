"""From the working size to the picture's own: the linear fits are enlarged, not the alpha (He, Sun 2015)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.api import Context

from .closed_form import Windows
from .scaling import Array

STRIP = 256
SMOOTH = 1e-4


@dataclass(frozen=True)
class Coarse:
    """What was found at the working size: the picture, its alpha, and where that was open."""

    picture: Array
    alpha: Array
    open_: NDArray[np.bool_]


def spread(ctx: Context, picture: Array, rough: Array, coarse: Coarse) -> Array:
    """Alpha (h, w) for the whole ``picture`` (h, w, 3), in strips; outside the band the rough mask stands."""
    if coarse.alpha.shape == rough.shape:
        return np.where(coarse.open_, coarse.alpha, rough > 0.5).astype(np.float32)
    windows = Windows(coarse.picture, ctx.check, 1, SMOOTH)
    slope, offset = windows.averaged(coarse.alpha.astype(np.float64))
    maps = np.concatenate([slope, offset[..., None], coarse.open_[..., None]], -1).astype(np.float32)
    height, width = rough.shape
    found = (rough > 0.5).astype(np.float32)
    for top in range(0, height, STRIP):
        ctx.check()
        rows = slice(top, min(top + STRIP, height))
        part = strip(maps, rows, width, height)
        fine = (part[..., :3] * picture[rows]).sum(-1) + part[..., 3]
        found[rows] = np.where(part[..., 4] > 0, fine.clip(0, 1), found[rows])
    return found


def strip(maps: Array, rows: slice, width: int, height: int) -> Array:
    """Some rows of ``maps`` enlarged to (height, width), without enlarging the others."""
    from PIL import Image as Pillow

    low = maps.shape[0]
    edges = (0, rows.start * low / height, maps.shape[1], rows.stop * low / height)
    size, how = (width, rows.stop - rows.start), Pillow.Resampling.BILINEAR
    bands = [
        np.asarray(Pillow.fromarray(np.ascontiguousarray(band)).resize(size, how, edges))
        for band in np.moveaxis(maps, 2, 0)
    ]
    return np.stack(bands, -1)
