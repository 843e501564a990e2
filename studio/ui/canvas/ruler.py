"""Rulers along the edges of the canvas, in document pixels, with ticks that suit the zoom."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.canvas.transform import ViewTransform
from studio.ui.theme import colour

THICKNESS = 22
LABEL_GAP = 64.0
MARK = 4.0  # half the width of the mark


@dataclass(frozen=True)
class Scale:
    """The numbers along one edge: value = (position - origin) / `unit`; negative units run back."""

    origin: float
    unit: float

    def value(self, position: float) -> float:
        """The number at a position on the ruler, both in logical pixels from its start."""
        return (position - self.origin) / self.unit

    def position(self, value: float) -> float:
        """Where a number lies on the ruler."""
        return self.origin + value * self.unit

    @property
    def step(self) -> int:
        """Document pixels between labels: 1, 2 or 5 times a power of ten, so that labels do not crowd."""
        wanted = LABEL_GAP / abs(self.unit)
        power = 10 ** max(0, math.floor(math.log10(max(wanted, 1.0))))
        return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= wanted or factor == 10)

    def ticks(self, length: float) -> Iterator[tuple[float, int, int]]:
        """(position, value, rank) of the ticks on a ruler of that length; rank 0 has a label."""
        step = self.step
        fine = next(step // parts for parts in (10, 5, 2, 1) if step % parts == 0 and self._wide(step, parts))
        ends = sorted((self.value(0.0), self.value(length)))
        for number in range(math.floor(ends[0] / fine), math.ceil(ends[1] / fine) + 1):
            value = number * fine
            rank = 0 if value % step == 0 else 1 if 2 * value % step == 0 else 2
            yield self.position(value), value, rank

    def _wide(self, step: int, parts: int) -> bool:
        return parts == 1 or abs(step / parts * self.unit) >= 5


def scale_of(view: ViewTransform, vertical: bool) -> Scale:
    """The scale along an edge of the viewport: of the document axis that runs most nearly along it."""
    a, b, c, d, e, f = view.coefficients
    along, origin = ((b, d), f) if vertical else ((a, c), e)
    lead = max(along, key=abs)
    return Scale(origin, math.copysign(view.scale, lead))


class Ruler(QWidget):
    """One ruler; `vertical` is the one along the left edge."""

    def __init__(self, vertical: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vertical = vertical
        self._view = ViewTransform()
        self._mark: float | None = None
        self._drawn_for: tuple[object, ...] = ()
        self._drawn = QPixmap()
        name = "Vertical ruler" if vertical else "Horizontal ruler"
        self.setAccessibleName(name)
        self.setToolTip(f"{name}, in pixels")
        fixed, free = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(fixed if vertical else free, free if vertical else fixed)
        font = self.font()
        font.setPointSizeF(7.5)
        self.setFont(font)

    def sizeHint(self) -> QSize:
        """Thin and as long as there is room."""
        return QSize(THICKNESS, 100) if self._vertical else QSize(100, THICKNESS)

    def set_view(self, view: ViewTransform) -> None:
        """Show the scale of another view."""
        if scale_of(view, self._vertical) != scale_of(self._view, self._vertical):
            self.update()
        self._view = view

    def set_mark(self, position: float | None) -> None:
        """Mark where the pointer is, in logical pixels along the ruler; None for nowhere."""
        if position != self._mark:
            for at in (self._mark, position):
                if at is not None:
                    self.update(self._strip(at))
            self._mark = position

    def _strip(self, at: float) -> QRect:
        """What the mark covers."""
        start, breadth = math.floor(at - MARK) - 1, 2 * math.ceil(MARK) + 3
        return QRect(0, start, THICKNESS, breadth) if self._vertical else QRect(start, 0, breadth, THICKNESS)

    @property
    def length(self) -> int:
        """Logical pixels from end to end."""
        return self.height() if self._vertical else self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ticks and numbers, kept until they change, and the mark, which moves with the pointer."""
        looks = self._view, self.size(), self.devicePixelRatioF(), colour("window").rgb()
        if looks != self._drawn_for:
            self._drawn_for, self._drawn = looks, self._draw_scale()
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._drawn)
            if self._mark is not None:
                self._turn(painter)
                self._draw_mark(painter, self._mark)

    def _draw_scale(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        with QPainter(pixmap) as painter:
            painter.setFont(self.font())
            self._draw_ticks(painter)
        return pixmap

    def _turn(self, painter: QPainter) -> None:
        """Draw the vertical one as if it lay along the top."""
        if self._vertical:
            painter.rotate(90)
            painter.scale(1, -1)

    def _draw_ticks(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), colour("window"))
        self._turn(painter)
        painter.setPen(QPen(colour("edge"), 1))
        painter.drawLine(QPointF(0, THICKNESS - 0.5), QPointF(self.length, THICKNESS - 0.5))
        for position, value, rank in scale_of(self._view, self._vertical).ticks(self.length):
            self._draw_tick(painter, position, value, rank)

    def _draw_tick(self, painter: QPainter, position: float, value: int, rank: int) -> None:
        x = math.floor(position) + 0.5
        painter.setPen(QPen(colour("quiet" if rank == 0 else "disabled"), 1))
        painter.drawLine(QPointF(x, THICKNESS - (14, 7, 4)[rank]), QPointF(x, THICKNESS - 1))
        if rank == 0:
            self._draw_number(painter, x, str(value))

    def _draw_number(self, painter: QPainter, x: float, text: str) -> None:
        painter.save()
        painter.translate(x, 0)
        if self._vertical:
            painter.scale(1, -1)
            painter.translate(0, -12)
            rect = QRectF(3, 0, LABEL_GAP, 12)
        else:
            rect = QRectF(3, 0, LABEL_GAP, 12)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def _draw_mark(self, painter: QPainter, x: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("accent"))
        tip, width = THICKNESS - 1, MARK
        painter.drawPolygon(
            QPolygonF([QPointF(x - width, tip - 7), QPointF(x + width, tip - 7), QPointF(x, tip)])
        )
