"""The Image menu."""

from __future__ import annotations

from studio.app.actions import when
from studio.app.commands import Command
from studio.app.session import App
from studio.model import edits


def scale(app: App) -> None:
    """Ask for another size and scale the whole picture."""
    document = app.need_document()
    size = app.need_face().ask_size("Scale image", document.width, document.height)
    if size is not None:
        edits.scale_document(document, *size)


def resize_canvas(app: App) -> None:
    """Ask for another size of the canvas; the layers stay as they are."""
    document = app.need_document()
    size = app.need_face().ask_size("Canvas size", document.width, document.height)
    if size is not None:
        edits.resize_canvas(document, *size)


def crop_to_selection(app: App) -> None:
    """Cut the canvas down to what is selected."""
    document = app.need_document()
    edits.crop(document, document.selection.bounds)


IMAGE: tuple[Command, ...] = (
    Command(
        "image.scale",
        "Scale Image…",
        "Image",
        scale,
        keys="Ctrl+Alt+I",
        enabled=when.document,
        icon="resize",
        group="size",
    ),
    Command(
        "image.canvas",
        "Canvas Size…",
        "Image",
        resize_canvas,
        keys="Ctrl+Alt+C",
        enabled=when.document,
        group="size",
    ),
    Command(
        "image.crop",
        "Crop to Selection",
        "Image",
        crop_to_selection,
        enabled=when.selection,
        icon="crop",
        group="size",
    ),
    Command(
        "image.flatten",
        "Flatten Image",
        "Image",
        lambda app: edits.flatten_document(app.need_document()),
        enabled=when.document,
        icon="merge-down",
        group="layers",
        tip="Merge all layers into one.",
    ),
)
