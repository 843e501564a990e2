"""From what decoders give to (H, W, C) arrays in the few kinds that `Image` knows."""

from __future__ import annotations

from typing import Any, BinaryIO, Final

import numpy as np
from PIL import Image as Pillow

from studio.model.io import colour, limits, metadata
from studio.model.media import Image

Array = np.ndarray[Any, Any]

Pillow.MAX_IMAGE_PIXELS = limits.MAX_PIXELS  # ours are the limits; Pillow's own are a third of that

BROKEN_PROFILE: Final = "The file's colour profile does not fit its pixels and was left out."
FROM_CMYK: Final = "The picture was converted from CMYK to sRGB."
FILLED: Final = "Transparent parts were filled with {colour}."
FROM_LAB: Final = "The picture was converted from CIE Lab to sRGB."


def open_pillow(file: BinaryIO, plugin: str) -> Pillow.Image:
    """Read the header with one of Pillow's plugins and check the size. Raises what Pillow raises."""
    file.seek(0)
    picture = Pillow.open(file, formats=[plugin])
    most = limits.MAX_GIF_PIXELS if plugin == "GIF" else limits.MAX_PIXELS
    limits.check_size(picture.width, picture.height, most=most)
    return picture


def pillow_array(file: BinaryIO, plugin: str) -> Array:
    """The first frame as (H, W, 1, 3 or 4) uint8 or uint16, not turned or colour managed."""
    with open_pillow(file, plugin) as picture:
        return array_of(picture)


def array_of(picture: Pillow.Image) -> Array:
    """The pixels of a Pillow picture as (H, W, 1, 3 or 4) uint8, uint16 or float32; CMYK naively as RGB."""
    if picture.mode.startswith("I;16"):
        return np.array(picture).astype(np.uint16)[..., None]
    if picture.mode == "F":
        return np.array(picture)[..., None]
    wanted = "RGBA" if picture.has_transparency_data else {"1": "L", "L": "L"}.get(picture.mode, "RGB")
    pixels = np.asarray(picture if picture.mode == wanted else picture.convert(wanted))
    return pixels[..., None] if pixels.ndim == 2 else pixels


def grey_alpha_to_rgba(pixels: Array) -> Array:
    """(H, W, 2) to (H, W, 4)."""
    return pixels[..., [0, 0, 0, 1]]


def finish(pixels: Array, icc: bytes | None, meta: dict[str, str], orientation: int = 1) -> Image:
    """The picture turned upright, with a profile that fits its channels.

    A grey picture with an RGB profile becomes RGB; RGB channels made from grey with a grey profile become
    sRGB; any other profile that does not fit is left out with a notice.
    """
    space = colour.space_of(icc)
    grey = pixels.shape[2] == 1
    if icc and space == "gray" and not grey:
        rgb = colour.convert(pixels[..., :1], icc, "gray")
        pixels, icc = np.concatenate([rgb, pixels[..., 3:]], axis=2), None
    elif icc and space == "rgb" and grey:
        pixels = np.repeat(pixels, 3, axis=2)
    elif icc and space != ("gray" if grey else "rgb"):
        icc, meta = None, metadata.with_notices(meta, BROKEN_PROFILE)
    return Image(metadata.upright(pixels, orientation), icc, meta)


def on_background(image: Image, background: str) -> tuple[Image, tuple[str, ...]]:
    """The picture without transparency, over a colour "#rrggbb"; and a notice if anything shines through."""
    if not image.has_alpha:
        return image, ()
    if is_opaque(image.pixels):
        return Image(image.pixels[..., :3], image.icc, image.meta), ()
    pixels = image.array("float32", 4)
    colour_value = np.array([int(background[at : at + 2], 16) / 255 for at in (1, 3, 5)], np.float32)
    rgb = pixels[..., :3] * pixels[..., 3:] + colour_value * (1 - pixels[..., 3:])
    return Image(rgb, image.icc, image.meta), (FILLED.format(colour=background),)


def is_opaque(pixels: Array) -> bool:
    """Whether (H, W, C) pixels have no alpha channel, or one that is full everywhere."""
    if pixels.shape[2] != 4:
        return True
    one = 1.0 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max
    return bool((pixels[..., 3] == one).all())
