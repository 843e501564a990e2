"""The lane of velocities below the notes: a stalk for each, drawn by dragging."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.model.melody import Note
from studio.ui import theme
from studio.ui.pianoroll.view import KEYS_WIDTH, RollView

REACH = 8  # pixels beside a stalk that still take hold of it
PAD = 6


class VelocityLane(QWidget):
    """How hard each note of the edited track is struck. Drag across to draw; chosen notes go together."""

    def __init__(self, view: RollView) -> None:
        super().__init__()
        self._view = view
        self.setAccessibleName("Velocity lane")
        self.setToolTip("Drag to set how hard notes are struck")
        self.setFixedHeight(84)
        view.desk.changed.connect(lambda: self.update())
        view.horizontalScrollBar().valueChanged.connect(lambda _: self.update())
        view.zoomed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(400, 84)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A stalk with a head for each note in view."""
        painter, view = QPainter(self), self._view
        painter.fillRect(self.rect(), theme.colour("field"))
        painter.fillRect(0, 0, self.width(), 1, theme.colour("edge"))
        painter.setClipRect(KEYS_WIDTH, 0, view.viewport().width(), self.height())
        for start in view.desk.melody.bar_lines(view.tick_at(self.width()) + 1):
            painter.fillRect(self._x(start), 0, 1, self.height(), theme.colour("edge"))
        notes = view.desk.notes
        for index in range(bisect_left(notes, view.tick_at(-8), key=lambda note: note.start), len(notes)):
            x = self._x(notes[index].start)
            if x > self.width():
                break
            self._paint_stalk(painter, notes[index], x)
        painter.setClipping(False)
        painter.fillRect(0, 0, KEYS_WIDTH, self.height(), theme.colour("panel"))
        painter.setPen(theme.colour("quiet"))
        painter.drawText(QRect(4, 0, KEYS_WIDTH - 8, self.height()), Qt.AlignmentFlag.AlignCenter, "Velocity")

    def _paint_stalk(self, painter: QPainter, note: Note, x: int) -> None:
        colour = theme.colour("warning" if note in self._view.desk.selection else "accent")
        top = self._y(note.velocity)
        painter.fillRect(x, top, 2, self.height() - PAD - top, colour)
        painter.fillRect(x - 2, top - 2, 6, 5, colour)

    def _x(self, tick: int) -> int:
        return self._view.x_of(tick) + KEYS_WIDTH

    def _y(self, velocity: int) -> int:
        return round(self.height() - PAD - velocity / 127 * (self.height() - 2 * PAD))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Set the velocity there."""
        self._draw(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Set the velocities along the way."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._draw(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """One stroke is one step."""
        self._view.desk.song.seal()

    def _draw(self, event: QMouseEvent) -> None:
        desk, x = self._view.desk, event.position().x()
        room = self.height() - 2 * PAD
        velocity = round((self.height() - PAD - event.position().y()) / room * 127)
        velocity = min(max(velocity, 1), 127)
        near = [note for note in desk.notes if abs(self._x(note.start) - x) <= REACH]
        chosen = [note for note in near if note in desk.selection] or ([] if desk.selection else near)
        if chosen:
            nearest = min(abs(self._x(note.start) - x) for note in chosen)
            old = [note for note in chosen if abs(self._x(note.start) - x) == nearest]
            kept = desk.selection - set(old)
            made = [replace(note, velocity=velocity) for note in old]
            had = bool(desk.selection)
            desk.change("Velocity", old, made, "velocity lane")
            desk.select([*kept, *made] if had else ())
