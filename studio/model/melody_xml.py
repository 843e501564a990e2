"""MusicXML 4.0 (w3.org/2021/06/musicxml40), score-partwise: bars, ties, chords, voices, tuplets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from studio.model.melody import Key, Melody, Meter, Note, Part
from studio.model.melody_midi import fifths_of

GRID = 24  # divisions of a quarter: thirty-seconds and triplets are whole numbers
TYPES = ("whole", "half", "quarter", "eighth", "16th", "32nd")
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 '
    'Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
)
SHARP = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


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
GROUP = tuple[tuple[Note, ...], int, int]


def written(length: int) -> Iterator[Value]:
    """A length as a sum of written ones, longest first."""
    for value in VALUES:
        while length >= value.length:
            length -= value.length
            yield value


def musicxml_bytes(melody: Melody) -> bytes:
    """The score as MusicXML, quantised to 1/24 of a quarter note. Drums are written by their pitches."""
    score = melody.at_resolution(GRID)
    root = Element("score-partwise", version="4.0")
    if melody.title:
        SubElement(SubElement(root, "work"), "work-title").text = clean(melody.title)
    names = SubElement(root, "part-list")
    for number, part in enumerate(score.parts, 1):
        entry = SubElement(names, "score-part", id=f"P{number}")
        SubElement(entry, "part-name").text = clean(part.name) or f"Part {number}"
    bars = list(score.bar_lines(max(score.end, 1)))
    for number, part in enumerate(score.parts, 1):
        write_part(SubElement(root, "part", id=f"P{number}"), score, part, bars)
    indent(root, " ")
    return HEAD.encode() + tostring(root, "utf-8") + b"\n"


def clean(text: str) -> str:
    """Without the control characters that XML does not take."""
    return "".join(sign for sign in text if sign.isprintable())


def write_part(parent: Element, score: Melody, part: Part, bars: Sequence[int]) -> None:
    """All bars of a part. Overlapping notes go into voices of their own."""
    voices = list(in_voices(part.notes))
    places = [0] * len(voices)
    for number, start in enumerate(bars):
        end = bars[number + 1] if number + 1 < len(bars) else start + score.meter_at(start).bar(GRID)
        measure = SubElement(parent, "measure", number=str(number + 1))
        attributes(measure, score, start, number == 0)
        for index, voice in enumerate(voices):
            if index and places[index] < len(voice) and voice[places[index]][1] >= end:
                continue
            if index and places[index] >= len(voice):
                continue
            if index:
                SubElement(SubElement(measure, "backup"), "duration").text = str(end - start)
            places[index] = write_voice(
                measure, voice, places[index], start, end, index + 1, score.key_at(start)
            )


def attributes(measure: Element, score: Melody, start: int, first: bool) -> None:
    """What changes at the begin of a bar: divisions, key, meter, tempo."""
    keys = [key for key in score.keys if key.tick == start]
    meters = [meter for meter in score.meters if meter.tick == start]
    if first or keys or meters:
        about = SubElement(measure, "attributes")
        if first:
            SubElement(about, "divisions").text = str(GRID)
        if keys:
            write_key(about, keys[-1])
        if meters:
            write_meter(about, meters[-1])
    for tempo in score.tempos:
        if tempo.tick == start:
            direction = SubElement(measure, "direction", placement="above")
            metronome = SubElement(SubElement(direction, "direction-type"), "metronome")
            SubElement(metronome, "beat-unit").text = "quarter"
            SubElement(metronome, "per-minute").text = f"{tempo.bpm:.6g}"
            SubElement(direction, "sound", tempo=f"{tempo.bpm:.6g}")


def write_key(parent: Element, key: Key) -> None:
    """Signature and mode."""
    entry = SubElement(parent, "key")
    SubElement(entry, "fifths").text = str(fifths_of(key))
    SubElement(entry, "mode").text = key.mode


def write_meter(parent: Element, meter: Meter) -> None:
    """Time signature."""
    entry = SubElement(parent, "time")
    SubElement(entry, "beats").text = str(meter.top)
    SubElement(entry, "beat-type").text = str(meter.bottom)


def in_voices(notes: Sequence[Note]) -> list[list[GROUP]]:
    """Notes as chords (same start and length) in as few voices as hold no overlap; at least one voice."""
    chords: dict[tuple[int, int], list[Note]] = {}
    for note in notes:
        chords.setdefault((note.start, note.end), []).append(note)
    made: list[list[GROUP]] = [[]]
    for (start, end), chord in sorted(chords.items()):
        free = next((voice for voice in made if not voice or voice[-1][2] <= start), None)
        if free is None:
            made.append(free := [])
        free.append((tuple(chord), start, end))
    return made


def write_voice(
    measure: Element, voice: Sequence[GROUP], place: int, start: int, end: int, number: int, key: Key
) -> int:
    """The part of a voice within a bar; returns the first chord that goes on or begins behind it."""
    tick = start
    while place < len(voice) and voice[place][1] < end:
        chord, begins, ends = voice[place]
        begins = max(begins, start)
        rests(measure, begins - tick, number)
        tick = min(ends, end)
        write_chord(measure, chord, begins, tick, number, key)
        if ends > end:
            break
        place += 1
    rests(measure, end - tick, number)
    return place


def rests(measure: Element, length: int, voice: int) -> None:
    """Silence of a length."""
    for value in written(length):
        note = SubElement(measure, "note")
        SubElement(note, "rest")
        finish(note, value, voice)


def write_chord(measure: Element, chord: Sequence[Note], start: int, end: int, voice: int, key: Key) -> None:
    """The notes of a chord from start to end, tied to what stands before or comes after."""
    tick = start
    for value in written(end - start):
        for index, note in enumerate(chord):
            tied = (tick > note.start, tick + value.length < note.end)
            write_note(measure, note, value, voice, key, chord=index > 0, tied=tied)
        tick += value.length


def write_note(
    measure: Element, note: Note, value: Value, voice: int, key: Key, *, chord: bool, tied: tuple[bool, bool]
) -> None:
    """One notehead; tied: to the one before, to the one after."""
    entry = SubElement(measure, "note")
    if chord:
        SubElement(entry, "chord")
    pitch = SubElement(entry, "pitch")
    name = (FLAT if fifths_of(key) < 0 else SHARP)[note.pitch % 12]
    SubElement(pitch, "step").text = name[0]
    if len(name) > 1:
        SubElement(pitch, "alter").text = "1" if name[1] == "#" else "-1"
    SubElement(pitch, "octave").text = str(note.pitch // 12 - 1)
    kinds = [kind for kind, here in zip(("stop", "start"), tied, strict=True) if here]
    finish(entry, value, voice, kinds)


def finish(entry: Element, value: Value, voice: int, ties: Sequence[str] = ()) -> None:
    """Length, ties, voice and looks, in the order the schema asks for."""
    SubElement(entry, "duration").text = str(value.length)
    for kind in ties:
        SubElement(entry, "tie", type=kind)
    SubElement(entry, "voice").text = str(voice)
    SubElement(entry, "type").text = value.name
    for _ in range(value.dots):
        SubElement(entry, "dot")
    if value.triplet:
        change = SubElement(entry, "time-modification")
        SubElement(change, "actual-notes").text = "3"
        SubElement(change, "normal-notes").text = "2"
    if ties:
        notations = SubElement(entry, "notations")
        for kind in ties:
            SubElement(notations, "tied", type=kind)
