"""The window of the installed models: a list, what is known of the chosen one, and what to do with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QMessageBox,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.app import models
from studio.app.session import App
from studio.engine.importers.checkpoint import SUFFIXES
from studio.engine.weights import ModelInfo
from studio.ui.drop import local_files
from studio.ui.models.details import ModelDetails
from studio.ui.panels.base import attempt, follow
from studio.ui.widgets.buttons import plain_icon, text_button

COLUMNS = ("Model", "Architecture", "Scale", "Size", "Licence")
INFO = Qt.ItemDataRole.UserRole


class ModelsDialog(QDialog):
    """Lists every model; files dropped on it are imported. Stays open beside the work."""

    def __init__(self, app: App, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.resize(1180, 660)
        self.setAcceptDrops(True)
        self._app = app
        self.list = QTreeWidget(accessibleName="Installed models", rootIsDecorated=False)
        self.list.setHeaderLabels(COLUMNS)
        self.list.setUniformRowHeights(True)
        self.list.setSortingEnabled(False)
        header = self.list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        header.resizeSection(4, 110)
        self._refused: list[str] = []
        self.problems = QLabel(wordWrap=True)
        self.problems.setProperty("problem", True)
        self.details = ModelDetails(app)
        self.details.changed.connect(self.fill)
        self.details.removal.connect(self._remove)
        self.list.currentItemChanged.connect(lambda now, _: self.details.show_model(chosen(now)))
        self._lay_out()
        follow(self, app.generators_changed, self.fill)
        self.fill()

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        split.addWidget(self.list)
        split.addWidget(self.details)
        split.setSizes([710, 440])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        add = text_button("Import…", "Import a network from a file", self.ask_files)
        add.setIcon(plain_icon("import"))
        add.setAutoDefault(False)
        buttons.addButton(add, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        hint = QLabel(
            "Drop .pth, .pt, .ckpt or .safetensors files here. They are read as data: nothing in them runs.",
            wordWrap=True,
        )
        hint.setProperty("quiet", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(10)
        column.addWidget(split, 1)
        for widget in (self.problems, hint, buttons):
            column.addWidget(widget)

    def fill(self) -> None:
        """List what is installed now; the same model stays chosen."""
        registry = self._app.registry
        before = chosen(self.list.currentItem())
        self.list.blockSignals(True)
        self.list.clear()
        found = models.installed(registry)
        for info in found:
            self.list.addTopLevelItem(row(info, models.shown(info, registry)))
        self.list.blockSignals(False)
        names = [info.name for info in found]
        index = names.index(before.name) if before and before.name in names else 0
        self.list.setCurrentItem(self.list.topLevelItem(index))
        self.details.show_model(chosen(self.list.currentItem()))
        self._show_problems()

    def _show_problems(self) -> None:
        faults = [fault.sentence for fault in self._app.registry.weights.problems()]
        self.problems.setText("\n".join(faults + self._refused))
        self.problems.setVisible(bool(faults + self._refused))

    def ask_files(self) -> None:
        """Choose files to import."""
        self._add(asked_files(self._app, self))

    def _add(self, paths: list[Path]) -> None:
        """Import files; why one is refused is said here, where the person looks."""
        self._refused.clear()
        models.import_files(self._app, paths, self._refuse)
        self._show_problems()

    def _refuse(self, error: BaseException) -> None:
        self._refused.append(str(error))
        self._show_problems()

    def _remove(self, info: ModelInfo) -> None:
        box = QMessageBox(
            QMessageBox.Icon.NoIcon, "Remove model", f"Remove “{info.title}” for good?", parent=self
        )
        box.setInformativeText(
            f"{info.path}\nPictures made with it stay; their recipes can no longer be run."
        )
        remove = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        if box.clickedButton() is remove and attempt(self._app, lambda: models.remove(info)):
            self._app.generators_changed.emit()
        box.deleteLater()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files of weights may be dropped."""
        if any(models.is_model(path) for path in local_files(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Import what was dropped."""
        event.acceptProposedAction()
        self._add([p for p in local_files(event.mimeData()) if models.is_model(p)])

    def closeEvent(self, event: QCloseEvent) -> None:
        """A test run ends with the window."""
        self.details.stop()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """The same when it is closed by its button."""
        self.details.stop()
        super().done(result)


def import_files(app: App, parent: QWidget) -> None:
    """Ask for files of weights and import them."""
    models.import_files(app, asked_files(app, parent))


def asked_files(app: App, parent: QWidget) -> list[Path]:
    """Files of weights that a person chooses."""
    pattern = " ".join(f"*{suffix}" for suffix in SUFFIXES)
    start = app.settings.window.last_folder or str(Path.home())
    names, _ = QFileDialog.getOpenFileNames(
        parent, "Import models", start, f"Networks ({pattern});;All files (*)"
    )
    return [Path(name) for name in names]


def row(info: ModelInfo, shown: models.Shown) -> QTreeWidgetItem:
    """One model in the list."""
    scale = f"× {shown.scale}" if shown.scale > 1 else ""
    item = QTreeWidgetItem([shown.title, shown.architecture, scale, shown.size, shown.licence])
    item.setData(0, INFO, info)
    item.setToolTip(4, shown.licence)
    item.setIcon(0, plain_icon("star" if shown.shipped else "import"))
    item.setToolTip(0, "Comes with the studio" if shown.shipped else f"Imported from {shown.source}")
    return item


def chosen(item: QTreeWidgetItem | None) -> ModelInfo | None:
    """The model of a row."""
    return item.data(0, INFO) if item is not None else None
