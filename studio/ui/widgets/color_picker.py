"""Choosing a colour: a square of saturation and value, a bar of hue, a line of hexadecimal."""

from __future__ import annotations

import re

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.widgets.numbers import NumberEdit

_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


def parse_hex(text: str) -> QColor | None:
    """A colour from ``#rgb`` or ``#rrggbb`` (with or without ``#``), None if it is neither."""
    found = _HEX.fullmatch(text.strip())
    return QColor(f"#{found[1]}") if found else None


def hue_colors(count: int) -> np.ndarray:
    """(count, 3) uint8: the fully saturated colours from hue 0 to 1."""
    h = np.linspace(0, 6, count, dtype=np.float32)[:, None]
    ramps = np.abs(np.mod(h + np.array([0, 4, 2], np.float32), 6) - 3) - 1
    return (np.clip(ramps, 0, 1) * 255 + 0.5).astype(np.uint8)


def square_pixels(hue: float, side: int = 96) -> np.ndarray:
    """(side, side, 3) uint8: saturation 0..1 rightwards, value 1..0 downwards."""
    pure = np.array(QColor.fromHsvF(hue, 1, 1).getRgb()[:3], np.float32) / 255
    s = np.linspace(0, 1, side, dtype=np.float32)[None, :, None]
    v = np.linspace(1, 0, side, dtype=np.float32)[:, None, None]
    return ((1 - s + s * pure) * v * 255 + 0.5).astype(np.uint8)


class _Field(QWidget):
    """A picture in which a point is chosen: dragged, or moved by the arrow keys (Shift: faster)."""

    moved = Signal(float, float)
    released = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self.setToolTip(title)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.at = (0.0, 0.0)
        self._image = QImage()

    def show_pixels(self, pixels: np.ndarray, at: tuple[float, float]) -> None:
        """Show (h, w, 3) uint8 with the point ``at`` x, y in 0..1, y upwards."""
        pixels = np.ascontiguousarray(pixels)
        height, width, _ = pixels.shape
        self._image = QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888).copy()
        self.at = at
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, and the mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), self._image)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        self.paint_mark(painter)

    def paint_mark(self, painter: QPainter) -> None:
        """Draw where the point is."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the point pressed."""
        self._choose(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the point."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of the drag."""
        self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move the point by a hundredth."""
        if event.key() not in ARROWS:
            super().keyPressEvent(event)
            return
        dx, dy = ARROWS[event.key()]
        step = 0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0.01
        self._tell(self.at[0] + dx * step, self.at[1] + dy * step)
        self.released.emit()

    def _choose(self, point: QPointF) -> None:
        self._tell(point.x() / max(1, self.width() - 1), 1 - point.y() / max(1, self.height() - 1))

    def _tell(self, x: float, y: float) -> None:
        self.moved.emit(min(1.0, max(0.0, x)), min(1.0, max(0.0, y)))


class _Square(_Field):
    def sizeHint(self) -> QSize:
        """Square enough at a dock's width."""
        return QSize(200, 140)

    def paint_mark(self, painter: QPainter) -> None:
        """A ring, dark and light so that it shows on every colour."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = QPointF(self.at[0] * (self.width() - 1), (1 - self.at[1]) * (self.height() - 1))
        for radius, color in ((6.0, Qt.GlobalColor.black), (5.0, Qt.GlobalColor.white)):
            painter.setPen(QPen(color, 1.5))
            painter.drawEllipse(centre, radius, radius)


class _Bar(_Field):
    def sizeHint(self) -> QSize:
        """A thin bar."""
        return QSize(200, 18)

    def paint_mark(self, painter: QPainter) -> None:
        """A frame over the whole height."""
        x = self.at[0] * (self.width() - 1)
        for grow, color in ((3.5, Qt.GlobalColor.black), (2.5, Qt.GlobalColor.white)):
            painter.setPen(QPen(color, 1))
            painter.drawRect(QRectF(x - grow, 0.5, 2 * grow, self.height() - 1))


class Patch(QWidget):
    """A flat patch of one colour."""

    def __init__(self, color: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.color = color
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Colour and a hairline."""
        painter = QPainter(self)
        rect: QRect = self.rect().adjusted(0, 0, -1, -1)
        painter.setPen(self.palette().mid().color())
        painter.setBrush(self.color)
        painter.drawRect(rect)


class ColorPicker(QWidget):
    """Chooses an opaque colour. ``changed`` tells every step, ``finished`` the end of a gesture."""

    changed = Signal(QColor)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hsv = (0.0, 0.0, 0.0)
        self.square = _Square("Saturation and brightness")
        self.square.setMinimumHeight(90)
        self.bar = _Bar("Hue")
        self.bar.setFixedHeight(18)
        self.hex = QLineEdit()
        self.hex.setAccessibleName("Hexadecimal colour")
        self.hex.setToolTip("Hexadecimal colour, such as #3a7bd5")
        self.hex.setMaxLength(7)
        self.sliders = [
            NumberEdit(0, top, 1, unit, integer=True) for top, unit in ((359, "°"), (100, "%"), (100, "%"))
        ]
        self._lay_out()
        self._wire()
        self.set_color(QColor(Qt.GlobalColor.black))

    def color(self) -> QColor:
        """The colour chosen."""
        return QColor.fromHsvF(*self._hsv)

    def set_color(self, color: QColor) -> None:
        """Show a colour. Grey keeps the hue, black keeps hue and saturation, so that nothing jumps."""
        h, s, v, _ = color.getHsvF()
        old_h, old_s, _ = self._hsv
        self._hsv = (old_h if h < 0 else h, old_s if v <= 0 else s, v)
        self._show()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.square, 1)
        layout.addWidget(self.bar)
        grid = QGridLayout()
        grid.setSpacing(4)
        grid.setColumnStretch(1, 1)
        for index, (letter, name) in enumerate((("H", "Hue"), ("S", "Saturation"), ("V", "Brightness"))):
            label = QLabel(letter)
            label.setToolTip(name)
            grid.addWidget(label, index, 0)
            grid.addWidget(self.sliders[index], index, 1)
            self.sliders[index].describe(name, "")
        layout.addLayout(grid)
        line = QHBoxLayout()
        label = QLabel("Hex")
        label.setBuddy(self.hex)
        line.addWidget(label)
        line.addWidget(self.hex, 1)
        layout.addLayout(line)

    def _wire(self) -> None:
        self.square.moved.connect(lambda s, v: self._choose(self._hsv[0], s, v))
        self.bar.moved.connect(lambda h, _: self._choose(min(h, 0.9999), *self._hsv[1:]))
        for index, slider in enumerate(self.sliders):
            slider.changed.connect(lambda value, i=index: self._slide(i, value))
        for part in (self.square.released, self.bar.released, *(s.finished for s in self.sliders)):
            part.connect(self.finished)
        self.hex.editingFinished.connect(self._typed)

    def _slide(self, index: int, value: float) -> None:
        parts = list(self._hsv)
        parts[index] = value / (360 if index == 0 else 100)
        self._choose(*parts)

    def _choose(self, h: float, s: float, v: float) -> None:
        self._hsv = (h, s, v)
        self._show()
        self.changed.emit(self.color())

    def _typed(self) -> None:
        color = parse_hex(self.hex.text())
        if color is not None and color.rgb() != self.color().rgb():
            self.set_color(color)
            self.changed.emit(self.color())
            self.finished.emit()
        else:
            self._show()

    def _show(self) -> None:
        h, s, v = self._hsv
        self.square.show_pixels(square_pixels(h), (s, v))
        self.bar.show_pixels(hue_colors(180)[None], (h, 0.0))
        for slider, value in zip(
            self.sliders, (round(h * 360) % 360, round(s * 100), round(v * 100)), strict=True
        ):
            slider.set_value(value)
        self.hex.setText(self.color().name())
