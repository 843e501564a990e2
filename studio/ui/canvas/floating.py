"""A layer shown in motion: what lies below it, the layer under a matrix, what lies above."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform

from studio.model.geometry import Rect
from studio.model.nodes import Group, Node
from studio.ui.canvas.pixels import Bytes
from studio.ui.canvas.tilecache import TileCache, level_for
from studio.ui.canvas.tiledraw import CROP, SMOOTH, draw_tiles
from studio.ui.canvas.transform import ViewTransform

MOVES = (QTransform.TransformationType.TxNone, QTransform.TransformationType.TxTranslate)

ReadWithout = Callable[[Iterable[Node], Rect], Bytes]
ReadNode = Callable[[Node, Rect], Bytes]


class Floating:
    """A node lifted out of its document and moved by `matrix` (document to document).

    It is a picture of what will be: how it blends with other layers is approximate until the edit is done.

    Args:
        read_without: display pixels of the document with some nodes left out.
        read_node: display pixels of one node.
        whole: the tiles of the untouched document, shown until those below are made.
    """

    def __init__(self, node: Node, read_without: ReadWithout, read_node: ReadNode, whole: TileCache) -> None:
        below, above = around(node)
        self.node = node
        self.matrix = QTransform()
        self.bounds = node.bounds()
        self._whole = whole
        self._below = TileCache(lambda rect: read_without([node, *above], rect), whole.canvas)
        self._above = TileCache(lambda rect: read_without([node, *below], rect), whole.canvas)
        self._layer = TileCache(lambda rect: read_node(node, rect), self.bounds)
        self._has_above = any(other.visible for other in above)

    def work(self, level: int, area: Rect, focus: tuple[float, float], deadline: float) -> list[Rect]:
        """Redo stale tiles, the layer's own first. See `TileCache.work`."""
        if self._layer.work(level, self._layer_area(area), focus, deadline):
            return [area]
        return self._below.work(level, area, focus, deadline) or (
            self._above.work(level, area, focus, deadline) if self._has_above else []
        )

    def is_stale(self, level: int, area: Rect) -> bool:
        """Whether anything is still to be made for document area `area`."""
        if self._layer.stale(level, self._layer_area(area)) or self._below.stale(level, area):
            return True
        return self._has_above and bool(self._above.stale(level, area))

    def draw(self, painter: QPainter, view: ViewTransform, area: Rect) -> None:
        """Paint below, node, above; the painter is in document coordinates."""
        level = level_for(view.zoom)
        draw_tiles(painter, self._below.visible(level, area, self._whole), view.axis_aligned)
        painter.save()
        painter.setClipRect(QRectF(0, 0, self._whole.canvas.w, self._whole.canvas.h), CROP)
        painter.setTransform(self.matrix, True)
        painter.setOpacity(1.0 if isinstance(self.node, Group) else self.node.opacity)
        moved_only = self.matrix.type() in MOVES
        painter.setRenderHint(SMOOTH, painter.testRenderHint(SMOOTH) or not moved_only)
        draw_tiles(
            painter, self._layer.visible(level, self._layer_area(area)), moved_only and view.axis_aligned
        )
        painter.restore()
        if self._has_above:
            draw_tiles(painter, self._above.visible(level, area), view.axis_aligned)

    def _layer_area(self, area: Rect) -> Rect:
        """The part of the node that shows in document area `area`."""
        inverse, possible = self.matrix.inverted()
        if not possible:
            return Rect.EMPTY
        seen = inverse.mapRect(QRectF(area.x, area.y, area.w, area.h))
        return Rect.around(seen.left(), seen.top(), seen.right(), seen.bottom()).intersect(self.bounds)


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
