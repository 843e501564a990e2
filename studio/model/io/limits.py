"""What a file may ask of this machine. Checked against headers, before anything is decoded."""

from __future__ import annotations

from typing import Final

from studio.model.errors import UserError

MAX_PIXELS: Final = 512_000_000  # one picture: 2 GB as 8-bit RGBA
MAX_GIF_PIXELS: Final = 64_000_000  # a few bytes can claim much more, and no real one has
MAX_LAYER_PIXELS: Final = 2_048_000_000  # all layers of a file together
MAX_SIDE: Final = 300_000  # as in Photoshop's large documents
MAX_LAYERS: Final = 1000  # layers and groups together
MAX_NESTING: Final = 64  # groups in groups
MAX_FILE_BYTES: Final = 16 << 30
MAX_XML_BYTES: Final = 16 << 20
MAX_ENTRIES: Final = 4 * MAX_LAYERS  # files inside an OpenRaster archive
MAX_RATIO: Final = 1100  # DEFLATE cannot do better than 1032 to 1
MAX_METADATA_BYTES: Final = 16 << 20  # one EXIF, XMP or ICC block


def check_size(width: int, height: int, what: str = "The picture", most: int = MAX_PIXELS) -> None:
    """Raise UserError unless a picture of width x height pixels may be decoded."""
    if width <= 0 or height <= 0:
        raise UserError(f"{what} has no pixels.", f"Its size is given as {width} x {height}.")
    if width > MAX_SIDE or height > MAX_SIDE or width * height > most:
        raise UserError(
            f"{what} is too large: {width} x {height} pixels.",
            f"At most {most // 1_000_000} megapixels and {MAX_SIDE} pixels a side can be opened.",
        )


def check_total(pixels: int) -> None:
    """Raise UserError when all layers together have more pixels than allowed."""
    if pixels > MAX_LAYER_PIXELS:
        raise UserError(
            "The layers of this file are too large together.",
            f"At most {MAX_LAYER_PIXELS // 1_000_000} megapixels of layers can be opened.",
        )


def check_count(layers: int, depth: int = 0) -> None:
    """Raise UserError for too many layers or too deeply nested groups."""
    if layers > MAX_LAYERS:
        raise UserError("There are too many layers.", f"At most {MAX_LAYERS} work.")
    if depth > MAX_NESTING:
        raise UserError("The groups are nested too deeply.", f"At most {MAX_NESTING} levels work.")
