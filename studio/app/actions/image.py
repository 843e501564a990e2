"""The Image menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from studio.app.actions import when
from studio.app.commands import Command
from studio.app.session import App
from studio.model import edits
from studio.model.nodes import Depth


def scale(app: App) -> None:
    """Ask for another size and scale the whole picture."""
    document = app.need_document()
    size = app.need_face().ask_size("Scale image", document.width, document.height)
    if size is not None:
        app.background.edit(document, "Scale image", lambda doc: edits.scale_document(doc, *size))


def resize_canvas(app: App) -> None:
    """Ask for another size of the canvas; the layers stay as they are."""
    document = app.need_document()
    size = app.need_face().ask_size("Canvas size", document.width, document.height)
    if size is not None:
        edits.resize_canvas(document, *size)


def crop_to_selection(app: App) -> None:
    """Cut the canvas down to what is selected."""
    document = app.need_document()
    area = document.selection.bounds
    app.background.edit(document, "Crop", lambda doc: edits.crop(doc, area))


def toggle_depth(app: App) -> None:
    """From 8 to 16 bits per channel and back."""
    document = app.need_document()
    depth: Depth = "8" if document.depth == "16" else "16"
    app.background.edit(document, f"Convert to {depth} bits", lambda doc: edits.convert_depth(doc, depth))


def flatten(app: App) -> None:
    """Make one layer of all."""
    app.background.edit(app.need_document(), "Flatten", edits.flatten_document)


def _turned(quarters: int) -> Callable[[App], object]:
    return lambda app: app.background.edit(
        app.need_document(), "Rotate image", lambda doc: edits.rotate_document(doc, quarters)
    )


def _flipped(axis: Literal["horizontal", "vertical"]) -> Callable[[App], object]:
    return lambda app: app.background.edit(
        app.need_document(), f"Flip image {axis}", lambda doc: edits.flip_document(doc, axis)
    )


def is_deep(app: App) -> bool:
    """The document has 16 bits per channel."""
    return app.document is not None and app.document.depth == "16"


def _command(
    id: str,
    title: str,
    run: Callable[[App], object],
    group: str,
    keys: str = "",
    icon: str = "",
    enabled: Callable[[App], bool] = when.document,
    checked: Callable[[App], bool] | None = None,
    tip: str = "",
) -> Command:
    return Command(f"image.{id}", title, "Image", run, keys, enabled, icon, checked, group, tip)


IMAGE: tuple[Command, ...] = (
    _command("scale", "Scale Image…", scale, "size", keys="Ctrl+Alt+I", icon="resize"),
    _command("canvas", "Canvas Size…", resize_canvas, "size", keys="Ctrl+Alt+C"),
    _command("crop", "Crop to Selection", crop_to_selection, "size", enabled=when.selection, icon="crop"),
    _command("turn_right", "Rotate Image Right", _turned(1), "turn", icon="rotate-right"),
    _command("turn_left", "Rotate Image Left", _turned(3), "turn", icon="rotate-left"),
    _command("turn_over", "Rotate Image by 180°", _turned(2), "turn"),
    _command(
        "flip_horizontal", "Flip Image Horizontally", _flipped("horizontal"), "turn", icon="flip-horizontal"
    ),
    _command("flip_vertical", "Flip Image Vertically", _flipped("vertical"), "turn", icon="flip-vertical"),
    _command(
        "deep",
        "16 Bits per Channel",
        toggle_depth,
        "depth",
        checked=is_deep,
        tip="Finer steps between colours, twice the memory.",
    ),
    _command(
        "flatten",
        "Flatten Image",
        flatten,
        "layers",
        icon="merge-down",
        tip="Merge all layers into one.",
    ),
)
