"""Frames that a program makes, kept on disk until nobody needs them: the clips that generators give."""

from __future__ import annotations

import hashlib
import math
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import IO

import numpy as np

from studio.model.clip import Clip, Frame, Sound
from studio.model.errors import UserError
from studio.model.media import Image

IN_MEMORY = 8 << 20  # bytes that stay in memory before the disk is used


@dataclass(frozen=True)
class Entry:
    """Where a frame lies in the file, when it is seen, and its shape."""

    at: int
    size: int
    time: Fraction
    duration: Fraction
    shape: tuple[int, int, int]


class Spool:
    """Bytes in memory, on disk when they are many, until nobody holds this; UserError when that fails."""

    def __init__(self) -> None:
        file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        self._file, self._lock = file, threading.Lock()
        weakref.finalize(self, file.close)

    def append(self, raw: bytes) -> int:
        """Add bytes; returns where they lie."""
        try:
            with self._lock:
                at = self._file.seek(0, 2)
                self._file.write(raw)
        except OSError as error:
            raise UserError("The frames could not be kept.", error.strerror or "The disk is full.") from None
        return at

    def read(self, at: int, size: int) -> bytes:
        """Bytes that were added."""
        with self._lock:
            self._file.seek(at)
            return self._file.read(size)


class Recording:
    """The footage of a finished recording."""

    def __init__(self, spool: Spool, entries: tuple[Entry, ...], digest: str) -> None:
        self._spool, self.entries, self._digest = spool, entries, digest

    @property
    def store(self) -> object:
        """Where its frames lie: clips of one recording that goes on share it."""
        return self._spool

    def raw(self) -> Iterator[bytes]:
        """Each frame as it is kept, compressed."""
        return (self._spool.read(entry.at, entry.size) for entry in self.entries)

    @staticmethod
    def of(frames: Iterable[tuple[bytes, Entry]], digest: str) -> Recording:
        """A recording of frames as `raw` gives them; where they lay before does not matter."""
        spool = Spool()
        entries = [replace(entry, at=spool.append(raw), size=len(raw)) for raw, entry in frames]
        return Recording(spool, tuple(entries), digest)

    def frames(self, start: Fraction, end: Fraction | None) -> Iterator[Frame]:
        """See `Footage`."""
        for entry in self.entries:
            if entry.time + entry.duration > start and (end is None or entry.time < end):
                raw = unpacked(self._spool.read(entry.at, entry.size), math.prod(entry.shape))
                pixels = np.frombuffer(raw, np.uint8).reshape(entry.shape)
                yield Frame(Image(pixels), entry.time, entry.duration)

    def digest(self) -> str:
        """SHA-256 of all frames and times."""
        return self._digest


def unpacked(raw: bytes, size: int) -> bytes:
    """A frame of ``size`` bytes. UserError for any other."""
    machine = zlib.decompressobj()
    try:
        found = machine.decompress(raw, size + 1)
    except zlib.error:
        found = b""
    if len(found) != size:
        raise UserError("A recorded frame is damaged.", "Make the clip again.")
    return found


class Recorder:
    """Takes frames of one size in order and makes a clip of them.

    Frames are compressed into a temporary file without loss, so a long clip takes no memory. Colours become
    8 bits per channel.
    """

    def __init__(self) -> None:
        self._spool = Spool()
        self._entries: list[Entry] = []
        self._digest = hashlib.sha256()

    @property
    def end(self) -> Fraction:
        """When the last frame ends; 0 at first."""
        return self._entries[-1].time + self._entries[-1].duration if self._entries else Fraction(0)

    @property
    def count(self) -> int:
        """Frames taken so far."""
        return len(self._entries)

    def add(self, image: Image, duration: Fraction, time: Fraction | None = None) -> None:
        """Append a frame, at `time` or where the last one ended.

        UserError for another size, or a time that is over.
        """
        pixels = image.array("uint8", image.channels)
        time = self.end if time is None else time
        if duration <= 0 or time < self.end:
            raise UserError("Frames must follow one another.", f"One came at {float(time):.4f} s.")
        if self._entries and self._entries[0].shape != pixels.shape:
            raise UserError("All frames of a clip must have one size.", f"One was {pixels.shape[:2]}.")
        data = np.ascontiguousarray(pixels).data
        raw = zlib.compress(data, 1)
        at = self._spool.append(raw)
        self._digest.update(f"{time},{duration},{pixels.shape};".encode())
        self._digest.update(data)
        shape = (pixels.shape[0], pixels.shape[1], pixels.shape[2])
        self._entries.append(Entry(at, len(raw), time, duration, shape))

    def clip(self, rate: Fraction, sound: Sound | None = None) -> Clip:
        """The recorded clip. UserError when there is no frame."""
        if not self._entries:
            raise UserError("A clip needs at least one frame.")
        footage = Recording(self._spool, tuple(self._entries), self._digest.hexdigest())
        height, width, _ = self._entries[0].shape
        return Clip(footage, width, height, rate, self.end, len(self._entries), sound)


def still_clip(image: Image, duration: Fraction, rate: Fraction) -> Clip:
    """A clip of one picture."""
    recorder = Recorder()
    recorder.add(image, duration)
    return recorder.clip(rate)
