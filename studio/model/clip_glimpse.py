"""Small pictures of clips, made in the background and kept in memory, for looking at while scrubbing.

A clip is cut into sections of a few seconds. Of a section that is done every frame is kept, as a JPEG.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from studio.model.clip import Clip, Keys, Pixels, Sought
from studio.model.errors import UserError

SIDE = 480  # the longer one, pixels
SECTION = Fraction(4)  # seconds
LIMIT = 64 << 20  # bytes kept
OPEN = 4  # files kept open for key frames
Place = tuple[int, int]  # number of a footage object, and of a section of it


@dataclass(eq=False)
class Section:
    """The frames of a few seconds. footage: kept, so that nothing else gets its number."""

    footage: Sought
    times: list[Fraction] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    nbytes: int = 0

    def add(self, time: Fraction, pixels: Pixels) -> None:
        """Keep one more frame."""
        self.times.append(time)
        self.frames.append(packed(pixels))
        self.nbytes += len(self.frames[-1])

    def at(self, time: Fraction) -> Pixels:
        """The frame seen at a time."""
        return unpacked(self.frames[max(bisect_right(self.times, time) - 1, 0)])


class Glimpses:
    """See the module. Belongs to one thread; close it afterwards."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._sections: OrderedDict[Place, Section] = OrderedDict()
        self._keys: OrderedDict[int, tuple[Sought, Keys]] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Memory of all frames kept."""
        return sum(section.nbytes for section in self._sections.values())

    def at(self, clip: Clip, time: Fraction) -> tuple[Pixels, Fraction] | None:
        """A small picture, and how far from the time it is seen: a frame that is kept, else a key frame."""
        section = self._sections.get((id(clip.footage), int(time // SECTION)))
        if section is not None and section.times:
            return section.at(time), Fraction(0)
        if not isinstance(clip.footage, Sought):
            return None
        with suppress(UserError):
            frame = self._key_frames(clip.footage).at(time)
            return None if frame is None else (frame.within(small(clip)), abs(time - frame.time))
        return None

    def _key_frames(self, footage: Sought) -> Keys:
        kept = self._keys.pop(id(footage), None) or (footage, footage.key_frames())
        self._keys[id(footage)] = kept
        while len(self._keys) > OPEN:
            self._keys.popitem(last=False)[1][1].close()
        return kept[1]

    def make(self, wanted: Iterable[tuple[Clip, int]]) -> Iterator[None]:
        """Make sections, the most wanted first, until there is no memory left; yields after each frame."""
        kept: set[Place] = set()
        for clip, number in wanted:
            key = id(clip.footage), number
            if key not in self._sections and isinstance(clip.footage, Sought):
                self._sections[key] = yield from made(clip.footage, number, small(clip))
            if key in self._sections:
                self._sections.move_to_end(key)
                kept.add(key)
            while self.nbytes > self._limit:
                oldest = next(iter(self._sections))
                del self._sections[key if oldest in kept else oldest]
                if oldest in kept:
                    return

    def close(self) -> None:
        """Let go of all files."""
        for _, keys in self._keys.values():
            keys.close()
        self._keys.clear()


def small(clip: Clip) -> tuple[int, int]:
    """What its small pictures must fit into."""
    return min(SIDE, clip.width), min(SIDE, clip.height)


def made(footage: Sought, number: int, size: tuple[int, int]) -> Generator[None, None, Section]:
    """A section of a footage; empty where it cannot be read."""
    section, begin = Section(footage), number * SECTION
    with suppress(UserError):
        for frame in footage.approach(begin):
            if frame.time >= begin + SECTION:
                break
            if frame.end > begin:
                section.add(frame.time, frame.within(size))
            yield
    return section


def packed(pixels: Pixels) -> bytes:
    """(H, W, 3 or 4) as a JPEG, without alpha."""
    from PIL import Image as Pillow

    file = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(pixels[..., :3])).save(file, "JPEG", quality=80)
    return file.getvalue()


def unpacked(raw: bytes) -> Pixels:
    """The way back, (H, W, 3)."""
    from PIL import Image as Pillow

    return np.asarray(Pillow.open(io.BytesIO(raw)))
