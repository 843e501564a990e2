"""A field for a folder: type it, choose it, or drop it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from studio.ui.widgets.buttons import icon_button


class FolderEdit(QWidget):
    """``changed`` when another folder is chosen by the person."""

    changed = Signal()

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.edit = QLineEdit(accessibleName=name, placeholderText=tip)
        self.edit.setToolTip(tip)
        self.edit.editingFinished.connect(self.changed)
        browse = icon_button("folder-open", f"Choose: {tip.lower()}", self._browse)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.edit, 1)
        line.addWidget(browse)

    @property
    def path(self) -> Path | None:
        """The folder, None while the field is empty."""
        text = self.edit.text().strip()
        return Path(text).expanduser().absolute() if text else None

    def set_path(self, path: Path) -> None:
        """Show a folder."""
        self.edit.setText(str(path))

    def _browse(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.edit.toolTip(), self.edit.text())
        if name:
            self.set_path(Path(name))
            self.changed.emit()
