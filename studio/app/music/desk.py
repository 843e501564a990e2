"""The desk at which a song is edited: which track, which notes are chosen, the grid, and what is done
to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from psygnal import Signal

from studio.model import song_edits
from studio.model.errors import UserError
from studio.model.melody import Key, Melody, Meter, Note, Part, Tempo
from studio.model.song import Song, add_part, remove_part, with_part
from studio.model.song_edits import Notes

GRIDS = {"1/4": 1.0, "1/8": 0.5, "1/16": 0.25, "1/32": 0.125, "1/8 triplet": 1 / 3, "1/16 triplet": 1 / 6}


def tempo_of(tick: int, bpm: float) -> Tempo:
    """A tempo within 10 to 500 quarter notes a minute."""
    return Tempo(tick, round(60_000_000 / min(max(bpm, 10), 500)))


class MusicDesk:
    """What a person works on. `changed` follows every change of the song or of what is chosen."""

    changed = Signal()
    auditioned = Signal(int, int)

    def __init__(self, melody: Melody | None = None) -> None:
        self._part = 0
        self._selection: frozenset[Note] = frozenset()
        self.grid_name = "1/16"
        self.scale_snap = False
        self.velocity = 90
        self.cursor = (0, 67)
        self._clipboard: Notes = ()
        self.song = Song(melody)
        self.open(self.song)

    def open(self, song: Song) -> None:
        """Work on another song."""
        self.song.changed.disconnect(self._song_changed, missing_ok=True)
        self.song = song
        self._part, self._selection, self.cursor = 0, frozenset(), (0, 67)
        song.changed.connect(self._song_changed)
        self.changed.emit()

    def _song_changed(self) -> None:
        self._part = min(self._part, max(len(self.melody.parts) - 1, 0))
        self._selection &= frozenset(self.notes)
        self.changed.emit()

    @property
    def melody(self) -> Melody:
        """The music as it is."""
        return self.song.melody

    @property
    def part(self) -> int:
        """The track that is edited."""
        return self._part

    @part.setter
    def part(self, index: int) -> None:
        self._part, self._selection = index, frozenset()
        self.changed.emit()

    @property
    def voice(self) -> Part:
        """The track that is edited, with its notes."""
        return self.melody.parts[self._part]

    @property
    def notes(self) -> Notes:
        """Its notes."""
        return self.melody.parts[self._part].notes if self.melody.parts else ()

    @property
    def selection(self) -> frozenset[Note]:
        """The notes that are chosen, all of the track that is edited."""
        return self._selection

    def select(self, notes: Iterable[Note]) -> None:
        """Choose these notes and no others."""
        self._selection = frozenset(notes)
        self.changed.emit()

    @property
    def grid(self) -> int:
        """Ticks between two lines of the grid."""
        return max(1, round(GRIDS[self.grid_name] * self.melody.resolution))

    def chosen(self) -> Notes:
        """The chosen notes, all of the track if none is; UserError when there are none at all."""
        notes = tuple(sorted(self._selection)) or self.notes
        if not notes:
            raise UserError("There are no notes in this track.", "Draw some, or generate a melody.")
        return notes

    def change(self, title: str, old: Iterable[Note], new: Iterable[Note], merge: object = None) -> None:
        """Exchange notes; the new ones are chosen."""
        old, new = tuple(old), tuple(new)
        notes = song_edits.replaced(self.notes, old, new)
        self._selection = frozenset(new)
        self.song.put_notes(title, self._part, notes, merge if merge is None else str(merge))

    def add(self, note: Note, merge: object = None) -> None:
        """Put a note in, and let it be heard."""
        if self.scale_snap and not self.voice.drums:
            key = self.melody.key_at(note.start)
            note = replace(note, pitch=song_edits.in_scale(note.pitch, key))
        self.change("Draw note", (), (note,), merge)
        self.auditioned.emit(note.pitch, note.velocity)

    def delete(self) -> None:
        """Remove the chosen notes."""
        if self._selection:
            self.change("Delete notes", self._selection, ())

    def move(self, ticks: int, pitches: int, merge: object = None) -> None:
        """Move the chosen notes; a move of a single pitch is heard."""
        notes = self.chosen()
        made = song_edits.moved(notes, ticks, pitches)
        if self.scale_snap and pitches and not self.voice.drums:
            made = song_edits.by_steps(notes, 1 if pitches > 0 else -1, self.melody)
        self.change("Move notes", notes, made, merge)
        if pitches:
            self.auditioned.emit(made[0].pitch, made[0].velocity)

    def stretch(self, ticks: int, merge: object = None) -> None:
        """Make the chosen notes longer or shorter."""
        notes = self.chosen()
        least = max(1, min(self.grid, min(note.duration for note in notes)))
        self.change("Stretch notes", notes, song_edits.stretched(notes, ticks, least), merge)

    def louder(self, by: int) -> None:
        """Raise or lower velocities."""
        notes = self.chosen()
        self.change("Velocity", notes, song_edits.louder(notes, by), "velocity")

    def quantise(self, strength: float = 1.0) -> None:
        """Draw the chosen notes to the grid by a share of their way."""
        notes = self.chosen()
        self.change("Quantise", notes, song_edits.quantised(notes, self.grid, strength))

    def swing(self, amount: float = 2 / 3) -> None:
        """Make every second step of the grid late; 2/3 is triplet swing."""
        notes = self.chosen()
        self.change("Swing", notes, song_edits.swung(notes, self.grid, amount))

    def transpose(self, pitches: int) -> None:
        """Move by semitones."""
        notes = self.chosen()
        self.change("Transpose", notes, song_edits.moved(notes, 0, pitches))

    def to_scale(self) -> None:
        """Move the chosen notes into the key."""
        notes = self.chosen()
        self.change("Move into scale", notes, song_edits.to_scale(notes, self.melody))

    def copy(self) -> None:
        """Keep the chosen notes for `paste`."""
        self._clipboard = tuple(sorted(self._selection))

    def paste(self) -> None:
        """Put the kept notes at the cursor."""
        if not self._clipboard:
            raise UserError("There are no notes to paste.", "Choose some notes and copy them first.")
        shift = self.cursor[0] - self._clipboard[0].start
        made = song_edits.moved(self._clipboard, shift, 0)
        self.change("Paste notes", (), made)
        self.cursor = (max(note.end for note in made), self.cursor[1])

    def duplicate(self) -> None:
        """Put the chosen notes once more behind themselves, from the next bar's or grid's line on."""
        notes = tuple(sorted(self._selection))
        if not notes:
            raise UserError("No notes are chosen.", "Choose some first.")
        span = max(note.end for note in notes) - notes[0].start
        ticks = -(-span // self.grid) * self.grid
        self.change("Duplicate notes", (), song_edits.moved(notes, ticks, 0))

    def add_track(self, program: int = 0, drums: bool = False) -> None:
        """One more track, which is edited from now on."""
        count = len(self.melody.parts) + 1
        part = Part((), "Drums" if drums else f"Track {count}", program, drums)
        self.song.put("Add track", add_part(self.song.state, part))
        self.part = count - 1

    def remove_track(self) -> None:
        """Take the edited track away; the last one stays."""
        if len(self.melody.parts) < 2:
            raise UserError("A song needs one track.", "Delete its notes instead.")
        self.song.put("Remove track", remove_part(self.song.state, self._part))

    def step_track(self, by: int) -> None:
        """Edit the track above or below, if there is one."""
        index = self._part + by
        if 0 <= index < len(self.melody.parts):
            self.part = index

    def set_track(self, index: int, **changes: object) -> None:
        """Change name, program or drums of a track."""
        self.song.put_melody("Change track", with_part(self.melody, index, **changes), f"track {index}")

    def toggle(self, index: int, what: str) -> None:
        """Mute or play alone ("muted", "solo") a track, or no longer."""
        state = self.song.state
        now: frozenset[int] = getattr(state, what)
        self.song.put(what.capitalize(), replace(state, **{what: now ^ {index}}))

    def set_tempo(self, bpm: float) -> None:
        """The tempo at the begin, in quarter notes a minute."""
        self.song.put_melody("Tempo", song_edits.changed(self.melody, tempo_of(0, bpm)), "tempo")

    def set_meter(self, top: int, bottom: int) -> None:
        """The meter at the begin."""
        self.song.put_melody("Meter", song_edits.changed(self.melody, Meter(0, top, bottom)), "meter")

    def set_key(self, tonic: int, mode: str) -> None:
        """The key at the begin."""
        self.song.put_melody("Key", song_edits.changed(self.melody, Key(0, tonic, mode)), "key")

    def change_from_bar(self, bpm: float, meter: tuple[int, int], key: tuple[int, str]) -> None:
        """From the cursor's bar on another tempo, meter and key; what is as before is no change."""
        tick = self.melody.bar_at(self.cursor[0])
        changes = (tempo_of(tick, bpm), Meter(tick, *meter), Key(tick, *key))
        self.song.put_melody("Change from bar", song_edits.changed(self.melody, *changes))

    def unchange_bar(self) -> None:
        """Take away the changes in the cursor's bar; those at the begin of the song stay."""
        tick = self.melody.bar_at(self.cursor[0])
        end = tick + self.melody.meter_at(tick).bar(self.melody.resolution)
        self.song.put_melody("Remove change", song_edits.unchanged(self.melody, tick, end))

    def record(self, notes: Notes) -> None:
        """Put in what was played, as one step; it is chosen, so that it can be quantised at once."""
        if notes:
            self.song.seal()
            self.change("Record", (), notes)

    def loop_selection(self) -> None:
        """Loop the bars of the chosen notes, or no longer."""
        state = self.song.state
        if state.loop is not None:
            self.song.put("Loop off", replace(state, loop=None))
            return
        notes = self.chosen()
        bar = self.melody.meter_at(self.melody.end).bar(self.melody.resolution)
        lines = [*self.melody.bar_lines(self.melody.end + bar)]
        first = max(line for line in lines if line <= min(note.start for note in notes))
        end = max(note.end for note in notes)
        last = next((line for line in lines if line >= end), end)
        self.song.put("Loop", replace(state, loop=(first, last)))

    def loop_between(self, one: int, other: int) -> None:
        """Loop between two ticks, whichever is first; not at all where they are the same."""
        loop = (min(one, other), max(one, other)) if one != other else None
        self.song.put("Loop", replace(self.song.state, loop=loop), "loop")

    def step_cursor(self, steps: int, pitches: int) -> None:
        """Move the place where the keyboard writes, by lines of the grid and by semitones."""
        tick, pitch = self.cursor
        self.cursor = (max(0, (tick // self.grid + steps) * self.grid), min(max(pitch + pitches, 0), 127))
        self.changed.emit()

    def write_at_cursor(self) -> None:
        """Put a note of one grid step at the cursor and go on behind it; a note that stands there is
        removed.
        """
        tick, pitch = self.cursor
        there = [note for note in self.notes if note.pitch == pitch and note.start <= tick < note.end]
        if there:
            self.change("Delete notes", there, ())
            return
        self.add(Note(tick, pitch, self.grid, self.velocity))
        self.step_cursor(1, 0)

    def pick_at_cursor(self, *, besides: bool = False) -> None:
        """Choose the notes at the cursor; ``besides`` what is chosen, or no longer if they are."""
        tick, pitch = self.cursor
        there = {note for note in self.notes if note.pitch == pitch and note.start <= tick < note.end}
        self.select(self._selection ^ there if besides else there)
