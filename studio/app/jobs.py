"""What is known of the jobs of this run: the list behind the jobs panel."""

from __future__ import annotations

from collections.abc import Callable

from psygnal import Signal

from studio.engine.events import Changed, Event, JobInfo, Previewed
from studio.model.media import Image


class JobBook:
    """Snapshots of jobs by id with their latest preview; ended ones beyond `limit` are forgotten."""

    changed = Signal(int)

    def __init__(self, limit: int = 200) -> None:
        self.limit = limit
        self._jobs: dict[int, JobInfo] = {}
        self._previews: dict[int, Image] = {}
        self.stoppers: dict[int, Callable[[], object]] = {}
        """How to end what is listed here and is none of the engine's jobs."""

    def handle(self, event: Event) -> None:
        """Take in one engine event."""
        if isinstance(event, Changed):
            self._jobs[event.job.id] = event.job
            self._trim()
            self.changed.emit(event.job.id)
        elif isinstance(event, Previewed) and isinstance(event.value, Image):
            self._previews[event.job_id] = event.value
            self.changed.emit(event.job_id)

    def _trim(self) -> None:
        over = len(self._jobs) - self.limit
        for id in [id for id, job in self._jobs.items() if job.state.ended][: max(over, 0)]:
            self.forget(id)

    def all(self) -> tuple[JobInfo, ...]:
        """Every job known, oldest first."""
        return tuple(self._jobs.values())

    def active(self) -> tuple[JobInfo, ...]:
        """Jobs that are waiting, running or paused."""
        return tuple(job for job in self._jobs.values() if not job.state.ended)

    def get(self, id: int) -> JobInfo | None:
        """One job, if known."""
        return self._jobs.get(id)

    def preview(self, id: int) -> Image | None:
        """The newest preview of a job."""
        return self._previews.get(id)

    def show(self, id: int, image: Image) -> None:
        """Keep a job's finished picture as its thumbnail."""
        self._previews[id] = image
        self.changed.emit(id)

    def forget(self, id: int) -> None:
        """Drop one job from the list (it goes on if it is running)."""
        self._jobs.pop(id, None)
        self._previews.pop(id, None)
