"""Checks that edits share."""

from __future__ import annotations

from collections.abc import Iterator

from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.nodes import Group, MaskLayer, Node, PixelNode, RasterLayer


def unlocked(node: Node | None) -> Node:
    """The node. UserError when there is none, or it or a group around it is locked."""
    if node is None:
        raise UserError("No layer is chosen.", "Choose a layer in the layers panel, or add one.")
    if node.is_locked:
        raise UserError(f"“{node.name}” is locked.", "Unlock it in the layers panel.")
    return node


def with_pixels(node: Node | None) -> PixelNode:
    """The node, unlocked and with pixels of its own; UserError otherwise."""
    node = unlocked(node)
    if not isinstance(node, RasterLayer | MaskLayer):
        raise UserError(f"“{node.name}” is a group.", "Choose a layer inside it.")
    return node


def pixel_nodes(node: Node) -> Iterator[PixelNode]:
    """The node itself or, for a group, all nodes with pixels in it."""
    for found in node.walk() if isinstance(node, Group) else (node,):
        if isinstance(found, RasterLayer | MaskLayer):
            yield found


def all_unlocked(node: Node | None) -> list[PixelNode]:
    """`pixel_nodes` of an unlocked node; UserError when any of them is locked."""
    found = list(pixel_nodes(unlocked(node)))
    for inner in found:
        unlocked(inner)
    return found


def owned(doc: Document, node: Node) -> Node:
    """The node; ValueError when it is not in the document."""
    if not doc.owns(node):
        raise ValueError(f"{node!r} is not in this document")
    return node


def edit_area(doc: Document) -> Rect:
    """What an edit of pixels may touch: the canvas, or the selected part of it."""
    return doc.canvas if doc.selection.is_empty else doc.selection.bounds.intersect(doc.canvas)
