"""Pictures to and from the clipboard."""

from __future__ import annotations

import numpy as np

from studio.app.generation import placement
from studio.app.session import App
from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import Node


def copy(app: App) -> None:
    """Copy the selected part of the chosen layer."""
    document = app.need_document()
    node = document.active
    if node is None:
        raise UserError("No layer is chosen.", "Choose one in the layers panel.")
    area = node.bounds().intersect(document.canvas)
    app.need_face().set_clipboard(cut_out(document, document.image_of(node), area))


def copy_merged(app: App) -> None:
    """Copy the selected part of what is seen."""
    document = app.need_document()
    app.need_face().set_clipboard(cut_out(document, document.flatten(), document.canvas))


def cut(app: App) -> None:
    """Copy the selected part of the chosen layer, then make it transparent."""
    copy(app)
    document = app.need_document()
    assert document.active is not None
    edits.clear(document, document.active)


def paste(app: App) -> None:
    """Put the clipboard's picture into the document as a layer, or into a new one if none is open."""
    if app.document is None:
        paste_new(app)
    else:
        insert(app, clipboard_image(app), "Pasted", app.need_face().view_centre())


def paste_new(app: App) -> None:
    """Open the clipboard's picture as a document."""
    app.add_document(Document.from_image(clipboard_image(app), "Pasted"))


def insert(app: App, image: Image, name: str, centre: tuple[float, float] | None) -> Node:
    """A new layer with a picture around a point of the document."""
    document = app.need_document()
    rect = placement(document, image, centre)
    return edits.add_image(document, image, name, rect.x, rect.y)


def clipboard_image(app: App) -> Image:
    """The picture on the clipboard; `UserError` when there is none."""
    image = app.need_face().clipboard_image()
    if image is None:
        raise UserError("There is no picture on the clipboard.", "Copy one first, here or elsewhere.")
    return image


def cut_out(document: Document, image: Image, area: Rect) -> Image:
    """The part of a canvas-sized picture inside `area` and the selection, with the selection in its alpha."""
    selection = document.selection
    part = area if selection.is_empty else area.intersect(selection.bounds)
    if part.is_empty:
        raise UserError("There is nothing to copy here.", "Select a part of the layer that is painted on.")
    rows, columns = part.slices(document.canvas)
    pixels = image.array("uint8" if document.depth == "8" else "uint16", 4)[rows, columns]
    if selection.is_empty:
        return Image(np.ascontiguousarray(pixels), image.icc)
    pixels = pixels.copy()
    pixels[..., 3] = pixels[..., 3] * (selection.read(part) / 255.0)
    return Image(pixels, image.icc)
