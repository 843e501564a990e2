"""Music as a value: parts of notes in exact ticks, with maps of tempo, meter and key."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from studio.model.errors import UserError
from studio.model.media import Media

RESOLUTION = 480  # ticks to the quarter note in music that is made here
MAX_NOTES = 1_000_000
MAX_TICK = 1 << 31
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """start, duration: ticks, duration at least 1; pitch: 0..127, 60 is middle C; velocity: 1..127."""

    start: int
    pitch: int
    duration: int
    velocity: int = 90

    @property
    def end(self) -> int:
        """The first tick after it."""
        return self.start + self.duration


@dataclass(frozen=True)
class Part:
    """One voice: a General MIDI program 0..127 (not for drums), and notes in order of start, then pitch."""

    notes: tuple[Note, ...] = ()
    name: str = ""
    program: int = 0
    drums: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple(sorted(self.notes)))

    @cached_property
    def end(self) -> int:
        """The first tick after its last note."""
        return max((note.end for note in self.notes), default=0)


@dataclass(frozen=True, slots=True)
class Tempo:
    """From ``tick`` on a quarter note lasts so many microseconds."""

    tick: int
    micros: int

    @property
    def bpm(self) -> float:
        """Quarter notes a minute."""
        return 60_000_000 / self.micros


@dataclass(frozen=True, slots=True)
class Meter:
    """From ``tick`` on bars of ``top`` notes of 1/``bottom``."""

    tick: int
    top: int
    bottom: int

    def bar(self, resolution: int) -> int:
        """Ticks of a bar, at least 1."""
        return max(1, self.top * 4 * resolution // self.bottom)

    def beat(self, resolution: int) -> int:
        """Ticks of a beat: three eighths in compound meters such as 6/8."""
        compound = self.bottom == 8 and self.top % 3 == 0
        return max(1, (3 if compound else 1) * 4 * resolution // self.bottom)


@dataclass(frozen=True, slots=True)
class Key:
    """From ``tick`` on a tonic (pitch class 0..11) and a mode of `SCALES`."""

    tick: int
    tonic: int
    mode: str = "major"

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes of its scale."""
        return frozenset((self.tonic + step) % 12 for step in SCALES[self.mode])

    @property
    def title(self) -> str:
        """Such as "Eb minor"."""
        return f"{NAMES[self.tonic]} {self.mode}"


Change = TypeVar("Change", Tempo, Meter, Key)


@dataclass(frozen=True)
class Melody(Media):
    """Parts with maps, each map in order of its ticks and beginning at 0. ``resolution``: ticks to the
    quarter.

    Missing begins are filled with 120 quarters a minute, 4/4 and C major. Raises UserError beyond a million
    notes, or for a note outside its bounds.
    """

    parts: tuple[Part, ...] = ()
    resolution: int = RESOLUTION
    tempos: tuple[Tempo, ...] = ()
    meters: tuple[Meter, ...] = ()
    keys: tuple[Key, ...] = ()
    title: str = ""
    _seconds: tuple[Fraction, ...] = field(default=(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.resolution <= 1 << 20:
            raise UserError(f"A resolution of {self.resolution} ticks is not possible.")
        if self.count > MAX_NOTES:
            raise UserError(f"This music has {self.count:,} notes.", f"At most {MAX_NOTES:,} can be opened.")
        for note in self.notes():
            check(note)
        put = object.__setattr__
        put(self, "tempos", _from_zero(self.tempos, Tempo(0, 500_000)))
        put(self, "meters", _from_zero(self.meters, Meter(0, 4, 4)))
        put(self, "keys", _from_zero(self.keys, Key(0, 0)))
        put(self, "_seconds", _elapsed(self.tempos, self.resolution))

    @property
    def count(self) -> int:
        """How many notes there are."""
        return sum(len(part.notes) for part in self.parts)

    @cached_property
    def end(self) -> int:
        """The first tick after the last note."""
        return max((part.end for part in self.parts), default=0)

    def notes(self) -> Iterator[Note]:
        """All notes, part after part."""
        return (note for part in self.parts for note in part.notes)

    def seconds(self, tick: int) -> float:
        """When a tick sounds, by the tempo map."""
        place = bisect_right(self.tempos, tick, key=lambda tempo: tempo.tick) - 1
        tempo = self.tempos[max(place, 0)]
        beyond = Fraction((tick - tempo.tick) * tempo.micros, self.resolution * 1_000_000)
        return float(self._seconds[max(place, 0)] + beyond)

    def tick_at(self, seconds: float) -> int:
        """The tick that sounds at a time."""
        place = max(bisect_right(self._seconds, Fraction(seconds)) - 1, 0)
        tempo = self.tempos[place]
        beyond = (seconds - float(self._seconds[place])) * 1_000_000 / tempo.micros * self.resolution
        return tempo.tick + round(beyond)

    @property
    def duration(self) -> float:
        """Seconds to the end of the last note."""
        return self.seconds(self.end)

    def meter_at(self, tick: int) -> Meter:
        """The meter in force."""
        return self.meters[max(bisect_right(self.meters, tick, key=lambda meter: meter.tick) - 1, 0)]

    def key_at(self, tick: int) -> Key:
        """The key in force."""
        return self.keys[max(bisect_right(self.keys, tick, key=lambda key: key.tick) - 1, 0)]

    def tempo_at(self, tick: int) -> Tempo:
        """The tempo in force."""
        return self.tempos[max(bisect_right(self.tempos, tick, key=lambda tempo: tempo.tick) - 1, 0)]

    def bar_lines(self, until: int) -> Iterator[int]:
        """Begin of every bar before the tick ``until``; a new meter begins a new bar."""
        for meter, after in zip(self.meters, [*(m.tick for m in self.meters[1:]), until], strict=True):
            yield from range(meter.tick, min(after, until), meter.bar(self.resolution))

    def bar_at(self, tick: int) -> int:
        """Where the bar begins in which a tick lies."""
        meter = self.meter_at(tick)
        return tick - (tick - meter.tick) % meter.bar(self.resolution)

    def at_resolution(self, resolution: int) -> Melody:
        """The same music counted in other ticks, rounded to the nearest."""
        if resolution == self.resolution:
            return self

        def scaled(tick: int) -> int:
            return (2 * tick * resolution + self.resolution) // (2 * self.resolution)

        def note(old: Note) -> Note:
            start = scaled(old.start)
            return replace(old, start=start, duration=max(1, scaled(old.end) - start))

        return replace(
            self,
            resolution=resolution,
            parts=tuple(replace(part, notes=tuple(map(note, part.notes))) for part in self.parts),
            tempos=tuple(replace(tempo, tick=scaled(tempo.tick)) for tempo in self.tempos),
            meters=tuple(replace(meter, tick=scaled(meter.tick)) for meter in self.meters),
            keys=tuple(replace(key, tick=scaled(key.tick)) for key in self.keys),
        )

    def digest(self) -> str:
        parts = [(part.name, part.program, part.drums, part.notes) for part in self.parts]
        whole = repr((self.resolution, self.tempos, self.meters, self.keys, parts))
        return hashlib.sha256(whole.encode()).hexdigest()

    def __repr__(self) -> str:
        return f"Melody({len(self.parts)} parts, {self.count} notes, {self.duration:.1f} s)"


def check(note: Note) -> None:
    """UserError for a note outside its bounds."""
    fits = note.start >= 0 and note.duration >= 1 and note.end <= MAX_TICK
    if not (fits and 0 <= note.pitch <= 127 and 1 <= note.velocity <= 127):
        raise UserError(f"There cannot be such a note: {note}.")


def _from_zero(changes: Sequence[Change], first: Change) -> tuple[Change, ...]:
    """In order, of several at one tick the last, beginning at 0."""
    by_tick = {change.tick: change for change in changes}
    ordered = [by_tick[tick] for tick in sorted(by_tick)]
    return tuple(ordered if ordered and ordered[0].tick == 0 else [first, *ordered])


def _elapsed(tempos: Sequence[Tempo], resolution: int) -> tuple[Fraction, ...]:
    """Seconds at which each tempo begins."""
    times = [Fraction(0)]
    for tempo, after in pairwise(tempos):
        times.append(times[-1] + Fraction((after.tick - tempo.tick) * tempo.micros, resolution * 1_000_000))
    return tuple(times)
