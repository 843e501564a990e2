"""Writing OpenRaster from an immutable state of a document; works in any thread."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from typing import BinaryIO, Final

import numpy as np
from PIL import Image as Pillow

from studio.model.geometry import Rect
from studio.model.io import colour, limits, ora, png
from studio.model.io.archive import ZipTarget
from studio.model.io.pixels import Array
from studio.model.media import Image
from studio.model.nodes import Blend, Group, MaskLayer, NodeState
from studio.model.state import DocumentState
from studio.model.tiles import TILE, TileMap

ET.register_namespace(ora.PREFIX, ora.NAMESPACE)
_MOVED: Final = ("opacity", "visibility", "composite-op")


@dataclass(frozen=True)
class Stored:
    """Where a layer's picture is kept, and where its first pixel lies in the layer."""

    src: str
    x: int
    y: int


class Picture(Enum):
    """What the pixels of a PNG file stand for."""

    LAYER = "RGBA"
    MASK_LAYER = "grey"
    MASK = "transparent black; the alpha is the mask"


Store = Callable[[TileMap, Rect, Picture], Stored]  # keeps the pixels in a rectangle as PNG and says where


def write(file: BinaryIO, state: DocumentState, merged: Image, level: int = 1) -> None:
    """Write a whole .ora file. `merged` is the composite, with the profile and metadata to keep."""
    names = (f"data/layer{number:03}.png" for number in itertools.count())
    with ZipTarget(file) as archive:

        def store(pixels: TileMap, rect: Rect, kind: Picture) -> Stored:
            name = next(names)
            archive.put(name, layer_png(pixels, rect, kind, state.icc, level))
            return Stored(name, rect.x, rect.y)

        archive.put("mimetype", ora.MIME.encode())
        archive.put(ora.STACK, stack_xml(state, store), pack=True)
        archive.put(ora.MERGED, merged_png(merged, level))
        archive.put(ora.THUMBNAIL, thumbnail_png(merged))


def layer_png(pixels: TileMap, rect: Rect, kind: Picture, icc: bytes | None, level: int) -> bytes:
    """The PNG file of one layer, mask layer or layer mask.

    Those of 16 bits are always in colour and with a profile: without, Krita asks for one, picture by picture.
    """
    array = pixels.read(rect)
    deep = array.dtype != np.uint8
    if kind is Picture.MASK:
        array = np.stack([np.zeros_like(array)] * (3 if deep else 1) + [array], axis=-1)
    elif kind is Picture.MASK_LAYER:
        array = np.stack([array] * (3 if deep else 1), axis=-1)
    if deep:
        icc = icc or colour.srgb_profile()
    return png_bytes(array, icc if array.shape[2] >= 3 else None, {}, level)


def merged_png(merged: Image, level: int) -> bytes:
    """mergedimage.png: the composite, and the document's profile and metadata."""
    return png_bytes(merged.pixels, merged.icc, merged.meta, level)


def thumbnail_png(merged: Image) -> bytes:
    """Thumbnails/thumbnail.png: 8-bit sRGB, at most 256 pixels a side, never enlarged."""
    small = Pillow.fromarray(merged.rgba8())
    small.thumbnail((ora.THUMBNAIL_SIDE, ora.THUMBNAIL_SIDE))
    shown = colour.to_srgb(Image(np.asarray(small), merged.icc))
    return png_bytes(shown.pixels, None, {}, 6)


def png_bytes(pixels: Array, icc: bytes | None, meta: Mapping[str, str], level: int) -> bytes:
    """A PNG file in memory."""
    out = BytesIO()
    png.write(out, pixels, icc, meta, level)
    return out.getvalue()


def stack_xml(state: DocumentState, store: Store) -> bytes:
    """stack.xml; hands the pixels of every layer to `store`."""
    resolution = str(max(1, round(state.dpi)))
    root = ET.Element(
        "image",
        version=ora.VERSION,
        w=str(state.width),
        h=str(state.height),
        xres=resolution,
        yres=resolution,
    )
    root.set(ora.own("depth"), state.depth)
    _check(state.root)
    stack = ET.SubElement(root, "stack")
    stack.extend(_elements(state.root.children, _Writer(store, state)))
    return ET.tostring(root, "utf-8", xml_declaration=True)


def _check(root: NodeState) -> None:
    """UserError for what could be written, but not be read again."""
    limits.check_count(sum(1 for _ in root.walk()), _depth(root))


def _depth(state: NodeState) -> int:
    return 1 + max(map(_depth, state.children), default=0)


@dataclass(frozen=True)
class _Writer:
    store: Store
    state: DocumentState


def _elements(children: Sequence[NodeState], writer: _Writer) -> list[ET.Element]:
    """Elements of siblings, topmost first; a base and what is clipped to it become one element."""
    return [_run(run, writer) for run in reversed(list(_runs(children)))]


def _runs(children: Sequence[NodeState]) -> Iterator[list[NodeState]]:
    """Bottom to top: each node with those clipped to it; mask layers are neither, but may lie between."""
    run: list[NodeState] = []
    between: list[NodeState] = []
    for child in children:
        if isinstance(child.node, MaskLayer):
            between.append(child)
        elif child.clip and run:
            run += [*between, child]
            between = []
        else:
            yield from ([run] if run else [])
            yield from ([mask] for mask in between)
            run, between = [child], []
    yield from ([run] if run else [])
    yield from ([mask] for mask in between)


def _run(run: list[NodeState], writer: _Writer) -> ET.Element:
    base = _node(run[0], writer)
    if len(run) == 1:
        return base
    stack = ET.Element(
        "stack", {"name": _printable(run[0].name), "isolation": "isolate", ora.own("role"): ora.CLIPPED}
    )
    for key in _MOVED:
        _move(base, stack, key)
    stack.extend([_clipped(state, writer) for state in reversed(run[1:])])
    stack.append(base)
    return stack


def _clipped(state: NodeState, writer: _Writer) -> ET.Element:
    element = _node(state, writer)
    if state.blend is Blend.NORMAL and state.clip:
        element.set("composite-op", ora.SOURCE_ATOP)
    return element


def _move(source: ET.Element, target: ET.Element, key: str) -> None:
    if key in source.attrib:
        target.set(key, source.attrib.pop(key))


def _node(state: NodeState, writer: _Writer) -> ET.Element:
    if isinstance(state.node, Group):
        element = ET.Element("stack", _common(state, writer) | {"isolation": "isolate"})
        element.extend(_elements(state.children, writer))
        return element
    layer = _layer(state, writer)
    return _masked(state, layer, writer) if state.mask else layer


def _layer(state: NodeState, writer: _Writer) -> ET.Element:
    assert state.pixels is not None
    kind = Picture.MASK_LAYER if isinstance(state.node, MaskLayer) else Picture.LAYER
    attributes = _common(state, writer) | _placed(state, state.pixels, state.pixels.bounds(), kind, writer)
    if isinstance(state.node, MaskLayer):
        attributes |= {
            "visibility": "hidden",
            ora.own("kind"): ora.MASK,
            ora.own("visible"): _boolean(state.visible),
        }
    if state.provenance:
        attributes[ora.own("provenance")] = _printable(state.provenance.to_json())
    return ET.Element("layer", attributes)


def _masked(state: NodeState, layer: ET.Element, writer: _Writer) -> ET.Element:
    """The layer below its mask in a stack of its own, which takes over how the layer is blended."""
    assert state.mask is not None and state.pixels is not None
    stack = ET.Element("stack", {"name": _printable(state.name), "isolation": "isolate"})
    for key in _MOVED:
        _move(layer, stack, key)
    rect = _written(state.mask)
    if state.mask.default:  # other programs take what lies outside of the picture as hidden
        whole = rect.union(state.pixels.bounds())
        rect = whole if whole.area <= limits.MAX_PIXELS else rect
    mask = {"name": "Mask", "composite-op": ora.DESTINATION_IN}
    mask |= _placed(state, state.mask, rect, Picture.MASK, writer)
    if not state.mask.default:
        mask[ora.own("outside")] = "hidden"
    if not state.mask_enabled:
        mask["visibility"] = "hidden"
    stack.append(ET.Element("layer", mask))
    stack.append(layer)
    return stack


def _written(mask: TileMap) -> Rect:
    """The smallest rectangle outside of which a mask has its default value."""
    if not mask.default:
        return mask.bounds()
    boxes: list[Rect] = []
    for key, tile in mask.tiles.items():
        rows, columns = np.nonzero(tile.data != mask.default)
        if rows.size:
            box = Rect.around(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            boxes.append(box.translated(key[0] * TILE, key[1] * TILE))
    return Rect.union_of(boxes)


def _placed(state: NodeState, pixels: TileMap, rect: Rect, kind: Picture, writer: _Writer) -> dict[str, str]:
    """Where the picture of a layer or mask is and where it lies; an empty one has a single pixel."""
    rect = Rect(0, 0, 1, 1) if rect.is_empty else rect
    limits.check_size(rect.w, rect.h, f"The layer “{state.name}”")
    stored = writer.store(pixels, rect, kind)
    return {"src": stored.src, "x": str(stored.x + state.offset[0]), "y": str(stored.y + state.offset[1])}


def _common(state: NodeState, writer: _Writer) -> dict[str, str]:
    attributes = {
        "name": _printable(state.name),
        "opacity": f"{state.opacity:.6g}",
        "visibility": "visible" if state.visible else "hidden",
        "composite-op": ora.OP_OF[state.blend],
    }
    if state.locked:
        attributes["edit-locked"] = "true"
    if state.node is writer.state.active:
        attributes["selected"] = "true"
    if state.clip:
        attributes[ora.own("clip")] = "true"
    return attributes


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _printable(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return "".join(char for char in text if char in "\t\n" or char.isprintable() or _allowed(ord(char)))


def _allowed(code: int) -> bool:
    return code >= 32 and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF)
