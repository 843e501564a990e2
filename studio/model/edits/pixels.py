"""Filling, gradients and clearing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.model.document import Document
from studio.model.edits.common import edit_area, with_pixels
from studio.model.errors import UserError
from studio.model.flood import connected, similar
from studio.model.geometry import Rect
from studio.model.ink import Coverage, erase, lay, unit_color
from studio.model.nodes import Node, PixelNode
from studio.model.ramp import Shape, Stop, gradient_colors, ramp
from studio.model.tiles import TiledImage

__all__ = ["Stop", "clear", "fill", "gradient"]


def fill(
    doc: Document,
    node: Node,
    rgba: Sequence[int],
    contiguous_at: tuple[int, int] | None = None,
    tolerance: int = 0,
    merged: bool = False,
) -> None:
    """Lay one 8-bit colour over the canvas or, with a selection, over what is selected.

    Args:
        contiguous_at: fill only what hangs together with this document pixel and is like it.
        tolerance: 0..255, how unlike it may be in each channel.
        merged: look at the composite instead of the layer to see what is alike.

    Raises UserError when the node cannot be filled or the point lies outside the canvas.
    """
    target = with_pixels(node)
    alike = None if contiguous_at is None else _flood(doc, target, contiguous_at, tolerance, merged)
    color = unit_color(rgba)
    with doc.edit("Fill"):
        if alike is None and doc.selection.is_empty and color[3] == 1:
            _solid(target, doc.canvas, rgba)
            return
        for _, part in doc.parts(edit_area(doc)):
            coverage = _coverage(doc, part)
            if alike is not None:
                coverage = coverage * alike.read(part)
            if coverage.any():
                target.write(part, lay(target.read(part), color, coverage))


def gradient(
    doc: Document,
    node: Node,
    p0: tuple[float, float],
    p1: tuple[float, float],
    stops: Sequence[Stop],
    kind: Shape = "linear",
) -> None:
    """Lay a gradient over the canvas or the selection.

    Args:
        p0, p1: start and end of a linear one; centre and a point on the rim of a radial one.
        stops: (place 0..1, 8-bit RGBA), two or more, in any order.

    Raises UserError for fewer than two stops, or a node that cannot be painted.
    """
    target = with_pixels(node)
    if len(stops) < 2:
        raise UserError("A gradient needs two colours or more.", "Add a stop.")
    with doc.edit("Gradient"):
        for _, part in doc.parts(edit_area(doc)):
            coverage = _coverage(doc, part)
            if coverage.any():
                colors = gradient_colors(stops, ramp(part, p0, p1, kind))
                target.write(part, lay(target.read(part), colors, coverage))


def clear(doc: Document, node: Node) -> None:
    """Make transparent (a mask: black) what is selected, or the whole layer."""
    target = with_pixels(node)
    with doc.edit("Clear"):
        if doc.selection.is_empty:
            target.pixels.clear()
            return
        left, top = target.offset
        for _, part in doc.parts(
            doc.selection.bounds.intersect(target.pixels.tile_bounds().translated(left, top))
        ):
            target.write(part, erase(target.read(part), _coverage(doc, part)))


def _coverage(doc: Document, rect: Rect) -> Coverage:
    return doc.selection.read(rect) * np.float32(1 / 255)


def _solid(target: PixelNode, rect: Rect, rgba: Sequence[int]) -> None:
    """Set every pixel to an opaque colour."""
    inside = rect.translated(-target.offset[0], -target.offset[1])
    value = lay(target.pixels.blank(1, 1), unit_color(rgba), np.ones((1, 1), np.float32))[0, 0]
    target.pixels.fill(inside, value)


def _flood(
    doc: Document, target: PixelNode, point: tuple[int, int], tolerance: int, merged: bool
) -> TiledImage:
    """1.0 where a flood fill from a document pixel goes."""
    x, y = int(point[0]), int(point[1])
    if not doc.canvas.contains_point(x, y):
        raise UserError("That point lies outside the canvas.", "Click inside the picture.")
    pixels = doc.composite(doc.canvas) if merged else target.read(doc.canvas)
    image = TiledImage(1, np.float32)
    image.write(doc.canvas, connected(similar(pixels, x, y, tolerance), x, y))
    return image
