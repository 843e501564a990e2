"""The window for batches: two folders, a generator with its form, the pictures, and how each went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.app.batch import BatchRun, fitting, in_words
from studio.app.session import App
from studio.engine.batch.batch import Tally
from studio.engine.batch.manifest import Entry, Stage
from studio.engine.batch.plan import SAME, Wish
from studio.engine.spec import Spec
from studio.ui.batch.crew import CrewEdit
from studio.ui.batch.folder import FolderEdit
from studio.ui.dialogs.base import form
from studio.ui.forms import ParamForm
from studio.ui.panels.base import attempt, follow
from studio.ui.panels.offers import offers
from studio.ui.widgets.buttons import plain_icon, text_button

WORDS = {Stage.WAITING: "", Stage.DONE: "done", Stage.FAILED: "failed"}
ICONS = {Stage.WAITING: "clock", Stage.DONE: "check", Stage.FAILED: "error"}
FORMATS = {SAME: "As the original", "png": "PNG", "jpg": "JPEG", "tif": "TIFF", "webp": "WebP"}


class BatchDialog(QDialog):
    """Puts a folder through a generator while the studio stays usable. Closing it stops the batch."""

    def __init__(self, app: App, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Batch")
        self.resize(1040, 680)
        self._app = app
        self._form: ParamForm | None = None
        self._params: dict[str, Any] = {}
        self.run: BatchRun | None = None
        self.source = FolderEdit("Pictures from", "The folder with the pictures")
        self.target = FolderEdit("Results to", "The folder for the results")
        self.generator = QComboBox(accessibleName="Generator")
        self.naming = QLineEdit("{stem}", accessibleName="Names")
        self.naming.setToolTip(
            "{stem}, {generator}, {seed} and {index} are filled in; nothing is overwritten."
        )
        self.format = QComboBox(accessibleName="Format")
        for id, title in FORMATS.items():
            self.format.addItem(title, id)
        self.recursive = QCheckBox("Folders below as well")
        self.resume = QCheckBox("Go on with an earlier batch")
        self.resume.setToolTip("Pictures that are done already are left out.")
        self.crew = CrewEdit()
        self.list = QTreeWidget(accessibleName="Pictures", rootIsDecorated=False, uniformRowHeights=True)
        self.list.setHeaderLabels(["Picture", "Result", "State"])
        self.bar = QProgressBar(accessibleName="Progress", maximum=1000, visible=False)
        self.line = QLabel(
            "Choose two folders and a generator. Originals are never overwritten.", wordWrap=True
        )
        self.start = text_button("Start", "Put the pictures through the generator", self.begin, primary=True)
        self.stop = text_button("Stop", "Finish nothing more; go on later", self.cancel)
        self.stop.setEnabled(False)
        self._lay_out()
        self._list_generators()
        self.generator.currentIndexChanged.connect(lambda: self._show_form())
        self.source.changed.connect(self._propose_target)
        follow(self, app.generators_changed, self._list_generators)

    def _lay_out(self) -> None:
        rows = form()
        rows.addRow("Pictures from", self.source)
        rows.addRow("Results to", self.target)
        rows.addRow("", self.recursive)
        rows.addRow("Names", self.naming)
        rows.addRow("Format", self.format)
        rows.addRow("", self.resume)
        rows.addRow("At once", self.crew)
        rows.addRow("Generator", self.generator)
        left = QWidget()
        self.column = QVBoxLayout(left)
        self.column.setContentsMargins(0, 0, 14, 0)
        self.column.setSpacing(12)
        self.column.addLayout(rows)
        self.column.addStretch(1)
        page = QScrollArea(widgetResizable=True, accessibleName="What to do")
        page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page.setWidget(left)
        header = self.list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        split = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        split.addWidget(page)
        split.addWidget(self.list)
        split.setSizes([440, 560])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 14)
        outer.setSpacing(10)
        outer.addWidget(split, 1)
        outer.addWidget(self.bar)
        outer.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for button in (self.start, self.stop, *buttons.buttons()):
            button.setAutoDefault(False)
        foot = QHBoxLayout(spacing=8)
        foot.addWidget(self.line, 1)
        foot.addWidget(self.stop)
        foot.addWidget(self.start)
        foot.addWidget(buttons)
        return foot

    def _list_generators(self) -> None:
        """Offer every generator that makes a picture from a picture; the same one stays chosen."""
        before = self.generator.currentData() or self._app.draft.generator
        self.generator.blockSignals(True)
        self.generator.clear()
        for spec in fitting(self._app.registry):
            ready = spec.ready()
            self.generator.addItem(spec.title if ready.ok else f"{spec.title} (not ready)", spec.id)
            self.generator.setItemData(
                self.generator.count() - 1, ready.sentence or spec.summary, Qt.ItemDataRole.ToolTipRole
            )
        self.generator.setCurrentIndex(max(0, self.generator.findData(before)))
        self.generator.blockSignals(False)
        self._show_form()

    @property
    def spec(self) -> Spec | None:
        """The chosen generator."""
        id = self.generator.currentData()
        return self._app.registry.get(id) if id else None

    def _show_form(self) -> None:
        """The form of the chosen generator, as it was left in the generator panel."""
        if self._form is not None:
            self._form.hide()
            self._form.deleteLater()
            self._form = None
        spec = self.spec
        if spec is None:
            self.line.setText("No generator makes a picture from a picture.")
            return
        kept = self._app.settings.window.generator_params.get(spec.id, {})
        self._form = ParamForm(spec.params, kept, lambda values: offers(spec, values))
        self.column.insertWidget(1, self._form)

    def _propose_target(self) -> None:
        """A folder beside the pictures, until another is chosen."""
        source = self.source.path
        if source is not None and self.target.path is None:
            self.target.set_path(source.with_name(f"{source.name}-results"))

    def wish(self) -> Wish | None:
        """What is asked for; None, with a sentence shown, while something is missing."""
        spec, source, target = self.spec, self.source.path, self.target.path
        if spec is None or source is None or target is None or self._form is None:
            self.line.setText("Choose the folder with the pictures and the folder for the results.")
            return None
        return Wish(
            spec.id,
            source,
            target,
            self._form.values(),
            recursive=self.recursive.isChecked(),
            naming=self.naming.text(),
            format=self.format.currentData(),
        )

    def begin(self) -> None:
        """Plan and start the batch; what stands in the way becomes a sentence."""
        wish = self.wish()
        if wish is not None:
            attempt(self._app, lambda: self._begin(wish), "Batch")

    def _begin(self, wish: Wish) -> None:
        try:
            self.run = BatchRun(self._app, wish, resume=self.resume.isChecked(), crew=self.crew.crew)
        except Exception as error:
            self.line.setText(" ".join(filter(None, (str(error), getattr(error, "hint", "")))))
            raise
        self.list.clear()
        self.list.addTopLevelItems([row(entry) for entry in self.run.entries])
        self.run.changed.connect(self._show_entry)
        self.run.ended.connect(self._ended)
        self._set_running(True)
        self.run.start()
        self._show_progress()

    def _set_running(self, on: bool) -> None:
        self.start.setEnabled(not on)
        self.stop.setEnabled(on)
        self.bar.setVisible(on)

    def _show_entry(self, index: int) -> None:
        assert self.run is not None
        item = self.list.topLevelItem(index)
        fill(item, self.run.entries[index])
        self.list.scrollToItem(item)
        self._show_progress()

    def _show_progress(self) -> None:
        assert self.run is not None
        self.bar.setValue(round(self.run.progress * 1000))
        through = sum(entry.stage is not Stage.WAITING for entry in self.run.entries)
        self.line.setText(f"{through} of {len(self.run.entries)} pictures")

    def _ended(self, result: Tally | Exception) -> None:
        self._set_running(False)
        if isinstance(result, Exception):
            self._app.notices.add_exception(result, "The batch")
            self.line.setText("The batch ended early; the notice tells why.")
        else:
            self.line.setText(in_words(result))
        self.resume.setChecked(not isinstance(result, Tally) or bool(result.left or result.failed))

    def cancel(self) -> None:
        """Stop the batch."""
        if self.run is not None and self.run.running:
            self.line.setText("Stopping…")
            self.stop.setEnabled(False)
            self.run.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The batch ends with its window."""
        self.cancel()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """The same when it is closed by its button."""
        self.cancel()
        self._forget()
        super().done(result)

    def _forget(self) -> None:
        """Hear no more of a batch that is still ending."""
        if self.run is not None:
            self.run.changed.disconnect(self._show_entry, missing_ok=True)
            self.run.ended.disconnect(self._ended, missing_ok=True)


def row(entry: Entry) -> QTreeWidgetItem:
    """One picture in the list."""
    item = QTreeWidgetItem([entry.source, entry.target, ""])
    fill(item, entry)
    return item


def fill(item: QTreeWidgetItem, entry: Entry) -> None:
    """Show how a picture went."""
    item.setText(2, entry.why or WORDS[entry.stage])
    item.setToolTip(2, entry.why)
    item.setIcon(0, plain_icon(ICONS[entry.stage]))
    item.setToolTip(0, str(Path(entry.source)))
