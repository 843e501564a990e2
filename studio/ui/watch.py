"""A plugin put into the plugins folder shows up without a restart."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from studio.app import places
from studio.app.session import App

SETTLE_MS = 400


class PluginWatch(QObject):
    """Looks again for plugins a moment after something in their folders has changed."""

    def __init__(self, app: App, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._timer.timeout.connect(self.rescan)
        self._watcher.directoryChanged.connect(lambda _: self._timer.start())
        self._watcher.fileChanged.connect(lambda _: self._timer.start())
        with suppress(OSError):
            places.plugins_dir().mkdir(parents=True, exist_ok=True)
        self._watch()

    def rescan(self) -> None:
        """Look for plugins now."""
        if self._app.settings.generating.watch_plugins:
            self._app.rescan_plugins()
        self._watch()

    def close(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._watcher.deleteLater()

    def _watch(self) -> None:
        """Editors replace files, which ends the watch on them: watch again what is there now."""
        seen = {*self._watcher.files(), *self._watcher.directories()}
        wanted = {str(path) for path in watched(places.plugins_dir())}
        if wanted - seen:
            self._watcher.addPaths(sorted(wanted - seen))


def watched(folder: Path) -> list[Path]:
    """The plugins folder, its plugins, and the files of those that are folders; nothing if it is gone."""
    if not folder.is_dir():
        return []
    inside = [path for path in folder.iterdir() if not path.name.startswith((".", "_"))]
    return [folder, *inside, *(file for path in inside if path.is_dir() for file in path.glob("*.py"))]
