"""What tools draw over the picture, as data in viewport coordinates; only its own place is repainted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QPolygonF,
    QRegion,
)

from studio.ui.theme import colour

HANDLE = 8.0
CELL = 48
SMALL = 2 * CELL
MOST_CELLS = 300
MARKED = QColor(230, 60, 70, 120)
LIGHT, DARK = QColor(255, 255, 255), QColor(0, 0, 0, 170)


@dataclass(frozen=True, eq=False)
class Tint:
    """A marked area: a line of a width in logical pixels or, if that is 0, what a path encloses.

    erase: it takes away what was marked before.
    """

    path: QPainterPath
    width: float
    erase: bool = False

    def outline(self) -> QPainterPath:
        """The area."""
        if self.width == 0:
            return self.path
        pen = QPainterPathStroker()
        pen.setWidth(max(1.0, self.width))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return pen.createStroke(self.path)


@dataclass(frozen=True, eq=False)
class Overlay:
    """Lines, handles and a label over the picture.

    lines: drawn thin in two colours, to be seen on anything. dashed: as marching ants are.
    faint: lines hardly seen.
    handles: centres of the squares one can take hold of. pivot: a round handle.
    tints: marked areas in the order in which they were marked.
    shade: darkened area. label: a few words beside `label_at`. swatch: a colour shown beside the label.
    """

    lines: Sequence[QPainterPath] = ()
    faint: Sequence[QPainterPath] = ()
    dashed: bool = False
    handles: Sequence[QPointF] = ()
    pivots: Sequence[QPointF] = ()
    tints: Sequence[Tint] = ()
    shade: QPainterPath | None = None
    label: str = ""
    label_at: QPointF = field(default_factory=QPointF)
    swatch: QColor | None = None

    def region(self, metrics: QFontMetrics, room: QSize) -> QRegion:
        """Everything this touches in a viewport of size `room`, in whole logical pixels."""
        if self.shade:
            return QRegion(QRect(QPoint(), room))
        region = QRegion()
        for path in (*self.lines, *self.faint):
            region += path_region(path, room)
        for tint in self.tints:
            margin = round(tint.width / 2) + 3
            box = tint.path.boundingRect().toAlignedRect().adjusted(-margin, -margin, margin, margin)
            region += QRegion(box.intersected(QRect(QPoint(), room)))
        for point in (*self.handles, *self.pivots):
            region += QRegion(_square(point, HANDLE + 4).toAlignedRect())
        if self.label or self.swatch:
            region += QRegion(self._label_rect(metrics).toAlignedRect().adjusted(-1, -1, 1, 1))
        return region

    def draw(self, painter: QPainter) -> None:
        """Paint it; the painter is in viewport coordinates."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.shade:
            painter.fillPath(self.shade, QColor(0, 0, 0, 130))
        if self.tints:
            painter.fillPath(marked(self.tints), MARKED)
        for path in self.faint:
            painter.strokePath(path, QPen(QColor(255, 255, 255, 90), 1))
        for path in self.lines:
            stroke_two_colours(painter, path, 0 if self.dashed else None)
        for point in self.handles:
            _draw_handle(painter, point, round_=False)
        for point in self.pivots:
            _draw_handle(painter, point, round_=True)
        if self.label or self.swatch:
            self._draw_label(painter)
        painter.restore()

    def _label_rect(self, metrics: QFontMetrics) -> QRectF:
        swatch = 22 if self.swatch else 0
        width = metrics.horizontalAdvance(self.label) + 12 + swatch
        return QRectF(self.label_at.x() + 18, self.label_at.y() + 18, width, metrics.height() + 6)

    def _draw_label(self, painter: QPainter) -> None:
        rect = self._label_rect(painter.fontMetrics())
        painter.setPen(QPen(colour("edge"), 1))
        painter.setBrush(colour("panel"))
        painter.drawRoundedRect(rect, 4, 4)
        if self.swatch:
            painter.setBrush(self.swatch)
            painter.drawRoundedRect(QRectF(rect.left() + 5, rect.top() + 4, 18, rect.height() - 8), 3, 3)
            rect.adjust(22, 0, 0, 0)
        painter.setPen(colour("text"))
        painter.drawText(rect.adjusted(6, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.label)


def marked(tints: Sequence[Tint]) -> QPainterPath:
    """All that is marked, as one area."""
    whole = QPainterPath()
    whole.setFillRule(Qt.FillRule.WindingFill)
    for tint in tints:
        area = tint.outline()
        area.setFillRule(Qt.FillRule.WindingFill)
        whole = whole.subtracted(area) if tint.erase else joined(whole, area)
    return whole


def joined(whole: QPainterPath, area: QPainterPath) -> QPainterPath:
    """Both areas; what lies in both counts once, because paths are filled by winding."""
    both = QPainterPath(whole)
    both.addPath(area)
    both.setFillRule(Qt.FillRule.WindingFill)
    return both


def stroke_two_colours(
    painter: QPainter, path: QPainterPath, dash: float | None = None, width: float = 1.0
) -> None:
    """Stroke a path light on dark; with `dash` (the offset in pixels) in dashes of both colours."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    solid = dash is None
    back = QPen(DARK if solid else QColor(0, 0, 0), width + 2 if solid else width)
    back.setCosmetic(True)
    painter.strokePath(path, back)
    front = QPen(LIGHT, width)
    front.setCosmetic(True)
    if dash is not None:
        front.setDashPattern([4, 4])
        front.setDashOffset(dash)
        front.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.strokePath(path, front)


def path_region(path: QPainterPath, room: QSize) -> QRegion:
    """The squares of a coarse grid over a viewport of size `room` that a path passes through."""
    frame = path.controlPointRect()
    if max(frame.width(), frame.height()) <= SMALL:
        return QRegion(frame.toAlignedRect().adjusted(-3, -3, 3, 3))
    lines = [_subdivided(_points(polygon)) for polygon in path.toSubpathPolygons()]
    return cells_region(np.concatenate([np.empty((0, 2)), *lines]), room)


def cells_region(points: npt.NDArray[Any], room: QSize, margin: int = 3) -> QRegion:
    """The squares of a coarse grid that hold points (n, 2), grown by `margin`; their frame if they are many.

    Points further than a square outside of `room` do not matter.
    """
    width, height = room.width() // CELL + 3, room.height() // CELL + 3
    cells = np.floor(points / CELL).astype(np.int64) + 1
    near = cells[((cells >= 0) & (cells < (width, height))).all(axis=1)]
    held = np.zeros((width, height), bool)
    held[near[:, 0], near[:, 1]] = True
    found = (np.argwhere(held) - 1) * CELL
    if len(found) > MOST_CELLS:
        low, size = found.min(axis=0).tolist(), (np.ptp(found, axis=0) + CELL).tolist()
        return QRegion(QRect(*low, *size))
    region = QRegion()
    for x, y in found.tolist():
        region += QRegion(QRect(x, y, CELL, CELL).adjusted(-margin, -margin, margin, margin))
    return region


def rect_path(x: float, y: float, w: float, h: float) -> QPainterPath:
    """A rectangle as a path."""
    path = QPainterPath()
    path.addRect(QRectF(x, y, w, h))
    return path


def polygon_path(points: Iterable[tuple[float, float]], closed: bool = True) -> QPainterPath:
    """A polygon or polyline as a path."""
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    if closed:
        path.closeSubpath()
    return path


def circle_path(x: float, y: float, radius: float) -> QPainterPath:
    """A circle as a path."""
    path = QPainterPath()
    path.addEllipse(QPointF(x, y), radius, radius)
    return path


def _points(polygon: QPolygonF) -> npt.NDArray[np.float64]:
    return np.array([(polygon[i].x(), polygon[i].y()) for i in range(polygon.size())], np.float64).reshape(
        -1, 2
    )


def _subdivided(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The polyline with so many points that no two neighbours are further apart than half a cell."""
    if len(points) < 2:
        return points
    steps = np.diff(points, axis=0)
    longest = np.abs(steps).max(axis=1)
    counts = np.minimum(np.ceil(longest / (CELL / 2)).astype(np.int64), 4096).clip(1)
    starts = np.repeat(np.arange(len(steps)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (within / counts[starts])[:, None]
    return np.vstack([points[starts] + steps[starts] * share, points[-1:]])


def _square(centre: QPointF, side: float) -> QRectF:
    return QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)


def _draw_handle(painter: QPainter, at: QPointF, round_: bool) -> None:
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
    painter.setBrush(LIGHT)
    place = QPointF(math.floor(at.x()) + 0.5, math.floor(at.y()) + 0.5)
    if round_:
        painter.drawEllipse(place, HANDLE / 2, HANDLE / 2)
    else:
        painter.drawRect(_square(place, HANDLE))
