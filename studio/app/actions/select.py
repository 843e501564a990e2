"""The Select menu."""

from __future__ import annotations

from collections.abc import Callable

from studio.app.actions import when
from studio.app.background import on
from studio.app.commands import Command
from studio.app.refine import refine
from studio.app.session import App
from studio.model import edits
from studio.model.document import Document

Reshape = Callable[[Document, float], None]


def _by_pixels(title: str, change: Reshape, start: int) -> Callable[[App], None]:
    """A command that asks for a number of pixels and changes the selection by it."""

    def run(app: App) -> None:
        radius = app.need_face().ask_number(title, "Pixels", start, 1, 500)
        if radius is not None:
            app.background.edit(app.need_document(), title, lambda doc: change(doc, radius))

    return run


def from_layer(app: App) -> None:
    """Select what is opaque in the chosen layer."""
    work = on(when.active_node(app), edits.selection_from_layer)
    app.background.edit(app.need_document(), "Select layer", work)


SELECT: tuple[Command, ...] = (
    Command(
        "select.all",
        "Select All",
        "Select",
        lambda app: app.background.edit(app.need_document(), "Select all", edits.select_all),
        keys="Ctrl+A",
        enabled=when.document,
        icon="select-all",
        group="whole",
    ),
    Command(
        "select.none",
        "Deselect",
        "Select",
        lambda app: edits.select_none(app.need_document()),
        keys="Ctrl+Shift+A; Ctrl+D",
        enabled=when.selection,
        icon="deselect",
        group="whole",
    ),
    Command(
        "select.invert",
        "Invert Selection",
        "Select",
        lambda app: app.background.edit(app.need_document(), "Invert selection", edits.invert),
        keys="Ctrl+I",
        enabled=when.document,
        icon="invert",
        group="whole",
    ),
    Command(
        "select.layer",
        "Select from Layer",
        "Select",
        from_layer,
        keys="Ctrl+Shift+L",
        enabled=when.active,
        group="from",
        tip="Select what is opaque in the chosen layer, or white in the chosen mask.",
    ),
    Command(
        "select.grow",
        "Grow…",
        "Select",
        _by_pixels("Grow selection", edits.grow, 4),
        enabled=when.selection,
        group="reshape",
    ),
    Command(
        "select.shrink",
        "Shrink…",
        "Select",
        _by_pixels("Shrink selection", edits.shrink, 4),
        enabled=when.selection,
        group="reshape",
    ),
    Command(
        "select.feather",
        "Feather…",
        "Select",
        _by_pixels("Feather selection", edits.feather, 8),
        keys="Shift+F6",
        enabled=when.selection,
        group="reshape",
    ),
    Command(
        "select.refine",
        "Refine Edge…",
        "Select",
        refine,
        keys="Ctrl+Alt+E",
        enabled=when.document,
        icon="wand",
        group="refine",
        tip="Find hair and soft edges around the selection or the chosen mask.",
    ),
)
