"""Pictures to and from the clipboard."""

from __future__ import annotations

import numpy as np

from studio.app.background import SMALL, on
from studio.app.generation import placement
from studio.app.session import App
from studio.model import edits
from studio.model.copying import document_of
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
    _put(app, document, node.bounds().intersect(document.canvas), node)


def copy_merged(app: App) -> None:
    """Copy the selected part of what is seen."""
    document = app.need_document()
    _put(app, document, document.canvas)


def _put(app: App, document: Document, area: Rect, node: Node | None = None) -> None:
    """Cut out, away from the main thread if it is much, and put it on the clipboard."""
    part = area if document.selection.is_empty else area.intersect(document.selection.bounds)
    if part.is_empty:
        raise UserError("There is nothing to copy here.", "Select a part of the layer that is painted on.")
    face, state = app.need_face(), document.capture()
    if part.area <= SMALL:
        face.set_clipboard(cut_out(document, part, node))
    else:
        app.tasks.run("Copying", lambda: cut_out(document_of(state), part, node), face.set_clipboard)


def cut(app: App) -> None:
    """Copy the selected part of the chosen layer, then make it transparent."""
    copy(app)
    document = app.need_document()
    assert document.active is not None
    app.background.edit(document, "Clear", on(document.active, edits.clear))


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


def cut_out(document: Document, part: Rect, node: Node | None) -> Image:
    """What is seen in a part of the canvas, or of one node alone, with the selection in its alpha."""
    image = document.image_of(document.twin(node), part) if node else document.flatten(part)
    pixels = image.array("uint8" if document.depth == "8" else "uint16", 4)
    if not document.selection.is_empty:
        pixels = pixels.copy()
        pixels[..., 3] = pixels[..., 3] * (document.selection.read(part) / 255.0)
    return Image(np.ascontiguousarray(pixels), image.icc)
