"""Directions of one's own: made from pictures marked + and −, named, kept with the model, slid along."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from studio.app.latent import Directions, Spot, direction_from, load_directions, save_directions
from studio.engine.points import Vector
from studio.model.errors import UserError
from studio.model.media import Image
from studio.ui.panels.explore.guide import Guide
from studio.ui.widgets.buttons import button_row, icon_button, text_button
from studio.ui.widgets.numbers import NumberEdit
from studio.ui.widgets.section import quiet_label, scrolled

FARTHEST = 3.0
MOST_STEPS = 50
Marks = Callable[[bool], list[Spot]]
HELP = (
    "Mark pictures of the map with + where they have something, with − where they lack it: three of each "
    "are a beginning. The direction between them then gets a name and a slider."
)


class AttributesPart(QWidget):
    """Sliders of the model's own directions, and making new ones. ``examples(likes)`` gives the marks."""

    def __init__(self, guide: Guide, examples: Marks) -> None:
        super().__init__()
        self._guide = guide
        self._examples = examples
        self._model = ""
        self._also: dict[bool, list[Vector]] = {True: [], False: []}
        self._before: list[Directions] = []
        self.directions = Directions({}, {})
        self.sliders: dict[str, NumberEdit] = {}
        self.count = quiet_label()
        self.name = QLineEdit(placeholderText="Name, such as “smile”", maxLength=60)
        self.name.setAccessibleName("Name of the new direction")
        self.name.returnPressed.connect(self.make)
        self.add = text_button("Make Direction", "From the pictures marked + and −", self.make)
        self.undo = icon_button("undo", "Take back what was made, renamed or removed here", self.take_back)
        self.this_has = icon_button("plus", "The layer as it is has it", lambda: self._mark_layer(True))
        self.this_lacks = icon_button("minus", "The layer as it is lacks it", lambda: self._mark_layer(False))
        self.forget = icon_button("reset", "Forget the marks of layers", self._forget)
        self._grid = QGridLayout(horizontalSpacing=6, verticalSpacing=4)
        self._grid.setColumnStretch(1, 1)
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        ground = QWidget()
        inner = QVBoxLayout(ground)
        inner.setContentsMargins(0, 0, 6, 0)
        inner.addLayout(self._grid)
        inner.addWidget(quiet_label(HELP))
        inner.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled(ground), 1)
        label = QLabel("This layer")
        label.setProperty("quiet", True)
        column.addWidget(self.count)
        column.addLayout(button_row(label, self.this_has, self.this_lacks, self.forget, None, self.undo))
        row = button_row(self.name, self.add)
        row.setSpacing(6)
        column.addLayout(row)

    def make(self) -> None:
        """Make a direction from the marks, under the name typed."""
        try:
            vectors = [[spot.point for spot in self._examples(likes)] + self._also[likes]
                       for likes in (True, False)]  # fmt: skip
            made = self.directions.with_own(self.name.text(), direction_from(*vectors))
        except UserError as error:
            self._guide.tell(f"{error.sentence} {error.hint}".strip())
            return
        self.name.clear()
        self._keep(made)

    def remove(self, name: str) -> None:
        """Forget a direction; layers made with it keep it in their recipe."""
        self._keep(self.directions.without(name))

    def rename(self, name: str, other: str) -> None:
        """Give a direction another name."""
        if other == name or not other.strip():
            return
        own = {
            (other.strip()[:60] if key == name else key): text for key, text in self.directions.own.items()
        }
        self._keep(Directions(self.directions.principal, own))

    def take_back(self) -> None:
        """Undo what was last made, renamed or removed here."""
        if self._before:
            own = self._before.pop().own
            self._save(Directions(load_directions(self._model).principal, own))

    def _keep(self, directions: Directions) -> None:
        """Save, as a step that can be taken back."""
        self._before.append(self.directions)
        del self._before[:-MOST_STEPS]
        self._save(directions)

    def _save(self, directions: Directions) -> None:
        try:
            save_directions(self._model, directions)
            self._guide.tell("")
        except UserError as error:
            self._guide.tell(error.sentence)
        self._load()

    def refresh(self) -> None:
        """Follow the model, the layer and the marks."""
        if self._guide.model != self._model:
            self._model = self._guide.model
            self._before.clear()
            self._forget()
            self._load()
        self._show_amounts()
        self.show_count()

    def show_count(self) -> None:
        """Say how many are marked."""
        likes, others = (len(self._examples(kind)) + len(self._also[kind]) for kind in (True, False))
        self.count.setText(f"{likes} marked +, {others} marked −")
        self.add.setEnabled(likes > 0 and others > 0)
        self.forget.setVisible(any(self._also.values()))
        for button in (self.this_has, self.this_lacks):
            button.setEnabled(self._guide.node is not None)

    def _mark_layer(self, likes: bool) -> None:
        def take(point: Vector, image: Image) -> None:
            self._also[likes].append(point)
            self.show_count()

        self._guide.point(take)

    def _forget(self) -> None:
        self._also = {True: [], False: []}
        self.show_count()

    def _load(self) -> None:
        self.directions = load_directions(self._model) if self._model else Directions({}, {})
        while (item := self._grid.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        self.sliders = {name: self._add_row(row, name) for row, name in enumerate(self.directions.own)}
        self.undo.setEnabled(bool(self._before))
        self._show_amounts()

    def _add_row(self, row: int, name: str) -> NumberEdit:
        title = QLineEdit(name, maxLength=60, frame=False)
        title.setAccessibleName(f"Name of the direction {name}")
        title.setToolTip("Type another name")
        title.setMaximumWidth(110)
        title.editingFinished.connect(lambda: self.rename(name, title.text()))
        slider = NumberEdit(-FARTHEST, FARTHEST, 0.05)
        slider.describe(name, f"How much {name}")
        if slider.slider is not None:
            slider.slider.setProperty("bipolar", True)
        slider.changed.connect(lambda _: self._move())
        slider.finished.connect(self._guide.live.settle)
        away = icon_button("trash", f"Remove {name}", lambda: self.remove(name))
        for place, widget in enumerate((title, slider, away)):
            self._grid.addWidget(widget, row, place)
        return slider

    def _show_amounts(self) -> None:
        """The sliders stand where the layer's recipe says."""
        if self._guide.live.busy:
            return
        amounts = {str(move["name"]): float(str(move["amount"])) for move in self._moves()}
        for name, slider in self.sliders.items():
            slider.set_value(amounts.get(name, 0.0))

    def _moves(self) -> list[dict[str, object]]:
        """The moves in the layer's recipe."""
        recipe = self._guide.params.get("moves", ())
        moves = recipe if isinstance(recipe, list | tuple) else ()
        return [move for move in moves if isinstance(move, dict) and {"name", "amount"} <= move.keys()]

    def _move(self) -> None:
        strange = [move for move in self._moves() if move["name"] not in self.sliders]
        own = [
            {"name": name, "amount": slider.value(), "vector": self.directions.own[name]}
            for name, slider in self.sliders.items()
            if slider.value()
        ]
        self._guide.go(last=False, moves=[*strange, *own])
