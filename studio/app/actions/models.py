"""Installed models: the window that lists them, and bringing in new ones."""

from __future__ import annotations

from studio.app.commands import Command

MODELS: tuple[Command, ...] = (
    Command(
        "models.manage",
        "Models…",
        "Generate",
        lambda app: app.need_face().show("models"),
        keys="Ctrl+Shift+M",
        icon="memory",
        group="models",
        tip="What is installed, its licence and size; import, try out, rename, remove.",
    ),
    Command(
        "models.import",
        "Import Model…",
        "Generate",
        lambda app: app.need_face().show("import model"),
        icon="import",
        group="models",
        tip="Use a network from another program: enlarge, restore, restore faces, fill holes.",
    ),
)
