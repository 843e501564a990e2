"""The immutable values that generators take and give: pictures, masks, texts, labels.

A value owns its array: whoever makes one hands the buffer over and never writes to it again.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.model.errors import UserError

Pixels = NDArray[Any]
Depth = Literal["uint8", "uint16", "float32"]
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # Rec. 709, applied to the encoded values
CHANNELS = (1, 3, 4)
NO_META: Mapping[str, str] = MappingProxyType({})


class Media(ABC):
    """Base of everything that can be an input, a preview, a chunk or a result."""

    @abstractmethod
    def digest(self) -> str:
        """SHA-256 of the content, for provenance and caches."""


@dataclass(frozen=True, eq=False, repr=False)
class Image(Media):
    """A picture: ``pixels`` (H, W, C), straight alpha, sRGB unless ``icc`` says otherwise.

    C is 1 (grey), 3 (RGB) or 4 (RGBA); uint8 and uint16 use their full range, float32 uses 0..1.
    The stored array is read-only and C-contiguous. Raises UserError for any other array.
    """

    pixels: Pixels
    icc: bytes | None = None
    meta: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if getattr(self.pixels, "ndim", 0) != 3 or self.pixels.shape[2] not in CHANNELS:
            raise UserError(
                "A picture needs height, width and 1, 3 or 4 channels.", f"Got {describe(self.pixels)}."
            )
        object.__setattr__(self, "pixels", frozen(self.pixels, ("uint8", "uint16", "float32")))
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))

    @property
    def width(self) -> int:
        """Columns, in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows, in pixels."""
        return int(self.pixels.shape[0])

    @property
    def channels(self) -> int:
        """1, 3 or 4."""
        return int(self.pixels.shape[2])

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.channels == 4

    def rgba8(self) -> NDArray[np.uint8]:
        """(H, W, 4) uint8, read-only; the picture's own array when it already is one."""
        return self.array("uint8", 4)

    def array(
        self, dtype: Literal["uint8", "uint16", "float32"] = "float32", channels: int = 4
    ) -> NDArray[Any]:
        """The pixels in another depth and channel count, read-only.

        Fewer channels drop alpha and weigh colours by Rec. 709; more repeat grey and add opaque alpha.
        """
        out = with_channels(to_depth(self.pixels, dtype), channels)
        out = out.view()
        out.flags.writeable = False
        return out

    def digest(self) -> str:
        return digest_of(self.pixels)

    def __repr__(self) -> str:
        return f"Image({describe(self.pixels)})"


@dataclass(frozen=True, eq=False, repr=False)
class Mask(Media):
    """A coverage map (H, W): 255 (uint8) or 1.0 (float32) is selected, 0 is not. Read-only, C-contiguous."""

    pixels: Pixels

    def __post_init__(self) -> None:
        if getattr(self.pixels, "ndim", 0) != 2:
            raise UserError("A mask needs height and width only.", f"Got {describe(self.pixels)}.")
        object.__setattr__(self, "pixels", frozen(self.pixels, ("uint8", "float32")))

    @property
    def width(self) -> int:
        """Columns, in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows, in pixels."""
        return int(self.pixels.shape[0])

    @property
    def is_empty(self) -> bool:
        """True when nothing at all is selected."""
        return not self.pixels.any()

    def array(self, dtype: Literal["uint8", "float32"] = "float32") -> NDArray[Any]:
        """(H, W) in another depth, read-only."""
        out = to_depth(self.pixels, dtype).view()
        out.flags.writeable = False
        return out

    def digest(self) -> str:
        return digest_of(self.pixels)

    def __repr__(self) -> str:
        return f"Mask({describe(self.pixels)})"


@dataclass(frozen=True)
class Text(Media):
    """A piece of writing."""

    value: str

    def __str__(self) -> str:
        return self.value

    def digest(self) -> str:
        return hashlib.sha256(self.value.encode()).hexdigest()


@dataclass(frozen=True)
class Labels(Media):
    """Names with an optional confidence 0..1 each, most likely first."""

    names: tuple[str, ...]
    scores: tuple[float, ...] = ()

    def digest(self) -> str:
        return hashlib.sha256(repr((self.names, self.scores)).encode()).hexdigest()


def describe(pixels: object) -> str:
    """Shape and depth of an array in words, for messages."""
    if not isinstance(pixels, np.ndarray):
        return f"a {type(pixels).__name__}"
    return f"shape {' x '.join(map(str, pixels.shape))}, {pixels.dtype}"


def frozen(pixels: Pixels, depths: tuple[str, ...]) -> Pixels:
    """A read-only C-contiguous view of ``pixels``; UserError when empty or of another depth."""
    if pixels.size == 0:
        raise UserError("A picture needs at least one pixel.", f"Got {describe(pixels)}.")
    if pixels.dtype.name not in depths:
        raise UserError(f"Pixels must be {' or '.join(depths)}.", f"Got {describe(pixels)}.")
    out = np.ascontiguousarray(pixels).view()
    out.flags.writeable = False
    return out


def digest_of(pixels: Pixels) -> str:
    """SHA-256 over depth, shape and bytes of a C-contiguous array."""
    head = f"{pixels.dtype.name}{pixels.shape}".encode()
    digest = hashlib.sha256(head)
    digest.update(np.frombuffer(pixels, np.uint8).data)
    return digest.hexdigest()


def to_depth(pixels: Pixels, dtype: str) -> Pixels:
    """Rescale between uint8, uint16 (full range) and float32 (0..1); not-a-number becomes 0."""
    if pixels.dtype.name == dtype:
        return pixels
    if pixels.dtype == np.uint8 and dtype == "uint16":
        return pixels.astype(np.uint16) * np.uint16(257)
    if dtype == "float32":
        return pixels.astype(np.float32) * np.float32(1 / np.iinfo(pixels.dtype).max)
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    unit = np.fmax(pixels, 0)  # of a number and none, the number
    np.fmin(unit, 1, out=unit)
    unit *= np.iinfo(dtype).max
    unit += 0.5
    return unit.astype(dtype)


def with_channels(pixels: Pixels, channels: int) -> Pixels:
    """(H, W, C) -> (H, W, channels), 1, 3 or 4."""
    if channels not in CHANNELS:
        raise ValueError(f"channels must be 1, 3 or 4, not {channels}")
    have = pixels.shape[2]
    if have == channels:
        return pixels
    if channels == 1:
        return to_depth(to_depth(pixels[..., :3], "float32") @ LUMA[:, None], pixels.dtype.name)
    rgb = pixels[..., :3] if have >= 3 else np.repeat(pixels, 3, axis=2)
    if channels == 3:
        return np.ascontiguousarray(rgb)
    opaque = 1.0 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
    return np.concatenate([rgb, np.full((*pixels.shape[:2], 1), opaque, pixels.dtype)], axis=2)
