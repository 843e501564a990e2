"""Rows of colours to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

CELL = 18
MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class SwatchGrid(QWidget):
    """``picked(color)`` follows a click, or Enter on the cell the arrow keys have come to."""

    picked = Signal(QColor)

    def __init__(self, title: str, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colors: list[QColor] = []
        self._columns = columns
        self._current = 0
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_colors(self, colors: Sequence[QColor]) -> None:
        """Show these, row by row."""
        self.colors = list(colors)
        self._current = min(self._current, max(0, len(self.colors) - 1))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As many rows as the colours need."""
        rows = max(1, -(-len(self.colors) // self._columns))
        return QSize(self._columns * CELL, rows * CELL + 1)

    def cell(self, index: int) -> QRect:
        """Where a colour is."""
        width = self.width() / self._columns
        column, row = index % self._columns, index // self._columns
        left, right = round(column * width), round((column + 1) * width)
        return QRect(left, row * CELL, right - left, CELL)

    def index_at(self, point: QPoint) -> int | None:
        """Which colour is at a point."""
        return next((i for i in range(len(self.colors)) if self.cell(i).contains(point)), None)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The colours; the current one framed while the keyboard is here."""
        painter = QPainter(self)
        for index, color in enumerate(self.colors):
            painter.setPen(self.palette().dark().color())
            painter.setBrush(color)
            painter.drawRect(self.cell(index).adjusted(1, 1, -2, -2))
        if self.hasFocus() and self.colors:
            painter.setPen(QPen(self.palette().highlight().color(), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.cell(self._current).adjusted(1, 1, -2, -2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the colour pressed."""
        index = self.index_at(event.position().toPoint())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._go(index)
            self.picked.emit(self.colors[index])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move, Enter and Space pick."""
        if event.key() in MOVES:
            dx, dy = MOVES[event.key()]
            self._go(self._current + dx + dy * self._columns)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.colors:
            self.picked.emit(self.colors[self._current])
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The tooltip names the colour under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.index_at(event.pos())
            QToolTip.showText(event.globalPos(), self.colors[index].name() if index is not None else "", self)
            return True
        return super().event(event)

    def _go(self, index: int) -> None:
        if 0 <= index < len(self.colors):
            self._current = index
            self.setAccessibleDescription(self.colors[index].name())
            self.update()
