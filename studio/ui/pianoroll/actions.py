"""Commands of the music window as menu entries, shortcuts and buttons."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QToolButton, QWidget

from studio.app.commands import Command
from studio.app.session import App
from studio.ui.icons import icon


class MusicActions:
    """An action for each command; errors become notices.

    home: the widget in which keys without Ctrl or Alt count, so that they stay what they are elsewhere.
    """

    def __init__(self, app: App, window: QMainWindow, home: QWidget, commands: Iterable[Command]) -> None:
        self._app = app
        self._home = home
        self.commands = {command.id: command for command in commands}
        self._actions: dict[str, QAction] = {}
        group: dict[str, str] = {}
        for command in self.commands.values():
            menu = menu_of(window, command.menu)
            if group.setdefault(command.menu, command.group) != command.group:
                menu.addSeparator()
                group[command.menu] = command.group
            self._actions[command.id] = self._action(window, command)
            menu.addAction(self._actions[command.id])

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def _action(self, window: QMainWindow, command: Command) -> QAction:
        action = QAction(command.title, window)
        if command.icon:
            action.setIcon(icon(command.icon))
        if command.keys:
            action.setShortcuts([QKeySequence(part) for part in command.keys.split("; ")])
        if "Ctrl" not in command.keys:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self._home.addAction(action)
        action.setCheckable(command.checked is not None)
        keys = action.shortcut().toString()
        tip = command.tip or command.title.rstrip("…")
        action.setToolTip(f"{tip} ({keys})" if keys else tip)
        action.setStatusTip(command.tip)
        action.triggered.connect(lambda _=False: self.run(command))
        return action

    def run(self, command: Command) -> None:
        """Do it; what goes wrong becomes a notice."""
        try:
            command.run(self._app)
        except Exception as error:
            self._app.notices.add_exception(error, doing=command.title.rstrip("…"))
        self.refresh()

    def refresh(self) -> None:
        """What can be done, and what is on."""
        for id, command in self.commands.items():
            self._actions[id].setEnabled(command.is_enabled(self._app))
            if command.checked is not None:
                self._actions[id].setChecked(command.is_checked(self._app))

    def button(self, id: str, *, text: bool = False) -> QToolButton:
        """A button for a command."""
        button = QToolButton(autoRaise=True)
        button.setDefaultAction(self._actions[id])
        button.setIconSize(QSize(18, 18))
        button.setAccessibleName(self.commands[id].title)
        if text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button


def menu_of(window: QMainWindow, title: str):  # noqa: ANN201
    """The menu of that title, made when it is first asked for."""
    bar = window.menuBar()
    for action in bar.actions():
        if action.text() == title:
            return action.menu()
    return bar.addMenu(title)
