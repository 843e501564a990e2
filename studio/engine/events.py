"""The values that go into the engine (requests) and come out of it (events). All frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Literal, cast

from studio.model.deferred import Input
from studio.model.media import Media
from studio.model.provenance import Provenance

Level = Literal["info", "warning", "error"]


class State(Enum):
    """Where a job stands. Only the engine writes it."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"

    @property
    def ended(self) -> bool:
        """Nothing more will come of the job."""
        return self not in (State.QUEUED, State.RUNNING, State.PAUSED)


class Priority(IntEnum):
    """Lower numbers go first; a running job makes room at its next yield."""

    INTERACTIVE = 0
    NORMAL = 1
    BATCH = 2


@dataclass(frozen=True)
class Request:
    """What a person wants made. A newer request on the same ``channel`` supersedes the older one."""

    generator: str
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    inputs: Mapping[str, Input] = field(default_factory=dict[str, Input])
    priority: Priority = Priority.NORMAL
    channel: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))

    @property
    def seed(self) -> int:
        """The seed among the params; 0 if none is given."""
        return cast(int, self.params.get("seed", 0))


@dataclass(frozen=True)
class JobInfo:
    """A job at one moment. Times are seconds since the epoch; ``started_at`` is None until it starts.

    ``request.params`` are complete: defaults filled in and the model named.
    """

    id: int
    request: Request
    state: State
    device: str
    progress: float
    queued_at: float
    started_at: float | None
    title: str


@dataclass(frozen=True)
class Changed:
    """A job changed state. An ended state is the last event of its job."""

    job: JobInfo


@dataclass(frozen=True)
class Previewed:
    """A look at the result so far, replacing the one before; ``progress`` is 0..1.

    size: width and height of the finished picture, for a look that is smaller than it.
    """

    job_id: int
    value: Media
    progress: float
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Chunked:
    """A finished part of the result, to be appended; ``index`` counts from 0."""

    job_id: int
    value: Media
    index: int


@dataclass(frozen=True)
class Finished:
    """The result. ``seconds`` is the time spent working, pauses left out."""

    job_id: int
    value: Media | tuple[Media, ...]
    seconds: float
    provenance: Provenance


@dataclass(frozen=True)
class Failed:
    """Why there is no result: a sentence and a hint for the person, details for the log."""

    job_id: int
    sentence: str
    hint: str = ""
    details: str = ""


@dataclass(frozen=True)
class Notice:
    """Something worth telling that is not the end of a job."""

    level: Level
    sentence: str
    hint: str = ""
    details: str = ""


Event = Changed | Previewed | Chunked | Finished | Failed | Notice
