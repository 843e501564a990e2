"""Files opened or saved lately."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal

from studio.app.settings import Settings


class Recent:
    """The list of recent files, newest first, kept in the settings."""

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def paths(self) -> tuple[Path, ...]:
        """Recent files, newest first. They may have vanished since."""
        return tuple(Path(text) for text in self._settings.window.recent)

    def add(self, path: Path) -> None:
        """Put a file to the front."""
        text = str(path.absolute())
        others = [item for item in self._settings.window.recent if item != text]
        self._store([text, *others])

    def remove(self, path: Path) -> None:
        """Take a file off the list."""
        self._store([item for item in self._settings.window.recent if item != str(path)])

    def clear(self) -> None:
        """Forget all of them."""
        self._store([])

    def _store(self, paths: list[str]) -> None:
        self._settings.set("window", "recent", paths[: self._settings.files.recent_limit])
        self.changed.emit()
