"""A given melody as the network reads it: one voice, a key, a meter, bars of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.api import Key, Melody, Note, UserError
from studio.nets.melody_code import (
    HIGH,
    HOLD,
    LENGTHS,
    LOW,
    METERS,
    MOST_BARS,
    REST,
    TICKS,
    Bar,
    bar_ticks,
    words_of,
)

from .score import key_named

# How much each step of the scale is heard in major and minor (Krumhansl and Kessler 1982).
PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
SAME_BAR = {"2/2": "4/4", "3/8": "6/8", "12/8": "6/8", "4/8": "2/4", "6/4": "3/4"}
AROUND = 16  # bars before and behind a gap that the network looks at
LONGEST_NOTES = 170


@dataclass(frozen=True)
class Primer:
    """melody: as given; index: its leading part; voice: that part as one voice in ticks of the network;
    key, meter; tonic: MIDI pitch; full: ticks of a bar; origin: tick of the network's bar 0 (the upbeat), 0
    or one bar before the first; bars: whole bars the voice has.
    """

    melody: Melody
    index: int
    voice: tuple[Note, ...]
    key: Key
    meter: str
    tonic: int
    full: int
    origin: int
    bars: int


def read_primer(melody: Melody, key: str, meter: str) -> Primer:
    """Choose the leading part and read it. UserError for a meter that the network does not know."""
    index = leading(melody)
    small = melody.at_resolution(TICKS)
    voice = one_voice(small.parts[index].notes)
    name = meter_name(melody) if meter == "auto" else meter
    full = bar_ticks(name)
    found = key_named(key) if key else melody_key(melody)
    mean = sum(note.pitch * note.duration for note in voice) / sum(note.duration for note in voice)
    tonic = int(found.tonic + 12 * ((mean - 1 - found.tonic) // 12))
    upbeat = voice[0].start > 0 and voice[0].start * 2 >= full and voice[0].start < full
    bars = -(-max(note.end for note in voice) // full)
    origin = 0 if upbeat else -full
    return Primer(melody, index, voice, found, name, tonic, full, origin, bars - 1 if upbeat else bars)


def leading(melody: Melody) -> int:
    """The first part that has notes and is no drums."""
    for index, part in enumerate(melody.parts):
        if part.notes and not part.drums:
            return index
    raise UserError("There is no melody, only drums.", "Give a melody with pitched notes.")


def meter_name(melody: Melody) -> str:
    """The meter at the begin, as the network calls it."""
    found = melody.meter_at(0)
    name = f"{found.top}/{found.bottom}"
    name = SAME_BAR.get(name, name)
    if name not in METERS:
        raise UserError(
            f"The network knows no tunes in {name}.", f"It knows {', '.join(METERS)}: choose one as meter."
        )
    return name


def melody_key(melody: Melody) -> Key:
    """The key it names, or the one whose profile its notes fit best."""
    named = melody.keys[0]
    weights = np.zeros(12)
    for part in melody.parts:
        for note in part.notes if not part.drums else ():
            weights[note.pitch % 12] += note.duration
    if (named.tonic, named.mode) != (0, "major") or weights.std() == 0:
        return named
    fits = {
        (tonic, mode): float(np.corrcoef(np.roll(PROFILES[mode], tonic), weights)[0, 1])
        for mode in PROFILES
        for tonic in range(12)
    }
    tonic, mode = max(fits, key=lambda key: fits[key])
    return Key(0, tonic, mode)


def one_voice(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The upper voice: of notes that begin together the highest, each ending where the next begins."""
    tops: dict[int, Note] = {}
    for note in notes:
        if note.start not in tops or note.pitch > tops[note.start].pitch:
            tops[note.start] = note
    ordered = [tops[start] for start in sorted(tops)]
    ends = [*(note.start for note in ordered[1:]), ordered[-1].end]
    return tuple(
        Note(note.start, note.pitch, max(1, min(note.end, end) - note.start))
        for note, end in zip(ordered, ends, strict=True)
    )


def gap_of(given: Primer, mode: str, bars: int, first: int, last: int) -> list[int]:
    """The bars to write, counted as the network does: 1 is the first whole bar of the melody."""
    if mode == "continue":
        return list(range(given.bars + 1, given.bars + 1 + bars))
    if first > given.bars:
        raise UserError(f"There is no bar {first}.", f"The melody has {given.bars} bars.")
    first, last = max(first, 1), min(last or given.bars, given.bars)
    if last < first:
        raise UserError("The last bar lies before the first.", f"The melody has {given.bars} bars.")
    return list(range(first, last + 1))


def known_bars(given: Primer, mode: str, wanted: Sequence[int]) -> tuple[int, int, dict[int, Bar], list[int]]:
    """A window of bars that the network can hold: (shift, whole bars, known bars in words, wanted).

    Bar b of the window is bar b + shift of the melody.
    """
    last = wanted[-1] if mode == "continue" else min(given.bars, wanted[-1] + AROUND)
    first = max(0, wanted[0] - AROUND if last > MOST_BARS else 0)
    if wanted[-1] - first > MOST_BARS:
        raise UserError(
            "That is too much at once.", f"At most {MOST_BARS - AROUND} bars can be written at a time."
        )
    last = min(last, first + MOST_BARS)
    out = set(wanted)
    words = {bar - first: bar_words(given, bar) for bar in range(first, last + 1) if bar not in out}
    while sum(map(len, words.values())) > LONGEST_NOTES and min(words) < min(wanted) - first - 1:
        del words[min(words)]
    return first, last - first, words, [bar - first for bar in wanted]


def bar_words(given: Primer, bar: int) -> Bar:
    """One bar of the voice in words; lengths without a word become the next shorter one and a rest."""
    start = given.origin + bar * given.full
    end, tick, notes = start + given.full, start, []
    for note in given.voice:
        if note.end <= start or note.start >= end:
            continue
        begin, finish = max(note.start, start), min(note.end, end)
        notes += lengths(REST, begin - tick)
        pitch = HOLD if note.start < start and bar > 0 else fold(note.pitch - given.tonic)
        notes += lengths(pitch, finish - begin)
        tick = finish
    notes += lengths(REST, end - tick)
    return words_of([filled(notes, given.full)])[0]


def lengths(pitch: int, ticks: int) -> Bar:
    """A note of the longest length that fits, then rests."""
    made: Bar = []
    while ticks >= LENGTHS[0]:
        fit = max(length for length in LENGTHS if length <= ticks)
        made.append((pitch if not made else REST, fit))
        ticks -= fit
    return made


def filled(notes: Bar, full: int) -> Bar:
    """The notes with the ticks lost to rounding given to a rest at the end."""
    missing = full - sum(length for _, length in notes)
    return [*notes, *lengths(REST, missing)] if missing else notes


def fold(pitch: int) -> int:
    """A pitch moved by octaves into the range of the network."""
    while pitch < LOW:
        pitch += 12
    while pitch > HIGH:
        pitch -= 12
    return pitch
