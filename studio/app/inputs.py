"""What a generator gets from the document: its picture, its selection or mask."""

from __future__ import annotations

from studio.engine.plugins import Spec
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image, Mask, Media
from studio.model.nodes import MaskLayer


def gather_inputs(spec: Spec, document: Document | None) -> dict[str, Media]:
    """The typed inputs of a generator taken from a document; `UserError` says what is missing."""
    if not spec.inputs:
        return {}
    if document is None:
        raise UserError(f"{spec.title} works on a picture, and none is open.", "Open or create one first.")
    return {name: _input(spec, kind, document) for name, kind in spec.inputs.items()}


def _input(spec: Spec, kind: type[Media], document: Document) -> Media:
    if kind is Image:
        return document.flatten()
    if kind is Mask:
        return document_mask(document)
    raise UserError(
        f"{spec.title} needs {kind.__name__.lower()}, which a document does not have.",
        "Run it from the command line: studio run.",
    )


def document_mask(document: Document) -> Mask:
    """The selection, else the active mask layer, else the topmost visible one (255 = chosen)."""
    whole = Rect(0, 0, document.width, document.height)
    if not document.selection.is_empty:
        return Mask(document.selection.read(whole))
    masks = [node for node in document.walk() if isinstance(node, MaskLayer) and node.visible]
    if not masks:
        raise UserError("There is no mask.", "Select the area to work on, or paint a mask layer.")
    layer = document.active if isinstance(document.active, MaskLayer) else masks[-1]
    return Mask(layer.pixels.read(whole)[..., 0])
