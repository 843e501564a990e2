"""Read files out of a Qt resource bundle (.rcc) without Qt.

Layout, big-endian, as Qt's ``rcc`` writes it (versions 1 to 3): ``qres``, version, offsets of tree, data and
names, since version 3 a word of flags. A tree node is name offset (4), flags (2), then for a folder child
count and first child (4 + 4), for a file territory, language (2 + 2) and data offset (4), since version 2
followed by a date (8). A name is length (2), hash (4), UTF-16. Data is length (4), bytes; compressed data
starts with its unpacked size (4).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

COMPRESSED, FOLDER, ZSTD = 1, 2, 4


class Bundle:
    """An opened bundle.

    Raises:
        ValueError: when the bytes are no resource bundle of a known version.
    """

    def __init__(self, raw: bytes) -> None:
        if raw[:4] != b"qres":
            raise ValueError("not a Qt resource bundle")
        version, self.tree, self.data, self.names = struct.unpack_from(">4I", raw, 4)
        if version not in (1, 2, 3):
            raise ValueError(f"resource bundle of unknown version {version}")
        self.raw, self.node_size = raw, 14 if version == 1 else 22

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file: its path with slashes, and its content."""
        yield from self.walk(0, "", 0)

    def walk(self, node: int, folder: str, depth: int) -> Iterator[tuple[str, bytes]]:
        """The files at and below a node of the tree."""
        if depth > 32:
            raise ValueError("resource bundle nested too deeply")
        at = self.tree + node * self.node_size
        name_at, flags, a, b = struct.unpack_from(">IHII", self.raw, at)
        path = f"{folder}/{self.name(name_at)}" if node else ""
        if flags & FOLDER:
            for child in range(b, b + a):
                yield from self.walk(child, path, depth + 1)
        else:
            yield path.lstrip("/"), self.content(b, flags)

    def name(self, offset: int) -> str:
        """The name at an offset of the name table."""
        at = self.names + offset
        (length,) = struct.unpack_from(">H", self.raw, at)
        return self.raw[at + 6 : at + 6 + 2 * length].decode("utf-16-be")

    def content(self, offset: int, flags: int) -> bytes:
        """The unpacked bytes at an offset of the data section."""
        if flags & ZSTD:
            raise ValueError("Zstandard compression is not read here")
        at = self.data + offset
        (length,) = struct.unpack_from(">I", self.raw, at)
        body = self.raw[at + 4 : at + 4 + length]
        return zlib.decompress(body[4:]) if flags & COMPRESSED else body
