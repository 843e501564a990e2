"""A network that takes and gives RGB, over any picture: grey, with alpha, 8 or 16 bits, of any size.

Tiles are computed and blended as in `studio.engine.tiling`, a row of tiles after another. Rows that no other
tile touches are rounded to the picture's own depth at once, so the working memory grows with the width of a
picture and not with its area. Colours under transparent pixels are no colours: the network sees those around.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio.engine.protocol import Preview
from studio.engine.tiling import Span, spans
from studio.model.errors import UserError
from studio.model.media import LUMA, Image, to_depth

Array = NDArray[np.float32]
Pixels = NDArray[Any]
Function = Callable[[Array], Array]
GLIMPSE = 768  # longest side of a preview
MAX_PIXELS = 512 << 20


@dataclass(frozen=True)
class Tiles:
    """How a picture is cut. ``align``: tiles begin at multiples of it, for networks that halve their input.

    ``least``: the fewest pixels a side that the network takes; smaller pictures are continued at their edges.
    """

    tile: int
    overlap: int
    scale: int = 1
    align: int = 1
    least: int = 8

    def padded(self, size: int) -> int:
        """A side as the network sees it."""
        return -(-max(size, self.least) // self.align) * self.align

    def spans(self, size: int) -> list[Span]:
        """The tiles along a side of ``padded`` length."""
        return spans(size, -(-self.tile // self.align) * self.align, self.overlap, self.align)


def through(function: Function, image: Image, tiles: Tiles) -> Generator[Preview, None, Image]:
    """Apply ``function`` (h, w, 3) -> (h * scale, w * scale, 3), numbers in 0..1, to a whole picture.

    Yields a small Preview first and after each tile; returns a picture of the same channels and depth.
    Alpha is enlarged by the same function. UserError when the result would be too large.
    """
    source, scale = image.pixels, tiles.scale
    height, width, channels = source.shape
    check_area(width * scale, height * scale)
    rows, columns = (tiles.spans(tiles.padded(size)) for size in (height, width))
    out = np.empty((height * scale, width * scale, channels), source.dtype)
    glimpse = Glimpse(source, scale)
    yield glimpse.preview(image, 0.0)
    band = np.zeros((0, columns[-1].stop * scale, channels), np.float32)
    for number, row in enumerate(rows):
        band = longer(band, (row.stop - row.start) * scale)
        for place, column in enumerate(columns):
            part = tile_of(source, row, column)
            piece = pixels_through(function, part, scale)
            weight = np.repeat(row.weight, scale)[:, None] * np.repeat(column.weight, scale)
            band[:, column.start * scale : column.stop * scale] += piece * weight[..., None]
            glimpse.put(piece, row.start * scale, column.start * scale)
            yield glimpse.preview(image, (number * len(columns) + place + 1) / (len(rows) * len(columns)))
        until = rows[number + 1].start if number + 1 < len(rows) else row.stop
        ready = band[: (until - row.start) * scale]
        store(out, ready, row.start * scale)
        band = band[len(ready) :]
    return Image(out, image.icc, image.meta)


def check_area(width: int, height: int) -> None:
    """UserError when a picture would have more pixels than the studio works with."""
    if width * height > MAX_PIXELS:
        raise UserError(
            f"The result would have {width} x {height} pixels.",
            f"At most {MAX_PIXELS >> 20} million are possible: enlarge less, or a part of it.",
        )


def longer(band: Array, rows: int) -> Array:
    """The rows still to be finished, with empty ones below up to ``rows``."""
    out = np.zeros((rows, *band.shape[1:]), np.float32)
    out[: len(band)] = band
    return out


def store(out: Pixels, ready: Array, top: int) -> None:
    """Round finished rows to the depth of ``out``; what lies beyond its edges is dropped."""
    rows = ready[: max(0, out.shape[0] - top), : out.shape[1]]
    out[top : top + len(rows)] = to_depth(rows, out.dtype.name) if out.dtype.kind == "u" else rows.clip(0, 1)


def tile_of(source: Pixels, rows: Span, columns: Span) -> Array:
    """A tile as float32 in 0..1; beyond the picture its edge pixels go on."""
    inside = rows.stop <= source.shape[0] and columns.stop <= source.shape[1]
    if inside:
        part = source[rows.start : rows.stop, columns.start : columns.stop]
    else:
        ys = np.minimum(np.arange(rows.start, rows.stop), source.shape[0] - 1)
        xs = np.minimum(np.arange(columns.start, columns.stop), source.shape[1] - 1)
        part = source[ys[:, None], xs]
    return np.nan_to_num(to_depth(part, "float32"))


def pixels_through(function: Function, part: Array, scale: int) -> Array:
    """One tile of 1, 3 or 4 channels through a function on three."""
    channels = part.shape[2]
    if channels == 1:
        return called(function, part.repeat(3, 2), scale) @ LUMA[:, None]
    if channels == 3:
        return called(function, part, scale)
    alpha = part[..., 3:]
    colours = called(function, spread(part[..., :3], alpha[..., 0] > 0), scale)
    return np.concatenate([colours, alpha_through(function, alpha, scale)], axis=2)


def called(function: Function, part: Array, scale: int) -> Array:
    """What a function makes of a tile; ValueError when it is of another size than promised."""
    piece = function(np.ascontiguousarray(part))
    if not np.isfinite(piece).all():
        piece = np.nan_to_num(piece)
    want = (part.shape[0] * scale, part.shape[1] * scale, 3)
    if piece.shape != want:
        raise ValueError(f"a tile came back as {piece.shape}, expected {want}")
    return piece


def alpha_through(function: Function, alpha: Array, scale: int) -> Array:
    """Alpha (h, w, 1): kept, or enlarged without leaving the range of the pixels around."""
    if scale == 1:
        return alpha
    if np.ptp(alpha) == 0:
        return np.full((alpha.shape[0] * scale, alpha.shape[1] * scale, 1), alpha.flat[0], np.float32)
    from scipy.ndimage import maximum_filter, minimum_filter

    low, high = (np.kron(edge(alpha[..., 0], 3), np.ones((scale, scale), np.float32))
                 for edge in (minimum_filter, maximum_filter))  # fmt: skip
    larger = called(function, alpha.repeat(3, 2), scale).mean(2)
    return larger.clip(low, high)[..., None]


def spread(colours: Array, known: NDArray[np.bool_]) -> Array:
    """Colours (h, w, 3) with those of the nearest known pixel wherever there is none."""
    if known.all() or not known.any():
        return colours
    from scipy.ndimage import distance_transform_edt

    rows, columns = cast(Any, distance_transform_edt(~known, return_distances=False, return_indices=True))
    return colours[rows, columns]


class Glimpse:
    """A small 8-bit picture of the result so far; begins as the source."""

    def __init__(self, source: Pixels, scale: int) -> None:
        self.size = source.shape[1] * scale, source.shape[0] * scale
        self._step = max(1, -(-max(self.size) // GLIMPSE))
        ys = np.arange(0, self.size[1], self._step) // scale
        xs = np.arange(0, self.size[0], self._step) // scale
        self._pixels = to_depth(source[ys[:, None], xs], "uint8").copy()

    def put(self, piece: Array, top: int, left: int) -> None:
        """A tile is done."""
        first_row, first_column = -(-top // self._step), -(-left // self._step)
        seen = piece[
            first_row * self._step - top :: self._step, first_column * self._step - left :: self._step
        ]
        room = self._pixels[first_row:, first_column:][: seen.shape[0], : seen.shape[1]]
        room[...] = to_depth(seen[: room.shape[0], : room.shape[1]], "uint8")

    def preview(self, like: Image, progress: float) -> Preview:
        """The present state, as a value."""
        return Preview(Image(self._pixels.copy(), like.icc), progress, self.size)
