"""Properties of nodes and their layer masks."""

from __future__ import annotations

from typing import Literal

from studio.model.document import Document
from studio.model.edits.common import unlocked
from studio.model.errors import UserError
from studio.model.ink import scale_alpha
from studio.model.nodes import Blend, Node, RasterLayer
from studio.model.tiles import TiledImage

MAX_NAME = 255


def rename(doc: Document, node: Node, name: str) -> None:
    """Another name, up to 255 characters. UserError when it is blank."""
    name = " ".join(name.split())[:MAX_NAME]
    if not name:
        raise UserError("A layer needs a name.", "Type at least one letter.")
    with doc.edit("Rename"):
        node.name = name


def set_opacity(doc: Document, node: Node, opacity: float) -> None:
    """0 (clear) to 1 (solid). Changes of one node in a row are one step until `doc.history.seal()`."""
    unlocked(node)
    if opacity != opacity:
        raise UserError("Opacity must be a number.", "Type a value between 0 and 100 %.")
    with doc.edit("Opacity", merge=("opacity", node.id)):
        node.opacity = float(min(max(opacity, 0.0), 1.0))


def set_visible(doc: Document, node: Node, visible: bool) -> None:
    """Show or hide a node."""
    with doc.edit("Show layer" if visible else "Hide layer"):
        node.visible = visible


def set_locked(doc: Document, node: Node, locked: bool) -> None:
    """Protect a node (and all in it) from everything but renaming, showing and unlocking; or release it."""
    with doc.edit("Lock layer" if locked else "Unlock layer"):
        node.locked = locked


def set_blend(doc: Document, node: Node, blend: Blend) -> None:
    """Another blend mode."""
    unlocked(node)
    with doc.edit("Blend mode"):
        node.blend = Blend(blend)


def set_clip(doc: Document, node: Node, clip: bool) -> None:
    """Limit a node to the alpha of the nearest unclipped node below, or release it."""
    unlocked(node)
    if clip and node.index == 0:
        raise UserError(
            f"There is nothing below “{node.name}” to clip it to.", "Move it above another layer."
        )
    with doc.edit("Clip to below" if clip else "Release clip"):
        node.clip = clip


def add_layer_mask(doc: Document, node: Node, source: Literal["white", "selection"] = "white") -> TiledImage:
    """A layer mask that shows everything, or only what is selected. UserError where there is one already."""
    layer = _raster(node)
    if layer.mask is not None:
        raise UserError(f"“{layer.name}” has a layer mask already.", "Paint on it, or remove it first.")
    mask = layer.new_mask()
    if source == "selection" and not doc.selection.is_empty:
        left, top = layer.offset
        area = doc.canvas.union(layer.pixels.tile_bounds().translated(left, top))
        scale = mask.dtype.type(1 if layer.depth == "8" else 257)
        mask.write(area.translated(-left, -top), doc.selection.read(area) * scale)
    with doc.edit("Add layer mask"):
        layer.mask = mask
    return mask


def remove_layer_mask(doc: Document, node: Node, apply: bool = False) -> None:
    """Drop a layer mask; `apply` first makes transparent what it hides."""
    layer = _raster(node)
    if layer.mask is None:
        raise UserError(f"“{layer.name}” has no layer mask.", "There is nothing to remove.")
    with doc.edit("Apply layer mask" if apply else "Remove layer mask"):
        if apply:
            scale_alpha(layer.pixels, layer.mask)
        layer.mask = None
        layer.mask_enabled = True


def set_mask_enabled(doc: Document, node: Node, enabled: bool) -> None:
    """Use a layer mask, or look at the layer without it."""
    layer = _raster(node)
    with doc.edit("Enable layer mask" if enabled else "Disable layer mask"):
        layer.mask_enabled = enabled


def _raster(node: Node) -> RasterLayer:
    unlocked(node)
    if not isinstance(node, RasterLayer):
        raise UserError(f"“{node.name}” cannot have a layer mask.", "Choose a layer with colours.")
    return node
