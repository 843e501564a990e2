"""The chunks of a PNG file that describe the picture: reading them within bounds, and writing them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from studio.model.io import limits, metadata

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
XMP_KEY: Final = "XML:com.adobe.xmp"
_WANTED: Final = frozenset((b"IHDR", b"iCCP", b"eXIf", b"pHYs", b"acTL", b"tRNS", b"tEXt", b"zTXt", b"iTXt"))
_PIXELS: Final = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_METRE: Final = 0.0254  # metres in an inch


def scan(file: BinaryIO) -> dict[bytes, list[bytes]]:
    """Contents of the descriptive chunks by kind, in file order. ValueError if it is no PNG file."""
    file.seek(0)
    found: dict[bytes, list[bytes]] = {}
    budget = 4 * limits.MAX_METADATA_BYTES
    for kind, content in _chunks(file):
        budget -= len(content) + 64
        if budget < 0:
            break
        found.setdefault(kind, []).append(content)
    if len(found.get(b"IHDR", [b""])[0]) != 13:
        raise ValueError("no PNG header")
    return found


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    if file.read(8) != SIGNATURE:
        raise ValueError("not a PNG file")
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind in _WANTED and length <= limits.MAX_METADATA_BYTES:
            yield kind, file.read(length)
            length = 0
        file.seek(length + 4, 1)


def picture_only(file: BinaryIO) -> bytes:
    """The file without the chunks that say nothing about pixels, so libpng has less to stumble on."""
    file.seek(8)
    parts = [SIGNATURE]
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in _PIXELS:
            parts += [head, file.read(length + 4)]
        else:
            file.seek(length + 4, 1)
    return b"".join(parts)


def describe(found: Mapping[bytes, list[bytes]]) -> tuple[dict[str, str], int, bytes | None]:
    """(meta, EXIF orientation, ICC profile) of the scanned chunks; broken ones are left out."""
    meta: dict[str, str] = {}
    for kind in (b"tEXt", b"zTXt", b"iTXt"):
        for content in found.get(kind, ()):
            _take_text(*_text(kind, content), meta)
    physical = found.get(b"pHYs", [b""])[0]
    if len(physical) == 9 and physical[8] == 1:
        metadata.take_dpi(round(struct.unpack(">I", physical[:4])[0] * _METRE, 2), meta)
    if int.from_bytes(found.get(b"acTL", [b""])[0][:4], "big") > 1:
        meta = metadata.with_notices(meta, metadata.ANIMATED)
    orientation = metadata.take_exif_block(found.get(b"eXIf", [b""])[0], meta)
    packed = found.get(b"iCCP", [b""])[0].partition(b"\0")[2]
    return meta, orientation, _inflate(packed[1:]) or None


def _text(kind: bytes, content: bytes) -> tuple[str, str]:
    """(keyword, text) of a tEXt, zTXt or iTXt chunk; empty text if it is broken."""
    key, _, rest = content.partition(b"\0")
    if kind == b"tEXt":
        return key.decode("latin-1"), rest.decode("latin-1")
    if kind == b"zTXt":
        return key.decode("latin-1"), _inflate(rest[1:]).decode("latin-1")
    body = (rest[2:].split(b"\0", 2) + [b""] * 3)[2]
    return key.decode("latin-1"), (_inflate(body) if rest[:1] == b"\1" else body).decode("utf-8", "replace")


def _take_text(key: str, text: str, meta: dict[str, str]) -> None:
    if key == XMP_KEY:
        metadata.take_xmp(text, meta)
    elif key == metadata.PROVENANCE:
        meta[key] = text
    elif text and not key.startswith("Raw profile type"):
        meta[metadata.TEXT + key] = text


def _inflate(packed: bytes) -> bytes:
    """At most MAX_METADATA_BYTES of decompressed data; nothing if it is damaged or would be longer."""
    stream = zlib.decompressobj()
    try:
        out = stream.decompress(packed, limits.MAX_METADATA_BYTES)
    except zlib.error:
        return b""
    return out if stream.eof else b""


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk with its length and check sum."""
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))
    )


def header(width: int, height: int, bits: int, colour_type: int) -> bytes:
    """Signature and IHDR of a picture that is not interlaced."""
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))


def descriptive(meta: Mapping[str, str], icc: bytes | None) -> bytes:
    """The chunks between IHDR and IDAT: colour, resolution, EXIF, XMP, provenance and texts."""
    parts = [chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(icc)) if icc else chunk(b"sRGB", b"\0")]
    dpi = metadata.dpi_of(meta)
    if dpi:
        parts.append(chunk(b"pHYs", struct.pack(">IIB", *(round(dpi / _METRE),) * 2, 1)))
    exif = metadata.exif_bytes({key: text for key, text in meta.items() if key != metadata.PROVENANCE})
    if exif:
        parts.append(chunk(b"eXIf", exif))
    return b"".join(parts + [_international(key, text) for key, text in _texts(meta)])


def _texts(meta: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, text in meta.items():
        if key == metadata.XMP:
            yield XMP_KEY, text
        elif key == metadata.PROVENANCE:
            yield key, text
        elif key.startswith(metadata.TEXT) and 0 < len(key) - len(metadata.TEXT) < 80:
            yield key.removeprefix(metadata.TEXT), text


def _international(key: str, text: str) -> bytes:
    name = key.encode("latin-1", "replace").replace(b"\0", b"")
    return chunk(b"iTXt", name + b"\0\0\0\0\0" + text.encode("utf-8", "replace"))
