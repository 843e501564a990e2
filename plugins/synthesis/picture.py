"""From the network's numbers to the finished picture: alpha, relief, size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.api import Image, ModelInfo

if TYPE_CHECKING:
    from torch import Tensor

Layer = Literal["colour", "relief", "height"]
Unit = NDArray[np.float32]  # (H, W, C) in 0..1
Pixels = NDArray[Any]  # (H, W, C) uint8 or uint16, straight alpha
USUAL_CELLS = 16  # side of an endless picture when no size is given: four times the training size
GLIMPSE = 1024  # longest side of a preview, pixels
STEEPNESS = 14.0  # a height of 0..1 is far less than the width of a land; raised until slopes can be seen
FAINT = 0.05  # alpha within this of clear or solid is meant to be it
RIM = 8  # pixels from beyond the edge that a wrapping enlargement looks at


class Wishes(Protocol):
    """The params that decide the finishing."""

    layer: Layer
    scale: int
    width: int
    height: int
    tile: bool


@dataclass(frozen=True)
class Finish:
    """Turns what a network draws into a picture. ``channels`` names what it draws, in order."""

    channels: tuple[str, ...]
    premultiplied: bool
    layer: Layer
    scale: int
    size: tuple[int, int]
    wrap: bool

    @staticmethod
    def of(wishes: Wishes, model: ModelInfo | None) -> Finish:
        """As the params and the model's description say."""
        plain = Finish.plain(model, wishes.scale)
        return replace(plain, layer=wishes.layer, size=(wishes.width, wishes.height), wrap=wishes.tile)

    @staticmethod
    def plain(model: ModelInfo | None, scale: int = 1) -> Finish:
        """The colours of a model, at its own size or a multiple of it."""
        assert model is not None
        channels = tuple(model.header.json("channels", ["r", "g", "b"]))
        flat = model.metadata.get("premultiplied", "1" if channels[-1] == "a" else "0") == "1"
        return Finish(channels, flat, "colour", scale, (0, 0), False)

    def cells(self, resolution: int) -> tuple[int, int]:
        """Rows and columns of noise cells that cover the wanted size."""
        unit = resolution // 4
        width, height = self.size
        return -(-height // unit) or USUAL_CELLS, -(-width // unit) or USUAL_CELLS

    def blank(self, width: int, height: int) -> Pixels:
        """Room for a picture of this kind, (height, width, C)."""
        if self.layer == "height":
            return np.zeros((height, width, 1), np.uint16)
        return np.zeros((height, width, len(self.channels) - ("height" in self.channels)), np.uint8)

    def pixels(self, drawn: Tensor) -> Pixels:
        """(1, C, H, W) in [-1, 1] as the network gives it -> (H, W, 1, 3 or 4) of the chosen layer."""
        unit: Unit = (drawn[0].float().cpu().numpy().transpose(1, 2, 0) + 1) * 0.5
        count = len(self.channels) - ("height" in self.channels)
        if self.layer == "height":
            return quantised(unit[..., count:], np.uint16)
        if self.layer == "relief":
            return quantised(lit(unit[..., :count], unit[..., count], self.wrap), np.uint8)
        return quantised(straight(settled(unit)) if self.premultiplied else unit[..., :count], np.uint8)

    def image(self, pixels: Pixels, seed: int, meta: Mapping[str, str] | None = None) -> Image:
        """The picture at its final size; its meta names the seed it came from, and what ``meta`` adds."""
        width, height = self.size
        if not self.wrap:
            pixels = pixels[: height or None, : width or None]
        size = (width or pixels.shape[1]) * self.scale, (height or pixels.shape[0]) * self.scale
        return Image(resized(pixels, size, self.wrap), meta={"seed": str(seed), **(meta or {})})

    def fitted(self, pixels: Pixels, side: int) -> Pixels:
        """The picture at most ``side`` pixels wide and high."""
        height, width = pixels.shape[:2]
        scale = side / max(height, width)
        return resized(pixels, (max(1, round(width * scale)), max(1, round(height * scale))), self.wrap)


def glimpse(pixels: Pixels) -> Image:
    """A quick look at a picture that is still growing, at most GLIMPSE pixels wide and high."""
    step = -(-max(pixels.shape[:2]) // GLIMPSE)
    return Image(pixels[::step, ::step].copy())


def settled(unit: Unit) -> Unit:
    """Premultiplied colours whose alpha reaches 0 and 1, which a network only comes near to."""
    alpha = unit[..., -1:]
    reached = ((alpha - FAINT) / (1 - 2 * FAINT)).clip(0, 1)
    colour = unit[..., :-1] * np.divide(reached, alpha, out=np.zeros_like(alpha), where=alpha > FAINT)
    return np.concatenate([colour, reached], axis=2)


def straight(unit: Unit) -> Unit:
    """Premultiplied colours to straight alpha; fully transparent pixels become black."""
    alpha = unit[..., -1:].clip(0, 1)
    colour = np.divide(unit[..., :-1], alpha, out=np.zeros_like(unit[..., :-1]), where=alpha > 1 / 512)
    return np.concatenate([colour, alpha], axis=2)


def lit(colour: Unit, height: Unit, wrap: bool) -> Unit:
    """Colours (H, W, 3) lit from the north-west over a height map (H, W) in 0..1."""
    padded = np.pad(height, 1, mode="wrap" if wrap else "edge")
    dx = (padded[1:-1, 2:] - padded[1:-1, :-2]) * STEEPNESS
    dy = (padded[2:, 1:-1] - padded[:-2, 1:-1]) * STEEPNESS
    shade = (1 + 0.7071 * (dx + dy)) / np.sqrt(1 + dx**2 + dy**2)
    return colour * shade.clip(0.2, 1.6)[..., None]


def resized(pixels: Pixels, size: tuple[int, int], wrap: bool) -> Pixels:
    """Lanczos to (width, height); colours weigh by their alpha, and across the edges when it must wrap."""
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.float32) / 255
        flat = np.concatenate([pixels[..., :3] / np.float32(255) * alpha, alpha], axis=2)
        return quantised(straight(stretched(flat, size, wrap)), np.uint8)
    top = np.iinfo(pixels.dtype).max
    return quantised(stretched(pixels / np.float32(top), size, wrap), pixels.dtype.type)


def stretched(unit: Unit, size: tuple[int, int], wrap: bool) -> Unit:
    """Lanczos, plane by plane."""
    from PIL import Image as Pillow

    rows, columns, count = unit.shape
    rim = RIM if wrap else 0
    box = (rim, rim, rim + columns, rim + rows)
    out = np.empty((size[1], size[0], count), np.float32)
    for c in range(count):
        plane = Pillow.fromarray(np.pad(unit[..., c], rim, mode="wrap") if rim else unit[..., c].copy())
        out[..., c] = np.asarray(plane.resize(size, Pillow.Resampling.LANCZOS, box))
    return out


def quantised(unit: Unit, depth: type[np.unsignedinteger[Any]]) -> Pixels:
    """0..1 to the full range of an unsigned type."""
    return (unit.clip(0, 1) * np.iinfo(depth).max + 0.5).astype(depth)
