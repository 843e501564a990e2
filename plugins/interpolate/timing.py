"""When the new frames are seen: exact fractions of a second."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from studio.api import Clip, Image, Recorder

FINEST = 1000


def rational(value: float) -> Fraction:
    """A factor or a rate as a fraction; 23.976, 29.97, 59.94 and their like are over 1001."""
    near = round(value * 1.001)
    if near >= 20 and value != round(value) and abs(value - near / 1.001) < 0.005:
        return Fraction(near * 1000, 1001)
    return Fraction(value).limit_denominator(FINEST)


def moments(start: Fraction, end: Fraction, factor: Fraction, rate: Fraction) -> Iterator[Fraction]:
    """When frames are seen from start until before end.

    A whole factor divides the time each frame is seen, whatever it is. Any other one gives a steady ``rate``,
    counted from the beginning of the clip.
    """
    if factor.denominator == 1:
        step = (end - start) / factor
        yield from (start + step * number for number in range(factor.numerator))
        return
    number = math.ceil(start * rate)
    while Fraction(number) / rate < end:
        yield Fraction(number) / rate
        number += 1


class Sequence:
    """Frames that stay until the next one comes, times ``stretch``. rate: of the clips made of them."""

    def __init__(self, stretch: Fraction, rate: Fraction) -> None:
        self._recorder, self._stretch, self._rate = Recorder(), stretch, rate
        self._held: tuple[Image, Fraction] | None = None

    def add(self, image: Image, time: Fraction) -> Clip | None:
        """The next frame, and when it is seen. Gives the one before as a clip of its own."""
        done = self.done(time)
        self._held = image, time
        return done

    def done(self, until: Fraction) -> Clip | None:
        """The frame that was held until a time, if there was one."""
        if self._held is None:
            return None
        (image, time), alone = self._held, Recorder()
        duration = (until - time) * self._stretch
        self._recorder.add(image, duration, time * self._stretch)
        alone.add(image, duration)
        self._held = None
        return alone.clip(self._rate)

    def clip(self, heard: Clip | None) -> Clip:
        """All frames so far, with the sound of another clip if there is one."""
        return self._recorder.clip(self._rate, heard.sound if heard else None)
