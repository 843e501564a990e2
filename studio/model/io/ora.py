"""OpenRaster 0.0.5, the studio's own document format: names and constants shared by reader and writer.

Specification: https://www.openraster.org/baseline/file-layout-spec.html and .../layer-stack-spec.html.

What OpenRaster has no words for is written so that other programs still show it right, and marked with
attributes in our own namespace so that nothing is lost here:

    layer mask       an isolated stack: the mask as a layer with `svg:dst-in`, and the layer below it
    clipping         an isolated stack: clipped layers with `svg:src-atop` above their base     role="clipped"
    mask layer       a hidden grey layer                                                       kind="mask"
    generated layer  a layer with                                                   provenance="{JSON}"

Profile, resolution, EXIF, XMP and texts of the document are in the chunks of mergedimage.png. The selection
is not kept.
"""

from __future__ import annotations

from typing import Final

from studio.model.nodes import Blend

MIME: Final = "image/openraster"
VERSION: Final = "0.0.5"
STACK: Final = "stack.xml"
MERGED: Final = "mergedimage.png"
THUMBNAIL: Final = "Thumbnails/thumbnail.png"
THUMBNAIL_SIDE: Final = 256

NAMESPACE: Final = "urn:latent-studio:openraster:1"
PREFIX: Final = "latent-studio"
CLIPPED: Final = "clipped"
MASK: Final = "mask"

SOURCE_OVER: Final = "svg:src-over"
SOURCE_ATOP: Final = "svg:src-atop"
DESTINATION_IN: Final = "svg:dst-in"
DEFAULT_DPI: Final = 72.0

OP_OF: Final = {blend: f"svg:{blend}" for blend in Blend} | {Blend.NORMAL: SOURCE_OVER}
BLEND_OF: Final = {op: blend for blend, op in OP_OF.items()} | {SOURCE_ATOP: Blend.NORMAL}


def own(attribute: str) -> str:
    """An attribute's name in our namespace, as ElementTree writes it."""
    return f"{{{NAMESPACE}}}{attribute}"
