"""Curves over the images seen: zoomed by the wheel, moved by dragging, read off under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.app.lab.series import Values, short, smoothed, thinned, ticks
from studio.ui.theme import colour, current

LEFT, RIGHT, TOP, BOTTOM = 52, 12, 10, 24
DARK = ("#8b93ff", "#f2a65a", "#6fd3a5", "#f07fb4", "#62c4e8", "#d9c65c", "#c08bf0", "#e8836f")
LIGHT = ("#4a52c8", "#b8620a", "#1c8a5b", "#b8327a", "#117ba3", "#8a7400", "#7d3fc0", "#b8412c")
ROOM = 0.06
DASHES = ([5.0, 3.0], [1.0, 2.0], [8.0, 2.0, 1.0, 2.0])


@dataclass
class Line:
    """One curve. key: the quantity, the same in every run; run: which of several runs it is from, 0 first.

    The quantity has its colour (``number``), the run its dashes.
    """

    key: str
    title: str
    xs: Values
    ys: Values
    number: int
    run: int = 0
    soft: Values = field(default_factory=lambda: np.empty(0))


def pen_of(shade: QColor, run: int, width: float = 1.8) -> QPen:
    """The pen of a run's curves: whole for the first, dashed in other ways for the others."""
    pen = QPen(shade, width)
    if run:
        pen.setDashPattern(DASHES[(run - 1) % len(DASHES)])
    return pen


def line_colour(number: int) -> QColor:
    """The colour of a curve in the theme in use."""
    shades = DARK if current().dark else LIGHT
    return QColor(shades[number % len(shades)])


class Plot(QWidget):
    """Draws `Line`s. Wheel zooms along x around the pointer, dragging moves, a double click shows all.

    ``hovered(x)`` follows the pointer: images seen, or -1 when it has left.
    """

    hovered = Signal(float)

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.setToolTip("")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 130)
        self.lines: list[Line] = []
        self.hidden: set[str] = set()
        self.smoothing = 0.0
        self.range: tuple[float, float] | None = None
        self.at: float | None = None
        self._drag: tuple[float, tuple[float, float]] | None = None

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(480, 220)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Draw these curves; the part in view stays."""
        self.lines = list(lines)
        self._smooth()

    def set_smoothing(self, amount: float) -> None:
        """Draw smoothed curves over faint raw ones. amount: 0 (none) to below 1."""
        self.smoothing = amount
        self._smooth()

    def set_hidden(self, key: str, hidden: bool) -> None:
        """Leave a curve out, or draw it again."""
        (self.hidden.add if hidden else self.hidden.discard)(key)
        self.update()

    def mark(self, x: float | None) -> None:
        """Show the values at so many images."""
        self.at = x
        self.update()

    def show_all(self) -> None:
        """The whole run, growing with it."""
        self.range = None
        self.update()

    def zoom(self, factor: float, around: float | None = None) -> None:
        """Show ``factor`` times as much of the run, around an x that stays in place."""
        low, high = self.view_x()
        whole_low, whole_high = self.whole_x()
        middle = (low + high) / 2 if around is None else around
        wanted = (high - low) * factor
        if wanted >= whole_high - whole_low:
            self.show_all()
            return
        share = (middle - low) / (high - low) if high > low else 0.5
        self._look_at(middle - share * max(wanted, 1e-9), max(wanted, 1e-9))

    def move_by(self, amount: float) -> None:
        """Show what is ``amount`` images further."""
        low, high = self.view_x()
        self._look_at(low + amount, high - low)

    def whole_x(self) -> tuple[float, float]:
        """From the first to the last point of all curves."""
        drawn = [line for line in self._shown() if len(line.xs)]
        if not drawn:
            return 0.0, 1.0
        low = min(float(line.xs[0]) for line in drawn)
        high = max(float(line.xs[-1]) for line in drawn)
        return (low, high) if high > low else (low - 0.5, low + 0.5)

    def view_x(self) -> tuple[float, float]:
        """The part in view."""
        return self.range or self.whole_x()

    def view_y(self) -> tuple[float, float]:
        """The values in view, with a little room."""
        low, high = self.view_x()
        parts = [line.soft[(line.xs >= low) & (line.xs <= high)] for line in self._shown()]
        values = np.concatenate([part for part in parts if len(part)] or [np.zeros(1)])
        bottom, top = float(values.min()), float(values.max())
        if len(values) > 50:
            bottom, top = (float(q) for q in np.quantile(values, (0.002, 0.998)))
        room = (top - bottom) * ROOM or abs(top) * 0.1 or 0.5
        return bottom - room, top + room

    def values_at(self, x: float) -> list[tuple[Line, float, float]]:
        """(curve, images, value) of the point of each curve that is nearest to an x."""
        found: list[tuple[Line, float, float]] = []
        for line in self._shown():
            if len(line.xs):
                index = int(np.abs(line.xs - x).argmin())
                found.append((line, float(line.xs[index]), float(line.soft[index])))
        return found

    def area(self) -> QRectF:
        """Where the curves are drawn."""
        return QRectF(LEFT, TOP, max(self.width() - LEFT - RIGHT, 1), max(self.height() - TOP - BOTTOM, 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, curves, and the values under the pointer."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("field"))
        if not any(len(line.xs) for line in self._shown()):
            self._write(painter, self.rect(), "Curves appear here as the training reports.")
            return
        self._draw_grid(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.area().adjusted(0, -4, 1, 4))
        for line in self._shown():
            self._draw_line(painter, line)
        painter.setClipping(False)
        if self.at is not None:
            self._draw_values(painter, self.at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        steps = event.angleDelta().y() / 120
        self.zoom(0.8**steps, self._x_at(event.position().x()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move the part in view."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = (event.position().x(), self.view_x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move, or read values off."""
        if self._drag is not None:
            start, (low, high) = self._drag
            moved = (start - event.position().x()) / self.area().width() * (high - low)
            if self.range is not None:
                self._look_at(low + moved, high - low)
        self.mark(self._x_at(event.position().x()))
        self.hovered.emit(self.at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The move is over."""
        self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all."""
        self.show_all()

    def leaveEvent(self, event: object) -> None:
        """Nothing to read off any more."""
        self.mark(None)
        self.hovered.emit(-1.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, the arrows move, Home shows all."""
        low, high = self.view_x()
        actions = {
            Qt.Key.Key_Plus: lambda: self.zoom(0.8),
            Qt.Key.Key_Minus: lambda: self.zoom(1.25),
            Qt.Key.Key_Left: lambda: self.move_by(-(high - low) / 10),
            Qt.Key.Key_Right: lambda: self.move_by((high - low) / 10),
            Qt.Key.Key_Home: self.show_all,
        }
        action = actions.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def _shown(self) -> list[Line]:
        return [line for line in self.lines if line.key not in self.hidden]

    def _smooth(self) -> None:
        for line in self.lines:
            line.soft = smoothed(line.ys, self.smoothing)
        self.update()

    def _look_at(self, low: float, span: float) -> None:
        first, last = self.whole_x()
        low = min(max(low, first), max(last - span, first))
        self.range = None if span >= last - first else (low, low + span)
        self.update()

    def _x_at(self, pixel: float) -> float:
        low, high = self.view_x()
        area = self.area()
        return low + min(max((pixel - area.left()) / area.width(), 0), 1) * (high - low)

    def _points(self, xs: Values, ys: Values) -> QPolygonF:
        area, (x0, x1), (y0, y1) = self.area(), self.view_x(), self.view_y()
        px = area.left() + (xs - x0) / (x1 - x0) * area.width()
        py = area.bottom() - (ys - y0) / (y1 - y0) * area.height()
        return QPolygonF([QPointF(x, y) for x, y in zip(px.tolist(), py.tolist(), strict=True)])

    def _draw_line(self, painter: QPainter, line: Line) -> None:
        low, high = self.view_x()
        first, last = np.searchsorted(line.xs, (low, high))
        part = slice(max(int(first) - 1, 0), int(last) + 1)
        columns = max(int(self.area().width()), 1)
        shade = line_colour(line.number)
        if self.smoothing:
            faint = QColor(shade)
            faint.setAlpha(60)
            painter.setPen(QPen(faint, 1))
            painter.drawPolyline(self._points(*thinned(line.xs[part], line.ys[part], columns)))
        painter.setPen(pen_of(shade, line.run))
        points = self._points(*thinned(line.xs[part], line.soft[part], columns))
        painter.drawPolyline(points)
        if len(points) < 40:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            for point in points:
                painter.drawEllipse(point, 2.2, 2.2)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_grid(self, painter: QPainter) -> None:
        area, (x0, x1), (y0, y1) = self.area(), self.view_x(), self.view_y()
        for value in ticks(y0, y1, max(int(area.height() / 36), 2)):
            y = round(area.bottom() - (value - y0) / (y1 - y0) * area.height())
            painter.setPen(colour("edge"))
            painter.drawLine(int(area.left()), y, int(area.right()), y)
            painter.setPen(colour("quiet"))
            box = QRect(0, y - 9, LEFT - 6, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short(value))
        for value in ticks(x0, x1, max(int(area.width() / 90), 2)):
            x = round(area.left() + (value - x0) / (x1 - x0) * area.width())
            painter.setPen(colour("edge"))
            painter.drawLine(x, int(area.top()), x, int(area.bottom()))
            painter.setPen(colour("quiet"))
            painter.drawText(QRect(x - 40, int(area.bottom()) + 4, 80, 18), Qt.AlignmentFlag.AlignCenter,
                             short(value))  # fmt: skip

    def _draw_values(self, painter: QPainter, x: float) -> None:
        """A line at x, and a box with the values there."""
        found = self.values_at(x)
        area, (x0, x1) = self.area(), self.view_x()
        place = area.left() + (x - x0) / (x1 - x0) * area.width()
        painter.setPen(QPen(colour("quiet"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(place, area.top()), QPointF(place, area.bottom()))
        rows: list[tuple[Line | None, str]] = [(None, f"{short(x)} pictures seen")]
        rows += [(line, f"{line.title}  {short(value)}") for line, _, value in found]
        metrics = painter.fontMetrics()
        rows = rows[: max(int((area.height() - 14) / (metrics.height() + 2)), 2)]
        width = max(metrics.horizontalAdvance(text) for _, text in rows) + 36
        height = len(rows) * (metrics.height() + 2) + 10
        left = place + 10 if place + 10 + width < self.width() else place - 10 - width
        box = QRectF(max(left, 0), area.top() + 4, width, height)
        ground = QColor(colour("raised"))
        ground.setAlpha(235)
        painter.setPen(colour("edge"))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        self._write_rows(painter, box, rows)

    def _write_rows(self, painter: QPainter, box: QRectF, rows: Sequence[tuple[Line | None, str]]) -> None:
        step = painter.fontMetrics().height() + 2
        y = box.top() + 5
        for line, text in rows:
            if line is not None:
                painter.setPen(pen_of(line_colour(line.number), line.run, 2.5))
                begin = QPointF(box.left() + 7, y + step / 2)
                painter.drawLine(begin, begin + QPointF(14, 0))
            painter.setPen(colour("text" if line is not None else "quiet"))
            left = box.left() + (28 if line is not None else 8)
            painter.drawText(QRectF(left, y, box.width(), step), Qt.AlignmentFlag.AlignVCenter, text)
            y += step

    def _write(self, painter: QPainter, rect: QRect, text: str) -> None:
        painter.setPen(colour("quiet"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
