"""The file formats the studio knows, as data: how to recognise, read and write each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.io import options as opt
from studio.model.io import ora_read, pillow, png, tiff
from studio.model.io.pixels import on_background
from studio.model.media import Image

Notices = tuple[str, ...]


@dataclass(frozen=True)
class Format:
    """One file format.

    Attributes:
        id: short name, unique.
        title: as file dialogs show it.
        suffixes: lower case with dot; the first is the usual one.
        matches: whether a file that starts with these 512 bytes is of this format.
        read: gives a picture, or a document if the format has layers; None if it cannot be read.
        write: encodes a picture and tells what could not be kept; None if it cannot, or keeps layers.
        options: how to write it; None if it cannot be written.
        layers: whether it keeps layers.
    """

    id: str
    title: str
    suffixes: tuple[str, ...]
    matches: Callable[[bytes], bool]
    read: Callable[[BinaryIO], Image | Document] | None = None
    write: Callable[[BinaryIO, Image, opt.Options], Notices] | None = None
    options: type[opt.Options] | None = None
    layers: bool = False


class DuplicateFormat(ValueError):
    """Two formats with the same id, or the same suffix to write."""


class Formats:
    """A registry; the order is the order of recognition and of file dialogs."""

    def __init__(self, formats: Iterable[Format] = ()) -> None:
        self._formats: list[Format] = []
        for found in formats:
            self.add(found)

    def __iter__(self) -> Iterator[Format]:
        return iter(self._formats)

    def add(self, added: Format) -> Callable[[], None]:
        """Register a format; returns the undo. DuplicateFormat if the id or a suffix is taken."""
        for known in self._formats:
            if known.id == added.id or set(known.suffixes) & set(added.suffixes):
                raise DuplicateFormat(f"{added.id}: taken by {known.id}")
        self._formats.append(added)
        return lambda: self._formats.remove(added)

    def readers(self) -> tuple[Format, ...]:
        """Formats that can be opened."""
        return tuple(known for known in self._formats if known.read)

    def writers(self) -> tuple[Format, ...]:
        """Formats that can be saved."""
        return tuple(known for known in self._formats if known.options)

    def recognise(self, head: bytes) -> Format | None:
        """The format of a file that starts with these bytes; its name does not matter."""
        return next((known for known in self.readers() if known.matches(head)), None)

    def writer_for(self, path: Path) -> Format:
        """The format to write a file of that name in. UserError if there is none."""
        suffix = path.suffix.lower()
        for known in self.writers():
            if suffix in known.suffixes:
                return known
        names = ", ".join(known.suffixes[0] for known in self.writers())
        missing = (
            f"Files ending in “{suffix}” cannot be written." if suffix else "The file name has no ending."
        )
        raise UserError(missing, f"Use one of {names}.")


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _is_ora(head: bytes) -> bool:
    return head.startswith(b"PK\3\4") and b"image/openraster" in head[:128]


def _write_png(file: BinaryIO, image: Image, options: opt.Options) -> Notices:
    assert isinstance(options, opt.PngOptions)
    pixels = image.pixels if image.pixels.dtype.kind == "u" else image.array("uint16", image.channels)
    png.write(file, pixels, image.icc, image.meta, options.compression)
    return ()


def _write_tiff(file: BinaryIO, image: Image, options: opt.Options) -> Notices:
    assert isinstance(options, opt.TiffOptions)
    return tiff.write(file, image, compression=options.compression)


def _write_jpeg(file: BinaryIO, image: Image, options: opt.Options) -> Notices:
    assert isinstance(options, opt.JpegOptions)
    opaque, notices = on_background(image, options.background)
    how = options.model_dump(include={"quality", "subsampling", "progressive"})
    return notices + pillow.write_jpeg(file, opaque, **how)


def _write_webp(file: BinaryIO, image: Image, options: opt.Options) -> Notices:
    assert isinstance(options, opt.WebpOptions)
    return pillow.write_webp(file, image, quality=options.quality, lossless=options.lossless)


def _read_psd(file: BinaryIO) -> Document:
    """Loads the PSD library with the first PSD file, not with the studio."""
    from studio.model.io import psd

    return psd.read(file)


FORMATS = Formats(
    (
        Format("ora", "OpenRaster", (".ora",), _is_ora, ora_read.read, None, opt.OraOptions, layers=True),
        Format("png", "PNG", (".png",), _starts(b"\x89PNG"), png.read, _write_png, opt.PngOptions),
        Format("jpeg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), _starts(b"\xff\xd8\xff"), pillow.read_jpeg,
               _write_jpeg, opt.JpegOptions),
        Format("webp", "WebP", (".webp",), _is_webp, pillow.read_webp, _write_webp, opt.WebpOptions),
        Format("tiff", "TIFF", (".tif", ".tiff"), _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), tiff.read,
               _write_tiff, opt.TiffOptions),
        Format("psd", "Photoshop", (".psd", ".psb"), _starts(b"8BPS"), _read_psd, layers=True),
        Format("gif", "GIF", (".gif",), _starts(b"GIF8"), pillow.read_gif),
        Format("bmp", "BMP", (".bmp",), _starts(b"BM"), pillow.read_bmp),
    )
)  # fmt: skip
