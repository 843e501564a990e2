"""ICC profiles: recognising them, and converting pixels to sRGB with Little CMS."""

from __future__ import annotations

import functools
from typing import Any, Final

import numpy as np

from studio.model.errors import UserError
from studio.model.io.limits import MAX_METADATA_BYTES
from studio.model.media import Depth, Image

Array = np.ndarray[Any, Any]

_SPACES: Final = {b"RGB ": "rgb", b"GRAY": "gray", b"CMYK": "cmyk", b"Lab ": "lab"}


def space_of(profile: bytes | None) -> str:
    """`rgb`, `gray`, `cmyk` or `lab`; empty if `profile` is no ICC profile that can be used."""
    if not profile or not 128 <= len(profile) <= MAX_METADATA_BYTES or profile[36:40] != b"acsp":
        return ""
    return _SPACES.get(profile[16:20], "")


@functools.cache
def srgb_profile() -> bytes:
    """The sRGB profile, as bytes."""
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def is_srgb(profile: bytes | None) -> bool:
    """Whether pixels with this profile can be shown on an sRGB screen as they are."""
    return profile is None or profile == srgb_profile()


def convert(pixels: Array, profile: bytes, space: str, target: bytes | None = None) -> Array:
    """(H, W, channels of `space`) to (H, W, 3) in an RGB profile (sRGB if none), same depth.

    Raises UserError for a broken profile.
    """
    import imagecodecs

    source = np.ascontiguousarray(pixels[..., 0] if space == "gray" else pixels)
    known = target or srgb_profile()
    try:
        out = imagecodecs.cms_transform(source, profile, known, colorspace=space, outcolorspace="rgb")
    except (imagecodecs.CmsError, ValueError) as error:
        raise UserError("The colour profile is damaged.", "Remove it and try again.") from error
    return out.clip(0, 1) if out.dtype.kind == "f" else out


def to_srgb(image: Image) -> Image:
    """The picture in sRGB, without a profile; the same object if it has none. Alpha is kept as it is.

    For showing and for generators; saving keeps the original pixels and their profile.
    """
    return to_profile(image, None)


def to_profile(image: Image, target: bytes | None) -> Image:
    """The picture in another document's RGB profile (None: sRGB), to put it into that document.

    The same object if it has that profile already. Grey stays grey when it goes to sRGB. Alpha is kept.
    """
    if image.icc == target:
        return image
    source = image.icc or srgb_profile()
    grey = image.channels == 1 and space_of(source) == "gray"
    if not grey and (space_of(source) != "rgb" or (image.channels == 1 and target is None)):
        return Image(image.pixels, target, image.meta)
    colours = image.pixels if grey else image.array(_depth(image), max(3, image.channels))[..., :3]
    rgb = convert(colours, source, "gray" if grey else "rgb", target)
    if grey and target is None:
        return Image(rgb[..., :1], None, image.meta)
    alpha = image.pixels[..., 3:] if image.has_alpha else rgb[..., :0]
    return Image(np.concatenate([rgb, alpha], axis=2), target, image.meta)


def _depth(image: Image) -> Depth:
    return (
        "uint8"
        if image.pixels.dtype == np.uint8
        else "uint16"
        if image.pixels.dtype == np.uint16
        else "float32"
    )
