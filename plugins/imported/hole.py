"""Holes filled on a crop around them, at a bounded size, in pictures of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.api import Context, Image, Mask, UserError

from .pixels import Array, recoloured, resized

MARGIN = 64
FACTOR = 8


def filled(ctx: Context, net: Any, image: Image, mask: Mask, size: int) -> Image:
    """The picture with the white of the mask replaced; UserError when the mask does not fit or is empty."""
    if mask.pixels.shape != image.pixels.shape[:2]:
        raise UserError("The mask and the picture differ in size.", "Give both the same width and height.")
    cover = np.nan_to_num(mask.array("float32"))
    if not (cover > 0.5).any():
        raise UserError("The mask is empty.", "Paint where you want new content.")
    rows, columns = around(cover > 0.5)
    part = image.array("float32", 3)[rows, columns]
    share = cover[rows, columns][..., None]
    made = proposed(ctx, net, part, share, size)
    pixels = image.pixels.copy()
    pixels[rows, columns] = recoloured(pixels[rows, columns], part + share * (made - part))
    return Image(pixels, image.icc, image.meta)


def around(hole: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns of the hole with surroundings on every side, as far as the picture reaches."""
    found: list[slice] = []
    for axis in (1, 0):
        places = np.flatnonzero(hole.any(axis=axis))
        first, last = int(places[0]), int(places[-1]) + 1
        margin = max(MARGIN, (last - first) // 2)
        found.append(slice(max(0, first - margin), min(hole.shape[1 - axis], last + margin)))
    return found[0], found[1]


def proposed(ctx: Context, net: Any, part: Array, share: Array, size: int) -> Array:
    """What the network would put everywhere in a part of the picture."""
    import torch

    height, width = part.shape[:2]
    shrink = min(1.0, ctx.tile(size) / max(height, width))
    low, wide = max(1, round(height * shrink)), max(1, round(width * shrink))
    small = resized(part, wide, low)
    hole = (resized(share, wide, low) > 0.25).astype(np.float32)
    padded = [pad(value) for value in (small, hole)]
    x, m = (torch.from_numpy(np.ascontiguousarray(v.transpose(2, 0, 1)))[None].to(ctx.device) for v in padded)
    with torch.inference_mode():
        made = net(x, m)[0, :3, :low, :wide].permute(1, 2, 0).float().cpu().numpy()
    ctx.check()
    return resized(made, width, height)


def pad(pixels: Array) -> Array:
    """Repeat the edge until the sides are ones that such networks take: multiples of 8, at least 64."""
    missing = [max(-side % FACTOR, 64 - side) for side in pixels.shape[:2]]
    return np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), "edge")
