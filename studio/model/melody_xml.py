"""MusicXML 4.0 (w3.org/2021/06/musicxml40), score-partwise: bars, ties, chords, voices, tuplets."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from studio.model.melody import Key, Melody, Meter, Note, Part
from studio.model.melody_midi import fifths_of
from studio.model.notation import GRID, Value, spelled, written

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 '
    'Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
)
LOW = 55  # parts whose notes lie below it on average are written in the bass clef
GROUP = tuple[tuple[Note, ...], int, int]


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
        write_instrument(entry, part, number)
    bars = list(score.bar_lines(max(score.end, 1)))
    for number, part in enumerate(score.parts, 1):
        write_part(SubElement(root, "part", id=f"P{number}"), score, part, bars)
    indent(root, " ")
    return HEAD.encode() + tostring(root, "utf-8") + b"\n"


def write_instrument(parent: Element, part: Part, number: int) -> None:
    """What plays it, for programs that make sounds: the General MIDI program, or channel 10 for drums."""
    name = f"P{number}-I1"
    SubElement(SubElement(parent, "score-instrument", id=name), "instrument-name").text = f"Part {number}"
    entry = SubElement(parent, "midi-instrument", id=name)
    if part.drums:
        SubElement(entry, "midi-channel").text = "10"
    SubElement(entry, "midi-program").text = str(part.program + 1)


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
        attributes(
            measure, score, (bars[number - 1] + 1 if number else 0, start), part if number == 0 else None
        )
        write_tempos(measure, score, start, end)
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


def attributes(measure: Element, score: Melody, since: tuple[int, int], first: Part | None) -> None:
    """What changes at the begin of a bar: divisions and clef in the first, key, meter.

    since: a key that changes within the bar before is written at the bar line.
    """
    keys = [key for key in score.keys if since[0] <= key.tick <= since[1]]
    meters = [meter for meter in score.meters if meter.tick == since[1]]
    if first is None and not keys and not meters:
        return
    about = SubElement(measure, "attributes")
    if first is not None:
        SubElement(about, "divisions").text = str(GRID)
    if keys:
        write_key(about, keys[-1])
    if meters:
        write_meter(about, meters[-1])
    if first is not None:
        write_clef(about, first)


def write_clef(parent: Element, part: Part) -> None:
    """Treble or bass by where most of it lies; percussion for drums."""
    pitches = [note.pitch for note in part.notes]
    low = bool(pitches) and sum(pitches) / len(pitches) < LOW
    sign, line = ("percussion", None) if part.drums else ("F", 4) if low else ("G", 2)
    entry = SubElement(parent, "clef")
    SubElement(entry, "sign").text = sign
    if line:
        SubElement(entry, "line").text = str(line)


def write_tempos(measure: Element, score: Melody, start: int, end: int) -> None:
    """The tempos that begin within a bar, each where it does."""
    for tempo in score.tempos:
        if not start <= tempo.tick < end:
            continue
        direction = SubElement(measure, "direction", placement="above")
        metronome = SubElement(SubElement(direction, "direction-type"), "metronome")
        SubElement(metronome, "beat-unit").text = "quarter"
        SubElement(metronome, "per-minute").text = f"{tempo.bpm:.6g}"
        if tempo.tick > start:
            SubElement(direction, "offset").text = str(tempo.tick - start)
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
    step, alter, octave = spelled(note.pitch, fifths_of(key))
    SubElement(pitch, "step").text = step
    if alter:
        SubElement(pitch, "alter").text = str(alter)
    SubElement(pitch, "octave").text = str(octave)
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
