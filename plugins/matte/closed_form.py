"""Closed-form matting (Levin, Lischinski, Weiss 2008), without ever making its matrix.

Within each small window alpha is taken as a linear function of the colours. The matting Laplacian L measures
how badly that holds. L p is what is left of p after fitting it linearly in every window and averaging the
fits (He, Sun, Tang 2010), so applying L takes a few box filters, and conjugate gradients need nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .scaling import Array

Real = NDArray[np.float64]
EPSILON = 1e-5
ENOUGH = 1e-4


def box(values: Real, radius: int) -> Real:
    """Mean over windows of (2 radius + 1) squared pixels, mirrored at the border; (h, w) or (h, w, C)."""
    from scipy.ndimage import uniform_filter

    size = (2 * radius + 1, 2 * radius + 1) + (1,) * (values.ndim - 2)
    return uniform_filter(values, size)


class Windows:
    """The linear fits of a picture's windows. picture: (h, w, 3) in 0..1."""

    def __init__(self, picture: Array, radius: int = 1, epsilon: float = EPSILON) -> None:
        self._colours = picture.astype(np.float64)
        self._radius = radius
        self.mean = box(self._colours, radius)
        pairs = self._colours[..., :, None] * self._colours[..., None, :]
        spread = box(pairs.reshape(*picture.shape[:2], 9), radius).reshape(pairs.shape)
        spread -= self.mean[..., :, None] * self.mean[..., None, :]
        self._inverse = np.linalg.inv(spread + epsilon * np.eye(3))

    def fit(self, values: Real) -> tuple[Real, Real]:
        """Slope (h, w, 3) and offset (h, w) of each window's fit of ``values`` (h, w)."""
        mean = box(values, self._radius)
        along = box(self._colours * values[..., None], self._radius) - self.mean * mean[..., None]
        slope = np.einsum("hwij,hwj->hwi", self._inverse, along)
        return slope, mean - (slope * self.mean).sum(-1)

    def averaged(self, values: Real) -> tuple[Real, Real]:
        """The fits, averaged over the windows that hold each pixel."""
        slope, offset = self.fit(values)
        return box(slope, self._radius), box(offset, self._radius)

    def laplacian(self, values: Real) -> Real:
        """L times ``values``, divided by the size of a window."""
        slope, offset = self.averaged(values)
        return values - (slope * self._colours).sum(-1) - offset


def solve(picture: Array, start: Array, open_: NDArray[np.bool_], iterations: int) -> Iterator[Array]:
    """Alpha (h, w) after each conjugate gradient step, from ``start`` on; fixed where not ``open_``."""
    windows = Windows(picture)
    alpha = start.astype(np.float64)
    residual = np.where(open_, -windows.laplacian(alpha), 0)
    direction, size = residual.copy(), float((residual**2).sum())
    first = size
    for _ in range(iterations):
        if size <= ENOUGH**2 * max(first, 1e-12) or not first:
            break
        bent = np.where(open_, windows.laplacian(direction), 0)
        step = size / max(float((direction * bent).sum()), 1e-300)
        alpha += step * direction
        residual -= step * bent
        now = float((residual**2).sum())
        direction = residual + now / size * direction
        size = now
        yield alpha.clip(0, 1).astype(np.float32)
