"""Looking at one picture file: its header at little cost, its pixels at more. No file is trusted."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
MAX_PIXELS = 200_000_000
SIDE = 16  # of the small copies that duplicates are told by
PLAIN = {"1": "black and white", "L": "grey", "RGB": "colour", "RGBA": "colour with transparency",
         "P": "palette", "LA": "grey with transparency", "PA": "palette with transparency",
         "CMYK": "print colours (CMYK)", "I;16": "grey, 16 bits", "I": "grey, 32 bits",
         "F": "floating point"}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a file says about itself: size in pixels, colour mode, frames, and whether it has transparency."""

    width: int
    height: int
    mode: str
    frames: int
    alpha: bool

    @property
    def mode_title(self) -> str:
        """The colour mode in words."""
        return PLAIN.get(self.mode, self.mode)


@dataclass(frozen=True)
class Trace:
    """A picture's small copy (16, 16, 4) uint8 and the 64 bits of its difference hash."""

    small: NDArray[np.uint8]
    bits: int


class Broken(Exception):
    """A file is no picture we can read; the text tells why."""


def read_header(path: str) -> Header:
    """Size and kind of a picture without reading its pixels; `Broken` if it is none."""
    with opened(path) as picture:
        frames = int(getattr(picture, "n_frames", 1))
        alpha = "A" in picture.getbands() or "transparency" in picture.info
        return Header(picture.width, picture.height, picture.mode, frames, alpha)


def read_trace(path: str) -> Trace:
    """Decode a picture whole, which finds damage, and keep what duplicates are told by."""
    with opened(path) as picture:
        picture.draft("RGB", (8 * SIDE, 8 * SIDE))
        whole = as_rgba(picture)
        small = np.asarray(whole.resize((SIDE, SIDE), Pillow.Resampling.BOX), np.uint8)
        return Trace(small, difference_hash(whole))


def read_rgba(path: str, longest: int) -> NDArray[np.uint8]:
    """A picture (h, w, 4) uint8, at most ``longest`` pixels wide and high; `Broken` if it is none."""
    with opened(path) as picture:
        picture.draft("RGB", (longest, longest))
        whole = as_rgba(picture)
        whole.thumbnail((longest, longest), Pillow.Resampling.BOX)
        return np.asarray(whole, np.uint8)


@contextmanager
def opened(path: str) -> Generator[Pillow.Image]:
    """A Pillow picture, its pixels not read yet. Whatever goes wrong becomes `Broken`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Pillow.open(path, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Broken(f"it has {picture.width} × {picture.height} pixels")
                yield picture
        except Broken:
            raise
        except MemoryError:
            raise Broken("it does not fit into memory") from None
        except Exception as error:
            raise Broken(reason(error)) from None


def reason(error: Exception) -> str:
    """Why a file could not be read, in a few words."""
    text = str(error)
    if isinstance(error, Pillow.UnidentifiedImageError):
        return "it is no picture"
    if "truncated" in text.lower() or "broken" in text.lower():
        return "it is cut off"
    return text.splitlines()[0][:120] if text else type(error).__name__


def as_rgba(picture: Pillow.Image) -> Pillow.Image:
    """The first frame as 8-bit RGBA, 16-bit grey scaled down rather than cut."""
    if picture.mode in ("I;16", "I", "F"):
        values = np.asarray(picture, np.float32)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        picture = Pillow.fromarray((values.clip(0, top) * (255 / top)).astype(np.uint8))
    return picture.convert("RGBA")


def difference_hash(picture: Pillow.Image) -> int:
    """64 bits: whether each of 8 x 8 places is lighter than its right neighbour, over mid-grey."""
    ground = Pillow.new("RGBA", picture.size, (128, 128, 128, 255))
    ground.alpha_composite(picture)
    grey = np.asarray(ground.convert("L").resize((9, 8), Pillow.Resampling.BOX), np.int16)
    bits = (grey[:, :-1] > grey[:, 1:]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")
