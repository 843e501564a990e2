"""The song in the piano roll: music, what is muted, a loop, and its own undo. Main thread only."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import ClassVar

from psygnal import Signal

from studio.model.errors import UserError
from studio.model.melody import Melody, Note, Part

LIMIT_BYTES = 64 << 20
NOTE_BYTES = 120  # of a note and its place in a tuple
MAX_PARTS = 256


@dataclass(frozen=True)
class SongState:
    """What undo goes back to. muted, solo: indices of parts; loop: first tick and the one after the last."""

    melody: Melody
    muted: frozenset[int] = field(default=frozenset())
    solo: frozenset[int] = field(default=frozenset())
    loop: tuple[int, int] | None = None

    def audible(self) -> Melody:
        """The music without the parts that are not to be heard; the parts keep their places."""
        heard = self.solo or frozenset(range(len(self.melody.parts))) - self.muted
        if len(heard) == len(self.melody.parts):
            return self.melody
        parts = [part if i in heard else replace(part, notes=()) for i, part in enumerate(self.melody.parts)]
        return replace(self.melody, parts=tuple(parts))


@dataclass(frozen=True)
class Step:
    """One undo step. cost: bytes of what only it holds, roughly."""

    title: str
    before: SongState
    after: SongState
    merge: Hashable
    cost: int


class Song:
    """A song that is edited. `changed` follows every edit, undo and redo."""

    changed: ClassVar[Signal] = Signal()

    def __init__(self, melody: Melody | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self.state = SongState(melody or Melody((Part(name="Melody", program=73),)))
        self.limit_bytes = limit_bytes
        self._steps: list[Step] = []
        self._position = 0
        self._sealed = True
        self._saved = self.state

    @property
    def melody(self) -> Melody:
        """The music."""
        return self.state.melody

    @property
    def titles(self) -> tuple[str, ...]:
        """The undo steps that are done, oldest first."""
        return tuple(step.title for step in self._steps[: self._position])

    @property
    def modified(self) -> bool:
        """Whether the music is not the one that was saved or opened."""
        return self.state.melody is not self._saved.melody

    def mark_saved(self) -> None:
        """The music is on the disk as it is now."""
        self._saved = self.state

    def put(self, title: str, state: SongState, merge: Hashable = None) -> None:
        """Do an edit. Equal non-None ``merge`` keys in a row, until `seal`, are one step."""
        if state == self.state:
            return
        del self._steps[self._position :]
        last = self._steps[-1] if self._steps else None
        if last and merge is not None and merge == last.merge and not self._sealed:
            self._steps[-1] = Step(title, last.before, state, merge, cost(last.before, state))
        else:
            self._steps.append(Step(title, self.state, state, merge, cost(self.state, state)))
        while len(self._steps) > 1 and sum(step.cost for step in self._steps) > self.limit_bytes:
            del self._steps[0]
        self._position, self._sealed = len(self._steps), False
        self.state = state
        self.changed.emit()

    def put_melody(self, title: str, melody: Melody, merge: Hashable = None) -> None:
        """Do an edit of the music alone."""
        self.put(title, replace(self.state, melody=melody), merge)

    def put_notes(self, title: str, part: int, notes: Iterable[Note], merge: Hashable = None) -> None:
        """Give a part other notes; equal ones count once."""
        self.put_melody(title, with_part(self.melody, part, notes=tuple(dict.fromkeys(notes))), merge)

    def seal(self) -> None:
        """End the gathering of equal steps, as when the mouse is let go."""
        self._sealed = True

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._position > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return self._position < len(self._steps)

    def undo(self) -> None:
        """Take the last step back."""
        if self.can_undo:
            self._position -= 1
            self._go(self._steps[self._position].before)

    def redo(self) -> None:
        """Do the step again."""
        if self.can_redo:
            self._position += 1
            self._go(self._steps[self._position - 1].after)

    def _go(self, state: SongState) -> None:
        self._sealed = True
        self.state = state
        self.changed.emit()


def cost(before: SongState, after: SongState) -> int:
    """Bytes that keeping the state before takes: the parts that changed."""
    kept = {id(part.notes) for part in after.melody.parts}
    return 500 + sum(NOTE_BYTES * len(p.notes) for p in before.melody.parts if id(p.notes) not in kept)


def with_part(melody: Melody, index: int, **changes: object) -> Melody:
    """The music with some fields of a part changed."""
    parts = list(melody.parts)
    parts[index] = replace(parts[index], **changes)
    return replace(melody, parts=tuple(parts))


def add_part(state: SongState, part: Part) -> SongState:
    """The state with one more part. UserError beyond 256."""
    if len(state.melody.parts) >= MAX_PARTS:
        raise UserError(f"A song has at most {MAX_PARTS} tracks.", "Remove one first.")
    return replace(state, melody=replace(state.melody, parts=(*state.melody.parts, part)))


def remove_part(state: SongState, index: int) -> SongState:
    """The state without a part; muted and solo ones move up."""
    parts = tuple(part for i, part in enumerate(state.melody.parts) if i != index)

    def moved(indices: frozenset[int]) -> frozenset[int]:
        return frozenset(i - (i > index) for i in indices if i != index)

    melody = replace(state.melody, parts=parts)
    return replace(state, melody=melody, muted=moved(state.muted), solo=moved(state.solo))
