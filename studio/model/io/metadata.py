"""What a picture file carries besides pixels: EXIF, XMP, ICC profile, resolution, texts.

In `Image.meta` and `Document.meta` everything is text under these keys:

    exif        EXIF block (a TIFF structure), base64; its orientation is always 1, without thumbnail
    xmp         XMP packet
    dpi         pixels per inch, a decimal number
    text:NAME   a named text, as PNG files have them
    notices     what of the file could not be kept, one sentence a line
    latent-studio:provenance    how a generated picture was made, JSON
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from PIL import Image as Pillow

from studio.model import provenance
from studio.model.io.limits import MAX_METADATA_BYTES

EXIF: Final = "exif"
XMP: Final = "xmp"
DPI: Final = "dpi"
TEXT: Final = "text:"
NOTICES: Final = "notices"
PROVENANCE: Final = provenance.KEY

ANIMATED: Final = "The file holds several pictures; only the first was opened."
BROKEN_EXIF: Final = "The file's EXIF data is damaged and was left out."

_ORIENTATION: Final = 0x0112
_DESCRIPTION: Final = 0x010E
# Tags by which TIFF describes how its own pixels are stored; they say nothing about another file.
_STRUCTURE: Final = frozenset(
    [*range(254, 260), 262, 266, 273, *range(277, 282), 284, 292, 293, 297, 301, *range(317, 321),
     *range(322, 326), 330, *range(332, 335), *range(336, 342), 347, 512, 513, 514, *range(529, 533),
     700, 33723, 34377, 34675, 37724]
)  # fmt: skip
_RESOLUTION: Final = (0x011A, 0x011B, 0x0128)


def notices(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """What could not be kept when the file was opened, as sentences."""
    return tuple(line for line in str(meta.get(NOTICES, "")).split("\n") if line)


def with_notices(meta: Mapping[str, str], *sentences: str) -> dict[str, str]:
    """`meta` with more notices, each at most once."""
    lines = dict.fromkeys((*notices(meta), *sentences))
    return dict(meta) | ({NOTICES: "\n".join(lines)} if lines else {})


def take_exif(exif: Pillow.Exif, meta: dict[str, str]) -> int:
    """Put the EXIF block into `meta`, upright and without thumbnail; return the orientation it had (1..8)."""
    orientation = exif.get(_ORIENTATION, 1)
    for tag in (_ORIENTATION, *_RESOLUTION, *_STRUCTURE):
        exif.pop(tag, None)
    description = exif.get(_DESCRIPTION)
    if isinstance(description, str) and description.startswith('{"generator"'):
        meta[PROVENANCE] = exif.pop(_DESCRIPTION)
    if len(exif):
        block = exif.tobytes().removeprefix(b"Exif\0\0")
        if len(block) <= MAX_METADATA_BYTES:
            meta[EXIF] = base64.b64encode(block).decode("ascii")
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def take_exif_block(block: bytes, meta: dict[str, str]) -> int:
    """`take_exif` for a raw block; a damaged one is left out with a notice."""
    exif = Pillow.Exif()
    try:
        exif.load(b"Exif\0\0" + block.removeprefix(b"Exif\0\0") if block else b"")
        return take_exif(exif, meta)
    except Exception:
        meta.update(with_notices(meta, BROKEN_EXIF))
        return 1


def take_xmp(packet: bytes | str, meta: dict[str, str]) -> None:
    """Put an XMP packet into `meta`, with its orientation reset."""
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else packet
    if text and len(text) <= MAX_METADATA_BYTES:
        text = re.sub(r'(tiff:Orientation\s*=\s*["\'])\d', r"\g<1>1", text)
        meta[XMP] = re.sub(r"(<tiff:Orientation>\s*)\d", r"\g<1>1", text).rstrip("\0")


def take_dpi(x: float, meta: dict[str, str]) -> None:
    """Put a resolution into `meta` if it makes sense."""
    if 1 <= x <= 100_000:
        meta[DPI] = f"{x:.10g}"


def dpi_of(meta: Mapping[str, str]) -> float | None:
    """Pixels per inch, if known."""
    try:
        return float(meta[DPI])
    except (KeyError, ValueError):
        return None


def exif_for(meta: Mapping[str, str]) -> Pillow.Exif:
    """The EXIF block to write, with the provenance as its description; empty if there is nothing to say."""
    exif = Pillow.Exif()
    if EXIF in meta:
        exif.load(b"Exif\0\0" + base64.b64decode(meta[EXIF]))
    if PROVENANCE in meta:
        exif[_DESCRIPTION] = json.dumps(json.loads(meta[PROVENANCE]))  # EXIF text is ASCII
    return exif


def exif_bytes(meta: Mapping[str, str]) -> bytes:
    """The EXIF block to write as bytes, without any file format's prefix; empty if there is none."""
    exif = exif_for(meta)
    return exif.tobytes().removeprefix(b"Exif\0\0") if len(exif) else b""


def upright(pixels: np.ndarray[Any, Any], orientation: int) -> np.ndarray[Any, Any]:
    """Turn (H, W, C) pixels as EXIF orientation 1..8 says; a view."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
