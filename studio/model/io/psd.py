"""Importing Photoshop documents (.psd, .psb) with psd-tools: layers, groups, masks, blending, clipping.

What has no counterpart here (effects, adjustments, editable text, ...) is named in the document's notices.
Exact are RGB and grey documents of 8 and 16 bits; CMYK layers are converted to sRGB; of documents in other
modes the merged picture is taken.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import numpy as np
from psd_tools import ParseLimits, PSDImage
from psd_tools.api.layers import Layer
from psd_tools.compression import PSDDecompressionWarning
from psd_tools.constants import BlendMode, ColorMode, Resource

from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.io import colour, limits, metadata, pillow
from studio.model.io.pixels import FROM_CMYK, Array, array_of
from studio.model.media import Image
from studio.model.nodes import Blend, Depth, Group, Node, RasterLayer, dtype_of, white_of
from studio.model.tiles import TiledImage

warnings.filterwarnings("error", category=PSDDecompressionWarning)  # else broken layers silently become black

_LIMITS: Final = ParseLimits(max_total_bytes=limits.MAX_FILE_BYTES)
_LAYER_BYTES: Final = limits.MAX_PIXELS * 64  # what psd-tools may use for one layer
_COLOURS: Final = {ColorMode.RGB: 3, ColorMode.GRAYSCALE: 1, ColorMode.CMYK: 4}
_BLENDS: Final = {
    BlendMode.PASS_THROUGH: Blend.NORMAL,
    BlendMode.NORMAL: Blend.NORMAL,
    BlendMode.DARKEN: Blend.DARKEN,
    BlendMode.MULTIPLY: Blend.MULTIPLY,
    BlendMode.COLOR_BURN: Blend.COLOR_BURN,
    BlendMode.LIGHTEN: Blend.LIGHTEN,
    BlendMode.SCREEN: Blend.SCREEN,
    BlendMode.COLOR_DODGE: Blend.COLOR_DODGE,
    BlendMode.OVERLAY: Blend.OVERLAY,
    BlendMode.SOFT_LIGHT: Blend.SOFT_LIGHT,
    BlendMode.HARD_LIGHT: Blend.HARD_LIGHT,
    BlendMode.DIFFERENCE: Blend.DIFFERENCE,
    BlendMode.EXCLUSION: Blend.EXCLUSION,
    BlendMode.HUE: Blend.HUE,
    BlendMode.SATURATION: Blend.SATURATION,
    BlendMode.COLOR: Blend.COLOR,
    BlendMode.LUMINOSITY: Blend.LUMINOSITY,
}
_NEAREST: Final = {
    BlendMode.LINEAR_DODGE: Blend.SCREEN,
    BlendMode.LINEAR_BURN: Blend.MULTIPLY,
    BlendMode.DARKER_COLOR: Blend.DARKEN,
    BlendMode.LIGHTER_COLOR: Blend.LIGHTEN,
    BlendMode.VIVID_LIGHT: Blend.HARD_LIGHT,
    BlendMode.LINEAR_LIGHT: Blend.HARD_LIGHT,
    BlendMode.PIN_LIGHT: Blend.HARD_LIGHT,
    BlendMode.HARD_MIX: Blend.HARD_LIGHT,
    BlendMode.SUBTRACT: Blend.DIFFERENCE,
    BlendMode.DIVIDE: Blend.COLOR_DODGE,
}


def read(file: BinaryIO) -> Document:
    """Build a document from a PSD or PSB file."""
    header = file.read(26)
    height, width = (int.from_bytes(header[at : at + 4], "big") for at in (14, 18))
    limits.check_size(width, height)
    file.seek(0)
    try:
        source = PSDImage.open(file, max_alloc_bytes=_LAYER_BYTES, parse_limits=_LIMITS)
    except Exception:  # whatever the parser stumbles over: the merged picture may still be good
        return _merged_only(file)
    if source.depth == 32:
        raise UserError(
            "Photoshop documents with 32 bits per channel are not supported.", "Convert it to 16 bits."
        )
    reader = _Reader(source)
    document = Document(source.width, source.height, reader.depth)
    _describe(document, source)
    document.icc = reader.icc if source.color_mode == ColorMode.RGB else None
    for node in reader.tree():
        document.root.append(node)
    document.active = next(iter(reversed(document.root.children)), None)
    document.meta = metadata.with_notices(document.meta, *reader.notices)
    return document


def _merged_only(file: BinaryIO) -> Document:
    """The merged picture as Pillow finds it, in 8 bits. Raises what Pillow raises."""
    merged = pillow.read("PSD", file)
    document = Document.from_image(merged)
    document.meta = metadata.with_notices({}, "The layers could not be read; they were merged.")
    return document


def _describe(document: Document, source: PSDImage) -> None:
    resources = source.image_resources
    resolution = resources.get_data(Resource.RESOLUTION_INFO)
    if resolution is not None:
        document.resolution_dpi = min(max(resolution.horizontal / 65536, 1.0), 100_000.0)
    packet, exif = resources.get_data(Resource.XMP_METADATA), resources.get_data(Resource.EXIF_DATA_1)
    if isinstance(packet, bytes):
        metadata.take_xmp(packet, document.meta)
    if isinstance(exif, bytes):
        metadata.take_exif_block(exif, document.meta)


@dataclass
class _Reader:
    source: PSDImage
    count: int = 0
    area: int = 0
    notices: dict[str, None] = field(default_factory=dict[str, None])

    @property
    def depth(self) -> Depth:
        return "16" if self.source.depth == 16 else "8"

    @property
    def icc(self) -> bytes | None:
        profile = self.source.image_resources.get_data(Resource.ICC_PROFILE)
        return profile if isinstance(profile, bytes) and colour.space_of(profile) else None

    def note(self, sentence: str) -> None:
        self.notices[sentence] = None

    def tree(self) -> Iterable[Node]:
        """The document's nodes, bottom to top."""
        mode = self.source.color_mode
        if mode in _COLOURS and len(self.source):
            if mode == ColorMode.CMYK:
                self.note(FROM_CMYK)
            return self.nodes(self.source, 1)
        if len(self.source):
            self.note(
                f"Layers of {mode.name.title()} documents cannot be read; the merged picture was taken."
            )
        return [self.merged()]

    def merged(self) -> RasterLayer:
        """The picture Photoshop stored for programs that know no layers."""
        node = RasterLayer("Background", self.depth)
        canvas = Rect(0, 0, self.source.width, self.source.height)
        if self.source.color_mode in _COLOURS:
            stored = self.source.numpy()
            count = _COLOURS[self.source.color_mode]
            shape = stored[..., count : count + 1] if stored.shape[2] > count else None
            pixels = self.rgba(stored[..., :count], shape)
        else:
            picture = self.source.topil()
            if picture is None:
                raise UserError("The document holds no picture.", "Save it with “Maximize compatibility”.")
            pixels = Image(array_of(picture)).array("uint16" if self.depth == "16" else "uint8", 4)
        node.pixels.write(canvas, pixels)
        return node

    def nodes(self, layers: Iterable[Any], level: int) -> list[Node]:
        found: list[Node] = []
        for layer in layers:
            self.count += 1
            limits.check_count(self.count, level)
            node = self.group(layer, level) if layer.is_group() else self.layer(layer)
            if node is not None:
                self.common(node, layer)
                found.append(node)
        return found

    def group(self, layer: Any, level: int) -> Group:
        group = Group(_name(layer))
        children = self.nodes(layer, level + 1)
        for child in children:
            group.append(child)
        if layer.has_mask():
            self.note("Masks of groups were left out.")
        if layer.blend_mode == BlendMode.PASS_THROUGH and any(
            child.blend is not Blend.NORMAL for child in children
        ):
            self.note("Groups that let their layers blend with what is below them became isolated.")
        return group

    def layer(self, layer: Layer) -> RasterLayer | None:
        """A layer's pixels and mask; None for layers that have none."""
        if not layer.has_pixels() or layer.width <= 0 or layer.height <= 0:
            return self.without_pixels(layer)
        self.account(layer.width, layer.height)
        node = RasterLayer(_name(layer), self.depth)
        colours = self.samples(layer)
        rect = Rect(layer.left, layer.top, layer.width, layer.height)
        node.pixels.write(rect, self.rgba(colours, layer.numpy("shape")))
        if layer.has_mask():
            self.mask(node, layer)
        return node

    def samples(self, layer: Layer) -> Array:
        """(h, w, channels of the document's mode) in 0..1; some writers store grey ones in RGB documents."""
        stored, wanted = layer.numpy("color"), _COLOURS[self.source.color_mode]
        if stored is not None and stored.shape[2] == 1 and wanted == 3:
            return np.repeat(stored, 3, axis=2)
        if stored is None or stored.shape[2] < wanted:
            raise UserError("A layer of the document is incomplete.", "Save it again where it was made.")
        return stored

    def without_pixels(self, layer: Layer) -> RasterLayer | None:
        if layer.kind == "pixel":
            return RasterLayer(_name(layer), self.depth)
        self.note(f"Layers of the kind “{layer.kind}” have no pixels and were left out.")
        return None

    def account(self, width: int, height: int) -> None:
        limits.check_size(width, height, "A layer")
        self.area += width * height
        limits.check_total(self.area)

    def mask(self, node: RasterLayer, layer: Layer) -> None:
        mask = layer.mask
        coverage = layer.numpy("mask") if mask is not None and mask.width > 0 and mask.height > 0 else None
        if mask is None or coverage is None:
            return
        self.account(mask.width, mask.height)
        white = white_of(dtype_of(self.depth))
        node.mask = TiledImage(1, dtype_of(self.depth), default=white if mask.background_color else 0)
        node.mask.write(Rect(mask.left, mask.top, mask.width, mask.height), self.whole(coverage[..., 0]))
        node.mask_enabled = not mask.disabled

    def common(self, node: Node, layer: Any) -> None:
        node.visible = bool(layer.visible)
        node.opacity = layer.opacity / 255 * layer.fill_opacity / 255
        node.clip = bool(layer.clipping)
        node.locked = layer.locks is not None and (layer.locks.complete or layer.locks.composite)
        node.blend = self.blend(layer.blend_mode)
        if layer.has_effects():
            self.note("Layer effects (shadows, strokes, ...) were left out.")
        if layer.has_vector_mask():
            self.note("Vector masks were left out.")
        if layer.kind in ("type", "smartobject", "shape"):
            self.note("Text, shapes and smart objects became pixels.")

    def blend(self, mode: BlendMode) -> Blend:
        if mode in _BLENDS:
            return _BLENDS[mode]
        nearest = _NEAREST.get(mode, Blend.NORMAL)
        self.note(f"The blend mode “{mode.name.replace('_', ' ').lower()}” became “{nearest.value}”.")
        return nearest

    def rgba(self, colours: Array, shape: Array | None) -> Array:
        """Straight RGBA of the document's depth from samples and alpha in 0..1."""
        if self.source.color_mode == ColorMode.CMYK:
            rgb = self.from_cmyk(1 - colours[..., :4])
        else:
            rgb = self.whole(colours)
        if self.source.color_mode == ColorMode.GRAYSCALE:
            rgb = colour.convert(rgb, self.icc, "gray") if self.icc else np.repeat(rgb, 3, axis=2)
        white = white_of(dtype_of(self.depth))
        alpha = np.full((*rgb.shape[:2], 1), white, rgb.dtype) if shape is None else self.whole(shape)
        return np.concatenate([rgb, alpha], axis=2)

    def from_cmyk(self, inks: Array) -> Array:
        if self.icc and colour.space_of(self.icc) == "cmyk":
            return colour.convert(self.whole(inks), self.icc, "cmyk")
        return self.whole((1 - inks[..., :3]) * (1 - inks[..., 3:]))

    def whole(self, samples: Array) -> Array:
        """0..1 to the document's whole numbers."""
        dtype = dtype_of(self.depth)
        return np.rint(samples * white_of(dtype)).astype(dtype)


def _name(layer: Layer) -> str:
    return layer.name.rstrip("\0")[:1000]
