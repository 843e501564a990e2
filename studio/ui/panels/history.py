"""The history panel: every step, where the document stands among them, and what they cost."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import QLabel, QListView, QVBoxLayout, QWidget

from studio.app.session import App
from studio.model.document import Document
from studio.ui.calm import Calm
from studio.ui.panels.base import Follower, attempt, column
from studio.ui.theme import colour
from studio.ui.widgets.buttons import button_row, icon_button
from studio.ui.widgets.section import Emptiable

COUNT_MS = 500
Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


def size_text(nbytes: int) -> str:
    """``1536`` -> ``"1.5 KiB"``."""
    size = float(nbytes)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


class HistoryModel(QAbstractListModel):
    """Row 0 is the document as it was opened, row n its n-th step. Steps that are undone are dimmed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._titles: list[str] = []
        self._sizes: list[int] = []
        self._bold = QFont(parent.font())
        self._bold.setBold(True)
        self.position = 0

    def show_history(self, document: Document | None) -> None:
        """Take over the steps of a document."""
        entries = document.history.entries if document else ()
        titles = ["Start", *(entry.title for entry in entries)] if document else []
        self._sizes = [0, *(entry.nbytes for entry in entries)]
        self.position = document.history.position if document else 0
        if len(titles) == len(self._titles):
            self._titles = titles
            self.dataChanged.emit(self.index(0), self.index(max(len(titles) - 1, 0)))
            return
        self.beginResetModel()
        self._titles = titles
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Qt: the steps and the start."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt: title, cost, look."""
        row = index.row()
        if not 0 <= row < len(self._titles):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[row]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self._titles[row]}: {size_text(self._sizes[row])}" if row else "As it was opened"
        if role == Qt.ItemDataRole.ForegroundRole:
            return colour("disabled") if row > self.position else None
        if role == Qt.ItemDataRole.FontRole:
            return self._bold if row == self.position else None
        return self._spoken(row) if role == Qt.ItemDataRole.AccessibleTextRole else None

    def _spoken(self, row: int) -> str:
        state = "undone" if row > self.position else "present state" if row == self.position else "done"
        return f"{self._titles[row]}, {state}"


class HistoryPanel(QWidget):
    """Click a step, or choose it with the arrow keys, to go there."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._syncing = False
        self.model = HistoryModel(self)
        self.list = QListView(accessibleName="History", uniformItemSizes=True)
        self.list.setModel(self.model)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.undo = icon_button("undo", "Undo", lambda: app.run_command("edit.undo"))
        self.redo = icon_button("redo", "Redo", lambda: app.run_command("edit.redo"))
        self.usage = QLabel()
        self.usage.setProperty("quiet", True)
        self._lay_out()
        self.list.selectionModel().currentChanged.connect(lambda current, _: self._go(current.row()))
        self._count = Calm(self, self._show_usage, COUNT_MS)
        self._follower = Follower(self, app, {"history": self._sync}, self._sync)
        self._follower.switch()

    def _lay_out(self) -> None:
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.list, 1)
        inner.addLayout(button_row(self.undo, self.redo, None, self.usage))
        self.empty = Emptiable(content, "No document open.\nEach step of your work will be listed here.")
        column(self).addWidget(self.empty)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was done while nobody looked."""
        super().showEvent(event)
        self._sync()

    def _sync(self, *_: object) -> None:
        if not self.isVisible():
            return
        document = self._app.document
        self.empty.show_content(document is not None)
        self._syncing = True
        self.model.show_history(document)
        present = self.model.index(self.model.position)
        self.list.setCurrentIndex(present)
        self._syncing = False
        self.list.scrollTo(present)
        self.undo.setEnabled(document is not None and document.history.can_undo)
        self.redo.setEnabled(document is not None and document.history.can_redo)
        self._count.wake()

    def _show_usage(self) -> None:
        """Counting takes a while when there are many steps."""
        self.usage.setText(usage_text(self._app.document))

    def _go(self, row: int) -> None:
        document = self._app.document
        if self._syncing or document is None or row < 0 or row == document.history.position:
            return
        if not attempt(self._app, lambda: document.history.go_to(row)):
            self._sync()


def usage_text(document: Document | None) -> str:
    """What the steps cost, of what they may."""
    if document is None:
        return ""
    return f"{size_text(document.history.nbytes)} of {size_text(document.history.limit_bytes)}"
