"""Resampling: pixels through any perspective, and to other sizes.

Colours are weighted by alpha, so clear pixels lend none. Pillow does the work: 8-bit pixels as they are,
16-bit ones as one float32 plane per channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.model.cores import Watch, each
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
_REACH: Final = 3  # pixels around that a filter looks at when it does not shrink
_BLOCK: Final = 512  # pixels a side that are transformed, or rows that are resized, in one go


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
    pixels: Array,
    rect: Rect,
    matrix: Matrix,
    limit: Rect,
    interpolation: Interpolation,
    watch: Watch | None = None,
) -> tuple[Rect, Array]:
    """Pixels of `rect` after a transformation of the plane, as far as they land in `limit`: where, and what.

    Where it makes things less than half as large, pixels are averaged first. `watch`: see `each`.
    """
    target = mapped_bounds(matrix, rect).intersect(limit)
    out = np.zeros((target.h, target.w, *pixels.shape[2:]), pixels.dtype)
    source = _Source(pixels, rect, matrix, interpolation)
    blocks = list(_blocks(target))
    for block, made in zip(blocks, each(source.block, blocks, watch), strict=True):
        if made is not None:
            out[block.slices(target)] = made
    return target, out


class _Source:
    """Pixels to be transformed, block by block of the result."""

    def __init__(self, pixels: Array, rect: Rect, matrix: Matrix, interpolation: Interpolation) -> None:
        self._pixels, self._rect, self._matrix = pixels, rect, matrix
        self._inverse: Matrix = np.asarray(np.linalg.inv(matrix), np.float64)
        self._factors = _reduction(matrix) if interpolation != "nearest" else (1, 1)
        self._method = _METHODS["bicubic" if interpolation == "lanczos" else interpolation]

    def block(self, target: Rect) -> Array | None:
        """What lands in a part of the plane; None for nothing."""
        wide = self._needed(target)
        if wide.intersect(self._rect).is_empty:
            return None
        factors = self._factors
        to_source = np.diag([1 / factors[0], 1 / factors[1], 1]) @ _shift(-wide.x, -wide.y)
        inverse = to_source @ self._inverse @ _shift(target.x, target.y)
        inverse /= inverse[2, 2]
        data = [float(value) for value in inverse.ravel()]
        affine = data[6] == data[7] == 0
        kind = Image.Transform.AFFINE if affine else Image.Transform.PERSPECTIVE
        size, numbers = (target.w, target.h), tuple(data[:6] if affine else data[:8])

        def one(image: Image.Image) -> Image.Image:
            small = image.reduce(factors) if factors != (1, 1) else image
            return small.transform(size, kind, numbers, self._method)

        return _through_pillow(self._cut(wide), one)

    def _needed(self, target: Rect) -> Rect:
        """The source pixels that a block looks at, in whole groups of those that are averaged."""
        try:
            seen = mapped_bounds(self._inverse, target)
        except UserError:  # a corner lies behind the horizon: look at everything
            seen = self._rect
        across, down = self._factors
        reach = Rect.from_edges(
            seen.x - _REACH * across,
            seen.y - _REACH * down,
            seen.right + _REACH * across,
            seen.bottom + _REACH * down,
        )
        room = Rect.from_edges(
            self._rect.x - _REACH * across,
            self._rect.y - _REACH * down,
            self._rect.right + _REACH * across,
            self._rect.bottom + _REACH * down,
        )
        inside = reach.intersect(room)
        left = self._rect.x + math.floor((inside.x - self._rect.x) / across) * across
        top = self._rect.y + math.floor((inside.y - self._rect.y) / down) * down
        right = left + math.ceil((inside.right - left) / across) * across
        bottom = top + math.ceil((inside.bottom - top) / down) * down
        return Rect.EMPTY if inside.is_empty else Rect.from_edges(left, top, right, bottom)

    def _cut(self, wide: Rect) -> Array:
        """A part of the source, clear around it."""
        inside = wide.intersect(self._rect)
        part = self._pixels[inside.slices(self._rect)]
        if inside == wide:
            return part
        padded = np.zeros((wide.h, wide.w, *part.shape[2:]), part.dtype)
        padded[inside.slices(wide)] = part
        return padded


def _blocks(rect: Rect) -> Iterator[Rect]:
    """A rectangle in squares, row by row."""
    for y in range(rect.y, rect.bottom, _BLOCK):
        for x in range(rect.x, rect.right, _BLOCK):
            yield Rect(x, y, _BLOCK, _BLOCK).intersect(rect)


def resized(
    pixels: Array,
    width: int,
    height: int,
    box: tuple[float, float, float, float],
    interpolation: Interpolation,
    watch: Watch | None = None,
) -> Array:
    """The part `box` (left, top, right, bottom in pixels, fractions allowed) at another size; see `each`."""
    out = np.empty((height, width, *pixels.shape[2:]), pixels.dtype)
    scale = (box[3] - box[1]) / height

    def band(top: int) -> Array:
        bottom = min(top + _BLOCK, height)
        return _band(pixels, (box[0], box[1] + top * scale, box[2], box[1] + bottom * scale),
                     (width, bottom - top), interpolation)  # fmt: skip

    tops = range(0, height, _BLOCK)
    for top, made in zip(tops, each(band, tops, watch), strict=True):
        out[top : top + _BLOCK] = made
    return out


def _band(pixels: Array, box: Box, size: tuple[int, int], interpolation: Interpolation) -> Array:
    """Some rows of a picture at another size, from no more of its rows than they look at.

    First across, then down, whatever the shape: Pillow chooses, and cuts off other overshoots then.
    """
    support = math.ceil(4 * max(1.0, (box[3] - box[1]) / size[1])) + 1
    first, last = max(0, math.floor(box[1]) - support), min(len(pixels), math.ceil(box[3]) + support)
    moved = box[0], box[1] - first, box[2], min(box[3] - first, last - first)
    method = _METHODS[interpolation]

    def one(image: Image.Image) -> Image.Image:
        weighted = image.mode == "RGBA" and interpolation != "nearest"
        source = image.convert("RGBa") if weighted else image
        wide = source.resize((size[0], source.height), method, (moved[0], 0, moved[2], source.height))
        out = wide.resize(size, method, (0, moved[1], size[0], moved[3]))
        return out.convert("RGBA") if weighted else out

    return _through_pillow(pixels[first:last], one)


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


def _shift(dx: float, dy: float) -> Matrix:
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], np.float64)
