"""Before and after: a line over the canvas, to its left the document without the chosen layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QLabel, QWidget

from studio.ui.theme import colour

if TYPE_CHECKING:
    from studio.ui.canvas.view import CanvasView

WIDTH = 28  # logical pixels that can be taken hold of
KNOB = 11.0
TOP = 10
GAP = 12
STEP = 0.02
KEYS = {
    Qt.Key.Key_Left: -STEP,
    Qt.Key.Key_Right: STEP,
    Qt.Key.Key_PageUp: -5 * STEP,
    Qt.Key.Key_PageDown: 5 * STEP,
}


class Divider(QWidget):
    """The line between before and after; `share` (0..1) is where it stands across the viewport.

    Drag it, or move it with the arrow keys. Esc and the command that showed it take it away.
    """

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas.viewport)
        self._canvas = canvas
        self.share = 0.5
        self.labels = (self._label("Before"), self._label("After"))
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Before and after")
        self.setAccessibleDescription(
            "Left of the line the chosen layer is hidden; arrow keys move the line."
        )
        self.hide()

    @property
    def x_at(self) -> float:
        """Where the line stands, in logical pixels of the viewport."""
        return self.share * self._canvas.viewport.width()

    def move_to(self, share: float) -> None:
        """Put the line somewhere else."""
        self.share = min(1.0, max(0.0, share))
        self.place()
        self._canvas.viewport.update()

    def place(self) -> None:
        """Follow the size of the viewport."""
        room, x = self._canvas.viewport.size(), round(self.x_at)
        self.setGeometry(x - WIDTH // 2, 0, WIDTH, room.height())
        before, after = self.labels
        for label in self.labels:
            label.adjustSize()
        before.move(x - GAP - before.width(), TOP)
        after.move(x + GAP, TOP)

    def setVisible(self, visible: bool) -> None:
        """With its two words."""
        super().setVisible(visible)
        for label in self.labels:
            label.setVisible(visible)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line with a knob."""
        middle, height = self.width() / 2, self.height()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(QRectF(middle - 1.5, 0, 3, height), QColor(0, 0, 0, 150))
            painter.fillRect(QRectF(middle - 0.5, 0, 1, height), QColor(255, 255, 255))
            painter.setPen(QPen(colour("accent") if self.hasFocus() else QColor(0, 0, 0, 150), 1.5))
            painter.setBrush(QColor(255, 255, 255))
            painter.drawEllipse(QPointF(middle, height / 2), KNOB, KNOB)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(60, 60, 60))
            for way in (-1, 1):
                painter.drawPolygon(_arrow(middle + way * 3, height / 2, way))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of it."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            x = self.mapToParent(event.position().toPoint()).x()
            self.move_to(x / max(1, self._canvas.viewport.width()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move it, or take it away."""
        if event.key() in KEYS:
            self.move_to(self.share + KEYS[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self._canvas.compare(False)
        else:
            super().keyPressEvent(event)

    def _label(self, text: str) -> QLabel:
        label = QLabel(text, self._canvas.viewport)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        label.setStyleSheet(
            "background: rgba(0, 0, 0, 150); color: white; padding: 2px 8px; border-radius: 4px;"
        )
        label.hide()
        return label


def _arrow(x: float, y: float, way: int) -> QPolygonF:
    """A small triangle that points left (-1) or right (1)."""
    return QPolygonF([QPointF(x, y - 4), QPointF(x + way * 4.5, y), QPointF(x, y + 4)])
