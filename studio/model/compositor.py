"""Compositing of the layer tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.model.geometry import Rect
from studio.model.nodes import Group, Node, RasterLayer, dtype_of
from studio.model.tiles import Array, TiledImage

if TYPE_CHECKING:
    from studio.model.document import Document


class Compositor:
    """Composites one document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def composite(self, rect: Rect) -> Array:
        """See `Document.composite`."""
        return self.node(self._document.root, rect)

    def node(self, node: Node, rect: Rect) -> Array:
        """One node alone."""
        out = TiledImage(4, dtype_of(self._document.depth)).read(rect)
        nodes = [child for child in node.walk() if child.is_shown] if isinstance(node, Group) else [node]
        for layer in nodes:
            if isinstance(layer, RasterLayer):
                pixels = layer.read(rect)
                covered = pixels[..., 3] > 0
                out[covered] = pixels[covered]
        return out
