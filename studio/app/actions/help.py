"""The Help menu, and finding everything else."""

from __future__ import annotations

from collections.abc import Callable

from studio.app.commands import Command
from studio.app.session import App


def _shows(what: str) -> Callable[[App], None]:
    return lambda app: app.need_face().show(what)


HELP: tuple[Command, ...] = (
    Command(
        "help.palette",
        "Command Palette…",
        "Help",
        _shows("palette"),
        keys="Ctrl+Shift+P; F1",
        icon="command",
        tip="Find any command by a few letters of its name.",
        group="find",
    ),
    Command(
        "help.welcome",
        "Welcome Page",
        "Help",
        _shows("welcome"),
        icon="home",
        group="find",
        tip="First steps and recent files.",
    ),
    Command(
        "help.guide",
        "User Guide",
        "Help",
        _shows("guide"),
        icon="help",
        group="read",
        tip="How to work with the studio.",
    ),
    Command(
        "help.plugin_guide",
        "Plugin Author's Guide",
        "Help",
        _shows("plugin guide"),
        icon="plugin",
        group="read",
        tip="How to write a generator of your own.",
    ),
    Command(
        "help.plugins",
        "Open Plugins Folder",
        "Help",
        _shows("plugins folder"),
        icon="plugin",
        group="folders",
        tip="A plugin put there shows up at once.",
    ),
    Command("help.log", "Open Log Folder", "Help", _shows("log folder"), group="folders"),
    Command("help.about", "About Latent Studio", "Help", _shows("about"), icon="info", group="about"),
)
