"""The slider between two results: the picture on the way is shown on the canvas as it moves."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.app.neighbours import interpolate, way_between
from studio.app.results import Result
from studio.app.session import App
from studio.engine.events import Request
from studio.model.errors import UserError
from studio.model.media import Image
from studio.model.provenance import Provenance
from studio.ui.panels.base import attempt
from studio.ui.panels.live import LiveRun
from studio.ui.widgets.buttons import icon_button
from studio.ui.widgets.numbers import NumberEdit
from studio.ui.widgets.section import quiet_label


class Between(QWidget):
    """For two results at a time. ``moved(result)`` follows each picture on the way."""

    moved = Signal(object)

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._pair: tuple[Result, Result] | None = None
        self._params: dict[str, object] = {}
        self.result: Result | None = None
        self.live = LiveRun(app, self, "live between")
        self.live.made.connect(self._made)
        self.slider = NumberEdit(0, 100, 1, "%", integer=True)
        self.slider.describe("Interpolate", "How far from the first chosen result to the second")
        self.add = icon_button("layer-add", "Add this picture as a layer", self.add_layer)
        self.fill = icon_button("images", "Six steps between the two, into the strip", self.fill_strip)
        self.reason = quiet_label()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.reason, 1)
        row.addWidget(self.slider, 1)
        row.addWidget(self.add)
        row.addWidget(self.fill)
        self.slider.changed.connect(self._slid)
        self.hide()

    def show_pair(self, first: Result | None, second: Result | None) -> None:
        """Go between these two; hidden unless there are two, and telling why if there is no way."""
        self._pair, self.result = None, None
        self.setVisible(first is not None and second is not None)
        if first is None or second is None:
            return
        reason = ""
        try:
            self._params = way_between(self._app, first, second)
            self._pair = (first, second)
        except UserError as error:
            reason = f"{error.sentence} {error.hint}"
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        for widget in (self.slider, self.add, self.fill):
            widget.setVisible(not reason)
        self.add.setEnabled(False)
        self.slider.set_value(50)

    def add_layer(self) -> None:
        """Put the picture shown into the document."""
        result = self.result
        if result is not None:
            attempt(self._app, lambda: self._app.generation.add_result(result))

    def fill_strip(self) -> None:
        """Ask for the steps between."""
        if self._pair is not None:
            first, second = self._pair
            attempt(self._app, lambda: interpolate(self._app, first, second))

    def _slid(self, percent: int) -> None:
        if self._pair is not None:
            params = {**self._params, "morph": percent / 100}
            self.live.push(self._pair[0].request.generator, params, lambda: "variations")

    def _made(self, image: object) -> None:
        wish = self.live.running
        if self._pair is None or wish is None or not isinstance(image, Image):
            return
        first = self._pair[0]
        request = Request(wish.generator, wish.params)
        spec = self._app.registry.get(wish.generator)
        recipe = Provenance(spec.id, spec.version, dict(wish.params), request.seed, first.provenance.weights)
        self.result = Result(0, image, request, recipe, first.title, 0)
        self.add.setEnabled(True)
        self.moved.emit(self.result)
