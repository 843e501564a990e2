"""What a generator gets from the document: its picture, a layer, its selection or mask.

Everything here returns at once, whatever the size of the document. What is named is a snapshot, and its
pixels are put together by the engine's thread just before the generator runs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from studio.engine.plugins import Spec
from studio.model.clip import Clip
from studio.model.copying import document_of
from studio.model.deferred import Deferred, Input
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image, Mask, Media, to_depth
from studio.model.nodes import MaskLayer, Node
from studio.model.tiles import TileMap

ELSEWHERE = "Run it from the command line: studio run."
Source = Node | Input
"""A layer of the document, or a value that comes from elsewhere (a file, a text)."""


def gather_inputs(
    spec: Spec, document: Document | None, sources: Mapping[str, Source] | None = None
) -> dict[str, Input]:
    """The typed inputs of a generator, from the document unless `sources` says otherwise.

    `UserError` says what is missing. Inputs that may be left out are, unless `sources` names them.
    """
    chosen = sources or {}
    wanted = {n: kind for n, kind in spec.inputs.items() if n in chosen or n not in spec.optional}
    return {name: _input(spec, kind, document, chosen.get(name)) for name, kind in wanted.items()}


def _input(spec: Spec, kind: type[Media], document: Document | None, source: Source | None) -> Input:
    if isinstance(source, kind) or (isinstance(source, Deferred) and issubclass(source.kind, kind)):
        return source
    if document is None:
        raise UserError(f"{spec.title} works on a picture, and none is open.", "Open or create one first.")
    if isinstance(source, Node):
        return layer_mask(document, source) if kind is Mask else picture(document, source)
    if kind is Image:
        return picture(document)
    if kind is Mask:
        return document_mask(document)
    raise UserError(
        f"{spec.title} needs {kind.__name__.lower()}, which a document does not have.",
        "Choose a clip on the timeline (Window menu)." if kind is Clip else ELSEWHERE,
    )


def picture(document: Document, node: Node | None = None, rect: Rect | None = None) -> Deferred[Image]:
    """The document as it looks now, or one layer of it alone, as a picture of the canvas or of `rect` in it.

    RGBA (mask layers: one channel) of the document's depth, in sRGB whatever its profile. `UserError` for a
    layer that is gone, and for a rectangle outside the canvas.
    """
    _present(document, node)
    area = document.canvas.intersect(rect or document.canvas)
    if area.is_empty:
        raise UserError("That area lies outside the canvas.", "Choose a part of the picture.")
    state = document.capture()

    def make() -> Image:
        copy = document_of(state)
        return in_srgb(copy.image_of(copy.twin(node), area) if node else copy.flatten(area))

    return Deferred(Image, make)


def layer_mask(document: Document, node: Node) -> Deferred[Mask]:
    """What a layer covers, or what is white in a mask layer (255 = chosen), on the whole canvas."""
    _present(document, node)
    if isinstance(node, MaskLayer):
        return coverage(document, node.pixels.snapshot(), node.offset)
    whole = picture(document, node)
    return Deferred(Mask, lambda: Mask(np.ascontiguousarray(whole.get().array("uint8", 4)[..., 3])))


def document_mask(document: Document, rect: Rect | None = None) -> Deferred[Mask]:
    """The selection, else the active mask layer, else the topmost visible one (255 = chosen).

    rect: only this part of the canvas.
    """
    selected = document.selection.capture()
    if selected is not None:
        return coverage(document, selected, rect=rect)
    masks = [node for node in document.walk() if isinstance(node, MaskLayer) and node.visible]
    if not masks:
        raise UserError("There is no mask.", "Select the area to work on, or paint a mask layer.")
    layer = document.active if isinstance(document.active, MaskLayer) else masks[-1]
    return coverage(document, layer.pixels.snapshot(), layer.offset, rect)


def coverage(
    document: Document, pixels: TileMap, offset: tuple[int, int] = (0, 0), rect: Rect | None = None
) -> Deferred[Mask]:
    """One-channel pixels that lie at `offset` in the document, as a mask of the canvas or of `rect` in it."""
    area = document.canvas.intersect(rect or document.canvas).translated(-offset[0], -offset[1])
    return Deferred(Mask, lambda: Mask(to_depth(pixels.read(area), "uint8")))


def in_srgb(image: Image) -> Image:
    """A document's picture in the colours that generators work in."""
    if image.icc is None:
        return image
    from studio.model.io import to_srgb

    return to_srgb(image)


def _present(document: Document, node: Node | None) -> None:
    if node is not None and document.find(node.id) is not node:
        raise UserError(f"The layer {node.name} is gone.", "Choose another input in the generator panel.")
