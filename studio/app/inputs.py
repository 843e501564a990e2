"""What a generator gets from the document: its picture, a layer, its selection or mask."""

from __future__ import annotations

from collections.abc import Mapping

from studio.engine.plugins import Spec
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image, Mask, Media
from studio.model.nodes import MaskLayer, Node

Source = Node | Media
"""A layer of the document, or a value that comes from elsewhere (a file, a text)."""


def gather_inputs(
    spec: Spec, document: Document | None, sources: Mapping[str, Source] | None = None
) -> dict[str, Media]:
    """The typed inputs of a generator, from the document unless `sources` says otherwise.

    `UserError` says what is missing.
    """
    chosen = sources or {}
    return {name: _input(spec, kind, document, chosen.get(name)) for name, kind in spec.inputs.items()}


def _input(spec: Spec, kind: type[Media], document: Document | None, source: Source | None) -> Media:
    if isinstance(source, kind):
        return source
    if document is None:
        raise UserError(f"{spec.title} works on a picture, and none is open.", "Open or create one first.")
    if isinstance(source, Node):
        return _of_layer(kind, document, source)
    if kind is Image:
        return document.flatten()
    if kind is Mask:
        return document_mask(document)
    raise UserError(
        f"{spec.title} needs {kind.__name__.lower()}, which a document does not have.",
        "Run it from the command line: studio run.",
    )


def _of_layer(kind: type[Media], document: Document, layer: Node) -> Media:
    """A layer as a picture or, by its lightness or coverage, as a mask."""
    if document.find(layer.id) is not layer:
        raise UserError(f"The layer {layer.name} is gone.", "Choose another input in the generator panel.")
    image = document.image_of(layer)
    if kind is not Mask:
        return image
    return Mask(image.array("uint8", 4)[..., 3] if image.has_alpha else image.array("uint8", 1)[..., 0])


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
