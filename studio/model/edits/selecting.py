"""Selections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.flood import connected, similar
from studio.model.geometry import Rect
from studio.model.nodes import MaskLayer, Node, RasterLayer
from studio.model.shapes import Mask, blurred, ellipse, grown, polygon, rectangle

Mode = Literal["replace", "add", "subtract", "intersect"]
MAX_RADIUS = 1000.0


def select_rect(
    doc: Document, x: float, y: float, w: float, h: float, mode: Mode = "replace", feather: float = 0
) -> None:
    """Select a rectangle, in document pixels; negative sizes go to the left or up."""
    box = (min(x, x + w), min(y, y + h), max(x, x + w), max(y, y + h))
    _combine(doc, "Select rectangle", *rectangle(*box, doc.canvas), mode, feather)


def select_ellipse(
    doc: Document, x: float, y: float, w: float, h: float, mode: Mode = "replace", feather: float = 0
) -> None:
    """Select the ellipse in a box, in document pixels; negative sizes go to the left or up."""
    box = (min(x, x + w), min(y, y + h), max(x, x + w), max(y, y + h))
    _combine(doc, "Select ellipse", *ellipse(*box, doc.canvas), mode, feather)


def select_lasso(
    doc: Document, points: Sequence[tuple[float, float]], mode: Mode = "replace", feather: float = 0
) -> None:
    """Select a polygon, closed by itself; fewer than three points enclose nothing."""
    rect, mask = polygon(points, doc.canvas) if len(points) > 2 else (Rect.EMPTY, _nothing())
    _combine(doc, "Select lasso", rect, mask, mode, feather)


def select_wand(
    doc: Document,
    x: float,
    y: float,
    tolerance: int = 32,
    contiguous: bool = True,
    sample_merged: bool = True,
    mode: Mode = "replace",
    feather: float = 0,
) -> None:
    """Select pixels like the one at (x, y).

    Args:
        tolerance: 0..255, how unlike they may be in each channel.
        contiguous: only those that hang together with it.
        sample_merged: look at the composite, else at the active layer.
    """
    if not doc.canvas.contains_point(x, y):
        raise UserError("That point lies outside the canvas.", "Click inside the picture.")
    node = doc.active
    if isinstance(node, RasterLayer | MaskLayer) and not sample_merged:
        pixels = node.read(doc.canvas)
    else:
        pixels = doc.composite(doc.canvas)
    alike = similar(pixels, int(x), int(y), tolerance)
    if contiguous:
        alike = connected(alike, int(x), int(y))
    _combine(doc, "Magic wand", doc.canvas, alike.view(np.uint8) * np.uint8(255), mode, feather)


def selection_from_layer(doc: Document, node: Node, mode: Mode = "replace", feather: float = 0) -> None:
    """Select what a node covers: its alpha, or the white of a mask layer."""
    rect = node.bounds().intersect(doc.canvas)
    pixels = doc.image_of(node).array("uint8", 1 if isinstance(node, MaskLayer) else 4)[
        rect.slices(doc.canvas)
    ]
    _combine(doc, "Select layer", rect, np.ascontiguousarray(pixels[..., -1]), mode, feather)


def select_mask(doc: Document, rect: Rect, mask: Mask, mode: Mode = "replace", feather: float = 0) -> None:
    """Select any coverage (h, w uint8, 255 = inside) at a document rectangle."""
    part = rect.intersect(doc.canvas)
    _combine(doc, "Select", part, mask[part.slices(rect)], mode, feather)


def select_all(doc: Document) -> None:
    """Select the whole canvas."""
    with doc.edit("Select all"):
        doc.selection.replace(doc.canvas, np.full((doc.height, doc.width), 255, np.uint8))


def select_none(doc: Document) -> None:
    """Deselect: everything may be edited again."""
    with doc.edit("Deselect"):
        doc.selection.replace(Rect.EMPTY, None)


def invert(doc: Document) -> None:
    """Select what is not selected; without a selection, everything."""
    if doc.selection.is_empty:
        select_all(doc)
        return
    with doc.edit("Invert selection"):
        doc.selection.replace(doc.canvas, 255 - doc.selection.read(doc.canvas))


def grow(doc: Document, radius: float) -> None:
    """Widen the selection by a radius in pixels."""
    _reshape(doc, "Grow selection", radius, grow_by=radius)


def shrink(doc: Document, radius: float) -> None:
    """Narrow the selection by a radius in pixels."""
    _reshape(doc, "Shrink selection", 1, grow_by=-radius)


def feather(doc: Document, radius: float) -> None:
    """Soften the selection's edge over about a radius in pixels."""
    with doc.edit("Feather selection"):
        area = _area(doc, 2 * _checked(radius))
        doc.selection.replace(area, blurred(doc.selection.read(area), radius))


def _reshape(doc: Document, title: str, margin: float, grow_by: float) -> None:
    with doc.edit(title):
        _checked(abs(grow_by))
        area = _area(doc, margin)
        doc.selection.replace(area, grown(doc.selection.read(area), grow_by))


def _area(doc: Document, margin: float) -> Rect:
    """The selected part of the canvas and a margin. UserError when nothing is selected."""
    if doc.selection.is_empty:
        raise UserError("Nothing is selected.", "Select a part of the picture first.")
    return doc.selection.bounds.expanded(int(np.ceil(margin)) + 2).intersect(doc.canvas)


def _checked(radius: float) -> float:
    if not 0 <= radius <= MAX_RADIUS:
        raise UserError(f"A radius of {radius} pixels is not possible.", f"Choose 0 to {MAX_RADIUS:.0f}.")
    return radius


def _combine(doc: Document, title: str, rect: Rect, mask: Mask, mode: Mode, feather: float) -> None:
    """Join a new shape with the present selection. Without one, subtracting takes away from everything."""
    if _checked(feather) > 0 and not rect.is_empty:
        wide = rect.expanded(int(np.ceil(2 * feather))).intersect(doc.canvas)
        padded = np.zeros((wide.h, wide.w), np.uint8)
        padded[rect.slices(wide)] = mask
        rect, mask = wide, blurred(padded, feather)
    with doc.edit(title):
        doc.selection.replace(*_joined(doc, rect, mask, mode))


def _joined(doc: Document, rect: Rect, mask: Mask, mode: Mode) -> tuple[Rect, Mask]:
    old = doc.selection
    if mode == "replace" or (mode == "add" and old.is_empty):
        return rect, mask
    if old.is_empty:
        return (rect, mask) if mode == "intersect" else (doc.canvas, 255 - _on(doc.canvas, rect, mask))
    if mode == "intersect":
        return rect, np.minimum(old.read(rect), mask)
    whole = old.bounds.union(rect)
    wide, before = _on(whole, rect, mask), old.read(whole)
    return whole, np.maximum(before, wide) if mode == "add" else np.minimum(before, 255 - wide)


def _on(whole: Rect, rect: Rect, mask: Mask) -> Mask:
    out = np.zeros((whole.h, whole.w), np.uint8)
    if not rect.is_empty:
        out[rect.slices(whole)] = mask
    return out


def _nothing() -> Mask:
    return np.zeros((0, 0), np.uint8)
