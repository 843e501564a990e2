"""Running requests without a face: submit, wait, and get the results."""

from __future__ import annotations

import queue
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from studio.engine.events import Changed, Event, Failed, Finished, Previewed, Request
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry
from studio.model.errors import UserError
from studio.model.media import Image
from studio.model.provenance import Provenance


@dataclass(frozen=True)
class Made:
    """What a request came to: its pictures, the seconds of work, and the recipe."""

    images: tuple[Image, ...]
    seconds: float
    provenance: Provenance


class Headless:
    """Runs one request after another and waits for each."""

    def __init__(self, registry: Registry) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.engine = Engine(self._events.put, registry=registry)

    def make(self, request: Request, progress: Callable[[float], None] = lambda _: None) -> Made:
        """The pictures of a request. UserError when it is refused, fails, or makes something else."""
        job = self.engine.submit(request)
        made: Made | None = None
        for event in self._events_of(job):
            if isinstance(event, Failed):
                raise UserError(event.sentence, event.hint)
            if isinstance(event, Previewed):
                progress(event.progress)
            elif isinstance(event, Finished):
                made = Made(pictures(event), event.seconds, event.provenance)
        if made is None:
            raise UserError(f"The job “{request.generator}” ended without a result.")
        return made

    def _events_of(self, job: int) -> Iterator[Event]:
        while True:
            event = self._events.get()
            if isinstance(event, Changed):
                if event.job.id == job and event.job.state.ended:
                    return
            elif getattr(event, "job_id", None) == job:
                yield event


def pictures(event: Finished) -> tuple[Image, ...]:
    """The pictures among the values of a result."""
    values = event.value if isinstance(event.value, tuple) else (event.value,)
    return tuple(value for value in values if isinstance(value, Image))


@contextmanager
def headless(registry: Registry) -> Generator[Headless]:
    """An engine for a while; its threads have ended afterwards."""
    face = Headless(registry)
    try:
        yield face
    finally:
        face.engine.close()
