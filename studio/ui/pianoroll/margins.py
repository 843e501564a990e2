"""The keys at the left of the piano roll and the bars above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.model.melody import NAMES, Melody
from studio.ui import theme

if TYPE_CHECKING:
    from studio.ui.pianoroll.view import RollView

BLACK = frozenset({1, 3, 6, 8, 10})
DRUM_NAMES = {35: "Kick", 36: "Kick", 38: "Snare", 42: "Closed hat", 46: "Open hat", 49: "Crash", 51: "Ride"}
NUMBER_WIDTH = 22  # pixels kept for the number of a bar
WIDE_BAR = 40  # pixels that the number of a bar needs


class PianoKeys(QWidget):
    """A key for each row; pressing one lets it be heard."""

    def __init__(self, view: RollView) -> None:
        super().__init__(view)
        self._view = view
        self._down: int | None = None
        self.setAccessibleName("Piano keys")
        self.setToolTip("Press a key to hear it")

    def paintEvent(self, event: QPaintEvent) -> None:
        """The keys in view."""
        painter, view = QPainter(self), self._view
        font = QFont(self.font())
        font.setPixelSize(max(min(view.row - 3, 11), 7))
        painter.setFont(font)
        drums = view.desk.melody.parts[view.desk.part].drums if view.desk.melody.parts else False
        for pitch in range(view.pitch_at(self.height()), view.pitch_at(0) + 1):
            box = QRect(0, view.y_of(pitch), self.width(), view.row)
            self._paint_key(painter, pitch, box, drums)

    def _paint_key(self, painter: QPainter, pitch: int, box: QRect, drums: bool) -> None:
        black = pitch % 12 in BLACK and not drums
        shade = QColor("#2b2b2f") if black else QColor("#dcdce0")
        if pitch == self._down:
            shade = theme.colour("accent")
        painter.fillRect(box, shade)
        painter.fillRect(box.left(), box.bottom(), box.width(), 1, QColor("#8f8f98"))
        name = DRUM_NAMES.get(pitch, "") if drums else self._name(pitch)
        if name:
            painter.setPen(QColor("#2b2b2f"))
            painter.drawText(
                box.adjusted(0, 0, -4, 0), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name
            )

    def _name(self, pitch: int) -> str:
        key = self._view.desk.melody.keys[0]
        return f"{NAMES[pitch % 12]}{pitch // 12 - 1}" if pitch % 12 in {0, key.tonic} - BLACK else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let the key be heard."""
        self._down = self._view.pitch_at(event.position().y())
        self._view.desk.auditioned.emit(self._down, 96)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let it go."""
        self._down = None
        self.update()


class BarRuler(QWidget):
    """The numbers of the bars, the loop and the playing line; pressing plays from there."""

    def __init__(self, view: RollView) -> None:
        super().__init__(view)
        self._view = view
        self._pressed = 0
        self.setAccessibleName("Bars")
        self.setToolTip("Press to go there; drag with Shift to loop")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, loop, meter and tempo changes."""
        painter, view = QPainter(self), self._view
        melody, loop = view.desk.melody, view.desk.song.state.loop
        painter.fillRect(self.rect(), theme.colour("panel"))
        if loop is not None:
            left = view.x_of(loop[0])
            painter.fillRect(left, 0, view.x_of(loop[1]) - left, 5, theme.colour("accent"))
        told = -WIDE_BAR
        for number, start in enumerate(melody.bar_lines(view.tick_at(self.width()) + 1), 1):
            x = view.x_of(start)
            if x < -200:
                continue
            painter.fillRect(x, self.height() - 8, 1, 8, theme.colour("quiet"))
            if x - told >= WIDE_BAR:
                told = x
                painter.setPen(theme.colour("text"))
                painter.drawText(x + 4, self.height() - 7, str(number))
        self._paint_changes(painter)
        if view.playhead is not None:
            painter.fillRect(view.x_of(view.playhead) - 3, 0, 8, self.height(), theme.colour("error"))

    def _paint_changes(self, painter: QPainter) -> None:
        """What changes inside the song, beside the number of its bar, as far as there is room."""
        painter.setPen(theme.colour("accent"))
        free = 0
        for tick, text in changes(self._view.desk.melody):
            x = self._view.x_of(tick) + 4 + NUMBER_WIDTH
            if x > self.width():
                break
            if x >= free:
                width = painter.fontMetrics().horizontalAdvance(text) + 8
                painter.fillRect(x - 2, 6, width, self.height() - 14, theme.colour("panel"))
                painter.drawText(x, self.height() - 7, text)
                free = x + width

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there, or with Shift begin a loop there."""
        self._pressed = self._tick(event)
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on, or with Shift loop from where it was pressed to here."""
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._view.desk.loop_between(self._pressed, self._tick(event))
        else:
            self._view.seek.emit(self._tick(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """One drag is one step."""
        self._view.desk.song.seal()

    def _tick(self, event: QMouseEvent) -> int:
        grid = self._view.desk.grid
        return self._view.tick_at(event.position().x()) // grid * grid


def changes(melody: Melody) -> list[tuple[int, str]]:
    """What changes behind the begin, by ticks: such as "90 bpm  3/4  A minor"."""
    found: dict[int, list[str]] = {}
    for tempo in melody.tempos[1:]:
        found.setdefault(tempo.tick, []).append(f"{round(tempo.bpm)} bpm")
    for meter in melody.meters[1:]:
        found.setdefault(meter.tick, []).append(f"{meter.top}/{meter.bottom}")
    for key in melody.keys[1:]:
        found.setdefault(key.tick, []).append(key.title)
    return [(tick, "  ".join(found[tick])) for tick in sorted(found)]
