"""The shortcut editor: every command with its keys; conflicts are shown before they happen."""

from __future__ import annotations

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from studio.app.commands import Command, CommandRegistry
from studio.app.keymap import Keymap, parts
from studio.ui.search import SearchEdit

COMMAND = Qt.ItemDataRole.UserRole + 1


def native(keys: str) -> str:
    """Keys as this system writes them."""
    shown = (QKeySequence(part).toString(QKeySequence.SequenceFormat.NativeText) for part in parts(keys))
    return "   ".join(shown)


class ShortcutEditor(QDialog):
    """A searchable table of commands; below it the keys of the chosen one."""

    def __init__(self, commands: CommandRegistry, keymap: Keymap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(720, 560)
        self._commands = commands
        self._keymap = keymap
        self.model = QStandardItemModel(self)
        self.proxy = QSortFilterProxyModel(self, filterKeyColumn=-1)
        self.proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.proxy.setSourceModel(self.model)
        self.search = SearchEdit("Search shortcuts", "Search by name, menu or keys")
        self.search.textChanged.connect(self.proxy.setFilterFixedString)
        self.table = self._make_table()
        self.edit = QKeySequenceEdit(accessibleName="New keys")
        self.edit.setMaximumSequenceLength(1)
        self.edit.keySequenceChanged.connect(self._show_conflict)
        self.warning = QLabel(wordWrap=True)
        self.assign = QPushButton("Assign")
        self.assign.clicked.connect(self._assign)
        self.clear = QPushButton("Remove keys")
        self.clear.clicked.connect(lambda: self._set(""))
        self.reset = QPushButton("Default")
        self.reset.clicked.connect(self._reset)
        self._lay_out()
        self.fill()

    def _make_table(self) -> QTreeView:
        table = QTreeView(
            accessibleName="Commands and their keys", rootIsDecorated=False, uniformRowHeights=True
        )
        table.setModel(self.proxy)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setAlternatingRowColors(True)
        table.selectionModel().currentChanged.connect(lambda: self._show_command())
        table.doubleClicked.connect(lambda: self.edit.setFocus())
        return table

    def _lay_out(self) -> None:
        keys = QHBoxLayout(spacing=8)
        keys.addWidget(QLabel("New keys"))
        keys.addWidget(self.edit, 1)
        for button in (self.assign, self.clear, self.reset):
            button.setAutoDefault(False)
            keys.addWidget(button)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        everything = buttons.addButton("Reset all to defaults", QDialogButtonBox.ButtonRole.ResetRole)
        everything.setAutoDefault(False)
        everything.clicked.connect(self._reset_all)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 14)
        column.setSpacing(12)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        column.addLayout(keys)
        column.addWidget(self.warning)
        column.addWidget(buttons)

    def fill(self) -> None:
        """List all commands anew, keeping the chosen one."""
        chosen = self.command
        self.model.clear()
        self.model.setHorizontalHeaderLabels(["Command", "Menu", "Keys"])
        for command in sorted(self._commands, key=lambda item: (item.menu, item.title)):
            self.model.appendRow(self._row(command))
        header = self.table.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(1, 180)
        self.table.setColumnWidth(2, 200)
        self.choose(chosen.id if chosen else "")

    def _row(self, command: Command) -> list[QStandardItem]:
        keys = native(self._keymap.keys(command))
        texts = (command.title.rstrip("…"), command.menu.replace("/", " › ") or "Palette", keys)
        row = [QStandardItem(text) for text in texts]
        row[0].setData(command, COMMAND)
        if not self._keymap.is_default(command):
            font = row[2].font()
            font.setBold(True)
            row[2].setFont(font)
            row[2].setToolTip(f"Changed; the default is {native(command.keys) or 'none'}")
        return row

    @property
    def command(self) -> Command | None:
        """The chosen command."""
        return self.table.currentIndex().siblingAtColumn(0).data(COMMAND)

    def choose(self, id: str) -> None:
        """Choose a command by id, or the first one."""
        rows = range(self.proxy.rowCount())
        found = (row for row in rows if self.proxy.index(row, 0).data(COMMAND).id == id)
        self.table.setCurrentIndex(self.proxy.index(next(found, 0), 0))

    def _show_command(self) -> None:
        if self.command is not None:
            first = next(iter(parts(self._keymap.keys(self.command))), "")
            self.edit.setKeySequence(QKeySequence(first))
            self._show_conflict()

    @property
    def typed(self) -> str:
        """The keys in the field, in portable spelling."""
        return self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _show_conflict(self) -> None:
        users = self._keymap.users_of(self.typed, but=self.command) if self.typed else []
        names = ", ".join(f"“{user.title.rstrip('…')}”" for user in users)
        self.warning.setText(
            f"{native(self.typed)} belongs to {names}, which will lose it." if users else " "
        )
        self.assign.setText("Take over" if users else "Assign")
        same = self.command is not None and self.typed in parts(self._keymap.keys(self.command))
        self.assign.setEnabled(bool(self.typed) and not same)

    def _assign(self) -> None:
        self._set(self.typed)

    def _set(self, keys: str) -> None:
        if self.command is not None:
            self._keymap.set(self.command, keys)
            self.fill()

    def _reset(self) -> None:
        if self.command is not None:
            self._keymap.reset(self.command)
            self.fill()

    def _reset_all(self) -> None:
        self._keymap.reset_all()
        self.fill()
