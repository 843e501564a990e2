"""The map of a model: small pictures where they lie. Click to go there, drag to wander, mark them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from studio.app.latent import Spot, place_between, spot_of
from studio.engine.points import encode
from studio.model.errors import UserError
from studio.model.media import Image
from studio.ui.convert import to_qimage
from studio.ui.panels.explore.guide import Guide
from studio.ui.theme import colour
from studio.ui.widgets.buttons import icon_button, text_button

COUNT, SIDE = 160, 48
REACH = 2.9  # standard deviations from the middle to the edge
STEP = 0.15
APART = 0.8  # of a picture's side, the least distance between two
MOST_BEEN = 2000
EMPTY = "A map shows what the model can draw.\nMake one, then click to go there."


class Chart(QWidget):
    """Draws the map. ``pressed(x, y)``, ``moved(x, y)`` and ``released()`` are for going about, in the map's
    own measure; ``marked(spot, likes)`` for a picture marked with + or −."""

    pressed = Signal(float, float)
    moved = Signal(float, float)
    released = Signal()
    marked = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Map of the model")
        self.setAccessibleDescription("Click or use the arrow keys to go to a place, plus and minus to zoom")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setMouseTracking(True)
        self.spots: list[Spot] = []
        self.marks: dict[int, bool] = {}
        self.here: tuple[float, float] | None = None
        self.centre, self.zoom = (0.0, 0.0), 1.0
        self.marking: bool | None = None
        self._thumbs: list[QPixmap] = []
        self._pan: tuple[QPointF, tuple[float, float]] | None = None
        self._going = False

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(280, 280)

    def show_spots(self, spots: Sequence[Spot]) -> None:
        """Begin anew with these pictures."""
        self.spots, self._thumbs, self.marks = [], [], {}
        self.here, self.centre, self.zoom = None, (0.0, 0.0), 1.0
        for spot in spots:
            self.add(spot)
        self.update()

    def add(self, spot: Spot) -> None:
        """One more picture."""
        self.spots.append(spot)
        self._thumbs.append(QPixmap.fromImage(to_qimage(spot.image)))
        self.update()

    def at(self, place: QPointF) -> tuple[float, float]:
        """The place on the map under a point of the widget."""
        across, up = self._units()
        return (
            self.centre[0] + (place.x() - self.width() / 2) / across,
            self.centre[1] - (place.y() - self.height() / 2) / up,
        )

    def place(self, x: float, y: float) -> QPointF:
        """The point of the widget for a place on the map."""
        across, up = self._units()
        return QPointF(
            self.width() / 2 + (x - self.centre[0]) * across, self.height() / 2 - (y - self.centre[1]) * up
        )

    def nearest(self, x: float, y: float) -> Spot | None:
        """The picture nearest to a place, of those that are drawn."""
        drawn = [self.spots[index] for index in self.drawn()]
        return min(drawn, key=lambda spot: (spot.x - x) ** 2 + (spot.y - y) ** 2, default=None)

    def drawn(self) -> list[int]:
        """Which pictures are drawn: marked ones, and of the others those that would hide no other much.

        The nearer one looks, the more there is room for.
        """
        side = self._side() * APART
        taken: list[QPointF] = []
        found: list[int] = []
        for index in sorted(range(len(self.spots)), key=lambda i: self.spots[i].seed not in self.marks):
            spot = self.spots[index]
            at = self.place(spot.x, spot.y)
            free = all(abs(at.x() - p.x()) >= side or abs(at.y() - p.y()) >= side for p in taken)
            if free or spot.seed in self.marks:
                taken.append(at)
                found.append(index)
        return found

    def show_here(self, place: tuple[float, float] | None) -> None:
        """Show that the layer is here; None where it is nowhere on the map."""
        self.here = place
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pictures, marks, and where the layer is."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("field"))
        if not self.spots:
            painter.setPen(colour("quiet"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(12, 12, -12, -12), flags, EMPTY)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self._side()
        for index in reversed(self.drawn()):
            spot, thumb = self.spots[index], self._thumbs[index]
            at = self.place(spot.x, spot.y)
            box = QRectF(at.x() - side / 2, at.y() - side / 2, side, side)
            if box.intersects(QRectF(self.rect())):
                painter.drawPixmap(box, thumb, QRectF(thumb.rect()))
                self._draw_mark(painter, box, self.marks.get(spot.seed))
        if self.here is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for shade, width in (("backdrop", 5.0), ("accent", 2.5)):
                painter.setPen(QPen(colour(shade), width))
                painter.drawEllipse(self.place(*self.here), 9, 9)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left goes there or marks, middle and right move the map."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Qt.MouseButton.LeftButton:
            self._pan = (event.position(), self.centre)
        elif self.spots:
            x, y = self.at(event.position())
            likes = self._wish(event)
            if likes is None:
                self._going = True
                self.pressed.emit(x, y)
            else:
                self.mark(self.nearest(x, y), likes)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Wander, or move the map."""
        if self._pan is not None:
            start, (x, y) = self._pan
            across, up = self._units()
            delta = event.position() - start
            self.centre = x - delta.x() / across, y + delta.y() / up
            self.update()
        elif self._going:
            self.moved.emit(*self.at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """There."""
        self._pan = None
        if self._going:
            self._going = False
            self.released.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        before = self.at(event.position())
        self.zoom = min(max(self.zoom * 1.2 ** (event.angleDelta().y() / 120), 0.5), 12.0)
        after = self.at(event.position())
        self.centre = self.centre[0] + before[0] - after[0], self.centre[1] + before[1] - after[1]
        self.update()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go about, plus and minus zoom."""
        step = STEP / self.zoom
        ways = {
            Qt.Key.Key_Left: (-step, 0.0), Qt.Key.Key_Right: (step, 0.0),
            Qt.Key.Key_Up: (0.0, step), Qt.Key.Key_Down: (0.0, -step),
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in ways and self.spots:
            x, y = self.here or (0.0, 0.0)
            self.pressed.emit(x + ways[key][0], y + ways[key][1])
            self.released.emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom = min(max(self.zoom * (1.2 if key == Qt.Key.Key_Plus else 1 / 1.2), 0.5), 12.0)
            self.update()
        else:
            super().keyPressEvent(event)

    def mark(self, spot: Spot | None, likes: bool) -> None:
        """Mark a picture, or take the same mark off again."""
        if spot is None:
            return
        if self.marks.get(spot.seed) is likes:
            del self.marks[spot.seed]
        else:
            self.marks[spot.seed] = likes
        self.marked.emit(spot, likes)
        self.update()

    def _wish(self, event: QMouseEvent) -> bool | None:
        """What a click shall mark: Shift +, Ctrl −, else what the buttons say."""
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return True
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        return self.marking

    def _units(self) -> tuple[float, float]:
        """Pixels per step of the map, across and up."""
        return self.width() / (2 * REACH) * self.zoom, self.height() / (2 * REACH) * self.zoom

    def _side(self) -> float:
        return min(max(min(self._units()) * 0.7, 24.0), float(SIDE) * 2)

    def _draw_mark(self, painter: QPainter, box: QRectF, likes: bool | None) -> None:
        if likes is None:
            return
        shade = colour("ok" if likes else "error")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(shade, 2))
        painter.drawRect(box)
        badge = QRectF(box.right() - 14, box.top(), 14, 14)
        painter.fillRect(badge, shade)
        painter.setPen(colour("backdrop"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, "+" if likes else "−")


class MapPart(QWidget):
    """The map with its buttons. ``marked()`` follows when a mark has changed."""

    marked = Signal()

    def __init__(self, guide: Guide) -> None:
        super().__init__()
        self._guide = guide
        self._job = 0
        self._model = ""
        self._been: dict[str, tuple[float, float]] = {}  # the points gone to, and where they lie
        self.chart = Chart()
        self.chart.pressed.connect(lambda x, y: self._go(x, y))
        self.chart.moved.connect(lambda x, y: self._go(x, y))
        self.chart.released.connect(guide.live.settle)
        self.chart.marked.connect(lambda *_: self.marked.emit())
        self.make = text_button("Make Map", "Draw many small pictures of the model", self.draw)
        self.like = icon_button("plus", "Mark pictures with + (Shift+click)", checkable=True)
        self.unlike = icon_button("minus", "Mark pictures with − (Ctrl+click)", checkable=True)
        self.like.toggled.connect(lambda on: self._choose(True, on))
        self.unlike.toggled.connect(lambda on: self._choose(False, on))
        self.bar = QProgressBar(textVisible=False, maximum=COUNT, accessibleName="Drawing the map")
        self.bar.setFixedHeight(6)
        row = QHBoxLayout(spacing=4)
        row.addWidget(self.make)
        row.addStretch(1)
        row.addWidget(self.like)
        row.addWidget(self.unlike)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.chart, 1)
        column.addWidget(self.bar)
        column.addLayout(row)
        self.bar.hide()

    def draw(self) -> None:
        """Make the map of the model explored, or stop making it."""
        guide = self._guide
        if self._job:
            guide.cancel(self._job)
            self._ended()
            return
        self._model = guide.model
        self.chart.show_spots([])
        self._been.clear()
        params = {"model": self._model, "class": guide.params.get("class", ""), "count": COUNT, "side": SIDE}
        self._job = guide.ask("latent-map", params, chunk=self._add, done=lambda _: self._ended(),
                              failed=lambda _: self._ended())  # fmt: skip
        self.bar.setVisible(bool(self._job))
        self.make.setText("Stop" if self._job else "Make Map")

    def examples(self, likes: bool) -> list[Spot]:
        """The pictures marked + or −."""
        return [spot for spot in self.chart.spots if self.chart.marks.get(spot.seed) is likes]

    def refresh(self) -> None:
        """Follow the layer, undone steps too. A map of another model is no use."""
        if not self._guide.live.busy:
            self.chart.show_here(self._been.get(str(self._guide.params.get("point", ""))))
        if self._model and self._guide.model != self._model and not self._job:
            self._model = ""
            self.chart.show_spots([])
            self.marked.emit()

    def _choose(self, likes: bool, on: bool) -> None:
        other = self.unlike if likes else self.like
        if on:
            other.setChecked(False)
        self.chart.marking = likes if on else None if not other.isChecked() else not likes

    def _add(self, image: Image) -> None:
        self.chart.add(spot_of(image))
        self.bar.setValue(len(self.chart.spots))

    def _ended(self) -> None:
        self._job = 0
        self.bar.hide()
        self.make.setText("Make Map")

    def _go(self, x: float, y: float) -> None:
        try:
            point = place_between(self.chart.spots, x, y)
        except UserError as error:
            self._guide.tell(error.sentence)
            return
        self.chart.show_here((x, y))
        text = encode(point)
        self._been[text] = (x, y)
        if len(self._been) > MOST_BEEN:
            del self._been[next(iter(self._been))]
        self._guide.go(last=False, point=text, mix_seed=-1, morph_seed=-1)
