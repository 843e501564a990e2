"""Resampling: pixels through any perspective, and to other sizes.

Colours are weighted by alpha, so clear pixels lend none. Pillow does the work: 8-bit pixels as they are,
16-bit ones as one float32 plane per channel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.nodes import white_of
from studio.model.tiles import Array

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]
Matrix = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
_Work = Callable[[Image.Image], Image.Image]
_Floats = npt.NDArray[np.float32]

_METHODS: Final[dict[Interpolation, Image.Resampling]] = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_MARGIN: Final = 2  # clear pixels around, so that edges come out antialiased


def checked_matrix(matrix: npt.ArrayLike) -> Matrix:
    """A 3x3 matrix that can be inverted. UserError otherwise."""
    out = np.asarray(matrix, np.float64)
    if out.shape != (3, 3) or not np.isfinite(out).all() or abs(np.linalg.det(out)) < 1e-9:
        raise UserError("This transformation would leave nothing of the layer.", "Make it less extreme.")
    return out


def mapped_bounds(matrix: Matrix, rect: Rect) -> Rect:
    """The pixels that a transformed rectangle can touch."""
    corners = [(x, y, 1.0) for x in (rect.x, rect.right) for y in (rect.y, rect.bottom)]
    points = matrix @ np.array(corners).T
    if (points[2] <= 1e-6).any():
        raise UserError("The perspective is too strong.", "Make it less extreme.")
    x, y = points[:2] / points[2]
    return Rect.around(
        *(float(edge) for edge in (x.min() + 1e-6, y.min() + 1e-6, x.max() - 1e-6, y.max() - 1e-6))
    )


def warp(
    pixels: Array, rect: Rect, matrix: Matrix, limit: Rect, interpolation: Interpolation
) -> tuple[Rect, Array]:
    """Pixels of `rect` after a transformation of the plane, as far as they land in `limit`: where, and what.

    Where it makes things less than half as large, pixels are averaged first.
    """
    target = mapped_bounds(matrix, rect).intersect(limit)
    if target.is_empty:
        return Rect.EMPTY, pixels[:0, :0]
    factors = _reduction(matrix) if interpolation != "nearest" else (1, 1)
    wide, padded = _padded(pixels, rect, factors)
    to_source = np.diag([1 / factors[0], 1 / factors[1], 1]) @ _shift(-wide.x, -wide.y)
    inverse = to_source @ np.linalg.inv(matrix) @ _shift(target.x, target.y)
    data = tuple(float(value) for value in (inverse / inverse[2, 2]).ravel()[:8])
    method = _METHODS["bicubic" if interpolation == "lanczos" else interpolation]

    def one(image: Image.Image) -> Image.Image:
        small = image.reduce(factors) if factors != (1, 1) else image
        return small.transform((target.w, target.h), Image.Transform.PERSPECTIVE, data, method)

    return target, _through_pillow(padded, one)


def resized(
    pixels: Array,
    width: int,
    height: int,
    box: tuple[float, float, float, float],
    interpolation: Interpolation,
) -> Array:
    """The part `box` (left, top, right, bottom in pixels, fractions allowed) at another size."""
    method = _METHODS[interpolation]
    return _through_pillow(pixels, lambda image: image.resize((width, height), method, box))


def _through_pillow(pixels: Array, work: _Work) -> Array:
    if pixels.dtype == np.uint8:
        return np.array(work(Image.fromarray(np.ascontiguousarray(pixels))))
    white = white_of(pixels.dtype)
    if pixels.ndim == 2:
        return _back(_plane(pixels.astype(np.float32), work), white).astype(pixels.dtype)
    alpha = pixels[..., 3].astype(np.float32)
    new_alpha = _plane(alpha, work)
    scale = np.divide(white, new_alpha, out=np.zeros_like(new_alpha), where=new_alpha > 0)
    out = np.empty((*new_alpha.shape, 4), pixels.dtype)
    for channel in range(3):
        weighted = pixels[..., channel] * alpha
        weighted *= np.float32(1 / white)
        out[..., channel] = _back(_plane(weighted, work) * scale, white)
    out[..., 3] = _back(new_alpha, white)
    return out


def _plane(
    values: npt.NDArray[np.float32], work: Callable[[Image.Image], Image.Image]
) -> npt.NDArray[np.float32]:
    return np.asarray(work(Image.fromarray(values)), np.float32)


def _back(values: _Floats, white: int) -> _Floats:
    return np.clip(values + np.float32(0.5), 0, white)


def _reduction(matrix: Matrix) -> tuple[int, int]:
    """By how much to average along x and y before a transformation that shrinks."""
    along_x, along_y = (float(np.hypot(*matrix[:2, axis])) / matrix[2, 2] for axis in (0, 1))
    return max(1, int(1 / max(along_x, 1e-3))), max(1, int(1 / max(along_y, 1e-3)))


def _padded(pixels: Array, rect: Rect, factors: tuple[int, int]) -> tuple[Rect, Array]:
    """With a clear margin all around, of a size that can be divided by the factors."""
    left, top = (_MARGIN * factor for factor in factors)
    right, bottom = left + -rect.w % factors[0], top + -rect.h % factors[1]
    rest = [(0, 0)] * (pixels.ndim - 2)
    wide = Rect.from_edges(rect.x - left, rect.y - top, rect.right + right, rect.bottom + bottom)
    return wide, np.pad(pixels, [(top, bottom), (left, right), *rest])


def _shift(dx: float, dy: float) -> Matrix:
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], np.float64)
