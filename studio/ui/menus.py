"""The menu bar, made from the commands."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QMenuBar

from studio.app.commands import Command
from studio.ui.actions import Actions

ORDER = ("File", "Edit", "Image", "Layer", "Select", "Generate", "Tool", "View", "Window", "Help")


class Menus:
    """Fills a menu bar: one menu per first word of `Command.menu`, submenus after each slash."""

    def __init__(self, bar: QMenuBar, actions: Actions) -> None:
        self._bar = bar
        self._actions = actions
        self._menus: dict[str, QMenu] = {}
        self._groups: dict[str, str] = {}
        actions.rebuilt.connect(self.rebuild)
        self.rebuild()

    def menu(self, path: str) -> QMenu:
        """The menu of a path such as "File/Open Recent" (`KeyError` when no command is in it)."""
        return self._menus[path]

    def all(self) -> list[QMenu]:
        """Every menu and submenu."""
        return list(self._menus.values())

    def rebuild(self) -> None:
        """Make all menus anew."""
        self._bar.clear()
        self._menus.clear()
        self._groups.clear()
        commands = [command for command, _ in self._actions.items() if command.menu]
        found = {command.menu.partition("/")[0] for command in commands}
        known = [name for name in ORDER if name in found]
        for name in [*known[:-2], *sorted(found - set(ORDER)), *known[-2:]]:
            self._create(name)
        for command in commands:
            self._add(command)

    def _create(self, path: str) -> QMenu:
        parent, _, title = path.rpartition("/")
        menu = self._create_missing(parent).addMenu(title) if parent else self._bar.addMenu(f"&{title}")
        menu.setAccessibleName(title)
        menu.setToolTipsVisible(False)
        self._menus[path] = menu
        return menu

    def _create_missing(self, path: str) -> QMenu:
        return self._menus.get(path) or self._create(path)

    def _add(self, command: Command) -> None:
        if command.menu not in self._menus:
            self._part(command.menu.rpartition("/")[0], command.group)
        menu = self._create_missing(command.menu)
        self._part(command.menu, command.group)
        menu.addAction(self._actions[command.id])

    def _part(self, path: str, group: str) -> None:
        if path in self._groups and self._groups[path] != group:
            self._menus[path].addSeparator()
        self._groups[path] = group
