"""Commands about the window itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from studio.app.commands import Command
from studio.app.session import App
from studio.ui.keyboard import enter

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def toggle_theme(app: App) -> None:
    """From dark to light and back."""
    dark = app.settings.interface.theme == "dark"
    app.settings.set("interface", "theme", "light" if dark else "dark")


def window_commands(window: MainWindow) -> list[Command]:
    """The Window menu, but for the panels."""

    def full_screen(app: App) -> None:
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def focus_canvas(app: App) -> None:
        canvas = window.area.canvas
        if not (canvas.viewport.hasFocus() and enter(window.options_bar)):
            canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def only_canvas(app: App) -> None:
        window.docks.toggle_all()

    return [
        Command(
            "window.theme",
            "Light Theme",
            "Window",
            toggle_theme,
            keys="Ctrl+Shift+T",
            icon="sun",
            checked=lambda app: app.settings.interface.theme == "light",
            group="look",
        ),
        Command(
            "window.full_screen",
            "Full Screen",
            "Window",
            full_screen,
            keys="F11",
            icon="full-screen",
            checked=lambda app: window.isFullScreen(),
            group="look",
        ),
        Command(
            "window.only_canvas",
            "Hide All Panels",
            "Window",
            only_canvas,
            keys="Tab",
            checked=lambda app: window.docks.all_hidden,
            group="look",
            tip="Nothing but the picture; once more brings the panels back.",
        ),
        Command(
            "window.focus_canvas",
            "Go to Canvas",
            "Window",
            focus_canvas,
            keys="F6",
            group="look",
            tip="Give the keyboard back to the picture; from there, to the options of the tool.",
        ),
        Command(
            "window.next_panel",
            "Go to Next Panel",
            "Window",
            lambda app: window.docks.enter_next(),
            keys="Ctrl+F6",
            group="look",
            tip="Give the keyboard to one panel in view after the other.",
        ),
        Command(
            "window.reset",
            "Reset Layout",
            "Window",
            lambda app: window.docks.reset(),
            icon="reset",
            group="layout",
            tip="Put all panels where they were at first.",
        ),
    ]
