"""JPEG, WebP, GIF and BMP, decoded and encoded by Pillow."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Mapping
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, Final

import numpy as np
from PIL import Image as Pillow
from PIL import ImageFile

from studio.model.errors import UserError
from studio.model.io import colour, metadata
from studio.model.io.pixels import FROM_CMYK, FROM_LAB, Array, array_of, finish, open_pillow
from studio.model.media import Image

MAX_SIDE: Final = {"JPEG": 65_500, "WEBP": 16_383}
_MAX_JPEG_BLOCK: Final = 65_000
_buffer_size = threading.Lock()
LEFT_OUT: Final = "The {what} data was too long for a JPEG file and was left out."


def read(plugin: str, file: BinaryIO) -> Image:
    """Decode the first picture of a file with one of Pillow's plugins (such as "JPEG")."""
    with open_pillow(file, plugin) as picture:
        meta, orientation = _describe(picture)
        if getattr(picture, "n_frames", 1) > 1:
            meta = metadata.with_notices(meta, metadata.ANIMATED)
        pixels, icc, notice = colours(picture)
        return finish(pixels, icc, metadata.with_notices(meta, *notice), orientation)


def _describe(picture: Pillow.Image) -> tuple[dict[str, str], int]:
    meta: dict[str, str] = {}
    packet = picture.info.get("xmp")
    if isinstance(packet, (bytes, str)):
        metadata.take_xmp(packet, meta)
    dpi = picture.info.get("dpi")
    if dpi:
        metadata.take_dpi(float(dpi[0]), meta)
    try:
        return meta, metadata.take_exif(picture.getexif(), meta)
    except Exception:  # whatever Pillow makes of a stranger's EXIF: the pixels are still good
        return metadata.with_notices(meta, metadata.BROKEN_EXIF), 1


def colours(picture: Pillow.Image) -> tuple[Array, bytes | None, tuple[str, ...]]:
    """(pixels, profile that belongs to them, notices). CMYK and Lab are converted to sRGB."""
    icc = picture.info.get("icc_profile") or None
    if picture.mode == "CMYK":
        if colour.space_of(icc) != "cmyk":
            return array_of(picture), None, (FROM_CMYK,)
        return colour.convert(np.asarray(picture), icc or b"", "cmyk"), None, (FROM_CMYK,)
    if picture.mode == "LAB":
        from PIL import ImageCms

        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, lab, rgb, outputMode="RGB")
        return np.asarray(converted), None, (FROM_LAB,)
    return array_of(picture), icc, ()


read_jpeg = partial(read, "JPEG")
read_webp = partial(read, "WEBP")
read_gif = partial(read, "GIF")
read_bmp = partial(read, "BMP")


def write_jpeg(
    file: BinaryIO, image: Image, *, quality: int, subsampling: str, progressive: bool
) -> tuple[str, ...]:
    """Encode an opaque 8-bit picture as JPEG. Returns what could not be kept."""
    _check_side(image, "JPEG")
    extra, notices = _extra(image), list[str]()
    for key in ("exif", "xmp"):
        if len(extra[key]) > _MAX_JPEG_BLOCK:
            notices.append(LEFT_OUT.format(what=key.upper()))
            extra[key] = b""
    extra["exif"] = b"Exif\0\0" + extra["exif"] if extra["exif"] else b""
    how = {"quality": quality, "subsampling": subsampling, "progressive": progressive, "optimize": True}
    with _room_for(image):
        file.write(_encoded(image, "JPEG", **extra, **how))
    return tuple(notices)


def write_webp(file: BinaryIO, image: Image, *, quality: int, lossless: bool) -> tuple[str, ...]:
    """Encode an 8-bit picture as WebP; `exact` keeps the colours under full transparency when lossless."""
    _check_side(image, "WEBP")
    how = {"quality": quality, "lossless": lossless, "exact": lossless}
    file.write(_encoded(image, "WEBP", **_extra(image), **how))
    return ()


def _extra(image: Image) -> dict[str, Any]:
    meta: Mapping[str, str] = image.meta
    dpi = metadata.dpi_of(meta)
    return {
        "exif": metadata.exif_bytes(meta),
        "xmp": meta.get(metadata.XMP, "").encode(),
        "icc_profile": image.icc,
        **({"dpi": (dpi, dpi)} if dpi else {}),
    }


@contextlib.contextmanager
def _room_for(image: Image) -> Generator[None]:
    """Let Pillow's buffer hold a whole JPEG picture, which optimising needs; its own guess fails on noise."""
    with _buffer_size:
        before = ImageFile.MAXBLOCK
        ImageFile.MAXBLOCK = max(before, image.width * image.height * 4 + (1 << 20))
        try:
            yield
        finally:
            ImageFile.MAXBLOCK = before


def _encoded(image: Image, plugin: str, **how: Any) -> bytes:
    """The file in memory, since Pillow's encoders do not tell why writing to a disk failed."""
    pixels = image.array("uint8", image.channels)
    out = BytesIO()
    Pillow.fromarray(pixels[..., 0] if image.channels == 1 else pixels).save(out, plugin, **how)
    return out.getvalue()


def _check_side(image: Image, plugin: str) -> None:
    side = MAX_SIDE[plugin]
    if max(image.width, image.height) > side:
        most = f"{plugin.title()} pictures can have at most {side} pixels a side."
        raise UserError(most, "Save as PNG or TIFF, or scale it down.")
