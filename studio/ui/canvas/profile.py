"""Colour-managed display: the document's ICC profile to sRGB."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from studio.ui.canvas.pixels import Array, to_8bit

if TYPE_CHECKING:
    from PIL import ImageCms


class DisplayProfile:
    """Converts pixels of a document to sRGB. Without a usable profile it changes nothing."""

    def __init__(self, icc: bytes | None) -> None:
        self.icc = icc
        self._transform = _transform(icc) if icc else None

    @property
    def converts(self) -> bool:
        """Whether colours change on their way to the screen."""
        return self._transform is not None

    def to_srgb(self, rgba: Array) -> Array:
        """(h, w, 4) straight RGBA in the document's profile, as sRGB; 8-bit when converted."""
        if self._transform is None or not rgba.size:
            return rgba
        from PIL import Image, ImageCms

        source = to_8bit(rgba)
        colours = Image.fromarray(np.ascontiguousarray(source[..., :3]), "RGB")
        converted = ImageCms.applyTransform(colours, self._transform)
        return np.dstack([np.asarray(converted), source[..., 3]])


def _transform(icc: bytes) -> ImageCms.ImageCmsTransform | None:
    from PIL import ImageCms

    from studio.model.io.colour import is_srgb, space_of

    if is_srgb(icc) or space_of(icc) != "rgb":
        return None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return None
        return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
