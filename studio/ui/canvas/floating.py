"""A layer shown in motion: what lies below it, the layer under a matrix, what lies above."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform

from studio.model.geometry import Rect
from studio.model.nodes import Blend, Group, Node
from studio.model.selection import Selection
from studio.ui.canvas.pixels import Bytes, scale
from studio.ui.canvas.tilecache import TileCache, level_for
from studio.ui.canvas.tiledraw import SMOOTH, draw_tiles
from studio.ui.canvas.transform import ViewTransform

MOVES = (QTransform.TransformationType.TxNone, QTransform.TransformationType.TxTranslate)

_Mode = QPainter.CompositionMode
COMPOSITION = {
    Blend.MULTIPLY: _Mode.CompositionMode_Multiply,
    Blend.SCREEN: _Mode.CompositionMode_Screen,
    Blend.OVERLAY: _Mode.CompositionMode_Overlay,
    Blend.DARKEN: _Mode.CompositionMode_Darken,
    Blend.LIGHTEN: _Mode.CompositionMode_Lighten,
    Blend.COLOR_DODGE: _Mode.CompositionMode_ColorDodge,
    Blend.COLOR_BURN: _Mode.CompositionMode_ColorBurn,
    Blend.HARD_LIGHT: _Mode.CompositionMode_HardLight,
    Blend.SOFT_LIGHT: _Mode.CompositionMode_SoftLight,
    Blend.DIFFERENCE: _Mode.CompositionMode_Difference,
    Blend.EXCLUSION: _Mode.CompositionMode_Exclusion,
}
ReadWithout = Callable[[Iterable[Node], Rect], Bytes]
ReadNode = Callable[[Node, Rect], Bytes]


class Floating:
    """A node lifted out of its document and moved by `matrix` (document to document).

    It is a picture of what will be, with its opacity and blend mode. Modes that Qt does not know (hue,
    saturation, colour, luminosity) look normal until the edit is done.

    With a selection only what is selected moves, and the rest of the node stays.

    Args:
        selection: what moves, if anything is selected.
        read_without: display pixels of the document with some nodes left out.
        read_node: display pixels of one node.
        whole: the tiles of the untouched document, shown until those below are made.
    """

    def __init__(
        self,
        node: Node,
        selection: Selection,
        read_without: ReadWithout,
        read_node: ReadNode,
        whole: TileCache,
    ) -> None:
        below, above = around(node)
        canvas = whole.canvas
        self.node = node
        self.matrix = QTransform()
        self.selected = not selection.is_empty
        self.bounds = moving_bounds(node, selection)
        self._opacity = 1.0 if isinstance(node, Group) else node.opacity
        self._whole = whole
        self._below = TileCache(lambda rect: read_without([node, *above], rect), canvas)
        self._layer = TileCache(lambda rect: scale(read_node(node, rect), selection.read(rect)), self.bounds)
        self._rest = TileCache(lambda rect: scale(read_node(node, rect), 255 - selection.read(rect)), canvas)
        self._above = TileCache(lambda rect: read_without([node, *below], rect), canvas)
        self._still = [self._below, *([self._rest] if self.selected else [])]
        self._over = [self._above] if any(other.visible for other in above) else []

    def work(self, level: int, area: Rect, focus: tuple[float, float], deadline: float) -> list[Rect]:
        """Redo stale tiles, the layer's own first. See `TileCache.work`."""
        if self._layer.work(level, self._layer_area(area), focus, deadline):
            return [area]
        caches = [*self._still, *self._over]
        return next((done for cache in caches if (done := cache.work(level, area, focus, deadline))), [])

    def is_stale(self, level: int, area: Rect) -> bool:
        """Whether anything is still to be made for document area `area`."""
        caches = [*self._still, *self._over]
        return self._layer.is_stale(level, self._layer_area(area)) or any(
            c.is_stale(level, area) for c in caches
        )

    def draw(self, painter: QPainter, view: ViewTransform, area: Rect) -> None:
        """Paint below, node, above; the painter is in document coordinates."""
        level = level_for(view.zoom)
        draw_tiles(painter, self._below.visible(level, area, self._whole), view.axis_aligned)
        painter.save()
        painter.setOpacity(self._opacity)
        painter.setCompositionMode(COMPOSITION.get(self.node.blend, _Mode.CompositionMode_SourceOver))
        if self.selected:
            draw_tiles(painter, self._rest.visible(level, area), view.axis_aligned)
        painter.setTransform(self.matrix, True)
        moved_only = self.matrix.type() in MOVES
        painter.setRenderHint(SMOOTH, painter.testRenderHint(SMOOTH) or not moved_only)
        draw_tiles(
            painter, self._layer.visible(level, self._layer_area(area)), moved_only and view.axis_aligned
        )
        painter.restore()
        for cache in self._over:
            draw_tiles(painter, cache.visible(level, area), view.axis_aligned)

    def _layer_area(self, area: Rect) -> Rect:
        """The part of the node that shows in document area `area`."""
        inverse, possible = self.matrix.inverted()
        if not possible:
            return Rect.EMPTY
        seen = inverse.mapRect(QRectF(area.x, area.y, area.w, area.h))
        return Rect.around(seen.left(), seen.top(), seen.right(), seen.bottom()).intersect(self.bounds)


def moving_bounds(node: Node, selection: Selection) -> Rect:
    """What of a node a move or transform takes along: all of it, or what is selected."""
    bounds = node.bounds()
    return bounds if selection.is_empty else bounds.intersect(selection.bounds)


def around(node: Node) -> tuple[list[Node], list[Node]]:
    """The nodes that lie below and above `node`, whole groups where it is not inside them."""
    below: list[Node] = []
    above: list[Node] = []
    while node.parent is not None:
        siblings = node.parent.children
        place = siblings.index(node)
        below += siblings[:place]
        above += siblings[place + 1 :]
        node = node.parent
    return below, above
