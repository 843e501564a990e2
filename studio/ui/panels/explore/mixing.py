"""Style mixing: rows give the shape, columns colour and detail; each field is both."""

from __future__ import annotations

import random
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.engine.points import Vector, encode
from studio.engine.protocol import SEED_LIMIT
from studio.model.media import Image
from studio.ui.panels.explore.guide import GENERATOR, Guide
from studio.ui.theme import colour
from studio.ui.widgets.buttons import button_row, text_button
from studio.ui.widgets.numbers import NumberEdit
from studio.ui.widgets.section import quiet_label
from studio.ui.widgets.thumbnails import thumbnail

ROWS, COLUMNS = 3, 3
CELL = 96
GAP = 3
Place = tuple[int, int]  # row, column; -1 for the pictures at the edges


class MixGrid(QWidget):
    """Draws the grid with its edges. ``chosen(row, column)`` follows a click on a field."""

    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Style mixing")
        self.setAccessibleDescription("Rows give shape, columns colour; arrow keys choose, Enter takes")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.pictures: dict[Place, QPixmap] = {}
        self.current: Place = (0, 0)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(280, 280)

    def show_image(self, place: Place, image: Image) -> None:
        """Show the picture of a field."""
        self.pictures[place] = thumbnail(image, CELL)
        self.update()

    def box(self, place: Place) -> QRectF:
        """Where a field is drawn."""
        side = min(self.width() / (COLUMNS + 1), self.height() / (ROWS + 1))
        left = (self.width() - side * (COLUMNS + 1)) / 2
        top = (self.height() - side * (ROWS + 1)) / 2
        row, column = place
        edge = GAP * 2 if row >= 0 and column >= 0 else 0
        return QRectF(left + (column + 1) * side + edge / 2, top + (row + 1) * side + edge / 2,
                      side - GAP - edge / 2, side - GAP - edge / 2)  # fmt: skip

    def place_at(self, x: float, y: float) -> Place | None:
        """The field under a point."""
        places = [(row, column) for row in range(-1, ROWS) for column in range(-1, COLUMNS)]
        return next((place for place in places if self.box(place).contains(x, y)), None)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fields and edges."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for row in range(-1, ROWS):
            for column in range(-1, COLUMNS):
                self._draw(painter, (row, column))
        painter.setPen(colour("quiet"))
        corner, font = self.box((-1, -1)), painter.font()
        font.setPixelSize(max(8, min(13, round(corner.width() / 4.6))))
        painter.setFont(font)
        painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, "shape ↓\ncolour →")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a field."""
        place = self.place_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and place not in (None, (-1, -1)):
            self.current = place or (0, 0)
            self.chosen.emit(*self.current)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows choose a field, Enter takes it."""
        ways = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0),
                Qt.Key.Key_Down: (1, 0)}  # fmt: skip
        key = Qt.Key(event.key())
        if key in ways:
            row, column = self.current[0] + ways[key][0], self.current[1] + ways[key][1]
            self.current = min(max(row, 0), ROWS - 1), min(max(column, 0), COLUMNS - 1)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(*self.current)
        else:
            super().keyPressEvent(event)

    def _draw(self, painter: QPainter, place: Place) -> None:
        if place == (-1, -1):
            return
        box = self.box(place)
        picture = self.pictures.get(place)
        if picture is None:
            painter.fillRect(box, colour("field"))
        else:
            painter.drawPixmap(box, picture, QRectF(picture.rect()))
        if place == self.current:
            painter.setPen(QPen(colour("accent"), 2))
            painter.drawRect(box)


class MixPart(QWidget):
    """The grid with its layer slider. Rows and columns are seeds, drawn anew by a button."""

    def __init__(self, guide: Guide) -> None:
        super().__init__()
        self._guide = guide
        self._jobs: set[int] = set()
        self._model = ""
        self.rows: list[int] = []
        self.columns: list[int] = []
        self._point = ""  # of the layer, as it was when the grid was drawn
        self.grid = MixGrid()
        self.grid.chosen.connect(self._take)
        self.layer = NumberEdit(1, 12, 1, integer=True)
        self.layer.describe("Mix from layer", "Early: columns change the shape too; late: colour only")
        self.layer.set_value(4)
        self.layer.finished.connect(self._draw_fields)
        self.roll = text_button("Other Pictures", "Other rows and columns", self.draw)
        head = button_row(QLabel("From layer"), self.layer)
        head.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.grid, 1)
        column.addLayout(head)
        column.addWidget(quiet_label("Click a field to take it, or an edge for that picture alone."))
        column.addLayout(button_row(self.roll, None))

    def draw(self) -> None:
        """Draw other pictures; the first row is the layer as it is, wherever it was moved to."""
        if self._model != self._guide.model:
            self._model = self._guide.model
            self.layer.set_value(self._guide.middle)
        self.rows = [random.randrange(SEED_LIMIT) for _ in range(ROWS)]
        self.columns = [random.randrange(SEED_LIMIT) for _ in range(COLUMNS)]
        self._point = ""
        self.grid.pictures.clear()
        if self._guide.node is None:
            self._draw_all()
        else:
            self.rows[0] = int(str(self._guide.params.get("seed", 0)))
            self._guide.point(self._begin_at)

    def _begin_at(self, point: Vector, image: Image) -> None:
        self._point = encode(point)
        self._draw_all()

    def _draw_all(self) -> None:
        for row in range(len(self.rows)):
            self._ask((row, -1), **self._row(row))
        for column, seed in enumerate(self.columns):
            self._ask((-1, column), seed=seed)
        self._draw_fields()

    def _row(self, row: int) -> dict[str, object]:
        """The params of a row's own picture."""
        return {"seed": self.rows[row], "point": self._point if row == 0 else ""}

    def refresh(self) -> None:
        """Another model is explored."""
        if self._model and self._guide.model != self._model:
            self._model = ""
            self._stop()
            self.rows, self.columns = [], []
            self.grid.pictures.clear()
            self.grid.update()

    def begin(self) -> None:
        """Draw a first grid, once somebody looks."""
        if not self.rows and self._guide.spec is not None:
            self.draw()

    def _stop(self) -> None:
        for job in self._jobs:
            self._guide.cancel(job)
        self._jobs.clear()

    def _draw_fields(self) -> None:
        for row in range(len(self.rows)):
            for column, other in enumerate(self.columns):
                mixed = {"mix_seed": other, "mix_layer": self.layer.value()}
                self._ask((row, column), **self._row(row), **mixed)

    def _ask(self, place: Place, **params: object) -> None:
        base = {
            name: self._guide.params[name] for name in ("class", "truncation") if name in self._guide.params
        }
        wanted = {**base, "model": self._model, "scale": 1, **params}
        job = self._guide.ask(GENERATOR, wanted, done=partial(self._show, place))
        if job:
            self._jobs.add(job)

    def _show(self, place: Place, images: tuple[Image, ...]) -> None:
        if images:
            self.grid.show_image(place, images[0])

    def _take(self, row: int, column: int) -> None:
        if not self.rows:
            return
        shown = self._row(row) if row >= 0 else {"seed": self.columns[column], "point": ""}
        other = self.columns[column] if row >= 0 and column >= 0 else -1
        plain = {"morph_seed": -1, "directions": [], "moves": []}
        self._guide.go(**shown, mix_seed=other, mix_layer=self.layer.value(), **plain)
