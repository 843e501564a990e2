"""The variations panel: a strip of what was generated lately, to look at, keep, vary and go between."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QItemSelection, QPoint, QSize, Qt
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QListView, QMenu, QToolButton, QVBoxLayout, QWidget

from studio.app.command_line import command_line
from studio.app.files import export_result
from studio.app.generation import placement
from studio.app.neighbours import more_like_this
from studio.app.results import Result
from studio.app.session import App
from studio.model.media import Image
from studio.model.provenance import KEY
from studio.ui.calm import Calm
from studio.ui.panels.base import attempt, column
from studio.ui.panels.between import Between
from studio.ui.panels.result_model import ResultModel
from studio.ui.theme import icon
from studio.ui.widgets.buttons import button_row, icon_button
from studio.ui.widgets.section import Emptiable

SIDE = 72
PREVIEW = -1
REST_MS = 100
NARROWEST, WIDE = 220, 440
EMPTY = "No results yet.\nEvery picture you generate is kept here."


class Strip(QListView):
    """Thumbnails side by side. Leaving it takes the preview off the canvas."""

    def __init__(self, panel: VariationsPanel, model: ResultModel) -> None:
        super().__init__()
        self._panel = panel
        self.setModel(model)
        self.setAccessibleName("Variations")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setGridSize(QSize(SIDE + 10, SIDE + 10))
        self.setDragEnabled(True)
        scroll_bar = self.horizontalScrollBar().sizeHint().height()
        self.setMinimumHeight(self.gridSize().height() + scroll_bar + 2 * self.frameWidth())
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One row that scrolls sideways, or several where the panel is high enough for two."""
        several = event.size().height() >= 2 * self.gridSize().height()
        if several != self.isWrapping():
            policy = Qt.ScrollBarPolicy
            self.setVerticalScrollBarPolicy(
                policy.ScrollBarAsNeeded if several else policy.ScrollBarAlwaysOff
            )
            self.setWrapping(several)
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter adds, Del forgets, Esc takes the preview away."""
        actions = {
            Qt.Key.Key_Return: self._panel.add_layers,
            Qt.Key.Key_Enter: self._panel.add_layers,
            Qt.Key.Key_Delete: self._panel.forget,
            Qt.Key.Key_Escape: self.clearSelection,
        }
        action = actions.get(Qt.Key(event.key()))
        if action is not None and event.modifiers() in (_NONE, Qt.KeyboardModifier.KeypadModifier):
            action()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The person has turned to something else."""
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self._panel.end_preview()


_NONE = Qt.KeyboardModifier.NoModifier


class VariationsPanel(QWidget):
    """Click to look at a result on the canvas, double-click or press Enter to add it as a layer."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._order: list[int] = []
        self.model = ResultModel(app, self, SIDE)
        self.strip = Strip(self, self.model)
        self.between = Between(app)
        self.buttons = self._make_buttons()
        self._lay_out()
        self._wire()
        self._show_state()

    def _make_buttons(self) -> dict[str, QToolButton]:
        return {
            "add": icon_button("layer-add", "Add as a layer (Enter)", self.add_layers),
            "more": icon_button("more-like-this", "More like this", self.more),
            "reuse": icon_button("latent", "Reuse these settings", self.reuse),
            "save": icon_button("save", "Save to a file…", self._ask_save),
            "forget": icon_button("trash", "Remove from the strip (Del)", self.forget),
            "clear": icon_button("close", "Clear the strip", lambda: self._app.results.clear()),
        }

    def _lay_out(self) -> None:
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        inner.addWidget(self.strip, 1)
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._foot.setSpacing(6)
        self._foot.addLayout(button_row(*self.buttons.values(), None))
        self._foot.addWidget(self.between, 1)
        inner.addLayout(self._foot)
        self.setMinimumWidth(NARROWEST)
        self.empty = Emptiable(content, EMPTY)
        column(self).addWidget(self.empty)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow dock the slider between two results gets a line of its own."""
        super().resizeEvent(event)
        box = QBoxLayout.Direction
        self._foot.setDirection(box.LeftToRight if self.width() >= WIDE else box.TopToBottom)

    def _wire(self) -> None:
        self._calm = Calm(self, self._show_newest, REST_MS)
        self.model.rowsInserted.connect(self._calm.wake)
        self.model.rowsRemoved.connect(lambda *_: self._show_state())
        self.strip.selectionModel().selectionChanged.connect(self._selected)
        self.strip.doubleClicked.connect(lambda _: self.add_layers())
        self.strip.customContextMenuRequested.connect(self._open_menu)
        self.between.moved.connect(self.preview)

    def chosen(self) -> list[Result]:
        """The selected results in the order in which they were selected."""
        by_id = {result.id: result for result in self._app.results.items}
        return [by_id[id] for id in self._order if id in by_id]

    def preview(self, result: Result) -> None:
        """Show a result over the document."""
        app, document = self._app, self._app.document
        if document is not None:
            centre = app.face.view_centre() if app.face else None
            rect = placement(document, result.image, centre)
            app.generation.previewed.emit(PREVIEW, document, result.image, rect)

    def end_preview(self) -> None:
        """Take the preview off the canvas."""
        self._app.generation.preview_cleared.emit(PREVIEW)

    def add_layers(self) -> None:
        """Add the selected results as layers."""
        self.end_preview()
        for result in self.chosen():
            attempt(self._app, lambda result=result: self._app.generation.add_result(result))

    def more(self) -> None:
        """Ask for relatives of the result selected last."""
        chosen = self.chosen()
        if chosen:
            attempt(self._app, lambda: more_like_this(self._app, chosen[-1]))

    def reuse(self) -> None:
        """Show how a result was made in the generator panel."""
        chosen = self.chosen()
        if chosen:
            self._app.draft.keep_seed = True
            self._app.draft.load(chosen[-1].request.generator, chosen[-1].request.params)
            if self._app.face is not None:
                self._app.face.show("generator")

    def save(self, result: Result, path: Path) -> None:
        """Write a result with its recipe to a file, in the background."""
        image = result.image
        meta = {**image.meta, KEY: result.provenance.to_json()}
        export_result(self._app, Image(image.pixels, image.icc, meta), path)

    def forget(self) -> None:
        """Take the selected results off the strip."""
        for result in self.chosen():
            self._app.results.remove(result.id)

    def menu(self) -> QMenu:
        """What can be done with the selected results."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for id, button in self.buttons.items():
            if id != "clear":
                menu.addAction(button.icon(), button.toolTip(), button.click).setEnabled(button.isEnabled())
        menu.addAction(icon("copy"), "Copy as command line", self.copy_command)
        return menu

    def copy_command(self) -> None:
        """Put the command that makes the result on the clipboard."""
        for result in self.chosen()[-1:]:
            spec = self._app.registry.get(result.request.generator)
            QGuiApplication.clipboard().setText(command_line(spec, result.request.params))

    def _open_menu(self, point: QPoint) -> None:
        if self.chosen():
            self.menu().exec(self.strip.viewport().mapToGlobal(point))

    def _ask_save(self) -> None:
        for result in self.chosen():
            name, _ = QFileDialog.getSaveFileName(
                self, "Save result", f"{result.title}-{result.seed}.png", "PNG (*.png);;All files (*)"
            )
            if name:
                self.save(result, Path(name))

    def _show_newest(self) -> None:
        self._show_state()
        self.strip.scrollTo(self.model.index(self.model.rowCount() - 1))

    def _selected(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        gone = {result.id for index in deselected.indexes() if (result := self.model.result(index))}
        new = [result.id for index in selected.indexes() if (result := self.model.result(index))]
        self._order = [id for id in self._order if id not in gone] + new
        chosen = self.chosen()
        pair = chosen if len(chosen) == 2 else [None, None]
        self.between.show_pair(pair[0], pair[1])
        if chosen:
            self.preview(chosen[-1])
        else:
            self.end_preview()
        self._show_state()

    def _show_state(self) -> None:
        """Empty or not, and what can be done with what is selected."""
        self.empty.show_content(bool(self._app.results.items))
        chosen = self.chosen()
        for id, button in self.buttons.items():
            button.setEnabled(bool(chosen) or id == "clear")
