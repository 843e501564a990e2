"""What is done to notes: moved, stretched, quantised, swung, transposed. Notes in, notes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from studio.model.melody import MAX_TICK, Key, Melody, Meter, Note, Tempo

Notes = tuple[Note, ...]


def moved(notes: Iterable[Note], ticks: int, pitches: int) -> Notes:
    """All moved alike, as far as the first tick, the lowest and the highest pitch let them."""
    notes = tuple(notes)
    if not notes:
        return ()
    ticks = max(ticks, -min(note.start for note in notes))
    pitches = max(pitches, -min(note.pitch for note in notes))
    pitches = min(pitches, 127 - max(note.pitch for note in notes))
    return tuple(replace(note, start=note.start + ticks, pitch=note.pitch + pitches) for note in notes)


def stretched(notes: Iterable[Note], ticks: int, least: int = 1) -> Notes:
    """All longer by so many ticks, none shorter than ``least``."""
    return tuple(replace(n, duration=min(max(n.duration + ticks, least), MAX_TICK - n.start)) for n in notes)


def louder(notes: Iterable[Note], by: int) -> Notes:
    """Velocities raised, within 1..127."""
    return tuple(replace(note, velocity=min(max(note.velocity + by, 1), 127)) for note in notes)


def snapped(tick: int, grid: int) -> int:
    """The nearest multiple of the grid."""
    return (tick + grid // 2) // grid * grid


def quantised(notes: Iterable[Note], grid: int, strength: float = 1.0) -> Notes:
    """Starts drawn to the grid by a share 0..1 of their way; lengths stay."""
    return tuple(
        replace(n, start=max(0, n.start + round((snapped(n.start, grid) - n.start) * strength)))
        for n in notes
    )


def swung(notes: Iterable[Note], grid: int, amount: float) -> Notes:
    """Every second step of the grid is late by ``amount`` (0..1) of half a step; those before last longer."""
    late = round(grid / 2 * amount)

    def one(note: Note) -> Note:
        step, rest = divmod(note.start, grid)
        if rest:
            return note
        if step % 2:
            return replace(note, start=note.start + late, duration=max(1, note.duration - late))
        return replace(note, duration=note.duration + late) if note.duration == grid else note

    return tuple(map(one, notes))


def in_scale(pitch: int, key: Key) -> int:
    """The nearest pitch of the scale; of two equally near ones the lower."""
    order = (0, -1, 1, -2, 2)
    return next(
        (pitch + d for d in order if (pitch + d) % 12 in key.pitch_classes and 0 <= pitch + d <= 127), pitch
    )


def to_scale(notes: Iterable[Note], melody: Melody) -> Notes:
    """Pitches moved into the key that is in force where each note begins."""
    return tuple(replace(note, pitch=in_scale(note.pitch, melody.key_at(note.start))) for note in notes)


def by_steps(notes: Iterable[Note], steps: int, melody: Melody) -> Notes:
    """Moved along the scale: each by so many of its steps; pitches beyond the range stay where they are."""
    made: list[Note] = []
    for note in notes:
        scale = [p for p in range(128) if p % 12 in melody.key_at(note.start).pitch_classes]
        place = scale.index(in_scale(note.pitch, melody.key_at(note.start))) + steps
        made.append(replace(note, pitch=scale[place]) if 0 <= place < len(scale) else note)
    return tuple(made)


def replaced(notes: Iterable[Note], old: Iterable[Note], new: Iterable[Note]) -> Notes:
    """The notes with some of them exchanged."""
    gone = frozenset(old)
    return (*(note for note in notes if note not in gone), *new)


def changed(melody: Melody, *changes: Tempo | Meter | Key) -> Melody:
    """The music with changes of tempo, meter or key, each in the place of one at its tick."""
    return without_idle(
        replace(
            melody,
            tempos=(*melody.tempos, *(change for change in changes if isinstance(change, Tempo))),
            meters=(*melody.meters, *(change for change in changes if isinstance(change, Meter))),
            keys=(*melody.keys, *(change for change in changes if isinstance(change, Key))),
        )
    )


def without_idle(melody: Melody) -> Melody:
    """The music without changes to what is in force already. A meter stays where it begins a bar anew."""
    tempos, keys = melody.tempos, melody.keys
    return replace(
        melody,
        tempos=tempos[:1] + tuple(b for a, b in pairwise(tempos) if a.micros != b.micros),
        meters=melody.meters[:1] + tuple(b for a, b in pairwise(melody.meters) if not goes_on(a, b, melody)),
        keys=keys[:1] + tuple(b for a, b in pairwise(keys) if (a.tonic, a.mode) != (b.tonic, b.mode)),
    )


def goes_on(a: Meter, b: Meter, melody: Melody) -> bool:
    """Whether the bars of a go on as if b were not there."""
    whole = (b.tick - a.tick) % a.bar(melody.resolution) == 0
    return whole and (a.top, a.bottom) == (b.top, b.bottom)


def unchanged(melody: Melody, first: int, end: int) -> Melody:
    """The music without the changes from one tick to before another; at the begin of the song they stay."""
    gone = range(max(first, 1), end)
    return replace(
        melody,
        tempos=tuple(change for change in melody.tempos if change.tick not in gone),
        meters=tuple(change for change in melody.meters if change.tick not in gone),
        keys=tuple(change for change in melody.keys if change.tick not in gone),
    )
