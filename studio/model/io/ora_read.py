"""Reading OpenRaster into a new document; works in any thread, as long as nobody else knows the document."""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.io import colour, limits, metadata, ora, png, png_chunks
from studio.model.io.archive import Archive, ZipSource
from studio.model.media import Image
from studio.model.nodes import (
    Blend,
    Depth,
    GeneratedLayer,
    Group,
    MaskLayer,
    Node,
    RasterLayer,
    dtype_of,
)
from studio.model.provenance import Provenance
from studio.model.tiles import TiledImage

_BYTES_PER_PIXEL = 9  # 16-bit RGBA that DEFLATE could not shrink
_APPROXIMATE = {"svg:plus": Blend.SCREEN}
_HIDING = (
    "svg:dst-in",
    "svg:dst-out",
    "svg:dst-atop",
)  # shown as paint they would cover what they should cut
_INTEGER = re.compile(r"\s*[+-]?\d{1,9}\s*")


def read(file: BinaryIO) -> Document:
    """Build a document from an .ora file."""
    source = ZipSource(file)
    if source.read("mimetype", 64).strip() != ora.MIME.encode():
        raise UserError("The file is a ZIP archive, but not an OpenRaster picture.", "Unpack it first.")
    return read_archive(source)


def read_archive(source: Archive) -> Document:
    """Build a document from the pieces of an OpenRaster archive."""
    root = ElementTree.fromstring(source.read(ora.STACK, limits.MAX_XML_BYTES), forbid_dtd=True)
    width, height = _number(root, "w"), _number(root, "h")
    limits.check_size(width, height)
    stack = next((child for child in root if child.tag == "stack"), None)
    if root.tag != "image" or stack is None:
        raise UserError("The file has no layers.", "Its stack.xml is not as OpenRaster wants it.")
    reader = _Reader(source, _depth(source, root))
    document = Document(width, height, reader.depth)
    for node in reader.children(stack, 1):
        document.root.append(node)
    _describe(document, source, root, reader)
    document.active = reader.active or next((node for node in reversed(list(document.walk()))), None)
    document.history.clear()
    return document


def _describe(document: Document, source: Archive, root: Element, reader: _Reader) -> None:
    document.resolution_dpi = float(max(1, min(_number(root, "xres", int(ora.DEFAULT_DPI)), 100_000)))
    try:
        start = source.head(ora.MERGED, limits.MAX_METADATA_BYTES)
        document.meta, _, document.icc = png_chunks.describe(png_chunks.scan(BytesIO(start)))
    except (KeyError, ValueError, zlib.error, zipfile.BadZipFile):
        reader.notices["The file's merged picture is missing or damaged; its layers are fine."] = None
    document.icc = document.icc or reader.icc
    document.meta = metadata.with_notices(document.meta, *reader.notices)
    document.meta.pop(metadata.DPI, None)


def _depth(source: Archive, root: Element) -> Depth:
    """16 if the file says so or any layer has more than 8 bits per channel."""
    if root.get(ora.own("depth")) == "16":
        return "16"
    names = {element.get("src", "") for element in root.iter("layer")}
    limits.check_count(len(names))
    return "16" if any(_bits(source, name) == 16 for name in names) else "8"


def _bits(source: Archive, name: str) -> int:
    try:
        return source.head(name)[24]
    except (KeyError, IndexError):
        return 8


@dataclass
class _Reader:
    source: Archive
    depth: Depth
    icc: bytes | None = None
    active: Node | None = None
    count: int = 0
    area: int = 0
    notices: dict[str, None] = field(default_factory=dict[str, None])

    def children(self, stack: Element, level: int) -> list[Node]:
        """The nodes of a stack, bottom to top."""
        limits.check_count(self.count, level)
        found: list[Node] = []
        for element in reversed(list(stack)):
            found.extend(self.nodes(element, level))
        return found

    def nodes(self, element: Element, level: int) -> list[Node]:
        """One node, or a base with what is clipped to it, or nothing for an element we do not know."""
        self.count += 1
        limits.check_count(self.count, level)
        role = element.get(ora.own("role"))
        if element.tag == "layer":
            return self.layer(element)
        if element.tag == "stack" and role == ora.CLIPPED and len(element):
            return self.clipped(element, level)
        if element.tag == "stack" and _is_masked(element):
            return self.masked(element)
        if element.tag == "stack":
            return [self.group(element, level)]
        self.notices["The file holds things other than layers; they were left out."] = None
        return []

    def group(self, element: Element, level: int) -> Group:
        """A group with all that is in it."""
        group = Group("")
        self.common(group, element)
        children = self.children(element, level + 1)
        if element.get("isolation") == "auto" and any(child.blend is not Blend.NORMAL for child in children):
            self.notices["Groups that let their layers blend with what is below them became isolated."] = None
        for node in children:
            group.append(node)
        return group

    def clipped(self, element: Element, level: int) -> list[Node]:
        """The base takes back what the stack says about blending."""
        run = self.children(element, level + 1)
        if run:
            _apply(run[0], element, self)
        return run

    def masked(self, element: Element) -> list[Node]:
        upper, lower = list(element)
        found = self.layer(lower)
        self.count += 1
        if found and isinstance(found[0], RasterLayer):
            layer = found[0]
            _apply(layer, element, self)
            layer.mask = layer.new_mask()
            if upper.get(ora.own("outside")) == "hidden":
                layer.mask = TiledImage(1, dtype_of(self.depth))
            rect, image = self.picture(upper)
            coverage = image.array(_dtype_name(self.depth), 4)[..., 3]
            layer.mask.write(rect.translated(-layer.offset[0], -layer.offset[1]), coverage)
            layer.mask_enabled = upper.get("visibility") != "hidden"
        return found

    def layer(self, element: Element) -> list[Node]:
        if not element.get("src", "").lower().endswith(".png"):
            self.notices["Layers that are no PNG pictures were left out."] = None
            return []
        rect, image = self.picture(element)
        node = self.new_layer(element)
        self.common(node, element)
        if isinstance(node, MaskLayer):
            node.pixels.write(rect, Image(image.pixels[..., :1]).array(_dtype_name(self.depth), 1)[..., 0])
            return [node]
        node.pixels.write(rect, image.array(_dtype_name(self.depth), 4))
        if not colour.is_srgb(image.icc):
            self.icc = self.icc or image.icc
        return [node]

    def new_layer(self, element: Element) -> RasterLayer | MaskLayer:
        if element.get(ora.own("kind")) == ora.MASK:
            return MaskLayer("", self.depth)
        recipe = element.get(ora.own("provenance"))
        if recipe:
            try:
                return GeneratedLayer("", Provenance.from_json(recipe), self.depth)
            except UserError as error:
                self.notices[error.sentence] = None
        return RasterLayer("", self.depth)

    def picture(self, element: Element) -> tuple[Rect, Image]:
        """The decoded picture of a layer and where it lies in the document."""
        name = element.get("src", "")
        found = png_chunks.scan(BytesIO(self.source.head(name)))
        width, height = (int.from_bytes(found[b"IHDR"][0][at : at + 4], "big") for at in (0, 4))
        limits.check_size(width, height, "A layer")
        self.area += width * height
        limits.check_total(self.area)
        content = self.source.read(
            name, width * height * _BYTES_PER_PIXEL + height + limits.MAX_METADATA_BYTES
        )
        return Rect(_number(element, "x", 0), _number(element, "y", 0), width, height), png.read(
            BytesIO(content)
        )

    def common(self, node: Node, element: Element) -> None:
        node.name = element.get("name", "")[:1000]
        node.locked = element.get("edit-locked") in ("true", "1")
        node.clip = element.get(ora.own("clip")) == "true" or element.get("composite-op") == ora.SOURCE_ATOP
        if element.get("selected") in ("true", "1"):
            self.active = node
        _apply(node, element, self)
        if isinstance(node, MaskLayer):
            node.visible = element.get(ora.own("visible")) != "false"


def _is_masked(stack: Element) -> bool:
    """Whether a stack is nothing but a layer and, above it, a layer that serves as its mask."""
    if stack.get("isolation") == "auto" or [child.tag for child in stack] != ["layer", "layer"]:
        return False
    return stack[0].get("composite-op") == ora.DESTINATION_IN


def _apply(node: Node, element: Element, reader: _Reader) -> None:
    """Opacity, visibility and blend mode."""
    node.opacity = _fraction(element.get("opacity", "1"))
    hides = element.get("composite-op") in _HIDING
    node.visible = element.get("visibility", "visible") != "hidden" and not hides
    node.blend = _blend(element.attrib, reader)


def _blend(attributes: Mapping[str, Any], reader: _Reader) -> Blend:
    op = str(attributes.get("composite-op", ora.SOURCE_OVER))
    if op in ora.BLEND_OF:
        return ora.BLEND_OF[op]
    reader.notices[f"The blend mode {op[:40]} is not known here."] = None
    return _APPROXIMATE.get(op, Blend.NORMAL)


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 1.0


def _number(element: Element, key: str, default: int | None = None) -> int:
    """A whole number; some writers add decimals. UserError if there is none and no default."""
    text = element.get(key, "").split(".")[0]
    if _INTEGER.fullmatch(text):
        return int(text)
    if default is None:
        raise UserError("The file does not say how large the picture is.", "Its stack.xml is damaged.")
    return default


def _dtype_name(depth: Depth) -> Any:
    return dtype_of(depth).name
