"""Installed models, bringing in new ones, and whole folders through them."""

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
    Command(
        "batch.open",
        "Batch…",
        "Generate",
        lambda app: app.need_face().show("batch"),
        keys="Ctrl+Shift+B",
        icon="images",
        group="models",
        tip="Put a whole folder of pictures through a generator.",
    ),
)
