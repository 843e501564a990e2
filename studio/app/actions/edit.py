"""The Edit menu."""

from __future__ import annotations

from studio.app import clipboard
from studio.app.actions import when
from studio.app.background import on
from studio.app.commands import Command
from studio.app.session import App
from studio.app.tools import Rgba
from studio.model import edits


def undo(app: App) -> None:
    """Take the last step back."""
    app.need_document().history.undo()


def redo(app: App) -> None:
    """Do the step that was taken back again."""
    app.need_document().history.redo()


def clear(app: App) -> None:
    """Make the selected part of the layer, or all of it, transparent."""
    app.background.edit(app.need_document(), "Clear", on(when.active_node(app), edits.clear))


def fill_foreground(app: App) -> None:
    """Fill the selected part of the layer, or all of it, with the foreground colour."""
    fill(app, app.tools.foreground)


def fill_background(app: App) -> None:
    """Fill the selected part of the layer, or all of it, with the background colour."""
    fill(app, app.tools.background)


def fill(app: App, rgba: Rgba) -> None:
    """Fill the selected part of the layer, or all of it."""
    work = on(when.active_node(app), lambda doc, node: edits.fill(doc, node, rgba))
    app.background.edit(app.need_document(), "Fill", work)


EDIT: tuple[Command, ...] = (
    Command(
        "edit.undo", "Undo", "Edit", undo, keys="Ctrl+Z", enabled=when.can_undo, icon="undo", group="history"
    ),
    Command(
        "edit.redo",
        "Redo",
        "Edit",
        redo,
        keys="Ctrl+Shift+Z; Ctrl+Y",
        enabled=when.can_redo,
        icon="redo",
        group="history",
    ),
    Command(
        "edit.cut",
        "Cut",
        "Edit",
        clipboard.cut,
        keys="Ctrl+X",
        enabled=when.pixels,
        icon="cut",
        group="clipboard",
        tip="Move what is selected of the layer to the clipboard.",
    ),
    Command(
        "edit.copy",
        "Copy",
        "Edit",
        clipboard.copy,
        keys="Ctrl+C",
        enabled=when.active,
        icon="copy",
        group="clipboard",
        tip="Copy what is selected of the layer.",
    ),
    Command(
        "edit.copy_merged",
        "Copy Merged",
        "Edit",
        clipboard.copy_merged,
        keys="Ctrl+Shift+C",
        enabled=when.document,
        group="clipboard",
        tip="Copy what is seen of all layers.",
    ),
    Command(
        "edit.paste",
        "Paste as Layer",
        "Edit",
        clipboard.paste,
        keys="Ctrl+V",
        icon="paste",
        group="clipboard",
        tip="Put the picture on the clipboard into the document as a new layer.",
    ),
    Command(
        "edit.paste_new",
        "Paste as New Document",
        "Edit",
        clipboard.paste_new,
        keys="Ctrl+Shift+V",
        group="clipboard",
        tip="Open the picture on the clipboard as a document of its own.",
    ),
    Command(
        "edit.clear",
        "Clear",
        "Edit",
        clear,
        keys="Del",
        enabled=when.pixels,
        icon="trash",
        group="fill",
        tip="Make the selected part of the layer, or all of it, transparent.",
    ),
    Command(
        "edit.fill_foreground",
        "Fill with Foreground",
        "Edit",
        fill_foreground,
        keys="Alt+Backspace",
        enabled=when.pixels,
        icon="fill",
        group="fill",
    ),
    Command(
        "edit.fill_background",
        "Fill with Background",
        "Edit",
        fill_background,
        keys="Ctrl+Backspace",
        enabled=when.pixels,
        group="fill",
    ),
    Command(
        "edit.settings",
        "Settings…",
        "Edit",
        lambda app: app.need_face().show("settings"),
        keys="Ctrl+,",
        icon="settings",
        group="settings",
    ),
    Command(
        "edit.shortcuts",
        "Keyboard Shortcuts…",
        "Edit",
        lambda app: app.need_face().show("shortcuts"),
        keys="Ctrl+Alt+K",
        icon="keyboard",
        group="settings",
    ),
)
