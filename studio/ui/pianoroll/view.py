"""The grid with the notes: draws what is in view, and nothing else."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from studio.app.music.desk import MusicDesk
from studio.model.melody import Key, Note
from studio.ui import theme
from studio.ui.pianoroll.hand import Hand
from studio.ui.pianoroll.keyboard import handle_key
from studio.ui.pianoroll.margins import BarRuler, PianoKeys

KEYS_WIDTH, RULER_HEIGHT = 60, 26
NEAREST, FURTHEST = 600.0, 8.0  # pixels to a quarter note
HIGHEST_ROW, LOWEST_ROW = 36, 6  # pixels to a pitch
MARGIN_BARS = 4  # empty bars behind the last note
BLACK = frozenset({1, 3, 6, 8, 10})


class RollView(QAbstractScrollArea):
    """The piano roll of a desk. ``tool`` is "select" or "draw"; ``playhead`` a tick, or None."""

    seek = Signal(int)
    zoomed = Signal()

    def __init__(self, desk: MusicDesk) -> None:
        super().__init__()
        self.desk = desk
        self.quarter, self.row = 96.0, 14
        self.tool = "draw"
        self.playhead: int | None = None
        self.incoming: tuple[Note, ...] = ()
        self.setAccessibleName("Piano roll")
        self.setAccessibleDescription("Arrow keys move the cursor, Enter writes a note, Space plays.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportMargins(KEYS_WIDTH, RULER_HEIGHT, 0, 0)
        self.viewport().setMouseTracking(True)
        self.hand = Hand(self)
        self.keys, self.ruler = PianoKeys(self), BarRuler(self)
        desk.changed.connect(self.refresh)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self._scrolled)
        self._part = desk.part
        self.refresh()
        self.show_pitches()

    # places

    @property
    def scale(self) -> float:
        """Pixels to a tick."""
        return self.quarter / self.desk.melody.resolution

    def x_of(self, tick: float) -> int:
        """Where a tick is in the viewport."""
        return round(tick * self.scale) - self.horizontalScrollBar().value()

    def y_of(self, pitch: int) -> int:
        """The upper edge of a pitch's row in the viewport."""
        return (127 - pitch) * self.row - self.verticalScrollBar().value()

    def tick_at(self, x: float) -> int:
        """The tick at a place, at least 0."""
        return max(0, int((x + self.horizontalScrollBar().value()) / self.scale))

    def pitch_at(self, y: float) -> int:
        """The pitch at a place."""
        return min(max(127 - int((y + self.verticalScrollBar().value()) // self.row), 0), 127)

    def rect_of(self, note: Note) -> QRect:
        """The box of a note."""
        left = self.x_of(note.start)
        return QRect(left, self.y_of(note.pitch) + 1, max(self.x_of(note.end) - left - 1, 3), self.row - 2)

    def note_at(self, point: QPoint) -> Note | None:
        """The topmost note of the edited track at a place."""
        pitch, tick = self.pitch_at(point.y()), self.tick_at(point.x())
        slack = max(1, round(2 / self.scale))
        found = [n for n in self.desk.notes if n.pitch == pitch and n.start - slack <= tick < n.end + slack]
        return found[-1] if found else None

    def end_tick(self) -> int:
        """The end of what can be scrolled to."""
        melody = self.desk.melody
        bar = melody.meter_at(melody.end).bar(melody.resolution)
        return (melody.end // bar + 1 + MARGIN_BARS) * bar

    # looks

    def refresh(self) -> None:
        """Follow the desk: scroll ranges, then paint."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        port = self.viewport().size()
        across.setRange(0, max(0, round(self.end_tick() * self.scale) - port.width() // 2))
        across.setPageStep(port.width())
        across.setSingleStep(round(self.quarter))
        down.setRange(0, max(0, 128 * self.row - port.height()))
        down.setPageStep(port.height())
        down.setSingleStep(self.row * 3)
        self._scrolled()
        if self._part != self.desk.part:
            self._part = self.desk.part
            if self.desk.notes and not any(self._sees(note.pitch) for note in self.desk.notes):
                self.show_pitches()

    def _sees(self, pitch: int) -> bool:
        return 0 <= self.y_of(pitch) <= self.viewport().height() - self.row

    def _scrolled(self) -> None:
        self.viewport().update()
        self.keys.update()
        self.ruler.update()

    def show_pitches(self) -> None:
        """Scroll so that the track's notes are in the middle, middle C when there are none."""
        pitches = [note.pitch for note in self.desk.notes] or [62, 72]
        middle = (min(pitches) + max(pitches)) // 2
        self.verticalScrollBar().setValue((127 - middle) * self.row - self.viewport().height() // 2)

    def show_tick(self, tick: int) -> None:
        """Scroll so that a tick is in view."""
        x = self.x_of(tick)
        if not 0 <= x < self.viewport().width() - 40:
            self.horizontalScrollBar().setValue(round(tick * self.scale) - self.viewport().width() // 4)

    def show_pitch(self, pitch: int) -> None:
        """Scroll so that a row is in view."""
        if not self._sees(pitch):
            self.verticalScrollBar().setValue((127 - pitch) * self.row - self.viewport().height() // 2)

    def set_playhead(self, tick: int | None) -> None:
        """Move the line that plays; only what it uncovers is painted again."""
        for place in {self.playhead, tick} - {None}:
            self.viewport().update(self.x_of(place) - 2, 0, 5, self.viewport().height())
        self.playhead = tick
        self.ruler.update()

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Nearer or further in time, around a place of the viewport."""
        x = self.viewport().width() / 3 if x is None else x
        tick = self.tick_at(x)
        self.quarter = min(max(self.quarter * factor, FURTHEST), NEAREST)
        self.refresh()
        self.horizontalScrollBar().setValue(round(tick * self.scale - x))
        self.zoomed.emit()

    def zoom_rows(self, by: int) -> None:
        """Higher or lower rows."""
        middle = self.pitch_at(self.viewport().height() / 2)
        self.row = min(max(self.row + by, LOWEST_ROW), HIGHEST_ROW)
        self.refresh()
        self.verticalScrollBar().setValue((127 - middle) * self.row - self.viewport().height() // 2)

    def fit(self) -> None:
        """Show the whole song."""
        width = max(self.viewport().width() - 40, 100)
        quarters = max(self.desk.melody.end / self.desk.melody.resolution, 4)
        self.quarter = min(max(width / quarters, FURTHEST), NEAREST)
        self.refresh()
        self.horizontalScrollBar().setValue(0)
        self.show_pitches()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out keys and ruler."""
        super().resizeEvent(event)
        port = self.viewport().geometry()
        self.keys.setGeometry(port.left() - KEYS_WIDTH, port.top(), KEYS_WIDTH, port.height())
        self.ruler.setGeometry(port.left(), port.top() - RULER_HEIGHT, port.width(), RULER_HEIGHT)
        self.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the part that is asked for."""
        painter = QPainter(self.viewport())
        area = event.rect()
        painter.setClipRect(area)
        self._paint_rows(painter, area)
        self._paint_lines(painter, area)
        self._paint_loop(painter)
        for index, part in enumerate(self.desk.melody.parts):
            if index != self.desk.part and index not in self.desk.song.state.muted:
                self._paint_notes(painter, area, part.notes, ghost=True)
        self._paint_notes(painter, area, self.desk.notes, ghost=False)
        for note in self.incoming:
            self.paint_note(painter, note, self.rect_of(note), ghost=False, chosen=True)
        self._paint_cursor(painter)
        self.hand.paint(painter)
        if self.playhead is not None:
            painter.fillRect(self.x_of(self.playhead), area.top(), 2, area.height(), theme.colour("error"))

    def _paint_rows(self, painter: QPainter, area: QRect) -> None:
        """A row for each pitch, key after key."""
        keys = self.desk.melody.keys
        for key, after in zip(keys, [*keys[1:], None], strict=True):
            left = self.x_of(key.tick) if key.tick else area.left()
            right = self.x_of(after.tick) - 1 if after else area.right()
            part = area.intersected(QRect(QPoint(left, area.top()), QPoint(right, area.bottom())))
            if not part.isEmpty():
                self._paint_scale(painter, part, key)

    def _paint_scale(self, painter: QPainter, area: QRect, key: Key) -> None:
        """The rows of the scale lighter, the tonic marked."""
        dark = theme.current().dark
        plain, tonic = theme.colour("window" if dark else "field"), theme.colour("accent_soft")
        dim, line = theme.colour("backdrop"), theme.colour("line" if dark else "row")
        for pitch in range(self.pitch_at(area.bottom()), self.pitch_at(area.top()) + 1):
            top = self.y_of(pitch)
            shade = plain if pitch % 12 in key.pitch_classes else dim
            painter.fillRect(area.left(), top, area.width(), self.row, shade)
            if pitch % 12 == key.tonic:
                painter.fillRect(area.left(), top, area.width(), self.row, _faint(tonic, 110))
            painter.fillRect(area.left(), top + self.row - 1, area.width(), 1, line)

    def _paint_lines(self, painter: QPainter, area: QRect) -> None:
        """Lines of the grid, the beats and the bars, as close as can be told apart."""
        melody, edge = self.desk.melody, theme.colour("edge")
        first, last = self.tick_at(area.left() - 2), self.tick_at(area.right()) + 1
        if self.desk.grid * self.scale >= 7:
            for tick in range(first // self.desk.grid * self.desk.grid, last, self.desk.grid):
                painter.fillRect(self.x_of(tick), area.top(), 1, area.height(), _faint(edge, 70))
        for start in melody.bar_lines(last):
            meter = melody.meter_at(start)
            if start + meter.bar(melody.resolution) < first:
                continue
            beat = meter.beat(melody.resolution)
            for tick in range(start + beat, start + meter.bar(melody.resolution), beat):
                if beat * self.scale >= 7:
                    painter.fillRect(self.x_of(tick), area.top(), 1, area.height(), _faint(edge, 170))
            painter.fillRect(self.x_of(start), area.top(), 1, area.height(), theme.colour("quiet"))

    def _paint_loop(self, painter: QPainter) -> None:
        """What lies outside the loop is shaded."""
        loop = self.desk.song.state.loop
        if loop is None:
            return
        shade, port = _faint(theme.colour("backdrop"), 120), self.viewport().rect()
        painter.fillRect(QRect(0, 0, max(0, self.x_of(loop[0])), port.height()), shade)
        right = max(0, self.x_of(loop[1]))
        painter.fillRect(QRect(right, 0, max(0, port.width() - right), port.height()), shade)

    def _paint_notes(self, painter: QPainter, area: QRect, notes: tuple[Note, ...], *, ghost: bool) -> None:
        """The notes in view; those being dragged are drawn by the hand."""
        longest = max((note.duration for note in notes), default=0) if len(notes) < 20_000 else 16 * 480
        first = bisect_left(notes, self.tick_at(area.left()) - longest, key=lambda note: note.start)
        last = self.tick_at(area.right()) + 1
        held = self.hand.held
        for index in range(first, len(notes)):
            note = notes[index]
            if note.start > last:
                break
            if not ghost and note in held:
                continue
            box = self.rect_of(note)
            if box.intersects(area):
                self.paint_note(painter, note, box, ghost=ghost, chosen=note in self.desk.selection)

    def paint_note(self, painter: QPainter, note: Note, box: QRect, *, ghost: bool, chosen: bool) -> None:
        """One note: the louder the fuller its colour."""
        if ghost:
            painter.fillRect(box, _faint(theme.colour("quiet"), 60))
            return
        colour = theme.colour("warning" if chosen else "accent")
        painter.setPen(QPen(colour.darker(150) if theme.current().dark else colour.darker(130)))
        painter.setBrush(_faint(colour, 95 + note.velocity * 160 // 127))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)

    def _paint_cursor(self, painter: QPainter) -> None:
        """Where the keyboard writes."""
        if not self.hasFocus():
            return
        tick, pitch = self.desk.cursor
        left = self.x_of(tick)
        box = QRect(left, self.y_of(pitch), max(self.x_of(tick + self.desk.grid) - left, 3), self.row)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("text"), 1, Qt.PenStyle.DashLine))
        painter.drawRect(box.adjusted(0, 0, -1, -1))

    # hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Draw, choose, or take hold of notes."""
        self.hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what was begun."""
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish what was begun."""
        self.hand.release(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Write and edit without a mouse."""
        if not handle_key(self, event):
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom in time, with Ctrl and Shift zoom rows, with Shift scroll in time."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if control and shift:
            self.zoom_rows(2 if turn > 0 else -2)
        elif control:
            self.zoom(1.2 ** (turn / 120), event.position().x())
        elif shift:
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - turn)
        else:
            super().wheelEvent(event)

    def focusInEvent(self, event: object) -> None:
        """Show the cursor."""
        self.viewport().update()

    def focusOutEvent(self, event: object) -> None:
        """Hide the cursor."""
        self.viewport().update()

    def margins(self) -> tuple[QWidget, QWidget]:
        """Keys and ruler."""
        return self.keys, self.ruler


def _faint(colour: QColor, alpha: int) -> QColor:
    """The colour at an opacity of 0..255."""
    faint = QColor(colour)
    faint.setAlpha(min(alpha, 255))
    return faint
