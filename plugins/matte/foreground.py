"""The colours of what was cut out, without the old background that shines through at its edge."""

from __future__ import annotations

import numpy as np

from studio.api import Context

from .scaling import Array

RADII = (45, 4)
STRIP = 512


def clean_colours(ctx: Context, picture: Array, alpha: Array) -> Array:
    """Blur-fusion estimate of the foreground (Forte 2021), (h, w, 3) in 0..1, in strips of rows."""
    room = 2 * RADII[0]
    height = picture.shape[0]
    found = picture.copy()
    for top in range(0, height, STRIP):
        ctx.check()
        first, last = max(0, top - room), min(height, top + STRIP + room)
        share = alpha[first:last]
        if not ((share > 0) & (share < 1)).any():
            continue
        made = estimated(picture[first:last], share[..., None])
        bottom = min(top + STRIP, height)
        found[top:bottom] = made[top - first : bottom - first]
    return found


def estimated(picture: Array, alpha: Array) -> Array:
    """Foreground of a picture (h, w, 3) with alpha (h, w, 1): a wide guess, then a near one."""
    fore = back = picture
    for radius in RADII:
        fore, back = fused(picture, fore, back, alpha, radius)
    return np.where(alpha > 0.001, fore, picture).clip(0, 1)


def fused(picture: Array, fore: Array, back: Array, alpha: Array, radius: int) -> tuple[Array, Array]:
    """Averages of both sides around each pixel, then the foreground moved to explain the picture."""
    from scipy.ndimage import uniform_filter

    size = (2 * radius + 1, 2 * radius + 1, 1)
    weight = uniform_filter(alpha, size)
    near = uniform_filter(fore * alpha, size) / (weight + 1e-5)
    far = uniform_filter(back * (1 - alpha), size) / (1 - weight + 1e-5)
    return near + alpha * (picture - alpha * near - (1 - alpha) * far), far
