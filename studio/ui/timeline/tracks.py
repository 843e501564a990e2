"""The tracks: pieces that are chosen, dragged, trimmed and snapped; a ruler to scrub on; zoom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QScrollBar, QVBoxLayout, QWidget

from studio.app.video_desk import VideoDesk
from studio.model import timeline_edits as edits
from studio.model.errors import UserError
from studio.model.timeline import Item, Score
from studio.ui.timeline import paint
from studio.ui.timeline.frames import Looks
from studio.ui.timeline.layout import HEAD, RULER, Hit, Layout

REACH = 10  # pixels within which edges attract
UNIT = 100  # scroll bar steps a second


@dataclass(frozen=True)
class Drag:
    """What is being dragged, from where, and the score as it was."""

    hit: Hit
    from_x: float
    before: Score


class TrackView(QWidget):
    """The tracks themselves."""

    def __init__(self, desk: VideoDesk, looks: Callable[[Callable[[], object]], Looks]) -> None:
        super().__init__(accessibleName="Tracks")
        self.desk = desk
        self.layout_ = Layout()
        self.looks = looks(self.update)
        self.snapping = True
        self.viewed: Callable[[], object] = lambda: None
        self._drag: Drag | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 120)
        desk.changed.connect(self._changed)
        desk.moved.connect(self._moved)

    def sizeHint(self) -> QSize:
        """Room for a few tracks."""
        return QSize(900, 260)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is in view."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view = QRectF(self.rect())
        paint.draw(painter, view, self.layout_, self.desk.score, self.desk.chosen, self.looks)
        paint.draw_playhead(painter, view, self.layout_.x(self.desk.playhead))
        if not self.desk.score.tracks:
            painter.setPen(paint.colour("quiet"))
            words = "Drop clips, pictures or sounds here, or press Import."
            painter.drawText(view, Qt.AlignmentFlag.AlignCenter, words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Scrub, choose, or take hold of a piece or one of its ends."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        hit = self.layout_.hit(self.desk.score, event.position())
        self._drag = Drag(hit, event.position().x(), self.desk.score)
        if hit.part == "ruler":
            self.desk.seek(self.layout_.time(event.position().x()))
        elif hit.part == "head" and hit.track is not None and event.modifiers() == _NONE:
            self._drag = None
        else:
            self.desk.choose(hit.item.id if hit.item else None)
            if hit.item is None:
                self.desk.seek(self.layout_.time(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On the name of a track: switch it off or on."""
        hit = self.layout_.hit(self.desk.score, event.position())
        if hit.part == "head" and hit.track is not None:
            track = hit.track
            self.desk.do("Switch track", lambda score: edits.set_track(score, track.id, off=not track.off))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the hand."""
        if self._drag is None:
            self._show_cursor(self.layout_.hit(self.desk.score, event.position()))
        elif self._drag.hit.part in ("ruler", "empty"):
            self.desk.seek(self.layout_.time(event.position().x()))
        elif self._drag.hit.item is not None and abs(event.position().x() - self._drag.from_x) > 2:
            self._drag_item(self._drag, event.position(), event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._drag = None

    def _drag_item(self, drag: Drag, point: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Move or trim the piece from the score as it was before the drag; what does not fit is left out."""
        item = drag.hit.item
        assert item is not None
        way = Fraction((point.x() - drag.from_x) / self.layout_.scale).limit_denominator(100_000)
        ripple = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        goal = self.layout_.hit(drag.before, QPointF(HEAD + 1, point.y())).track

        def change(score: Score) -> Score:
            if drag.hit.part == "key":
                return self._key_moved(drag, item, way)
            if drag.hit.part == "start":
                return edits.trim_start(drag.before, item.id, self._snap(drag, item.start + way), ripple)
            if drag.hit.part == "end":
                return edits.trim_end(drag.before, item.id, self._snap(drag, item.end + way), ripple)
            start = self._snapped_start(drag, item.start + way, item.length)
            return edits.move(drag.before, item.id, start, goal.id if goal else None)

        title = {"body": "Move", "key": "Move key"}.get(drag.hit.part, "Trim")
        try:
            self.desk.timeline.edit(title, change, merge=self.desk.score is not drag.before)
        except UserError:
            return

    def _key_moved(self, drag: Drag, item: Item, way: Fraction) -> Score:
        """The score with the key of a latent path where the hand is."""
        path = item.source.path
        assert path is not None
        stop = path.stops[drag.hit.key]
        at = item.start + (stop.at - item.offset) / item.speed
        goal = item.source_time(self._snap(drag, at + way))
        source = self.desk.latent.films.source(
            path.moved(drag.hit.key, goal), drag.before.rate, item.source.title
        )
        return edits.set_source(drag.before, item.id, source)

    def _snap(self, drag: Drag, time: Fraction) -> Fraction:
        assert drag.hit.item is not None
        reach = Fraction(REACH / self.layout_.scale) if self.snapping else Fraction(0)
        return edits.snap(drag.before, time, reach, drag.hit.item.id, [self.desk.playhead])

    def _snapped_start(self, drag: Drag, start: Fraction, length: Fraction) -> Fraction:
        """A beginning that puts either end on an edge nearby, the nearer one first."""
        first, last = self._snap(drag, start), self._snap(drag, start + length) - length
        return first if abs(first - start) <= abs(last - start) or last < 0 else last

    def _show_cursor(self, hit: Hit) -> None:
        shapes = {
            "key": Qt.CursorShape.PointingHandCursor,
            "start": Qt.CursorShape.SizeHorCursor,
            "end": Qt.CursorShape.SizeHorCursor,
        }
        self.setCursor(shapes.get(hit.part, Qt.CursorShape.ArrowCursor))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Along the tracks; with Ctrl closer or farther; with Shift up and down."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.layout_.zoom(1.2 ** (turn / 120), event.position().x())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            most = max(0.0, self.layout_.height(self.desk.score) - self.height() + RULER + 12)
            self.layout_.top = min(max(self.layout_.top - turn / 3, 0.0), most)
        else:
            self.layout_.left = max(0.0, self.layout_.left - turn / self.layout_.scale)
        self._view_changed()

    def zoom(self, factor: float) -> None:
        """Closer or farther around the playhead."""
        self.layout_.zoom(factor, max(self.layout_.x(self.desk.playhead), HEAD))
        self._view_changed()

    def fit(self) -> None:
        """Show everything."""
        self.layout_.fit(self.desk.score.length, self.width())
        self._view_changed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The scroll bar follows."""
        super().resizeEvent(event)
        self._view_changed()

    def _changed(self) -> None:
        self._view_changed()

    def _moved(self) -> None:
        """Keep the playhead in view."""
        x = self.layout_.x(self.desk.playhead)
        if self._drag is None and not HEAD <= x <= self.width() - 20:
            self.layout_.left = max(0.0, float(self.desk.playhead) - 40 / self.layout_.scale)
        self._view_changed()

    def _view_changed(self) -> None:
        self.update()
        self.viewed()


_NONE = Qt.KeyboardModifier.NoModifier


class Tracks(QWidget):
    """The track view over a scroll bar."""

    def __init__(self, desk: VideoDesk, looks: Callable[[Callable[[], object]], Looks]) -> None:
        super().__init__()
        self.view = TrackView(desk, looks)
        self.view.viewed = self._show_place
        self.bar = QScrollBar(Qt.Orientation.Horizontal, accessibleName="Place on the timeline")
        self.bar.valueChanged.connect(self._scrolled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.bar)

    def _show_place(self) -> None:
        layout, view = self.view.layout_, self.view
        shown = (view.width() - HEAD) / layout.scale
        whole = max(float(view.desk.score.length) + shown / 4, layout.left + shown)
        self.bar.blockSignals(True)
        self.bar.setRange(0, round((whole - shown) * UNIT))
        self.bar.setPageStep(max(1, round(shown * UNIT)))
        self.bar.setSingleStep(max(1, round(shown * UNIT / 20)))
        self.bar.setValue(round(layout.left * UNIT))
        self.bar.blockSignals(False)

    def _scrolled(self, value: int) -> None:
        self.view.layout_.left = value / UNIT
        self.view.update()
