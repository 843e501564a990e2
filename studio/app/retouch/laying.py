"""What the filling becomes in the document: a piece of the retouch layer, or a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.app.tools import RETOUCH
from studio.model import edits
from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import MaskLayer, Node, RasterLayer
from studio.model.provenance import Provenance
from studio.model.tiles import Array, TileMap


@dataclass(frozen=True)
class Below:
    """The layer that a filling is laid over, as it was before; no pixels where there is none yet."""

    pixels: TileMap | None
    offset: tuple[int, int] = (0, 0)

    def read(self, rect: Rect) -> Array | None:
        """RGBA of a document rectangle."""
        moved = rect.translated(-self.offset[0], -self.offset[1])
        return self.pixels.read(moved) if self.pixels else None


@dataclass(frozen=True)
class Piece:
    """Pixels ready to be stored: `patch` is the filling alone, `laid` the same over what was below it."""

    rect: Rect
    patch: Array
    laid: Array


def piece(image: Image, corner: tuple[int, int], below: Below, icc: bytes | None) -> Piece:
    """Cut the filled part out of a patch whose first pixel lies at `corner`. Slow; for any thread."""
    if icc is not None:
        from studio.model.io import to_profile

        image = to_profile(image, icc)
    alpha = image.pixels[..., 3] > 0
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    top, left, bottom, right = int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
    rect = Rect(corner[0] + left, corner[1] + top, right - left, bottom - top)
    patch = np.ascontiguousarray(image.pixels[top:bottom, left:right])
    under = below.read(rect)
    return Piece(rect, patch, patch if under is None else over(patch, under))


def over(patch: Array, below: Array) -> Array:
    """Straight RGBA over straight RGBA of the same depth."""
    white = np.float32(np.iinfo(patch.dtype).max)
    share, under = patch[..., 3:] / white, below[..., 3:] / white
    alpha = share + under * (1 - share)
    colours = patch[..., :3] * share + below[..., :3] * (under * (1 - share))
    mixed = np.concatenate([colours / np.maximum(alpha, 1 / 65535), alpha * white], axis=2)
    return (mixed + 0.5).astype(patch.dtype)


def retouch_layer(document: Document) -> RasterLayer | None:
    """The retouch layer on top of everything, if there is one that may be painted on."""
    top = document.root.children[-1] if document.root.children else None
    fits = isinstance(top, RasterLayer) and top.name == RETOUCH and not top.is_locked and top.is_shown
    return top if fits and isinstance(top, RasterLayer) else None


def lay_on_layer(document: Document, node: RasterLayer | None, made: Piece) -> RasterLayer:
    """Store a piece on the retouch layer, which is added on top if it is not there; inside an open edit."""
    if node is None:
        added = edits.add_layer(document, name=RETOUCH, above=topmost(document))
        assert isinstance(added, RasterLayer)
        node = added
    node.write(made.rect, made.laid)
    return node


def lay_as_layer(
    document: Document, node: RasterLayer | None, made: Piece, title: str, recipe: Provenance
) -> RasterLayer:
    """Make a generated layer of a piece, or change it into another filling; inside an open edit."""
    image = Image(made.patch)
    if node is None:
        top = topmost(document)
        return edits.add_image(document, image, title, made.rect.x, made.rect.y, recipe, above=top)
    edits.replace_image(document, node, image, recipe)
    return node


def topmost(document: Document) -> Node | None:
    """The last node of the tree's first level."""
    return document.root.children[-1] if document.root.children else None


def grow_canvas(document: Document, left: int, top: int, right: int, bottom: int) -> None:
    """Room on the sides, in pixels; layers keep their place on the picture. Quick whatever the size."""
    from studio.model.document import check_size

    width, height = document.width + left + right, document.height + top + bottom
    check_size(width, height)
    with document.edit("Extend picture"):
        coverage = None if document.selection.is_empty else document.selection.bounds
        kept = document.selection.read(coverage) if coverage else None
        document.width, document.height = width, height
        for node in document.walk():
            if isinstance(node, RasterLayer | MaskLayer):
                node.offset = (node.offset[0] + left, node.offset[1] + top)
        if coverage:
            document.selection.replace(coverage.translated(left, top), kept)
