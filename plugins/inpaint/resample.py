"""Smaller and larger, with holes: what is unknown has no weight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Unit = NDArray[np.float32]
Bools = NDArray[np.bool_]


def shrunk(colours: Unit, known: Bools, size: tuple[int, int]) -> tuple[Unit, Bools]:
    """Averages of the known pixels of (H, W, 3) at (height, width), and where all of a pixel is known."""
    if colours.shape[:2] == size:
        return colours * known[..., None], known
    weight = resized(known.astype(np.float32)[..., None], size, "box")
    total = resized(colours * known[..., None], size, "box")
    return total / np.maximum(weight, 1e-4), weight[..., 0] > 0.999


def resized(planes: Unit, size: tuple[int, int], kind: str = "bicubic") -> Unit:
    """(H, W, C) at another (height, width); "box" for averages, "bicubic" for enlarging."""
    from PIL import Image as Pillow

    if planes.shape[:2] == size:
        return planes
    method = Pillow.Resampling.BOX if kind == "box" else Pillow.Resampling.BICUBIC
    parts = [
        Pillow.fromarray(np.ascontiguousarray(planes[..., c])).resize(size[::-1], method)
        for c in range(planes.shape[2])
    ]
    return np.stack([np.asarray(part, np.float32) for part in parts], axis=2)


def membrane(values: Unit, known: Bools) -> Unit:
    """Values (H, W, C) continued smoothly from where they are known into everything else (pull and push).

    Coarser and coarser averages of what is known, then back up, each level filling what the one above left.
    """
    weight = known.astype(np.float32)[..., None]
    return _continued(values * weight, weight)


def _continued(total: Unit, weight: Unit) -> Unit:
    height, width = total.shape[:2]
    share = np.minimum(weight, 1)
    own = total / np.maximum(weight, 1e-6)
    if max(height, width) == 1 or share.min() == 1:
        return own
    half = -(-height // 2), -(-width // 2)
    pad = ((0, half[0] * 2 - height), (0, half[1] * 2 - width), (0, 0))
    folded = [np.pad(part, pad).reshape(half[0], 2, half[1], 2, -1).sum((1, 3)) for part in (total, weight)]
    above = _continued(folded[0], folded[1])
    return own * share + resized(above, (half[0] * 2, half[1] * 2))[:height, :width] * (1 - share)
