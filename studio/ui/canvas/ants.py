"""The edge of the selection as a moving dashed line."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF, QRegion

from studio.ui.canvas.overlay import polyline_region, stroke_two_colours
from studio.ui.canvas.transform import ViewTransform

PERIOD = 8
MOST_DASHED = 6000

Polygon = npt.NDArray[np.float64]


class Ants:
    """Outline of a selection. `polygons` are closed, (n, 2), in document pixels."""

    def __init__(self) -> None:
        self.phase = 0
        self._polygons: list[Polygon] = []
        self._view: ViewTransform | None = None
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
        self._view = None

    def region(self, view: ViewTransform) -> QRegion:
        """What the line covers in the viewport."""
        self._prepare(view)
        return self._region

    def draw(self, painter: QPainter, view: ViewTransform) -> None:
        """Paint the line; very intricate ones plain, since dashing them would take too long."""
        self._prepare(view)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        stroke_two_colours(painter, self._path, None if self._dense else float(self.phase))
        painter.restore()

    def advance(self) -> None:
        """Move on by a pixel."""
        self.phase = (self.phase + 1) % PERIOD

    def _prepare(self, view: ViewTransform) -> None:
        if view is self._view:
            return
        self._view, self._path, self._region = view, QPainterPath(), QRegion()
        count = 0
        for polygon in self._polygons:
            points = _thinned(_mapped(polygon, view))
            if not _meets(points, view):
                continue
            count += len(points)
            self._path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points.tolist()]))
            self._path.closeSubpath()
            self._region += polyline_region(np.vstack([points, points[:1]]))
        self._dense = count > MOST_DASHED


def _mapped(polygon: Polygon, view: ViewTransform) -> Polygon:
    a, b, c, d, e, f = view.coefficients
    return polygon @ np.array([[a, b], [c, d]]) + (e, f)


def _thinned(points: Polygon) -> Polygon:
    """Without the points that fall on the same pixel as the one before."""
    whole = np.round(points)
    keep = np.ones(len(points), bool)
    keep[1:] = (whole[1:] != whole[:-1]).any(axis=1)
    return points[keep]


def _meets(points: Polygon, view: ViewTransform) -> bool:
    low, high = points.min(axis=0), points.max(axis=0)
    return bool(high[0] >= 0 and high[1] >= 0 and low[0] <= view.width and low[1] <= view.height)
