"""The edge of the selection as a moving dashed line."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF, QRegion, QTransform

from studio.ui.canvas.overlay import polyline_region, stroke_two_colours

PERIOD = 8
MOST_DASHED = 6000

Polygon = npt.NDArray[np.float64]


class Ants:
    """Outline of a selection. `polygons` are closed, (n, 2), in document pixels."""

    def __init__(self) -> None:
        self.phase = 0
        self._polygons: list[Polygon] = []
        self._matrix = QTransform()
        self._fresh = False
        self._path = QPainterPath()
        self._region = QRegion()
        self._dense = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self._polygons

    def set_polygons(self, polygons: list[Polygon]) -> None:
        """Show another selection."""
        self._polygons = [np.asarray(polygon, np.float64) for polygon in polygons if len(polygon) > 1]
        self._fresh = False

    def region(self, matrix: QTransform, room: QSize) -> QRegion:
        """What the line covers in a viewport of size `room`; `matrix` maps document to viewport."""
        self._prepare(matrix, room)
        return self._region

    def draw(self, painter: QPainter, matrix: QTransform, room: QSize) -> None:
        """Paint the line; very intricate ones plain, since dashing them would take too long."""
        self._prepare(matrix, room)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        stroke_two_colours(painter, self._path, None if self._dense else float(self.phase))
        painter.restore()

    def advance(self) -> None:
        """Move on by a pixel."""
        self.phase = (self.phase + 1) % PERIOD

    def _prepare(self, matrix: QTransform, room: QSize) -> None:
        if self._fresh and matrix == self._matrix:
            return
        self._fresh, self._matrix = True, matrix
        self._path, self._region = QPainterPath(), QRegion()
        count = 0
        for polygon in self._polygons:
            points = _thinned(_mapped(polygon, matrix))
            if not _meets(points, room):
                continue
            count += len(points)
            self._path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points.tolist()]))
            self._path.closeSubpath()
            self._region += polyline_region(np.vstack([points, points[:1]]))
        self._dense = count > MOST_DASHED


def _mapped(polygon: Polygon, m: QTransform) -> Polygon:
    return polygon @ np.array([[m.m11(), m.m12()], [m.m21(), m.m22()]]) + (m.dx(), m.dy())


def _thinned(points: Polygon) -> Polygon:
    """Without the points that fall on the same pixel as the one before."""
    whole = np.round(points)
    keep = np.ones(len(points), bool)
    keep[1:] = (whole[1:] != whole[:-1]).any(axis=1)
    return points[keep]


def _meets(points: Polygon, room: QSize) -> bool:
    low, high = points.min(axis=0), points.max(axis=0)
    return bool(high[0] >= 0 and high[1] >= 0 and low[0] <= room.width() and low[1] <= room.height())
