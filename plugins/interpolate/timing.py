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
    """Frames that stay until the next one comes, times ``stretch``."""

    def __init__(self, stretch: Fraction) -> None:
        self._recorder, self._stretch = Recorder(), stretch
        self._held: tuple[Image, Fraction] | None = None

    def add(self, image: Image, time: Fraction) -> None:
        """The next frame, and when it is seen."""
        self._let_go(time)
        self._held = image, time

    def _let_go(self, until: Fraction) -> None:
        if self._held is not None:
            image, time = self._held
            self._recorder.add(image, (until - time) * self._stretch, time * self._stretch)

    def clip(self, end: Fraction, rate: Fraction, source: Clip | None) -> Clip:
        """The finished clip, with the sound of another one if there is one."""
        self._let_go(end)
        return self._recorder.clip(rate, source.sound if source else None)
