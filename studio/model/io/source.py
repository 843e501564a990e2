"""Opening a file from a stranger: only regular files of sensible size, recognised by content, not by name."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from studio.model.errors import UserError
from studio.model.io import limits

HEAD_BYTES: Final = 512

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%pdf", "a PDF document"),
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "XML text"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"rar!", "a RAR archive"),
    (b"pk\x03\x04", "a ZIP archive"),
    (b"\x7felf", "a program"),
    (b"mz", "a program"),
    (b"id3", "a sound file"),
    (b"riff", "a sound or video file"),
    (b"gimp xcf", "a GIMP document"),
    (b"\x1ae\xdf\xa3", "a video"),
)


def open_source(path: Path) -> BinaryIO:
    """Open `path` for reading. UserError for pipes, devices, empty and oversized files; else OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check_kind(os.fstat(handle), path.name)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def _check_kind(info: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(info.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(info.st_mode):
        raise UserError(f"“{name}” is not a file.", "Pipes and devices cannot be opened.")
    if info.st_size == 0:
        raise UserError(f"“{name}” is empty.", "The file has no content at all; try another copy.")
    if info.st_size > limits.MAX_FILE_BYTES:
        raise UserError(f"“{name}” is too large to open.", f"It has {info.st_size >> 30} GiB.")


def head_of(file: BinaryIO) -> bytes:
    """The first bytes; the file is left at its start."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    return head


def foreign(head: bytes) -> str:
    """What a file that is no known picture seems to be, in words; empty if nothing is known."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, words in _FOREIGN:
        if start.startswith(magic):
            return words
    if head[4:8] == b"ftyp":
        return "a video, or a picture in a format that is not supported"
    return "plain text" if head and all(32 <= byte < 127 or byte in b"\t\r\n" for byte in head[:256]) else ""
