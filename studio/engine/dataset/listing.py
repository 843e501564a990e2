"""Finding the pictures of a folder, as quickly as the disk tells of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.model.errors import UserError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm"})
MOST_FILES = 2_000_000
DEEPEST = 16  # folders below folders
PACE = 5_000  # files between two reports


@dataclass(frozen=True, slots=True)
class Entry:
    """One file with a picture's suffix: path, size in bytes, and the first folder below the data set's."""

    path: str
    nbytes: int
    group: str

    @property
    def name(self) -> str:
        """The file's name."""
        return os.path.basename(self.path)  # noqa: PTH119 - hundreds of thousands of them


@dataclass(frozen=True)
class Listing:
    """All pictures of a folder, by path, and how many other files lie among them."""

    folder: Path
    entries: tuple[Entry, ...]
    others: int


def list_pictures(folder: Path) -> Iterator[int]:
    """Walk a folder, yielding how many files were seen so far; returns the `Listing`. No file is opened.

    Links to folders are not followed. `UserError` when the folder cannot be read.
    """
    entries: list[Entry] = []
    others = 0
    for path, nbytes, group in walk(folder):
        if suffix_of(path) in SUFFIXES:
            entries.append(Entry(path, nbytes, group))
        else:
            others += 1
        seen = len(entries) + others
        if seen >= MOST_FILES:
            break
        if seen % PACE == 0:
            yield seen
    entries.sort(key=lambda entry: entry.path)
    return Listing(folder, tuple(entries), others)


def walk(folder: Path) -> Iterator[tuple[str, int, str]]:
    """(path, bytes, first folder below) of every plain file; hidden files and folders are left out."""
    waiting = [(str(folder), "", 0)]
    while waiting:
        place, group, depth = waiting.pop()
        for item in read_folder(place, required=depth == 0):
            if item.name.startswith("."):
                continue
            if item.is_dir(follow_symlinks=False):
                if depth < DEEPEST:
                    waiting.append((item.path, group or item.name, depth + 1))
            elif item.is_file():
                yield item.path, size_of(item), group


def read_folder(place: str, required: bool) -> list[os.DirEntry[str]]:
    """The entries of one folder; an unreadable one has none, unless it is the one that was asked for."""
    try:
        with os.scandir(place) as found:
            return list(found)
    except OSError as error:
        if not required:
            return []
        raise UserError(f"The folder {place} cannot be read.", error.strerror or str(error)) from None


def size_of(item: os.DirEntry[str]) -> int:
    """Bytes of a file, 0 when it has just gone."""
    try:
        return item.stat().st_size
    except OSError:
        return 0


def suffix_of(path: str) -> str:
    """The lower-case suffix, with its dot."""
    return os.path.splitext(path)[1].lower()  # noqa: PTH122 - hundreds of thousands of them
