"""Chords and a bass line to a melody, by dynamic programming: no network has a part in it.

For each half bar (or bar, in short meters) one triad of the scale is chosen so that the whole is cheapest:
melody notes outside a chord cost by length and stress, chord changes cost by how far the roots lie apart in
fifths, and the first and last chord cost unless they are the tonic's. This is the Viterbi algorithm.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace

import numpy as np

from studio.api import Key, Melody, Note, Part

from .primer import leading, melody_key, one_voice

STEPS = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
RARE = {"major": (0, 0.5, 0.8, 0, 0, 0.3, 9.0), "mixolydian": (0, 0.6, 9.0, 0.1, 0.3, 0.6, 0.1)}
RARE |= {"minor": (0, 9.0, 0.2, 0.1, 0.1, 0.3, 0.1), "dorian": (0, 0.6, 0.3, 0.1, 0.3, 9.0, 0.1)}
CHANGE, FAR, HOME = 0.45, 0.12, 2.0
PIANO, BASS = 0, 32
Chord = tuple[int, int, int]  # pitch classes: root, third, fifth


def accompany(melody: Melody, harmony: str, key: Key | None) -> Melody:
    """The melody with parts for chords, bass or both added."""
    key = key or melody_key(melody)
    voice = one_voice(melody.parts[leading(melody)].notes)
    spans = spans_of(melody, max(note.end for note in voice))
    chords = best_chords(voice, spans, key)
    parts = list(melody.parts)
    if harmony in ("chords", "both"):
        parts.append(Part(tuple(strummed(melody, spans, chords)), "Chords", PIANO))
    if harmony in ("bass", "both"):
        parts.append(Part(tuple(walked(melody, spans, chords)), "Bass", BASS))
    return replace(melody, parts=tuple(parts), keys=(key, *melody.keys[1:]))


def spans_of(melody: Melody, end: int) -> list[tuple[int, int]]:
    """The stretches that have one chord: halves of bars of two or four beats, else whole bars."""
    spans: list[tuple[int, int]] = []
    for start in melody.bar_lines(end):
        meter = melody.meter_at(start)
        bar, beat = meter.bar(melody.resolution), meter.beat(melody.resolution)
        halves = 2 if bar % 2 == 0 and bar // beat in (2, 4) and bar >= 3 * melody.resolution else 1
        spans += [(start + i * bar // halves, start + (i + 1) * bar // halves) for i in range(halves)]
    return spans


def triads(key: Key) -> list[Chord]:
    """The seven triads of a key; in minor the dominant has its leading note."""
    scale = STEPS[key.mode]
    made = [tuple((key.tonic + scale[(step + third) % 7]) % 12 for third in (0, 2, 4)) for step in range(7)]
    if key.mode == "minor":
        root, _, fifth = made[4]
        made[4] = (root, (root + 4) % 12, fifth)
    return [(a, b, c) for a, b, c in made]


def best_chords(voice: tuple[Note, ...], spans: list[tuple[int, int]], key: Key) -> list[Chord]:
    """The cheapest row of triads."""
    options = triads(key)
    starts = [note.start for note in voice]
    heard = [voice[max(bisect_right(starts, a) - 1, 0) : bisect_left(starts, b)] for a, b in spans]
    costs = np.array(
        [[misfit(notes, span, chord) for chord in options] for notes, span in zip(heard, spans, strict=True)]
    )
    costs += np.array(RARE[key.mode]) * 0.3
    costs[0] += HOME * (np.arange(7) > 0) / 2
    costs[-1] += HOME * (np.arange(7) > 0)
    roots = np.array([chord[0] for chord in options])
    fifths = ((roots[:, None] - roots[None]) * 7 + 6) % 12 - 6
    moves = CHANGE * (fifths != 0) + FAR * np.maximum(abs(fifths) - 1, 0)
    total, back = costs[0], []
    for cost in costs[1:]:
        ways = total[:, None] + moves
        back.append(ways.argmin(0))
        total = ways.min(0) + cost
    path = [int(total.argmin())]
    for row in reversed(back):
        path.append(int(row[path[-1]]))
    return [options[i] for i in reversed(path)]


def misfit(voice: tuple[Note, ...], span: tuple[int, int], chord: Chord) -> float:
    """Share of a stretch in which the melody is outside a chord; its first note counts double."""
    start, end = span
    wrong = 0.0
    for note in voice:
        shared = min(note.end, end) - max(note.start, start)
        if shared > 0 and note.pitch % 12 not in chord:
            wrong += shared * (2 if note.start == start else 1)
    return 2 * wrong / (end - start)


def strummed(melody: Melody, spans: list[tuple[int, int]], chords: list[Chord]) -> list[Note]:
    """Close triads around middle C on every beat but the first of a bar, where the bass is."""
    notes: list[Note] = []
    for (start, end), chord in zip(spans, chords, strict=True):
        beat = melody.meter_at(start).beat(melody.resolution)
        for tick in range(start, end, beat):
            length = max(1, min(beat, end - tick) * 4 // 5)
            notes += [
                Note(tick, 55 + (pitch - 55) % 12, length, 58 if tick == start else 50) for pitch in chord
            ]
    return notes


def walked(melody: Melody, spans: list[tuple[int, int]], chords: list[Chord]) -> list[Note]:
    """Root, and the fifth in the second half of a stretch that is long enough."""
    notes: list[Note] = []
    for (start, end), (root, _, fifth) in zip(spans, chords, strict=True):
        low = 36 + (root - 36) % 12
        beat = melody.meter_at(start).beat(melody.resolution)
        if end - start >= 2 * beat:
            middle = start + (end - start) // beat // 2 * beat
            notes += [
                Note(start, low, middle - start, 84),
                Note(middle, 36 + (fifth - 36) % 12, end - middle, 74),
            ]
        else:
            notes.append(Note(start, low, end - start, 84))
    return notes
