"""The colours of what was cut out, without the old background that shines through at its edge."""

from __future__ import annotations

from itertools import product

import numpy as np

from studio.api import Context

from .scaling import Array

RADII = (45, 4)
SIDE = 384


def clean_colours(ctx: Context, picture: Array, alpha: Array) -> Array:
    """Blur-fusion estimate of the foreground (Forte 2021), (h, w, 3) in 0..1, piece by piece."""
    room = 2 * RADII[0]
    height, width = alpha.shape
    found = picture.copy()
    for top, left in product(range(0, height, SIDE), range(0, width, SIDE)):
        ctx.check()
        inner = alpha[top : top + SIDE, left : left + SIDE]
        if ((inner > 0) & (inner < 1)).any():
            first, start = max(0, top - room), max(0, left - room)
            near = slice(first, top + SIDE + room), slice(start, left + SIDE + room)
            made = estimated(ctx, picture[near], alpha[near][..., None])[top - first :, left - start :]
            found[top : top + SIDE, left : left + SIDE] = made[: inner.shape[0], : inner.shape[1]]
    return found


def estimated(ctx: Context, picture: Array, alpha: Array) -> Array:
    """Foreground of a picture (h, w, 3) with alpha (h, w, 1): a wide guess, then a near one."""
    fore = back = picture
    for radius in RADII:
        near, far = averages(ctx, fore, back, alpha, radius)
        fore, back = near + alpha * (picture - alpha * near - (1 - alpha) * far), far
    return np.where(alpha > 0.001, fore, picture).clip(0, 1)


def averages(ctx: Context, fore: Array, back: Array, alpha: Array, radius: int) -> tuple[Array, Array]:
    """The colours of both sides around each pixel, weighed by how much of each there is."""
    from scipy.ndimage import uniform_filter

    size = (2 * radius + 1, 2 * radius + 1, 1)
    weight = uniform_filter(alpha, size)
    ctx.check()
    near = uniform_filter(fore * alpha, size) / (weight + 1e-5)
    ctx.check()
    far = uniform_filter(back * (1 - alpha), size) / (1 - weight + 1e-5)
    ctx.check()
    return near, far
