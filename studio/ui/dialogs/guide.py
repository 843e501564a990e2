"""The guides that come with the studio, to read without leaving it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from studio.app.places import RESOURCES
from studio.model.errors import UserError

FOLDER = RESOURCES.parent / "docs"


class GuideDialog(QDialog):
    """One guide in a window of its own that may stay open beside the work."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(760, 680)
        self.page = QTextBrowser(accessibleName=title, openLinks=False)
        self.page.setSearchPaths([str(FOLDER)])
        self.page.document().setBaseUrl(QUrl.fromLocalFile(f"{FOLDER}/"))
        self.page.document().setDocumentMargin(20)
        self.page.anchorClicked.connect(self._follow)
        self._read(FOLDER / name)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self.page)
        column.addWidget(buttons)

    def _read(self, path: Path) -> None:
        try:
            self.page.setMarkdown(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UserError("The guide is not installed.", f"It belongs at {path}.") from error

    def _follow(self, url: QUrl) -> None:
        """Another guide opens here, a place in this one is scrolled to, everything else opens outside."""
        path = FOLDER / url.path()
        if not url.path() and url.hasFragment():
            self.page.scrollToAnchor(url.fragment())
        elif path.suffix == ".md" and path.is_file() and path.resolve().is_relative_to(FOLDER.resolve()):
            self._read(path)
        else:
            QDesktopServices.openUrl(self.page.document().baseUrl().resolved(url))
