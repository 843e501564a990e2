"""The latent explorer: the map of a model, style mixing, attributes, and paths, all on the chosen layer."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QTabBar, QWidget

from studio.app.session import App
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.ui.panels.base import column, follow
from studio.ui.panels.explore.attributes import AttributesPart
from studio.ui.panels.explore.chart import MapPart
from studio.ui.panels.explore.guide import Guide
from studio.ui.panels.explore.mixing import MixPart
from studio.ui.panels.explore.path import PathPart
from studio.ui.widgets.buttons import text_button
from studio.ui.widgets.section import Emptiable, quiet_label

NOTHING = "The explorer needs the Synthesis generator and a model."
SEARCH = -1


class ExplorerPanel(QWidget):
    """Moves the chosen generated layer about in its model's latent space; without one, makes a new layer."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._search = 0
        self.guide = Guide(app, self)
        self.title = QLabel()
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.find = text_button(
            "Find Picture",
            "Look for the chosen layer's picture in the model, to go on from there",
            self.search,
        )
        self.problem = quiet_label()
        self.problem.setProperty("problem", True)
        self.problem.hide()
        self.tabs = QTabBar(drawBase=False, expanding=False, accessibleName="Ways to explore")
        self.map = MapPart(self.guide)
        self.mix = MixPart(self.guide)
        self.attributes = AttributesPart(self.guide, self.map.examples)
        self.path = PathPart(self.guide)
        self.parts = {"Map": self.map, "Mix": self.mix, "Attributes": self.attributes, "Path": self.path}
        self.stack = QStackedWidget()
        for title, part in self.parts.items():
            self.tabs.addTab(title)
            self.stack.addWidget(part)
        self._lay_out()
        self.tabs.currentChanged.connect(self._choose)
        self.map.marked.connect(self.attributes.show_count)
        self.guide.problem.connect(self._show_problem)
        self.guide.changed.connect(self.refresh)
        follow(self, app.generators_changed, self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        content = QWidget()
        inner = column(content, spacing=6)
        head = QHBoxLayout(spacing=6)
        head.addWidget(self.title, 1)
        head.addWidget(self.find)
        inner.addLayout(head)
        inner.addWidget(self.tabs)
        inner.addWidget(self.stack, 1)
        inner.addWidget(self.problem)
        self.empty = Emptiable(content, NOTHING)
        column(self, margin=0).addWidget(self.empty)

    def refresh(self) -> None:
        """Follow the layer and what is installed."""
        model = self.guide.model
        self.empty.show_content(self.guide.spec is not None and bool(model))
        node = self.guide.node
        self.title.setText(f"{model} · {node.name}" if node is not None else model)
        self.find.setEnabled(self._picture() is not None or bool(self._search))
        for part in (self.map, self.mix, self.attributes, self.path):
            part.refresh()

    def search(self) -> None:
        """Look for the chosen layer's picture in the model, shown as it comes closer; or stop looking."""
        if self._search:
            self.guide.cancel(self._search)
            self._end_search()
            return
        found = self._picture()
        if found is None:
            return
        image, rect = found
        self.guide.tell("")
        params = {"model": self.guide.model, "scale": self._scale()}
        self._search = self.guide.ask(
            "invert-latent", params, {"image": image},
            preview=lambda seen, share: self._show_search(seen, rect, share),
            done=self._found, failed=self._not_found,
        )  # fmt: skip
        self.find.setText("Stop" if self._search else "Find Picture")

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what has changed while nobody looked."""
        super().showEvent(event)
        self.refresh()

    def _scale(self) -> int:
        scale = self.guide.params.get("scale", 1)
        return scale if isinstance(scale, int) else 1

    def _picture(self) -> tuple[Image, Rect] | None:
        """The chosen layer's picture and where it lies."""
        document = self._app.document
        node = document.active if document is not None else None
        if document is None or node is None or node.bounds().is_empty:
            return None
        try:
            return document.image_of(node), node.bounds()
        except UserError:
            return None

    def _show_search(self, image: Image, rect: Rect, share: float) -> None:
        document = self._app.document
        if document is not None and self._search:
            self.find.setText(f"Stop ({share:.0%})")
            self._app.generation.previewed.emit(SEARCH, document, image, rect)

    def _found(self, images: tuple[Image, ...]) -> None:
        """The point becomes a layer of its own, made by the synthesis generator."""
        self._end_search()
        point = images[0].meta.get("w", "") if images else ""
        scale = self._scale()
        params = {"model": self.guide.model, "point": point, "scale": scale}
        try:
            self._app.generate("synthesis", params)
        except UserError as error:
            self.guide.tell(error.sentence)

    def _not_found(self, sentence: str) -> None:
        self._end_search()
        if sentence:
            self.guide.tell(sentence)

    def _end_search(self) -> None:
        self._search = 0
        self.find.setText("Find Picture")
        self._app.generation.preview_cleared.emit(SEARCH)

    def _choose(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        if self.stack.currentWidget() is self.mix:
            self.mix.begin()

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
