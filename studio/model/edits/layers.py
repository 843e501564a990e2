"""Adding, removing and arranging nodes."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Sequence
from typing import Literal

from studio.model.document import Document
from studio.model.edits.common import all_unlocked, owned, unlocked, with_pixels
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import Depth, GeneratedLayer, Group, MaskLayer, Node, PixelNode, RasterLayer
from studio.model.provenance import Provenance
from studio.model.tiles import Array

Kind = Literal["raster", "mask", "group"]
_NAMES: dict[str, str] = {"raster": "Layer", "mask": "Mask", "group": "Group"}


def add_layer(
    doc: Document, kind: Kind = "raster", name: str | None = None, above: Node | None = None
) -> Node:
    """A new empty node above `above` (or the active node, or everything); it becomes active."""
    name = name or free_name(doc, _NAMES[kind])
    node = Group(name) if kind == "group" else _new(kind, name, doc.depth)
    with doc.edit(f"Add {_NAMES[kind].lower()}"):
        _place(doc, node, above)
    return node


def add_image(
    doc: Document,
    image: Image,
    name: str,
    x: int = 0,
    y: int = 0,
    provenance: Provenance | None = None,
    above: Node | None = None,
) -> RasterLayer:
    """A new layer with a picture whose first pixel lies at (x, y); a GeneratedLayer when it has a recipe."""
    node = GeneratedLayer(name, provenance, doc.depth) if provenance else RasterLayer(name, doc.depth)
    node.offset = (x, y)
    _show(node, image)
    with doc.edit("Add image"):
        _place(doc, node, above)
    return node


def replace_image(
    doc: Document,
    node: Node,
    image: Image,
    provenance: Provenance | None = None,
    merge: Hashable = None,
) -> None:
    """Other pixels for a layer, in the same place; a generated layer also takes a new recipe.

    Calls in a row with the same non-None `merge` key are one undo step.
    """
    target = with_pixels(node)
    with doc.edit("Replace image", merge):
        target.pixels.clear()
        _show(target, image)
        if provenance and isinstance(target, GeneratedLayer):
            target.provenance = provenance


def remove(doc: Document, node: Node) -> None:
    """Delete a node; the one that takes its place becomes active."""
    all_unlocked(owned(doc, node))
    parent, index = node.parent, node.index
    assert parent is not None
    with doc.edit(f"Delete {_word(node)}"):
        active_inside = doc.active is not None and node in (doc.active, *doc.active.ancestors())
        parent.remove(node)
        if active_inside:
            doc.active = _neighbour(doc, parent, index)


def duplicate(doc: Document, node: Node) -> Node:
    """A copy of a node and all below it, right above it; it becomes active."""
    owned(doc, node)
    copy = _copy(node)
    copy.name = f"{node.name} copy"
    with doc.edit(f"Duplicate {_word(node)}"):
        _place(doc, copy, node)
    return copy


def move_node(doc: Document, node: Node, parent: Group | None, index: int) -> None:
    """Put a node at `index` (0 = bottom, counted without the node itself) among the children of `parent`.

    `parent` None is the root. Raises UserError for locked nodes and for a group that would hold itself.
    """
    unlocked(owned(doc, node))
    target = parent or doc.root
    if target is node or node in list(target.ancestors()):
        raise UserError("A group cannot be put into itself.", "Move it elsewhere.")
    if target is not doc.root:
        unlocked(owned(doc, target))
    with doc.edit("Move layer"):
        _detach(node)
        target.insert(min(max(index, 0), len(target.children)), node)


def group_nodes(doc: Document, nodes: Iterable[Node], name: str | None = None) -> Group:
    """Put nodes into a new group in the place of the topmost; keeps their order. It becomes active."""
    chosen = {owned(doc, node) for node in nodes}
    ordered = [node for node in doc.walk() if node in chosen and not chosen.intersection(node.ancestors())]
    if not ordered:
        raise UserError("No layers are chosen to be grouped.", "Choose at least one in the layers panel.")
    for node in ordered:
        unlocked(node)
    group = Group(name or free_name(doc, "Group"))
    with doc.edit("Group layers"):
        _place(doc, group, ordered[-1])
        for node in ordered:
            _detach(node)
            group.append(node)
    return group


def ungroup(doc: Document, group: Node) -> None:
    """Take a group's children out into its place, and drop the group with its opacity and blend mode."""
    unlocked(owned(doc, group))
    if not isinstance(group, Group):
        raise UserError(f"“{group.name}” is not a group.", "Choose a group in the layers panel.")
    parent, index = group.parent, group.index
    assert parent is not None
    with doc.edit("Ungroup"):
        parent.remove(group)
        children = group.children
        for place, child in enumerate(children, index):
            group.remove(child)
            parent.insert(place, child)
        if doc.active is group:
            doc.active = children[-1] if children else _neighbour(doc, parent, index)


def free_name(doc: Document, word: str) -> str:
    """The first of "Layer 1", "Layer 2", ... that no node has."""
    taken = {node.name for node in doc.walk()}
    return next(name for name in (f"{word} {n}" for n in itertools.count(1)) if name not in taken)


def pixels_for(node: PixelNode, image: Image) -> Array:
    """A picture's pixels in a node's depth: RGBA, or (h, w) for a mask layer."""
    depth: Literal["uint8", "uint16"] = "uint8" if node.depth == "8" else "uint16"
    if isinstance(node, MaskLayer):
        return image.array(depth, 1)[..., 0]
    return image.array(depth, 4)


def _new(kind: Kind, name: str, depth: Depth) -> PixelNode:
    return MaskLayer(name, depth) if kind == "mask" else RasterLayer(name, depth)


def _show(node: PixelNode, image: Image) -> None:
    node.pixels.write(Rect(0, 0, image.width, image.height), pixels_for(node, image))


def _place(doc: Document, node: Node, above: Node | None) -> None:
    """Insert a new node above another one and make it active."""
    below = above or doc.active
    parent = below.parent if below and below.parent else doc.root
    if parent is not doc.root:
        unlocked(parent)
    parent.insert(below.index + 1 if below else len(parent.children), node)
    doc.active = node


def _detach(node: Node) -> None:
    assert node.parent is not None
    node.parent.remove(node)


def _neighbour(doc: Document, parent: Group, index: int) -> Node | None:
    """What to make active after the child at `index` of `parent` is gone."""
    around: Sequence[Node] = parent.children
    if around:
        return around[min(max(index - 1, 0), len(around) - 1)]
    return None if parent is doc.root else parent


def _copy(node: Node) -> Node:
    """A deep copy without a parent; pixels are shared until written."""
    if isinstance(node, Group):
        copy: Node = Group(node.name)
        for child in node.children:
            assert isinstance(copy, Group)
            copy.append(_copy(child))
    elif isinstance(node, GeneratedLayer):
        copy = GeneratedLayer(node.name, node.provenance)
    else:
        copy = MaskLayer(node.name) if isinstance(node, MaskLayer) else RasterLayer(node.name)
    copy.visible, copy.locked, copy.opacity = node.visible, False, node.opacity
    copy.blend, copy.clip = node.blend, node.clip
    if isinstance(node, RasterLayer | MaskLayer) and isinstance(copy, RasterLayer | MaskLayer):
        _copy_pixels(node, copy)
    return copy


def _copy_pixels(node: PixelNode, copy: PixelNode) -> None:
    copy.pixels.restore(node.pixels.snapshot())
    copy.offset = node.offset
    if isinstance(node, RasterLayer) and isinstance(copy, RasterLayer) and node.mask:
        copy.mask = copy.new_mask()
        copy.mask.restore(node.mask.snapshot())
        copy.mask_enabled = node.mask_enabled


def _word(node: Node) -> str:
    return "group" if isinstance(node, Group) else "mask" if isinstance(node, MaskLayer) else "layer"
