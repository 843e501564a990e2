"""The pictures that generators made lately: what the variations strip shows."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, replace

from psygnal import Signal

from studio.engine.events import Request
from studio.model.media import Image
from studio.model.provenance import Provenance


@dataclass(frozen=True, eq=False)
class Result:
    """One generated picture and the recipe that makes it again."""

    id: int
    image: Image
    request: Request
    provenance: Provenance
    title: str
    job_id: int

    @property
    def seed(self) -> int:
        """The seed that made this picture."""
        return self.request.seed


class ResultStore:
    """Results, oldest first, bounded in number and in bytes. Main thread only."""

    changed = Signal()

    def __init__(self, limit: int = 200, limit_bytes: int = 512 * 2**20) -> None:
        self._ids = itertools.count(1)
        self._items: deque[Result] = deque()
        self.limit = limit
        self.limit_bytes = limit_bytes

    @property
    def items(self) -> tuple[Result, ...]:
        """All results kept, oldest first."""
        return tuple(self._items)

    def add(self, image: Image, request: Request, provenance: Provenance, title: str, job_id: int) -> Result:
        """Remember a picture; the oldest ones go when there are too many."""
        result = Result(next(self._ids), image, request, provenance, title, job_id)
        self._items.append(result)
        while len(self._items) > 1 and (len(self._items) > self.limit or self.nbytes > self.limit_bytes):
            self._items.popleft()
        self.changed.emit()
        return result

    @property
    def nbytes(self) -> int:
        """Memory of the pixels kept, in bytes."""
        return sum(item.image.pixels.nbytes for item in self._items)

    def get(self, id: int) -> Result | None:
        """The result of that id, if it is still kept."""
        return next((item for item in self._items if item.id == id), None)

    def complete(self, job_id: int, provenance: Provenance) -> None:
        """Tell the results of a job which weights and inputs made them, as known when it has finished."""
        self._items = deque(
            _completed(item, provenance) if item.job_id == job_id else item for item in self._items
        )

    def remove(self, id: int) -> None:
        """Forget one result."""
        self._items = deque(item for item in self._items if item.id != id)
        self.changed.emit()

    def clear(self) -> None:
        """Forget all results."""
        self._items.clear()
        self.changed.emit()


def _completed(result: Result, made: Provenance) -> Result:
    recipe = replace(result.provenance, weights=made.weights, inputs=made.inputs)
    return replace(result, provenance=recipe)
