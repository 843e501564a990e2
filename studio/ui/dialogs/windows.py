"""The dialogs that stay open beside the work, by the name under which commands ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from studio.ui.dialogs.about import AboutDialog
from studio.ui.dialogs.guide import GuideDialog
from studio.ui.settings_dialog import SettingsDialog
from studio.ui.shortcuts import ShortcutEditor

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def make(what: str, window: MainWindow) -> QDialog:
    """The dialog of that name over the window (`KeyError` when there is none)."""
    app = window.app
    return {
        "models": lambda: models_dialog(window),
        "batch": lambda: batch_dialog(window),
        "settings": lambda: SettingsDialog(app.settings, window),
        "shortcuts": lambda: ShortcutEditor(app.commands, window.keymap, window),
        "about": lambda: AboutDialog(window),
        "guide": lambda: GuideDialog("guide.md", "User guide", window),
        "plugin guide": lambda: GuideDialog("plugins.md", "Plugin author's guide", window),
    }[what]()


def batch_dialog(window: MainWindow) -> QDialog:
    """The window for batches, loaded when it is first wanted."""
    from studio.ui.batch.window import BatchDialog

    return BatchDialog(window.app, window)


def models_dialog(window: MainWindow) -> QDialog:
    """The window of the installed models, loaded when it is first wanted."""
    from studio.ui.models.window import ModelsDialog

    return ModelsDialog(window.app, window)
