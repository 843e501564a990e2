"""A combo box to search in: typing narrows the list to entries that contain the letters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QSizePolicy, QWidget

from studio.ui.widgets.editor import guard_wheel


class SearchCombo(QComboBox):
    """Entries are (id, title, tip). ``chosen(id)`` follows what a person picks."""

    chosen = Signal(str)

    def __init__(self, title: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.setToolTip(title)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.lineEdit().setPlaceholderText(placeholder)
        self.lineEdit().setAccessibleName(title)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated.connect(self._completed)
        self.setCompleter(completer)
        guard_wheel(self)
        self.activated.connect(self._pick)
        self.lineEdit().returnPressed.connect(self._pick_best)

    def set_entries(self, entries: Sequence[tuple[str, str, str]], current: str) -> None:
        """Offer these; nothing is told."""
        self.clear()
        for place, (id, title, tip) in enumerate(entries):
            self.addItem(title, id)
            self.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.show_entry(current)

    def show_entry(self, id: str) -> None:
        """Show an entry as the present one; none if there is no such."""
        self.setCurrentIndex(self.findData(id))
        if self.currentIndex() < 0:
            self.clearEditText()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was typed and not picked is forgotten."""
        super().focusOutEvent(event)
        if not self.completer().popup().isVisible():
            self.setEditText(self.itemText(self.currentIndex()))

    def _completed(self, text: str) -> None:
        self._pick(self.findText(text))

    def _pick_best(self) -> None:
        """Enter takes the first entry that contains what was typed."""
        index = self.findText(self.currentText(), Qt.MatchFlag.MatchContains)
        if index < 0:
            self.setEditText(self.itemText(self.currentIndex()))
        else:
            self._pick(index)

    def _pick(self, index: int) -> None:
        if index >= 0:
            self.setCurrentIndex(index)
            self.chosen.emit(self.itemData(index))
