"""Moving what is on layers: everything, or with a selection what is selected, and the selection with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.model.document import Document
from studio.model.edits.common import edit_area
from studio.model.geometry import Rect
from studio.model.ink import erase
from studio.model.kernels import over
from studio.model.nodes import Blend, PixelNode, RasterLayer, white_of
from studio.model.tiles import Array, TiledImage

Mover = Callable[[Rect, Array], tuple[Rect, Array]]
"""Takes pixels and where they lie in the document; gives new pixels and where they go (both may be empty)."""


def move_content(doc: Document, nodes: list[PixelNode], mover: Mover) -> None:
    """Send the (selected) pixels of some nodes, their layer masks and the selection through a mover."""
    selected = not doc.selection.is_empty
    for node in nodes:
        if selected:
            _move_selected(doc, node, mover)
        else:
            move_all(node, mover)
    if selected:
        move_selection(doc, mover)


def move_all(node: PixelNode, mover: Mover) -> None:
    """Send all pixels of a node and its layer mask through a mover."""
    _move_image(node.pixels, node.offset, mover)
    if isinstance(node, RasterLayer) and node.mask:
        _move_image(node.mask, node.offset, mover)


def move_selection(doc: Document, mover: Mover) -> None:
    """Send the selection through a mover; what leaves the canvas is lost."""
    rect = doc.selection.bounds
    if doc.selection.is_empty:
        return
    target, coverage = mover(rect, doc.selection.read(rect))
    inside = target.intersect(doc.canvas)
    doc.selection.replace(inside, coverage[inside.slices(target)] if not inside.is_empty else None)


def _move_image(image: TiledImage, offset: tuple[int, int], mover: Mover) -> None:
    """In an image that is white where nothing is stored, what differs from white moves."""
    dx, dy = offset
    inverted = image.default != 0
    rect = image.tile_bounds() if inverted else image.bounds()
    if rect.is_empty:
        return
    pixels = image.read(rect)
    white = pixels.dtype.type(white_of(pixels.dtype))
    target, moved = mover(rect.translated(dx, dy), white - pixels if inverted else pixels)
    image.clear()
    if not target.is_empty:
        image.write(target.translated(-dx, -dy), white - moved if inverted else moved)


def _move_selected(doc: Document, node: PixelNode, mover: Mover) -> None:
    rect = node.bounds().intersect(edit_area(doc))
    if rect.is_empty:
        return
    pixels = node.read(rect)
    coverage = doc.selection.read(rect) * np.float32(1 / 255)
    target, moved = mover(rect, erase(pixels, 1 - coverage))
    node.write(rect, erase(pixels, coverage))
    if target.is_empty:
        return
    below = node.read(target)
    if isinstance(node, RasterLayer):
        over(below, moved, Blend.NORMAL, 1.0, opaque=False)
    else:
        np.maximum(below, moved, out=below)
    node.write(target, below)
