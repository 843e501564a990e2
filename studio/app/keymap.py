"""Which keys run which command: the defaults of the commands, changed by the person."""

from __future__ import annotations

from psygnal import Signal

from studio.app.commands import Command, CommandRegistry
from studio.app.settings import Settings

_ORDER = ("Ctrl", "Meta", "Alt", "Shift")


def parts(keys: str) -> tuple[str, ...]:
    """The alternatives in a text such as "Ctrl+Y; Ctrl+Shift+Z", each in one canonical spelling."""
    return tuple(normal(text) for text in keys.split("; ") if text.strip())


def normal(keys: str) -> str:
    """One spelling for equal keys: modifiers in a fixed order, single letters in capitals."""
    text = keys.strip()
    body = "" if text == "+" else text.removesuffix("++") if text.endswith("++") else text.rpartition("+")[0]
    key = "+" if text.endswith("+") else text.rpartition("+")[2]
    held = {word.strip().capitalize() for word in body.split("+") if word.strip()}
    return "+".join([*(word for word in _ORDER if word in held), key.upper() if len(key) == 1 else key])


class Keymap:
    """The shortcut of every command. Changes are kept in the settings; only what differs from the default."""

    changed = Signal()

    def __init__(self, commands: CommandRegistry, settings: Settings) -> None:
        self._commands = commands
        self._settings = settings

    def keys(self, command: Command) -> str:
        """The keys of a command, "" for none."""
        return self._settings.window.shortcuts.get(command.id, command.keys)

    def is_default(self, command: Command) -> bool:
        """Whether the person left this command's keys as they were."""
        return command.id not in self._settings.window.shortcuts

    def users_of(self, keys: str, but: Command | None = None) -> list[Command]:
        """Commands, other than `but`, that already answer to one of these keys."""
        wanted = set(parts(keys))
        return [item for item in self._commands if item is not but and wanted & set(parts(self.keys(item)))]

    def set(self, command: Command, keys: str) -> None:
        """Give a command keys and take them from every other command that had them."""
        mine = set(parts(keys))
        changes = {command.id: keys}
        for other in self.users_of(keys, but=command):
            changes[other.id] = "; ".join(part for part in parts(self.keys(other)) if part not in mine)
        self._store({**self._settings.window.shortcuts, **changes})

    def reset(self, command: Command) -> None:
        """Give a command its default keys back, taking them from whoever has them now."""
        self.set(command, command.keys)

    def reset_all(self) -> None:
        """Default keys for all commands."""
        self._store({})

    def conflicts(self) -> list[tuple[str, list[Command]]]:
        """Keys that several commands claim, with those commands."""
        users: dict[str, list[Command]] = {}
        for command in self._commands:
            for part in parts(self.keys(command)):
                users.setdefault(part, []).append(command)
        return [(keys, claims) for keys, claims in users.items() if len(claims) > 1]

    def _store(self, shortcuts: dict[str, str]) -> None:
        defaults = {command.id: command.keys for command in self._commands}
        kept = {id: keys for id, keys in shortcuts.items() if defaults.get(id) != keys}
        self._settings.set("window", "shortcuts", kept)
        self.changed.emit()
