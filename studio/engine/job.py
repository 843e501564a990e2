"""The engine's own record of a job. Every field is guarded by the engine's lock unless it says otherwise."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from studio.engine.cache import Loaded
from studio.engine.events import JobInfo, Priority, State
from studio.engine.run import Run
from studio.engine.spec import Work

SUPERSEDED_MAY_FINISH = 0.1  # seconds; else a slider that moves faster than a picture takes would show none


@dataclass(eq=False)
class Job:
    """``stop`` is the state it shall end in, once somebody wants it to end."""

    id: int
    work: Work
    device: str = ""
    state: State = State.QUEUED
    progress: float = 0.0
    queued_at: float = field(default_factory=time.time)
    started_at: float | None = None
    stop: State | None = None
    stop_since: float = 0.0
    pause: bool = False
    owner: object | None = None  # the worker that holds its run
    run: Run | None = None  # worker thread only, like all below
    loaded: Loaded | None = None
    began: float = 0.0
    seconds: float = 0.0
    shrink: int = 0
    chunks: int = 0  # of this attempt
    delivered: int = 0  # of any attempt

    @property
    def priority(self) -> Priority:
        """How urgent it is."""
        return self.work.request.priority

    @property
    def order(self) -> tuple[bool, int, int]:
        """Sort key of the queue: what must stop first, then by priority, then by age."""
        return self.stop is None, int(self.priority), self.id

    def must_stop(self) -> bool:
        """Whether a long step should give up now; read from the worker thread without the lock."""
        if self.stop is State.SUPERSEDED:
            return time.monotonic() - self.began > SUPERSEDED_MAY_FINISH
        return self.stop is not None

    def info(self) -> JobInfo:
        """The job at this moment, as a frozen value."""
        return JobInfo(
            self.id,
            self.work.request,
            self.state,
            self.device,
            self.progress,
            self.queued_at,
            self.started_at,
            self.work.spec.title,
        )
