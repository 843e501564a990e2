"""Commands are data: menus, palette, shortcut editor and tool bars are all made from the same list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psygnal import Signal

if TYPE_CHECKING:
    from studio.app.session import App


class DuplicateCommand(ValueError):
    """Two commands claim the same id."""


@dataclass(frozen=True, eq=False)
class Command:
    """One thing a person can do.

    id: dotted, unique, stable ("layer.duplicate"): shortcuts are remembered under it.
    title: as shown in the menu, "…" at the end when a question follows.
    menu: path such as "Layer" or "Layer/Add"; "" shows it in the palette only.
    run: what it does. A `UserError` it raises becomes a notice.
    keys: default shortcut in Qt's portable spelling ("Ctrl+Shift+N"); alternatives are separated by "; ".
    enabled: whether it can run now (always, when absent).
    icon: name of a file in resources/icons, without ".svg".
    checked: present for on/off commands; tells the present state.
    group: commands of one menu with different groups are parted by a line.
    tip: one sentence for the status line.
    """

    id: str
    title: str
    menu: str
    run: Callable[[App], object]
    keys: str = ""
    enabled: Callable[[App], bool] | None = None
    icon: str = ""
    checked: Callable[[App], bool] | None = None
    group: str = ""
    tip: str = ""

    def is_enabled(self, app: App) -> bool:
        """Whether the command can run now."""
        return self.enabled is None or self.enabled(app)

    def is_checked(self, app: App) -> bool:
        """The state of an on/off command (False for others)."""
        return self.checked is not None and self.checked(app)


class CommandRegistry:
    """All commands by id, in the order they were added (which is the order of the menus)."""

    changed = Signal()
    ran = Signal(str)

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}

    def __iter__(self) -> Iterator[Command]:
        return iter(tuple(self._commands.values()))

    def __len__(self) -> int:
        return len(self._commands)

    def __contains__(self, id: object) -> bool:
        return id in self._commands

    def __getitem__(self, id: str) -> Command:
        return self._commands[id]

    def add(self, *commands: Command) -> Callable[[], None]:
        """Register all of them or, when an id is taken, none (`DuplicateCommand`). Returns its own undo."""
        ids = [command.id for command in commands]
        taken = sorted({id for id in ids if id in self._commands or ids.count(id) > 1})
        if taken:
            raise DuplicateCommand(", ".join(taken))
        self._commands.update(zip(ids, commands, strict=True))
        self.changed.emit()
        return lambda: self._remove(ids)

    def _remove(self, ids: list[str]) -> None:
        for id in ids:
            self._commands.pop(id, None)
        self.changed.emit()

    def run(self, id: str, app: App) -> bool:
        """Run a command if it is enabled; what it raises becomes a notice. Returns whether it went well."""
        command = self._commands[id]
        if not command.is_enabled(app):
            return False
        try:
            command.run(app)
        except Exception as error:
            app.notices.add_exception(error, doing=command.title.rstrip("…"))
            return False
        self.ran.emit(id)
        return True
