"""Undo without a limit of steps, within a budget of bytes.

Each step keeps the document's state before and after it as immutable values that share all unchanged tiles,
so undoing swaps references whatever the size of the change. A step costs the tiles nothing else holds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import ClassVar

from psygnal import Signal

from studio.model.errors import UserError
from studio.model.state import DocumentState, tile_changes
from studio.model.tiles import Tile

MIB = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One undo step. `nbytes`: the tiles it replaced or those it made, whichever is more."""

    title: str
    before: DocumentState
    after: DocumentState
    removed: frozenset[Tile]
    added: frozenset[Tile]
    nbytes: int
    merge: Hashable = None


class History:
    """The undo steps of one document. `position` is the number of steps that are done.

    Args:
        restore: takes the document to a state and tells its listeners.
        limit_bytes: when the tiles held only by history exceed this, the oldest steps are forgotten
            (the last one stays, however large).
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, restore: Callable[[DocumentState], None], limit_bytes: int = 512 * MIB) -> None:
        self._restore = restore
        self._entries: list[Entry] = []
        self._position = 0
        self._sealed = False
        self._limit = limit_bytes
        self.busy = False

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Oldest first; those from `position` on are undone."""
        return tuple(self._entries)

    @property
    def position(self) -> int:
        """How many of the entries are done."""
        return self._position

    @property
    def current(self) -> Entry | None:
        """The last step that is done."""
        return self._entries[self._position - 1] if self._position else None

    @property
    def can_undo(self) -> bool:
        """True when there is a step to undo."""
        return self._position > 0

    @property
    def can_redo(self) -> bool:
        """True when there is a step to redo."""
        return self._position < len(self._entries)

    @property
    def limit_bytes(self) -> int:
        """The budget; setting it forgets steps at once where needed."""
        return self._limit

    @limit_bytes.setter
    def limit_bytes(self, value: int) -> None:
        self._limit = value
        if self._evict():
            self.changed.emit()

    @property
    def nbytes(self) -> int:
        """Bytes of the tiles that only history holds."""
        held: set[Tile] = set()
        for number, entry in enumerate(self._entries):
            held |= entry.removed if number < self._position else entry.added
        return _bytes(held - self._live())

    def undo(self) -> None:
        """Take the last step back. Does nothing when there is none."""
        if self.can_undo:
            self.go_to(self._position - 1)

    def redo(self) -> None:
        """Do the next undone step again. Does nothing when there is none."""
        if self.can_redo:
            self.go_to(self._position + 1)

    def go_to(self, position: int) -> None:
        """Go to the state in which exactly the first `position` steps are done (0: none).

        Raises UserError while an edit is open and IndexError for a position that does not exist.
        """
        if not 0 <= position <= len(self._entries):
            raise IndexError(f"history has {len(self._entries)} steps, not {position}")
        if self.busy:
            raise UserError("An edit is still going on.", "Finish or cancel it, then undo.")
        if position == self._position:
            return
        back = position < self._position
        state = self._entries[position].before if back else self._entries[position - 1].after
        self._position, self._sealed = position, True
        self._restore(state)
        self.changed.emit()

    def push(self, title: str, before: DocumentState, after: DocumentState, merge: Hashable = None) -> None:
        """Record a step that has just been done; undone steps are forgotten.

        A step with the same non-None `merge` key as the one just before becomes part of it, unless `seal` was
        called between them.
        """
        del self._entries[self._position :]
        last = self.current
        if last and merge is not None and merge == last.merge and not self._sealed:
            self._entries[-1] = _entry(title, last.before, after, merge)
        else:
            self._entries.append(_entry(title, before, after, merge))
        self._position, self._sealed = len(self._entries), False
        self._evict()
        self.changed.emit()

    def seal(self) -> None:
        """End the gathering of equal steps: the next one stands on its own (call when a slider is let go)."""
        self._sealed = True

    def clear(self) -> None:
        """Forget all steps."""
        self._entries.clear()
        self._position = 0
        self.changed.emit()

    def _live(self) -> set[Tile]:
        """Tiles the document holds now."""
        if not self._entries:
            return set()
        state = self._entries[self._position - 1].after if self._position else self._entries[0].before
        return {tile for found in state.maps() for tile in found.tiles.values()}

    def _evict(self) -> bool:
        """Forget the oldest steps, then the last undone ones, until the budget holds; True if any went."""
        count = len(self._entries)
        if sum(entry.nbytes for entry in self._entries) <= self._limit:
            return False
        while len(self._entries) > 1 and self.nbytes > self._limit:
            if self._position > 1 or not self.can_redo:
                del self._entries[0]
                self._position -= 1
            else:
                del self._entries[-1]
        return len(self._entries) < count


def _entry(title: str, before: DocumentState, after: DocumentState, merge: Hashable) -> Entry:
    removed, added = tile_changes(before, after)
    size = max(_bytes(removed), _bytes(added))
    return Entry(title, before, after, frozenset(removed), frozenset(added), size, merge)


def _bytes(tiles: frozenset[Tile] | set[Tile]) -> int:
    return sum(tile.data.nbytes for tile in tiles)
