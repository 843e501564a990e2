"""ICC profiles: recognising them, and converting pixels to sRGB with Little CMS."""

from __future__ import annotations

import functools
from typing import Any, Final

import numpy as np

from studio.model.errors import UserError
from studio.model.io.limits import MAX_METADATA_BYTES
from studio.model.media import Image

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


def convert(pixels: np.ndarray[Any, Any], profile: bytes, space: str) -> np.ndarray[Any, Any]:
    """(H, W, channels of `space`) to (H, W, 3) in sRGB, same depth. UserError for a broken profile."""
    import imagecodecs

    source = pixels[..., 0] if space == "gray" else pixels
    try:
        out = imagecodecs.cms_transform(
            np.ascontiguousarray(source), profile, srgb_profile(), colorspace=space, outcolorspace="rgb"
        )
    except (imagecodecs.CmsError, ValueError) as error:
        raise UserError(
            "The picture's colour profile is damaged.", "Remove the profile and try again."
        ) from error
    return out.clip(0, 1) if out.dtype.kind == "f" else out


def to_srgb(image: Image) -> Image:
    """The picture in sRGB, without a profile; the same object if it has none. Alpha is kept as it is.

    For showing and for generators; saving keeps the original pixels and their profile.
    """
    if image.icc is None:
        return image
    space = space_of(image.icc)
    colours = 1 if image.channels == 1 else 3
    if space != ("gray" if colours == 1 else "rgb"):
        return Image(image.pixels, None, image.meta)
    rgb = convert(image.pixels[..., :colours], image.icc, space)
    out = rgb[..., :1] if colours == 1 else np.concatenate([rgb, image.pixels[..., 3:]], axis=2)
    return Image(out, None, image.meta)
