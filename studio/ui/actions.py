"""Commands as Qt actions: one QAction per command, kept enabled, checked and keyed as the command says."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.app.commands import Command
from studio.app.keymap import Keymap, parts
from studio.app.session import App
from studio.model.document import Document
from studio.ui.calm import Calm
from studio.ui.icons import icon

REST_MS = 100  # between two refreshes while one thing happens after another
DOCUMENT_SIGNALS = ("structure", "active_changed", "selection_changed", "size_changed", "saved_changed")


class Actions(QObject):
    """The actions of all commands.

    `rebuilt` follows when commands came or went, `refreshed` when anything may have changed that they show.
    """

    rebuilt = Signal()
    refreshed = Signal()

    def __init__(self, app: App, keymap: Keymap, window: QWidget) -> None:
        super().__init__(window)
        self._app = app
        self._keymap = keymap
        self._window = window
        self._actions: dict[str, QAction] = {}
        self._document: Document | None = None
        self._calm = Calm(self, self._refresh, REST_MS)
        app.commands.changed.connect(self.sync)
        keymap.changed.connect(self._set_keys)
        for signal in (app.tool_changed, app.documents_changed, app.results.changed, app.jobs.changed):
            signal.connect(self.refresh_soon)
        app.settings.changed.connect(self.refresh_soon)
        app.document_changed.connect(self._follow_document)
        self.sync()
        self._follow_document()

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def items(self) -> Iterator[tuple[Command, QAction]]:
        """Every command with its action, in the order of the commands."""
        return ((command, self._actions[command.id]) for command in self._app.commands)

    def sync(self) -> None:
        """Make actions for new commands and drop those of commands that are gone."""
        for id in [id for id in self._actions if id not in self._app.commands]:
            action = self._actions.pop(id)
            self._window.removeAction(action)
            action.deleteLater()
        for command in self._app.commands:
            if command.id not in self._actions:
                self._actions[command.id] = self._make(command)
        self._set_keys()
        self.refresh_soon()
        self.rebuilt.emit()

    def _make(self, command: Command) -> QAction:
        action = QAction(command.title, self)
        action.setObjectName(command.id)
        action.setCheckable(command.checked is not None)
        action.setIconVisibleInMenu(command.checked is None)
        action.setStatusTip(command.tip)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if command.icon:
            action.setIcon(icon(command.icon))
        action.triggered.connect(lambda: self._run(command.id))
        self._window.addAction(action)
        return action

    def _run(self, id: str) -> None:
        self._app.run_command(id)
        self.refresh_soon()

    def _set_keys(self) -> None:
        for command, action in self.items():
            keys = parts(self._keymap.keys(command))
            action.setShortcuts([QKeySequence(part) for part in keys])
            action.setToolTip(tool_tip(command, keys))

    def _follow_document(self) -> None:
        if self._document is not None:
            for name in DOCUMENT_SIGNALS:
                getattr(self._document, name).disconnect(self.refresh_soon)
            self._document.history.changed.disconnect(self.refresh_soon)
        self._document = self._app.document
        if self._document is not None:
            for name in DOCUMENT_SIGNALS:
                getattr(self._document, name).connect(self.refresh_soon)
            self._document.history.changed.connect(self.refresh_soon)
        self.refresh_soon()

    def refresh_soon(self, *_: object) -> None:
        """Bring all actions up to date when the events at hand are done with."""
        self._calm.wake()

    def refresh(self) -> None:
        """Bring all actions up to date now."""
        self._calm.now()

    def _refresh(self) -> None:
        for command, action in self.items():
            action.setEnabled(command.is_enabled(self._app))
            if command.checked is not None:
                action.setChecked(command.is_checked(self._app))
        self.refreshed.emit()


def tool_tip(command: Command, keys: tuple[str, ...]) -> str:
    """What a button of the command shows when the pointer rests on it."""
    title = command.title.rstrip("…")
    shown = QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
    return f"{title} ({shown})" if shown else title
