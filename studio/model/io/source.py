"""Opening a file from a stranger: only regular files of sensible size, recognised by content, not by name."""

from __future__ import annotations

import io
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
    file = io.BufferedReader(io.FileIO(path, "rb", opener=_without_waiting))
    try:
        _check_kind(os.fstat(file.fileno()), path.name)
    except BaseException:
        file.close()
        raise
    return file


def _without_waiting(path: str, flags: int) -> int:
    """Like os.open, but a pipe nobody writes to does not make us wait."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_kind(info: os.stat_result, name: str) -> None:
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
