"""Moving, flipping and transforming layers."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal

import numpy as np
import numpy.typing as npt

from studio.model.document import Document
from studio.model.edits.common import all_unlocked
from studio.model.edits.moving import move_content
from studio.model.geometry import Rect
from studio.model.nodes import Node
from studio.model.resample import Interpolation, checked_matrix, warp
from studio.model.tiles import Array

Axis = Literal["horizontal", "vertical"]


def translate(doc: Document, node: Node, dx: int, dy: int, merge: Hashable = None) -> None:
    """Move a layer, all layers of a group, or with a selection what is selected, by whole pixels.

    Calls in a row with the same non-None `merge` key are one undo step.
    """
    nodes = all_unlocked(node)
    with doc.edit("Move", merge):
        if doc.selection.is_empty:
            for inner in nodes:
                inner.offset = inner.offset[0] + dx, inner.offset[1] + dy
        else:
            move_content(doc, nodes, lambda rect, pixels: (rect.translated(dx, dy), pixels))


def flip(doc: Document, node: Node, axis: Axis = "horizontal") -> None:
    """Mirror a layer, a group or the selected part about its middle; "horizontal" swaps left and right."""
    nodes = all_unlocked(node)
    area = node.bounds() if doc.selection.is_empty else doc.selection.bounds
    with doc.edit(f"Flip {axis}"):
        move_content(doc, nodes, lambda rect, pixels: mirrored(rect, pixels, area, axis))


def transform(
    doc: Document, node: Node, matrix: npt.ArrayLike, interpolation: Interpolation = "bicubic"
) -> None:
    """Scale, rotate, skew or distort a layer, all layers of a group, or the selected part.

    Args:
        matrix: 3x3, takes document positions (x, y, 1) to new ones; pixel (0, 0) spans 0..1.

    What lands more than the canvas size away from it is lost. UserError for a matrix without an inverse.
    """
    nodes = all_unlocked(node)
    checked = checked_matrix(matrix)
    limit = doc.canvas.expanded(max(doc.width, doc.height))
    with doc.edit("Transform"):
        move_content(
            doc, nodes, lambda rect, pixels: warp(pixels, rect, checked, limit, interpolation, doc.watch)
        )


def mirrored(rect: Rect, pixels: Array, area: Rect, axis: Axis) -> tuple[Rect, Array]:
    """Pixels of `rect` mirrored about the middle of `area`."""
    if axis == "horizontal":
        return Rect(area.x + area.right - rect.right, rect.y, rect.w, rect.h), pixels[:, ::-1]
    return Rect(rect.x, area.y + area.bottom - rect.bottom, rect.w, rect.h), pixels[::-1]


def turned(rect: Rect, pixels: Array, size: tuple[int, int], quarters: int) -> tuple[Rect, Array]:
    """Pixels of `rect` on a canvas of `size` after clockwise quarter turns of the whole canvas."""
    width, height = size
    for _ in range(quarters % 4):
        rect = Rect(height - rect.bottom, rect.x, rect.h, rect.w)
        width, height = height, width
    return rect, np.rot90(pixels, -quarters)
