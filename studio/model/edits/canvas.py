"""Edits of the whole document: its frame, size and depth."""

from __future__ import annotations

import math

import numpy as np

from studio.model.cores import Watch
from studio.model.document import Document, check_size
from studio.model.edits.common import pixel_nodes
from studio.model.edits.moving import Mover, move_all, move_selection
from studio.model.edits.transforms import Axis, mirrored, turned
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import to_depth
from studio.model.nodes import Depth, RasterLayer, dtype_of, white_of
from studio.model.resample import Interpolation, resized
from studio.model.tiles import TILE, Array, TiledImage, tile_rect

_KERNEL = 4  # pixels around that a resampling filter may look at, at full size


def crop(doc: Document, rect: Rect) -> None:
    """Keep only a part of the canvas, which must share pixels with it; content outside is deleted."""
    inside = rect.intersect(doc.canvas)
    if inside.is_empty:
        raise UserError("The crop area lies outside the canvas.", "Draw it inside the picture.")

    def cut(area: Rect, pixels: Array) -> tuple[Rect, Array]:
        part = area.intersect(inside)
        return part.translated(-inside.x, -inside.y), pixels[part.slices(area)]

    _reframe(doc, "Crop", cut, inside.w, inside.h)


def resize_canvas(doc: Document, width: int, height: int, anchor: tuple[float, float] = (0.5, 0.5)) -> None:
    """Another canvas size around the same content; nothing is deleted.

    Args:
        anchor: which part of the content stays in place: (0, 0) the top left corner, (1, 1) the bottom right.
    """
    dx, dy = round((width - doc.width) * anchor[0]), round((height - doc.height) * anchor[1])
    _reframe(doc, "Canvas size", lambda area, pixels: (area.translated(dx, dy), pixels), width, height)


def scale_document(doc: Document, width: int, height: int, interpolation: Interpolation = "lanczos") -> None:
    """Resample everything to another size."""
    factors = width / doc.width, height / doc.height
    old = doc.canvas

    def scale(area: Rect, pixels: Array) -> tuple[Rect, Array]:
        return _scaled(area, pixels, old, factors, interpolation, doc.watch)

    _reframe(doc, "Scale image", scale, width, height)


def flip_document(doc: Document, axis: Axis = "horizontal") -> None:
    """Mirror the whole picture."""
    old = doc.canvas
    _reframe(doc, f"Flip image {axis}", lambda area, px: mirrored(area, px, old, axis), doc.width, doc.height)


def rotate_document(doc: Document, quarters: int) -> None:
    """Turn the whole picture clockwise by quarter turns."""
    size = doc.width, doc.height
    new = size if quarters % 2 == 0 else size[::-1]
    _reframe(doc, "Rotate image", lambda area, pixels: turned(area, pixels, size, quarters), *new)


def convert_depth(doc: Document, depth: Depth) -> None:
    """Go to 8 or 16 bits per channel."""
    with doc.edit(f"Convert to {depth} bits"):
        doc.depth = depth
        for node in pixel_nodes(doc.root):
            node.pixels.restore(_converted(node.pixels, depth).snapshot())
            if isinstance(node, RasterLayer) and node.mask:
                node.mask.restore(_converted(node.mask, depth).snapshot())


def _reframe(doc: Document, title: str, mover: Mover, width: int, height: int) -> None:
    """Send everything through a mover onto a canvas of another size; offsets go back to (0, 0)."""
    check_size(width, height)
    with doc.edit(title):
        doc.width, doc.height = width, height
        for node in pixel_nodes(doc.root):
            origin, node.offset = node.offset, (0, 0)
            move_all(node, lambda area, px, at=origin: mover(area.translated(*at), px))
        move_selection(doc, mover)


def _scaled(
    area: Rect,
    pixels: Array,
    canvas: Rect,
    factors: tuple[float, float],
    interpolation: Interpolation,
    watch: Watch | None,
) -> tuple[Rect, Array]:
    """Pixels of `area` scaled about the origin. What ends at the canvas edge still does so afterwards."""
    fx, fy = factors
    around = Rect(area.x - _reach(fx), area.y - _reach(fy), area.w + 2 * _reach(fx), area.h + 2 * _reach(fy))
    wide = around.intersect(canvas).union(area)
    padded = np.zeros((wide.h, wide.w, *pixels.shape[2:]), pixels.dtype)
    padded[area.slices(wide)] = pixels
    target = Rect.from_edges(
        math.ceil(wide.x * fx - 1e-6),
        math.ceil(wide.y * fy - 1e-6),
        math.floor(wide.right * fx + 1e-6),
        math.floor(wide.bottom * fy + 1e-6),
    )
    if target.is_empty:
        return Rect.EMPTY, pixels[:0, :0]
    left, top = max(target.x / fx - wide.x, 0.0), max(target.y / fy - wide.y, 0.0)
    right, bottom = min(target.right / fx - wide.x, wide.w), min(target.bottom / fy - wide.y, wide.h)
    return target, resized(padded, target.w, target.h, (left, top, right, bottom), interpolation, watch)


def _reach(factor: float) -> int:
    """Pixels that the filter spreads content by at a scale, and one more to round to whole pixels."""
    return math.ceil(_KERNEL * max(1.0, 1 / factor)) + 1


def _converted(image: TiledImage, depth: Depth) -> TiledImage:
    dtype = dtype_of(depth)
    out = TiledImage(image.channels, dtype, white_of(dtype) if image.default else 0)
    for key, tile in image.tiles.items():
        assert tile.data.shape[:2] == (TILE, TILE)
        out.write(tile_rect(key), to_depth(tile.data, dtype.name))
    return out
