"""How notes are written down: lengths as note values, pitches as steps of the staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

GRID = 24  # divisions of a quarter: thirty-seconds and triplets are whole numbers
TYPES = ("whole", "half", "quarter", "eighth", "16th", "32nd")
FIFTHS = "FCGDAEB"  # the line of fifths, F being -1


@dataclass(frozen=True)
class Value:
    """A written length: divisions, name, dots, and whether it is one of three in the time of two."""

    length: int
    name: str
    dots: int = 0
    triplet: bool = False


def values() -> tuple[Value, ...]:
    """All written lengths, longest first; of equal ones the plain one. The shortest is one division."""
    found: dict[int, Value] = {}
    for power, name in enumerate(TYPES):
        plain = 4 * GRID >> power
        for value in (
            Value(plain, name),
            Value(plain * 3 // 2, name, 1),
            Value(plain * 2 // 3, name, 0, True),
        ):
            found.setdefault(value.length, value)
    found.setdefault(1, Value(1, "64th", 0, True))
    return tuple(sorted(found.values(), key=lambda value: -value.length))


VALUES = values()


def written(length: int) -> Iterator[Value]:
    """A length as a sum of written ones, longest first."""
    for value in VALUES:
        while length >= value.length:
            length -= value.length
            yield value


def spelled(pitch: int, fifths: int) -> tuple[str, int, int]:
    """A MIDI pitch in a key with so many sharps (or -flats) as step, alteration -1..1 and octave.

    Of the twelve names on the line of fifths from three below the key's first to eight above it, so that the
    leading note of a minor key is a raised seventh: F# in G minor, D# in E minor.
    """
    lowest = min(max(fifths - 3, -8), 1)
    place = lowest + (pitch * 7 - lowest) % 12
    alter, step = divmod(place + 1, 7)
    return FIFTHS[step], alter, (pitch - alter) // 12 - 1
