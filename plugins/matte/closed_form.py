"""Closed-form matting (Levin, Lischinski, Weiss 2008), without ever making its matrix.

Within each small window alpha is taken as a linear function of the colours. The matting Laplacian L measures
how badly that holds. L p is what is left of p after fitting it linearly in every window and averaging the
fits (He, Sun, Tang 2010), so applying L takes a few box filters, and conjugate gradients need nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from .scaling import Array

Real = NDArray[np.float64]
EPSILON = 1e-5
ENOUGH = 1e-4
STRIP = 64


Check = Callable[[], None]


def box(values: Real, radius: int, check: Check) -> Real:
    """Mean over windows of (2 radius + 1) squared pixels, mirrored at the border; (h, w) or (h, w, C)."""
    from scipy.ndimage import uniform_filter

    made = np.empty_like(values)
    for band in np.ndindex(values.shape[2:]):
        check()
        uniform_filter(values[(..., *band)], 2 * radius + 1, output=made[(..., *band)])
    return made


def inverse(matrices: Real) -> Real:
    """Inverses of symmetric positive 3 x 3 matrices (..., 3, 3), by their cofactors."""
    rows = [matrices[..., i, :] for i in range(3)]
    cofactors = np.stack([np.cross(rows[(i + 1) % 3], rows[(i + 2) % 3]) for i in range(3)], -2)
    return cofactors / (rows[0] * cofactors[..., 0, :]).sum(-1)[..., None, None]


class Windows:
    """The linear fits of a picture's windows. picture: (h, w, 3) in 0..1; ``check`` may end the work."""

    def __init__(self, picture: Array, check: Check, radius: int = 1, epsilon: float = EPSILON) -> None:
        self._colours = picture.astype(np.float64)
        self._radius = radius
        self._check = check
        self.mean = self._box(self._colours)
        spread = self._box(self._colours[..., :, None] * self._colours[..., None, :])
        spread -= self.mean[..., :, None] * self.mean[..., None, :]
        self._inverse = np.empty_like(spread)
        for top in range(0, len(spread), STRIP):
            check()
            self._inverse[top : top + STRIP] = inverse(spread[top : top + STRIP] + epsilon * np.eye(3))

    def _box(self, values: Real) -> Real:
        return box(values, self._radius, self._check)

    def fit(self, values: Real) -> tuple[Real, Real]:
        """Slope (h, w, 3) and offset (h, w) of each window's fit of ``values`` (h, w)."""
        mean = self._box(values)
        along = self._box(self._colours * values[..., None]) - self.mean * mean[..., None]
        slope = np.einsum("hwij,hwj->hwi", self._inverse, along)
        return slope, mean - (slope * self.mean).sum(-1)

    def averaged(self, values: Real) -> tuple[Real, Real]:
        """The fits, averaged over the windows that hold each pixel."""
        slope, offset = self.fit(values)
        return self._box(slope), self._box(offset)

    def laplacian(self, values: Real) -> Real:
        """L times ``values``, divided by the size of a window."""
        slope, offset = self.averaged(values)
        return values - (slope * self._colours).sum(-1) - offset


def solve(
    picture: Array, start: Array, open_: NDArray[np.bool_], iterations: int, check: Check
) -> Iterator[Array]:
    """Alpha (h, w) after each conjugate gradient step, from ``start`` on; fixed where not ``open_``."""
    windows = Windows(picture, check)
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
