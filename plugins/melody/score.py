"""From the network's words to notes: pitches by the key, velocities by the beat, bar by bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from studio.api import Key, Melody, Meter, Note, Part, Tempo, UserError
from studio.nets.melody_code import HOLD, MODES, REST, TICKS, Bar, bar_ticks, notes_of

if TYPE_CHECKING:
    from .primer import Primer

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
OTHER_NAMES = {"Db": 1, "D#": 3, "Gb": 6, "G#": 8, "A#": 10, "Cb": 11, "Fb": 4, "E#": 5, "B#": 0}
SHORT = {"": "major", "m": "minor", "maj": "major", "min": "minor", "dor": "dorian", "mix": "mixolydian"}
LOWEST_TONIC = 57  # the octave in which melodies lie well on a flute or a fiddle
RESOLUTION = 480
SCALE = RESOLUTION // TICKS
TEMPOS = {
    "reel": 196,
    "jig": 174,
    "slip jig": 168,
    "hornpipe": 160,
    "strathspey": 132,
    "air": 92,
    "tune": 140,
}


def keys() -> list[str]:
    """Every key by name."""
    return [f"{name} {mode}" for mode in MODES for name in NAMES]


def key_named(text: str) -> Key:
    """``D``, ``Em``, ``A dorian``, ``Bb maj`` -> key. UserError for anything else."""
    words = text.strip().replace("♭", "b").replace("♯", "#")
    name = words[:2] if words[1:2] in ("#", "b") else words[:1]
    name, mode = name[:1].upper() + name[1:], words[len(name) :].strip().lower()
    mode = SHORT.get(mode, SHORT.get(mode[:3], mode))
    tonic = NAMES.index(name) if name in NAMES else OTHER_NAMES.get(name)
    if tonic is None or mode not in MODES:
        raise UserError(
            f"“{text}” is no key that melodies are written in.", "Such as D, Em, A dorian or G mixolydian."
        )
    return Key(0, tonic, mode)


def tonic_pitch(key: Key) -> int:
    """The MIDI pitch from which the network's pitches are counted."""
    return LOWEST_TONIC + (key.tonic - LOWEST_TONIC) % 12


@dataclass
class Score:
    """The melody as far as it is written. ``melody`` has everything, ``add`` gives what a bar brings.

    index: the part that is written to; tonic: MIDI pitch; full: ticks of a bar in the resolution of
    ``melody``; origin: the tick of the network's bar 0; None while it is open whether there is an upbeat.
    """

    melody: Melody
    index: int
    tonic: int
    full: int
    meter: Meter
    origin: int | None = None
    sounding: Note | None = field(default=None)

    @classmethod
    def empty(cls, key: Key, meter: str, tempo: int, kind: str, program: int) -> Score:
        """Nothing yet."""
        top, bottom = map(int, meter.split("/"))
        maps = Meter(0, top, bottom)
        micros = round(60_000_000 / (tempo or TEMPOS[kind]))
        part = Part((), kind.capitalize(), program)
        melody = Melody(
            (part,), RESOLUTION, (Tempo(0, micros),), (maps,), (key,), f"{kind.capitalize()} in {key.title}"
        )
        return cls(melody, 0, tonic_pitch(key), bar_ticks(meter) * SCALE, maps)

    @classmethod
    def onwards(cls, given: Primer, shift: int, wanted: Sequence[int]) -> Score:
        """The given melody without the notes of the bars that are written anew."""
        melody = given.melody.at_resolution(RESOLUTION)
        origin = given.origin * SCALE + shift * given.full * SCALE
        full = given.full * SCALE
        gone = [(origin + bar * full, origin + (bar + 1) * full) for bar in wanted]
        part = melody.parts[given.index]
        kept = [note for note in part.notes if not any(begin <= note.start < end for begin, end in gone)]
        notes = tuple(cut(note, gone) for note in kept)
        parts = [replace(part, notes=notes) if i == given.index else p for i, p in enumerate(melody.parts)]
        meter = melody.meter_at(0)
        return cls(replace(melody, parts=tuple(parts)), given.index, given.tonic, full, meter, origin)

    def add(self, bar: int, words: Bar) -> Melody:
        """Put a bar in; returns a melody of its notes alone, where they stand."""
        notes = self._notes(bar, words)
        part = self.melody.parts[self.index]
        parts = list(self.melody.parts)
        before = self.sounding
        grown = (
            [n for n in part.notes if before is None or n != before]
            if self._held(words)
            else list(part.notes)
        )
        parts[self.index] = replace(part, notes=(*grown, *notes))
        self.melody = replace(self.melody, parts=tuple(parts))
        self.sounding = notes[-1] if notes else None
        alone = tuple(replace(p, notes=tuple(notes) if i == self.index else ()) for i, p in enumerate(parts))
        return replace(self.melody, parts=alone)

    def _held(self, words: Bar) -> bool:
        return self.sounding is not None and bool(words) and notes_of([words])[0][0][0] == HOLD

    def _notes(self, bar: int, words: Bar) -> list[Note]:
        """The notes of a bar. Bar 0 decides where the music begins."""
        plain = notes_of([words])[0]
        if self.origin is None:
            self.origin = 0 if any(pitch < REST for pitch, _ in plain) else -self.full
        tick, made = self.origin + bar * self.full, []
        for pitch, length in plain:
            end = tick + length * SCALE
            if pitch == HOLD and self.sounding is not None:
                made.append(replace(self.sounding, duration=end - self.sounding.start))
            elif pitch < REST and tick >= 0:
                made.append(Note(tick, self.tonic + pitch, end - tick, self._velocity(tick)))
            tick = end
        return made

    def _velocity(self, tick: int) -> int:
        """Louder on the first of the bar, a little on the beats."""
        place = tick % self.full
        if place == 0:
            return 104
        return 94 if place % self.meter.beat(RESOLUTION) == 0 else 82


def cut(note: Note, gaps: Sequence[tuple[int, int]]) -> Note:
    """A note that ends where a bar that is written anew begins."""
    begins = [begin for begin, _ in gaps if note.start < begin < note.end]
    return replace(note, duration=min(begins) - note.start) if begins else note
