"""What this is, in which version, with which libraries."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

LIBRARIES = ("torch", "numpy", "pillow", "pydantic", "safetensors")


def installed(name: str) -> str:
    """The installed version of a package, without importing it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


class AboutDialog(QDialog):
    """Name, version, and what a bug report needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Latent Studio")
        title = QLabel("Latent Studio")
        title.setProperty("title", True)
        text = QLabel(
            f"Version {installed('latent-studio')}. Runs on this machine only: nothing leaves it.",
            wordWrap=True,
        )
        lines = [f"Python {platform.python_version()}", f"Qt {qVersion()}"]
        lines += [f"{name} {installed(name)}" for name in LIBRARIES]
        details = QLabel("\n".join(lines))
        details.setProperty("quiet", True)
        details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        for widget in (title, text, details, buttons):
            column.addWidget(widget)
