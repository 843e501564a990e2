"""TIFF 6.0: grey, RGB and CMYK with 8, 16 or 32 bits (whole or floating point) per channel.

Files of at most 8 bits per channel are decoded by Pillow, deeper ones by tifffile. Written are one picture in
strips, uint8, uint16 or float32, plain or with DEFLATE and horizontal differencing (TIFF Technical Note 2).
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np
from PIL import Image as Pillow

from studio.model.errors import UserError
from studio.model.io import colour, limits, metadata, pillow
from studio.model.io.pixels import FROM_CMYK, Array, finish, open_pillow
from studio.model.media import Image

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2
    from tifffile import TiffPage

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK = 0, 1, 2, 5
_COLOURS: Final = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _CMYK: 4}
_FLOAT: Final = 3
_PREMULTIPLIED, _STRAIGHT = 1, 2
_DEFLATE, _DIFFERENCES = 8, 2
_STRIP_BYTES: Final = 1 << 20
_MAX_BYTES: Final = (1 << 32) - (1 << 20)
CLIPPED: Final = "Values outside of 0 to 1 were cut off."
PLAIN_HINT: Final = "Convert it to 16-bit RGB with the program that made it."


def read(file: BinaryIO) -> Image:
    """Decode the first picture of a TIFF file."""
    import tifffile

    with tifffile.TiffFile(file) as tiff:
        page = tiff.pages.first
        limits.check_size(page.imagewidth, page.imagelength)
        meta, orientation, icc = _describe(file)
        if len(tiff.pages) > 1:
            meta = metadata.with_notices(meta, metadata.ANIMATED)
        if page.bitspersample <= 8 and page.sampleformat != _FLOAT:
            pixels, icc, sentences = _shallow(file)
            orientation = 1  # Pillow has turned it
        else:
            pixels, icc, sentences = _deep(page, icc)
    return finish(pixels, icc, metadata.with_notices(meta, *sentences), orientation)


Decoded = tuple[Array, bytes | None, tuple[str, ...]]  # pixels, the profile that belongs to them, notices


def _shallow(file: BinaryIO) -> Decoded:
    with open_pillow(file, "TIFF") as picture:
        return pillow.colours(picture)


def _deep(page: TiffPage, icc: bytes | None) -> Decoded:
    _check_supported(page)
    pixels, sentences = _to_known(_raw(page), page.bitspersample)
    pixels, icc, more = _colours(pixels, page, icc)
    return pixels, icc, sentences + more


def _check_supported(page: TiffPage) -> None:
    if page.photometric not in _COLOURS or page.samplesperpixel < _COLOURS[page.photometric]:
        raise UserError("This kind of TIFF picture is not supported.", PLAIN_HINT)
    if page.imagedepth != 1 or page.samplesperpixel > 8 or page.bitspersample > 64:
        raise UserError("This TIFF file holds more than a picture.", PLAIN_HINT)


def _raw(page: TiffPage) -> Array:
    """The samples as (H, W, S), whether stored by pixel or by plane."""
    frames, planes, _, height, width, samples = (1, *page.shaped)[-6:]
    if frames != 1 or planes * samples > 8:
        raise UserError("This TIFF file holds more than a picture.", PLAIN_HINT)
    raw = page.asarray(squeeze=False, maxworkers=1).reshape(planes, height, width, samples)
    return np.moveaxis(raw, 0, -2).reshape(height, width, planes * samples)


def _to_known(raw: Array, bits: int) -> tuple[Array, tuple[str, ...]]:
    """Samples as uint16 or float32, and notices. UserError for values that are not numbers."""
    if raw.dtype.kind == "u":
        if bits > 16:
            return (raw >> (bits - 16)).astype(np.uint16), ()
        return (raw.astype(np.uint32) * 65535 // ((1 << bits) - 1)).astype(np.uint16), ()
    if raw.dtype.kind != "f":
        raise UserError("TIFF pictures with negative values are not supported.", PLAIN_HINT)
    if not np.isfinite(raw).all():
        raise UserError(
            "The picture holds values that are not numbers (NaN or infinity).",
            "Replace them in the program that made it.",
        )
    known = raw.clip(0, 1).astype(np.float32)
    return known, () if (known == raw).all() else (CLIPPED,)


def _colours(pixels: Array, page: TiffPage, icc: bytes | None) -> Decoded:
    """Grey, RGB or RGBA from samples."""
    count = _COLOURS[page.photometric]
    colours, one = pixels[..., :count], _one(pixels)
    alpha = pixels[..., count : count + 1] if _alpha_kind(page) else None
    if alpha is not None and _alpha_kind(page) == _PREMULTIPLIED:
        colours = _straight(colours, alpha)
    if page.photometric == _WHITE_IS_ZERO:
        colours = one - colours
    if page.photometric == _CMYK:
        colours, icc, sentences = _cmyk_to_rgb(colours, icc), None, (FROM_CMYK,)
    else:
        sentences = ()
    if alpha is not None:
        colours = np.concatenate([np.repeat(colours, 3, axis=2) if count == 1 else colours, alpha], axis=2)
    return colours, icc, sentences


def _alpha_kind(page: TiffPage) -> int:
    kinds = tuple(int(kind) for kind in page.extrasamples)
    return kinds[0] if kinds and kinds[0] in (_PREMULTIPLIED, _STRAIGHT) else 0


def _one(pixels: Array) -> Any:
    return np.float32(1) if pixels.dtype.kind == "f" else np.uint16(65535)


def _straight(colours: Array, alpha: Array) -> Array:
    """Undo premultiplication."""
    one = float(_one(colours))
    quotient = colours.astype(np.float64) * one / np.maximum(alpha, 1 if one > 1 else np.float32(1e-9))
    return np.minimum(quotient + (0.5 if one > 1 else 0), one).astype(colours.dtype)


def _cmyk_to_rgb(inks: Array, icc: bytes | None) -> Array:
    """By the profile, or naively without one."""
    if icc and colour.space_of(icc) == "cmyk":
        return colour.convert(inks, icc, "cmyk")
    light = (_one(inks) - inks).astype(np.float64) / float(_one(inks))
    rgb = light[..., :3] * light[..., 3:] * float(_one(inks))
    return (rgb + 0.5 if inks.dtype.kind == "u" else rgb).astype(inks.dtype)


def _describe(file: BinaryIO) -> tuple[dict[str, str], int, bytes | None]:
    meta: dict[str, str] = {}
    exif = Pillow.Exif()
    file.seek(0)
    try:
        exif.load_from_fp(file)
        icc, packet, unit = exif.get(34675), exif.get(700), exif.get(296, 2)
        if 282 in exif:
            metadata.take_dpi(float(exif[282]) * (2.54 if unit == 3 else 1), meta)
        if isinstance(packet, bytes):
            metadata.take_xmp(packet, meta)
        return meta, metadata.take_exif(exif, meta), icc if isinstance(icc, bytes) else None
    except Exception:  # whatever Pillow makes of a stranger's tags: the pixels may still be good
        return metadata.with_notices(meta, metadata.BROKEN_EXIF), 1, None


def write(file: BinaryIO, image: Image, *, compression: str = "deflate") -> tuple[str, ...]:
    """Encode a picture in its own depth. `compression` is "deflate" or "none"."""
    deflate = compression == "deflate"
    strips = list(_strips(image.pixels, deflate))
    directory = _directory(image, deflate, [len(strip) for strip in strips])
    if sum(map(len, strips)) > _MAX_BYTES:
        raise UserError("The picture is too large for a TIFF file.", "Save it as PNG.")
    file.write(struct.pack("<2sHI", b"II", 42, 8))
    file.write(directory.tobytes(8))  # which adds its own end to the strips' offsets
    file.writelines(strips)
    return ()


def _rows_per_strip(pixels: Array) -> int:
    return max(1, _STRIP_BYTES // max(1, pixels[0].nbytes))


def _strips(pixels: Array, deflate: bool) -> Iterator[bytes]:
    rows = _rows_per_strip(pixels)
    for top in range(0, len(pixels), rows):
        strip = np.array(pixels[top : top + rows], pixels.dtype.newbyteorder("<"))
        if deflate and strip.dtype.kind == "u":
            strip[:, 1:] -= strip[:, :-1].copy()
        yield zlib.compress(strip.tobytes(), 6) if deflate else strip.tobytes()


def _directory(image: Image, deflate: bool, lengths: list[int]) -> ImageFileDirectory_v2:
    """The IFD: how the pixels are stored, then what describes them. Strip offsets count from its end."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    whole = image.pixels.dtype.kind == "u"
    fields: dict[int, Any] = {
        256: image.width,
        257: image.height,
        258: (image.pixels.itemsize * 8,) * image.channels,
        259: _DEFLATE if deflate else 1,
        262: _BLACK_IS_ZERO if image.channels == 1 else _RGB,
        273: tuple(itertools.accumulate(lengths[:-1], initial=0)),
        274: 1,
        277: image.channels,
        278: _rows_per_strip(image.pixels),
        279: tuple(lengths),
        339: (1 if whole else _FLOAT,) * image.channels,
    }
    if image.has_alpha:
        fields[338] = _STRAIGHT
    if deflate and whole:
        fields[317] = _DIFFERENCES
    directory = ImageFileDirectory_v2()
    for tag, value in (fields | _descriptive(image.meta, image.icc)).items():
        if tag in (273, 279):
            directory.tagtype[tag] = 4
        directory[tag] = value
    return directory


def _descriptive(meta: Mapping[str, str], icc: bytes | None) -> dict[int, Any]:
    fields: dict[int, Any] = {}
    exif = metadata.exif_for(meta)
    for tag, value in exif.items():
        fields[tag] = dict(exif.get_ifd(tag)) if tag in (0x8769, 0x8825) else value
    if icc:
        fields[34675] = icc
    if metadata.XMP in meta:
        fields[700] = meta[metadata.XMP].encode()
    dpi = metadata.dpi_of(meta)
    if dpi:
        fields |= {282: dpi, 283: dpi, 296: 2}
    return fields
