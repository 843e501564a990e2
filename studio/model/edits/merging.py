"""Making one layer out of several."""

from __future__ import annotations

from studio.model.document import Document
from studio.model.edits.common import owned, unlocked
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.ink import scale_alpha
from studio.model.kernels import atop, faded, over
from studio.model.nodes import MaskLayer, Node, RasterLayer
from studio.model.tiles import Array


def merge_down(doc: Document, node: Node) -> RasterLayer:
    """Blend a layer or group into the layer right below it, which keeps its name, opacity and blend mode.

    Raises UserError when one of them is locked, hidden or a mask layer, or when no layer lies below.
    """
    unlocked(owned(doc, node))
    parent, index = node.parent, node.index
    assert parent is not None
    below = parent.children[index - 1] if index else None
    if not isinstance(below, RasterLayer) or isinstance(node, MaskLayer):
        raise UserError(f"“{node.name}” has no layer right below to merge with.", "Move it above one.")
    unlocked(below)
    if not (node.is_shown and below.is_shown):
        raise UserError("Hidden layers cannot be merged.", "Show both layers first.")
    with doc.edit("Merge down"):
        _apply_mask(below)
        _blend_into(doc, below, node)
        parent.remove(node)
        doc.active = below
    return below


def flatten_document(doc: Document) -> RasterLayer:
    """Replace all layers by one that looks like them together; mask layers stay, hidden layers go."""
    if not any(not isinstance(node, MaskLayer) for node in doc.walk()):
        raise UserError("There is no layer to flatten.", "Add one first.")
    flat = RasterLayer("Flattened", doc.depth)
    for _, part in doc.parts(doc.canvas):
        flat.pixels.write(part, doc.composite(part))
    with doc.edit("Flatten"):
        masks = [node for node in doc.walk() if isinstance(node, MaskLayer)]
        for node in list(doc.root.children):
            doc.root.remove(node)
        doc.root.append(flat)
        for mask in masks:
            if mask.parent is not None:
                mask.parent.remove(mask)
            doc.root.append(mask)
        doc.active = flat
    return flat


def _apply_mask(layer: RasterLayer) -> None:
    if layer.mask and layer.mask_enabled:
        scale_alpha(layer.pixels, layer.mask)
    layer.mask = None


def _blend_into(doc: Document, below: RasterLayer, node: Node) -> None:
    """Composite a node onto a layer's own pixels; for groups only inside the canvas."""
    area = node.bounds() if isinstance(node, RasterLayer) else node.bounds().intersect(doc.canvas)
    for _, part in doc.parts(area):
        pixels, above = below.read(part), _look(doc, node, part)
        if node.clip and not below.clip:
            atop(pixels, above, node.blend, node.opacity)
        else:
            over(pixels, above, node.blend, node.opacity, opaque=False)
        below.write(part, pixels)


def _look(doc: Document, node: Node, rect: Rect) -> Array:
    """A node's pixels as its layer mask or children make them."""
    if not isinstance(node, RasterLayer):
        return doc.composite(rect, node=node)
    inside = rect.translated(-node.offset[0], -node.offset[1])
    mask = node.mask.read(inside) if node.mask and node.mask_enabled else None
    return faded(node.read(rect), 1.0, mask)
