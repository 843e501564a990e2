"""What an OpenRaster document is kept in: a ZIP archive, or (while autosaving) a plain folder.

Nothing is ever unpacked to disk, and every size is checked before anything is decompressed.
"""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from studio.model.errors import UserError
from studio.model.io import limits

HEADER_BYTES: Final = 64
_SLACK: Final = 1 << 20
_BOMB: Final = "It may have been made to fill up the memory."
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class Archive(Protocol):
    """Named pieces of data."""

    def head(self, name: str, size: int = HEADER_BYTES) -> bytes:
        """The first bytes of a piece. KeyError if there is none of that name."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """A whole piece. KeyError if there is none; UserError if it is longer than `limit` bytes."""
        ...


class ZipSource:
    """Reading a ZIP archive that may be a trap. UserError or zipfile.BadZipFile if it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file)
        entries = self._zip.infolist()
        if len(entries) > limits.MAX_ENTRIES:
            raise UserError(
                "The archive holds too many files.", f"At most {limits.MAX_ENTRIES} can be opened."
            )
        self._entries = {_inner_name(entry.filename): entry for entry in entries}

    def head(self, name: str, size: int = HEADER_BYTES) -> bytes:
        """See `Archive`."""
        with self._zip.open(self._entry(name)) as piece:
            return piece.read(size)

    def read(self, name: str, limit: int) -> bytes:
        """See `Archive`."""
        entry = self._entry(name)
        if entry.file_size > limit or entry.file_size > entry.compress_size * limits.MAX_RATIO + _SLACK:
            raise UserError("A part of the file is larger than it can be.", _BOMB)
        return self._zip.read(entry)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = self._entries[_inner_name(name)]
        if entry.compress_type not in _METHODS or entry.flag_bits & 1:
            raise UserError(
                "The file is packed in an unusual way.", "Save it again with the program that made it."
            )
        return entry


def _inner_name(name: str) -> str:
    """A name inside the archive; some writers put a slash in front. UserError if it leads elsewhere."""
    inner = name.replace("\\", "/").lstrip("/")
    if ".." in inner.split("/") or inner[1:2] == ":":
        raise UserError("The archive names files outside of itself.", "It may have been made to do harm.")
    return inner


class FolderSource:
    """Reading the pieces of an unpacked document."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def head(self, name: str, size: int = HEADER_BYTES) -> bytes:
        """See `Archive`."""
        with self._path(name).open("rb") as piece:
            return piece.read(size)

    def read(self, name: str, limit: int) -> bytes:
        """See `Archive`."""
        path = self._path(name)
        if path.stat().st_size > limit:
            raise UserError("A part of the file is larger than it can be.", _BOMB)
        return path.read_bytes()

    def _path(self, name: str) -> Path:
        path = self._folder / _inner_name(name)
        if not path.is_file():
            raise KeyError(name)
        return path


class ZipTarget:
    """Writing a ZIP archive whose bytes depend on nothing but its content; to be used with `with`."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w")

    def put(self, name: str, content: bytes, *, pack: bool = False) -> None:
        """Add a piece, stored as it is or compressed."""
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
        self._zip.writestr(entry, content)

    def __enter__(self) -> ZipTarget:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """Write the directory of the archive, which after an error is of no use and may fail again."""
        if kind is None:
            self._zip.close()
            return
        with contextlib.suppress(Exception):
            self._zip.close()
