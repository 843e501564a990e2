"""The settings, one page per section, made from their declarations."""

from __future__ import annotations

from contextlib import suppress

from pydantic import ValidationError
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.app.settings import SECTIONS, Settings
from studio.ui.forms import ParamForm

ROW_HEIGHT = 32


class SettingsDialog(QDialog):
    """Every change takes effect at once; each page can be reset."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.resize(720, 480)
        self._settings = settings
        self._names = [name for name, section in SECTIONS.items() if not section.hidden]
        self.pages = QStackedWidget()
        self.list = QListWidget(accessibleName="Pages of the settings")
        self.list.setFixedWidth(150)
        for name in self._names:
            item = QListWidgetItem(SECTIONS[name].title, self.list)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            self.pages.addWidget(self._page(name))
        self.list.currentRowChanged.connect(self.pages.setCurrentIndex)
        self.list.setCurrentRow(0)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        reset = buttons.addButton("Reset this page", QDialogButtonBox.ButtonRole.ResetRole)
        reset.setAutoDefault(False)
        reset.clicked.connect(self._reset)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout(spacing=16)
        row.addWidget(self.list)
        row.addWidget(self.pages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(14)
        column.addLayout(row, 1)
        column.addWidget(buttons)

    def _page(self, name: str) -> QWidget:
        """Title and form of one section."""
        page = QWidget()
        title = QLabel(SECTIONS[name].title)
        title.setProperty("heading", True)
        form = ParamForm(SECTIONS[name], self._settings.section(name).model_dump())
        form.edited.connect(lambda field, value: self._set(name, field, value))
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(form)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(title)
        column.addWidget(area, 1)
        return page

    def _set(self, section: str, field: str, value: object) -> None:
        """Take a value over unless it does not fit, which the form says itself."""
        with suppress(ValidationError):
            self._settings.set(section, field, value)

    def _reset(self) -> None:
        """Defaults for the page in view."""
        row = self.list.currentRow()
        self._settings.reset(self._names[row])
        old = self.pages.widget(row)
        self.pages.insertWidget(row, self._page(self._names[row]))
        self.pages.setCurrentIndex(row)
        self.pages.removeWidget(old)
        old.deleteLater()
