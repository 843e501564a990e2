"""The command palette: every command by a few letters of its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.app.fuzzy import rank
from studio.ui import theme
from studio.ui.icons import icon
from studio.ui.search import SearchEdit

ENTRY = Qt.ItemDataRole.UserRole + 1
HITS = Qt.ItemDataRole.UserRole + 2
WIDTH, ROWS, ROW_HEIGHT = 620, 11, 34


@dataclass(frozen=True)
class Entry:
    """One line: what it is called, where it is found, its keys, and what choosing it does."""

    id: str
    title: str
    place: str
    keys: str
    icon: str
    enabled: bool
    run: Callable[[], object]


class EntryDelegate(QStyledItemDelegate):
    """Paints icon, title with the matching letters in the accent colour, menu and keys."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """All lines are equally high."""
        return QSize(WIDTH - 40, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """One line."""
        entry: Entry = index.data(ENTRY)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft"))
            painter.drawRoundedRect(option.rect, 5, 5)
        line = option.rect.adjusted(8, 0, -10, 0)
        if entry.icon:
            icon(entry.icon).paint(painter, line.x(), line.center().y() - 9, 18, 18)
        painter.setPen(theme.colour("quiet"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, right, "   ".join(text for text in (entry.place, entry.keys) if text))
        self._paint_title(painter, line.adjusted(30, 0, 0, 0), entry, set(index.data(HITS)))
        painter.restore()

    def _paint_title(self, painter: QPainter, line: QRect, entry: Entry, hits: set[int]) -> None:
        plain, strong = QFont(painter.font()), QFont(painter.font())
        strong.setBold(True)
        x = line.x()
        for position, letter in enumerate(entry.title):
            hit = position in hits
            painter.setFont(strong if hit else plain)
            token = "disabled" if not entry.enabled else "accent" if hit else "text"
            painter.setPen(theme.colour(token))
            width = painter.fontMetrics().horizontalAdvance(letter)
            box = QRect(x, line.y(), width + 2, line.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, letter)
            x += width


class CommandPalette(QFrame):
    """A search field over a list, in front of the window. Enter runs, Escape leaves."""

    def __init__(self, window: QWidget, entries: Callable[[], list[Entry]]) -> None:
        super().__init__(window)
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self._list_entries = entries
        self._entries: list[Entry] = []
        self._return_to: QWidget | None = None
        self.search = SearchEdit("Search commands", "What do you want to do?")
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.model = QStandardItemModel(self)
        self.view = QListView(accessibleName="Matching commands", focusPolicy=Qt.FocusPolicy.NoFocus)
        self.view.setModel(self.model)
        self.view.setItemDelegate(EntryDelegate(self.view))
        self.view.clicked.connect(self._choose)
        self._empty = QLabel("Nothing is called like that.", alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("quiet", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        for widget in (self.search, self._empty, self.view):
            layout.addWidget(widget)
        self.hide()

    def open(self) -> None:
        """Show all commands and take the keyboard."""
        self._entries = self._list_entries()
        self._return_to = self.window().focusWidget()
        self.search.clear()
        self._filter("")
        self.show()
        self.raise_()
        self.search.setFocus()

    def close_palette(self) -> None:
        """Leave without doing anything; the keyboard goes back to where it was."""
        self.hide()
        if self._return_to is not None and self._return_to.isVisible():
            self._return_to.setFocus()

    def _filter(self, text: str) -> None:
        self.model.clear()
        for index, hits in rank(text, [entry.title for entry in self._entries]):
            entry = self._entries[index]
            item = QStandardItem(entry.title)
            item.setData(entry, ENTRY)
            item.setData(hits, HITS)
            item.setEditable(False)
            item.setData(f"{entry.title} {entry.keys}", Qt.ItemDataRole.AccessibleTextRole)
            self.model.appendRow(item)
        self.view.setCurrentIndex(self.model.index(0, 0))
        self._empty.setVisible(self.model.rowCount() == 0)
        self._place()

    def _place(self) -> None:
        window = self.parentWidget()
        width = min(WIDTH, window.width() - 40)
        rows = max(min(self.model.rowCount(), ROWS, (window.height() - 200) // ROW_HEIGHT), 0)
        self.view.setFixedHeight(rows * ROW_HEIGHT + 4)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move(QPoint((window.width() - width) // 2, min(90, window.height() // 8)))

    def _choose(self, index: QModelIndex) -> None:
        entry: Entry | None = index.data(ENTRY)
        if entry is None or not entry.enabled:
            return
        self.close_palette()
        entry.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that move in the list; the palette closes when the keyboard goes elsewhere."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event.key())
        if event.type() == QEvent.Type.FocusOut and not self.underMouse():
            self.hide()
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
        if key in steps:
            last = self.model.rowCount() - 1
            row = min(max(self.view.currentIndex().row() + steps[Qt.Key(key)], 0), last)
            self.view.setCurrentIndex(self.model.index(row, 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.view.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return False
        return True
