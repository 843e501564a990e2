"""The mouse on the piano roll: draw, choose by a frame, move, stretch, erase."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPen

from studio.model import song_edits
from studio.model.melody import Note
from studio.ui import theme

if TYPE_CHECKING:
    from studio.ui.pianoroll.view import RollView

EDGE = 6  # pixels at a note's end that stretch it
FAR = 4  # pixels before a press becomes a drag
Kind = Literal["frame", "move", "stretch", "draw", "erase"]


@dataclass
class Drag:
    """What has been begun: where, on which notes, and how they look now."""

    kind: Kind
    start: QPoint
    notes: tuple[Note, ...] = ()
    made: tuple[Note, ...] = ()
    now: QPoint = field(default_factory=QPoint)
    moved: bool = False


class Hand:
    """Turns mouse events into edits; until the button is let go nothing is changed."""

    def __init__(self, view: RollView) -> None:
        self._view = view
        self._drag: Drag | None = None

    @property
    def held(self) -> frozenset[Note]:
        """The notes that are being dragged."""
        drag = self._drag
        return frozenset(drag.notes) if drag and drag.kind in ("move", "stretch") else frozenset()

    def cancel(self) -> bool:
        """Give up what has been begun; whether there was anything."""
        if self._drag is None:
            return False
        self._drag = None
        self._view.viewport().update()
        return True

    def press(self, event: QMouseEvent) -> None:
        """Begin."""
        point, desk = event.position().toPoint(), self._view.desk
        note = self._view.note_at(point)
        if event.button() == Qt.MouseButton.RightButton:
            self._drag = Drag("erase", point)
            self._erase(point)
        elif event.button() != Qt.MouseButton.LeftButton:
            return
        elif note is not None:
            self._take(event, point, note)
        elif self._view.tool == "draw" and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._begin_note(point)
        else:
            if not event.modifiers():
                desk.select(())
            self._drag = Drag("frame", point, now=point)

    def _take(self, event: QMouseEvent, point: QPoint, note: Note) -> None:
        desk = self._view.desk
        adds = bool(
            event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        )
        if adds:
            desk.select(desk.selection ^ {note})
            return
        if note not in desk.selection:
            desk.select((note,))
        desk.auditioned.emit(note.pitch, note.velocity)
        box = self._view.rect_of(note)
        at_end = point.x() > box.right() - min(EDGE, box.width() // 3)
        notes = tuple(sorted(desk.selection))
        self._drag = Drag("stretch" if at_end else "move", point, notes, notes)

    def _begin_note(self, point: QPoint) -> None:
        desk, view = self._view.desk, self._view
        start = view.tick_at(point.x()) // desk.grid * desk.grid
        pitch = view.pitch_at(point.y())
        if desk.scale_snap and not desk.voice.drums:
            pitch = song_edits.in_scale(pitch, desk.melody.key_at(start))
        note = Note(start, pitch, desk.grid, desk.velocity)
        self._drag = Drag("draw", point, (), (note,))
        desk.auditioned.emit(pitch, desk.velocity)
        view.viewport().update()

    def move(self, event: QMouseEvent) -> None:
        """Go on."""
        point = event.position().toPoint()
        drag = self._drag
        if drag is None:
            self._show_cursor(point)
            return
        drag.now = point
        drag.moved = drag.moved or (point - drag.start).manhattanLength() >= FAR
        if drag.kind == "erase":
            self._erase(point)
        elif drag.kind == "frame":
            self._frame(event)
        elif drag.moved:
            self._reshape(drag, event)
        self._view.viewport().update()

    def _reshape(self, drag: Drag, event: QMouseEvent) -> None:
        view, desk = self._view, self._view.desk
        free = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        ticks = round((drag.now.x() - drag.start.x()) / view.scale)
        grid = 1 if free else desk.grid
        if drag.kind == "draw":
            first = drag.made[0]
            end = max(song_edits.snapped(view.tick_at(drag.now.x()), grid), first.start + grid)
            drag.made = (Note(first.start, first.pitch, end - first.start, first.velocity),)
        elif drag.kind == "stretch":
            last = max(drag.notes, key=lambda note: note.end)
            by = song_edits.snapped(last.end + ticks, grid) - last.end if not free else ticks
            drag.made = song_edits.stretched(drag.notes, by, min(grid, min(n.duration for n in drag.notes)))
        else:
            self._shift(drag, ticks, grid)

    def _shift(self, drag: Drag, ticks: int, grid: int) -> None:
        view, desk = self._view, self._view.desk
        first = drag.notes[0].start
        by = song_edits.snapped(first + ticks, grid) - first if grid > 1 else ticks
        pitches = view.pitch_at(drag.now.y()) - view.pitch_at(drag.start.y())
        made = song_edits.moved(drag.notes, by, pitches)
        if desk.scale_snap and pitches and not desk.voice.drums:
            made = song_edits.to_scale(made, desk.melody)
        if made[0].pitch != drag.made[0].pitch:
            desk.auditioned.emit(made[0].pitch, made[0].velocity)
        drag.made = made

    def _frame(self, event: QMouseEvent) -> None:
        drag, desk = self._drag, self._view.desk
        assert drag is not None
        frame = QRect(drag.start, drag.now).normalized()
        inside = frozenset(note for note in desk.notes if self._view.rect_of(note).intersects(frame))
        desk.select(desk.selection | inside if event.modifiers() else inside)

    def _erase(self, point: QPoint) -> None:
        note = self._view.note_at(point)
        if note is not None:
            self._view.desk.change("Erase notes", (note,), (), "erase")

    def release(self, event: QMouseEvent) -> None:
        """Make the change, as one step."""
        drag, desk = self._drag, self._view.desk
        self._drag = None
        if drag is None:
            return
        if drag.kind == "draw":
            desk.change("Draw note", (), drag.made)
            desk.cursor = (drag.made[0].end, drag.made[0].pitch)
        elif drag.kind in ("move", "stretch") and drag.made != drag.notes:
            desk.change("Move notes" if drag.kind == "move" else "Stretch notes", drag.notes, drag.made)
        elif drag.kind == "frame" and not drag.moved:
            view = self._view
            tick = view.tick_at(drag.start.x()) // desk.grid * desk.grid
            desk.cursor = (tick, view.pitch_at(drag.start.y()))
        desk.song.seal()
        self._view.viewport().update()

    def _show_cursor(self, point: QPoint) -> None:
        note = self._view.note_at(point)
        shape = Qt.CursorShape.CrossCursor if self._view.tool == "draw" else Qt.CursorShape.ArrowCursor
        if note is not None:
            box = self._view.rect_of(note)
            at_end = point.x() > box.right() - min(EDGE, box.width() // 3)
            shape = Qt.CursorShape.SizeHorCursor if at_end else Qt.CursorShape.SizeAllCursor
        self._view.viewport().setCursor(shape)

    def paint(self, painter: QPainter) -> None:
        """What is being dragged."""
        drag = self._drag
        if drag is None:
            return
        if drag.kind == "frame" and drag.moved:
            painter.setPen(QPen(theme.colour("accent"), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRect(drag.start, drag.now).normalized())
        for note in drag.made:
            self._view.paint_note(painter, note, self._view.rect_of(note), ghost=False, chosen=True)
