"""Decoding a video: packets to frames with times, and frames to pictures when someone needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.model.clip import Frame, Pixels, fitted, inside
from studio.model.media import Image

if TYPE_CHECKING:
    from av import VideoFrame

COARSE = Fraction(1, 1000)


@dataclass(frozen=True, eq=False)
class Stamped:
    """A decoded frame that nobody has needed as a picture yet, and its times in the clip."""

    raw: VideoFrame
    time: Fraction
    duration: Fraction

    def seen(self) -> Frame:
        """The frame; its picture is made when it is needed."""
        return Frame(Raw(self.raw), self.time, self.duration)


class Raw:
    """A decoded frame as a picture to be made. See `Undeveloped`."""

    def __init__(self, frame: VideoFrame) -> None:
        self._frame = frame
        self._image: Image | None = None

    @property
    def image(self) -> Image:
        """See `to_image`."""
        if self._image is None:
            self._image = to_image(self._frame)
        return self._image

    def within(self, size: tuple[int, int]) -> Pixels:
        """Scaled and made RGB in one go where the frame lies upright and has no alpha."""
        frame = self._frame
        if frame.format.name == "pal8" or alpha(frame) or round(frame.rotation / 90) % 4:
            return fitted(self.image, size)
        width, height = inside(frame.width, frame.height, size)
        pixels: Any = frame.reformat(width, height, "rgb24").to_ndarray()
        return pixels


class Passed:
    """Which frames may be left out on the way to a time: they end before it, and no other needs them."""

    def __init__(self, until: Fraction) -> None:
        self._until, self._last = until, Fraction(-1)

    def over(self, packet: Any) -> bool:
        """Whether the frame of a packet is over before the time; it may be left out then."""
        if packet.pts is None or not packet.duration or packet.time_base is None:
            return False
        begin = packet.pts * packet.time_base
        over = begin + packet.duration * packet.time_base <= self._until
        self._last = max(self._last, begin) if over else self._last
        return over

    def after(self, time: Fraction) -> bool:
        """Whether one that begins after a time may have been left out."""
        return self._last > time + COARSE


def durations(frames: Iterator[Stamped]) -> Iterator[Stamped]:
    """Give each frame the time until the next one; the last keeps its own."""
    held = next(frames, None)
    while held is not None:
        following = next(frames, None)
        if following is not None and following.time > held.time:
            held = Stamped(held.raw, held.time, following.time - held.time)
        yield held
        held = following


def to_image(frame: VideoFrame) -> Image:
    """RGB, or RGBA where the file has alpha; turned as the file says it was held."""
    clear = alpha(frame) or frame.format.name == "pal8"
    pixels: Any = frame.to_ndarray(format="rgba" if clear else "rgb24")
    quarter = round(frame.rotation / 90) % 4
    return Image(np.ascontiguousarray(np.rot90(pixels, quarter)) if quarter else pixels)


def alpha(frame: VideoFrame) -> bool:
    """Whether a frame has an alpha plane."""
    return any(component.is_alpha for component in frame.format.components)


def length_of(frame: VideoFrame, step: Fraction) -> Fraction:
    """How long a frame says it stays; the usual time where it says nothing."""
    if frame.duration and frame.time_base:
        return regular(frame.duration * frame.time_base, step, frame.time_base)
    return step


def regular(time: Fraction, step: Fraction, unit: Fraction | None) -> Fraction:
    """A time; where the unit is coarse (milliseconds, in Matroska), the multiple of a frame that it means."""
    exact = round(time / step) * step
    return exact if unit is not None and unit >= COARSE and abs(time - exact) <= unit else time
