"""How and where to export the flattened picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QToolButton,
    QWidget,
)

from studio.app.face import Export
from studio.app.settings import Settings
from studio.model.document import Document
from studio.model.io.formats import FORMATS, Format
from studio.ui.dialogs.base import Question, form
from studio.ui.forms import ParamForm
from studio.ui.icons import icon

FLAT = tuple(known for known in FORMATS.writers() if not known.layers)


class ExportDialog(Question):
    """A format with its options, and a file. Options are remembered per format."""

    def __init__(self, document: Document, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("Export", "Export", parent)
        self._settings = settings
        self._options: dict[str, Any] = {}
        self._form: ParamForm | None = None
        self.format = QComboBox(accessibleName="Format")
        for known in FLAT:
            self.format.addItem(known.title, known.id)
        folder = document.path.parent if document.path else Path(settings.window.last_folder or Path.home())
        self.file = QLineEdit(str(folder / f"{document.title}.png"), accessibleName="File")
        browse = QToolButton(
            icon=icon("folder-open"), toolTip="Choose a file", accessibleName="Choose a file"
        )
        browse.clicked.connect(self._browse)
        place = QHBoxLayout(spacing=6)
        place.addWidget(self.file, 1)
        place.addWidget(browse)
        size = QLabel(
            f"{document.width} × {document.height} px, {document.depth} bits per channel, layers merged"
        )
        size.setProperty("quiet", True)
        rows = form()
        rows.addRow("Picture", size)
        rows.addRow("Format", self.format)
        rows.addRow("File", place)
        self.column.addLayout(rows)
        self.setMinimumWidth(520)
        self._choose(settings.window.export_options.get("last", {}).get("format", "png"))
        self.format.currentIndexChanged.connect(lambda: self._show_options())

    @property
    def chosen(self) -> Format:
        """The format that is chosen."""
        return FLAT[self.format.currentIndex()]

    def _choose(self, id: str) -> None:
        self.format.setCurrentIndex(max(self.format.findData(id), 0))
        self._show_options()

    def _show_options(self) -> None:
        """The form of the chosen format, with what was set the last time."""
        if self._form is not None:
            self._form.deleteLater()
        model = self.chosen.options
        assert model is not None
        defaults = model().model_dump()
        kept = self._settings.window.export_options.get(self.chosen.id, {})
        self._options = {**defaults, **{name: value for name, value in kept.items() if name in defaults}}
        self._form = ParamForm(model, self._options)
        self._form.edited.connect(self._edit)
        self.column.addWidget(self._form)
        path = Path(self.file.text())
        if path.suffix.lower() not in self.chosen.suffixes:
            self.file.setText(str(path.with_suffix(self.chosen.suffixes[0])))

    def _edit(self, field: str, value: object) -> None:
        self._options[field] = value

    def _browse(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in self.chosen.suffixes)
        path, _ = QFileDialog.getSaveFileName(
            self, "Export to", self.file.text(), f"{self.chosen.title} ({patterns})",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if path:
            self.file.setText(path)

    def answer(self) -> Export:
        """What is set now; the file gets the format's ending if it has none of its own."""
        path = Path(self.file.text()).expanduser().absolute()
        if path.suffix.lower() not in self.chosen.suffixes:
            path = path.with_name(path.name + self.chosen.suffixes[0])
        return Export(path, dict(self._options))

    def accept(self) -> None:
        """Ask before a file is replaced, then remember format and options."""
        path = self.answer().path
        if path.exists() and not self._may_replace(path):
            return
        kept = {**self._settings.window.export_options, self.chosen.id: self._options}
        self._settings.set("window", "export_options", {**kept, "last": {"format": self.chosen.id}})
        super().accept()

    def _may_replace(self, path: Path) -> bool:
        answer = QMessageBox.question(self, "Export", f"“{path.name}” exists already. Replace it?")
        return answer == QMessageBox.StandardButton.Yes
