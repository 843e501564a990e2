"""Moving pictures as a value: frames that are decoded when asked for, each with an exact time.

A `Clip` never holds more than a few frames itself. Where they come from is a `Footage`: a video file, a
folder of pictures, or a recording (`studio.model.clip_record`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from studio.model.errors import UserError
from studio.model.media import Image, Media

Block = NDArray[np.float32]  # (samples, 2): left and right, -1..1
Pixels = NDArray[np.uint8]  # (H, W, 3 or 4)
SOUND_RATE = 48_000  # samples per second of every block


class Undeveloped(Protocol):
    """A picture that is made when it is asked for."""

    @property
    def image(self) -> Image:
        """The picture."""
        ...

    def within(self, size: tuple[int, int]) -> Pixels:
        """The picture as large as fits into (width, height)."""
        ...


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a clip: when it appears and how long it stays, in seconds from the clip's start."""

    picture: Image | Undeveloped
    time: Fraction
    duration: Fraction

    @property
    def image(self) -> Image:
        """The picture at its full size."""
        return self.picture if isinstance(self.picture, Image) else self.picture.image

    @property
    def end(self) -> Fraction:
        """When the next frame takes over."""
        return self.time + self.duration

    def within(self, size: tuple[int, int]) -> Pixels:
        """The picture as large as fits into (width, height)."""
        return fitted(self.picture, size) if isinstance(self.picture, Image) else self.picture.within(size)


class Sound(Protocol):
    """The sound of a clip."""

    @property
    def path(self) -> str:
        """The file it is in, so that it can be copied without decoding; "" for none."""
        ...

    def blocks(self, start: Fraction = Fraction(0), end: Fraction | None = None) -> Iterator[Block]:
        """Samples from start to end in seconds of the clip, SOUND_RATE a second; silence fills gaps."""
        ...


class Footage(Protocol):
    """Where the frames of a clip come from. Iterators do not disturb one another, and may be closed early."""

    def frames(self, start: Fraction, end: Fraction | None) -> Iterator[Frame]:
        """The frames seen between two times, in order. UserError when the source has become unreadable."""
        ...

    def digest(self) -> str:
        """SHA-256 that tells the content from any other."""
        ...


class Keys(Protocol):
    """The key frames of an open file. Belongs to one thread; close it afterwards."""

    def at(self, time: Fraction) -> Frame | None:
        """The key frame at or before a time, decoded alone; None where that cannot be."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


@runtime_checkable
class Sought(Protocol):
    """Footage that must be decoded from a key frame on to show what comes later."""

    def approach(self, time: Fraction) -> Generator[Frame]:
        """Frames from the key frame before a time on; until that time some may be left out."""
        ...

    def key_frames(self) -> Keys:
        """A quick look at it. UserError when the file cannot be read."""
        ...


@dataclass(frozen=True, eq=False, repr=False)
class Clip(Media):
    """A video. Times are seconds from its start, exact.

    rate: nominal frames per second; real times may vary around it. duration: as the file says; the frames
    themselves have the last word. count: number of frames, None where only decoding could tell. drawn: each
    frame is made when asked for, and the first costs no more than the next.
    """

    footage: Footage
    width: int
    height: int
    rate: Fraction
    duration: Fraction
    count: int | None = None
    sound: Sound | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    drawn: bool = False

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or self.rate <= 0:
            raise UserError(
                "A clip needs a size and a frame rate.", f"Got {self.width} x {self.height}, {self.rate}."
            )
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))

    def frames(self, start: Fraction = Fraction(0), end: Fraction | None = None) -> Iterator[Frame]:
        """The frames seen from start until before end, decoded one by one as they are asked for."""
        return self.footage.frames(start, end)

    def frame_at(self, time: Fraction) -> Image:
        """The picture that is seen at a moment; the first or last one outside the clip."""
        last: Frame | None = None
        for frame in self.frames(max(time, Fraction(0)), None):
            if last is not None and frame.time > time:
                break
            last = frame
            if frame.end > time:
                break
        found = last or self._last()
        if found is None:
            raise UserError("The clip has no frame.", "It may be damaged.")
        return found.image

    def _last(self) -> Frame | None:
        """The last frame, looked for from ever earlier on."""
        back = Fraction(1)
        while True:
            start = max(self.duration - back, Fraction(0))
            last: Frame | None = None
            for frame in self.frames(start, None):
                last = frame
            if last is not None or start == 0:
                return last
            back *= 8

    def silent(self) -> Clip:
        """The same pictures without sound."""
        return replace(self, sound=None)

    def digest(self) -> str:
        return self.footage.digest()

    def __repr__(self) -> str:
        return f"Clip({self.width} x {self.height}, {float(self.rate):.3f}/s, {float(self.duration):.3f} s)"


def fitted(image: Image, size: tuple[int, int]) -> Pixels:
    """A picture as (h, w, 3 or 4), as large as fits into (width, height)."""
    from PIL import Image as Pillow

    pixels = image.array("uint8", 4 if image.has_alpha else 3)
    inner = inside(image.width, image.height, size)
    if inner == (image.width, image.height):
        return pixels
    return np.asarray(Pillow.fromarray(pixels).resize(inner, Pillow.Resampling.BILINEAR))


def inside(width: int, height: int, size: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the same shape that fits into (width, height)."""
    scale = min(size[0] / width, size[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))
