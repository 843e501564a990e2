"""An engine to measure: the built-in generators, the installed models, and events with their time."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

import numpy as np
from pydantic import ValidationError

from studio.app.places import BUILT_IN_PLUGINS, RESOURCES, models_dir
from studio.engine.events import Changed, Event, Failed
from studio.engine.jobs import Engine, Request, State
from studio.engine.lab import sample_clip
from studio.engine.plugins import Registry
from studio.engine.spec import Spec
from studio.engine.weights import WeightsStore
from studio.model.clip import Clip
from studio.model.errors import UserError
from studio.model.media import Image, Labels, Mask, Media, Text

PATIENCE_S = 120.0


class Measured:
    """An engine whose events can be waited for, each with the moment it was sent."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[tuple[float, Event]] = queue.SimpleQueue()
        self.registry = built_in()
        self.engine = Engine(self._take, registry=self.registry)

    def _take(self, event: Event) -> None:
        self._events.put((time.perf_counter(), event))

    def until(self, job: int, wanted: Callable[[Event], bool]) -> float:
        """The moment the first wanted event of a job was sent. UserError when the job fails first."""
        while True:
            moment, event = self._events.get(timeout=PATIENCE_S)
            if isinstance(event, Failed) and event.job_id == job:
                raise UserError(event.sentence, event.hint)
            if job_of(event) == job and wanted(event):
                return moment

    def ended(self, job: int) -> float:
        """The moment a job's last event was sent."""
        return self.until(job, lambda event: isinstance(event, Changed) and event.job.state.ended)

    def running(self, job: int) -> float:
        """The moment a job began to run."""
        return self.until(job, lambda event: isinstance(event, Changed) and event.job.state is State.RUNNING)


def job_of(event: Event) -> int | None:
    """The job an event belongs to."""
    return event.job.id if isinstance(event, Changed) else getattr(event, "job_id", None)


@contextmanager
def measured() -> Generator[Measured]:
    """An engine that is closed afterwards."""
    made = Measured()
    try:
        yield made
    finally:
        made.engine.close()


def built_in() -> Registry:
    """The studio's own generators, the shipped models and the user's."""
    registry = Registry(WeightsStore([RESOURCES / "models", models_dir()]), built_in=[BUILT_IN_PLUGINS])
    registry.discover(entry_points=False)
    return registry


def ready(registry: Registry) -> list[Spec]:
    """Generators that can run now."""
    return [spec for spec in registry.specs() if spec.ready().ok]


def request(spec: Spec, params: Mapping[str, object], channel: str | None = None) -> Request:
    """A request with made-up inputs of the kinds the generator takes."""
    known = {name: value for name, value in params.items() if takes(spec, name, value)}
    inputs = {name: sample(kind) for name, kind in spec.inputs.items() if name not in spec.optional}
    return Request(spec.id, known, inputs, channel=channel)


def takes(spec: Spec, name: str, value: object) -> bool:
    """Whether a generator has such a param and allows it that value."""
    try:
        spec.params.model_validate({name: value})
    except ValidationError:
        return False
    return name in spec.params.model_fields


def sample(kind: type[Media]) -> Media:
    """Some input of a kind: a picture or mask of 512 x 512 noise, a word."""
    rng = np.random.default_rng(1)
    if issubclass(kind, Mask):
        return Mask(np.where(rng.random((512, 512)) < 0.5, 0, 255).astype(np.uint8))
    if issubclass(kind, Image):
        return Image(rng.integers(0, 256, (512, 512, 3), np.uint8))
    if issubclass(kind, Clip):
        return sample_clip(rng.integers(0, 256, (256, 256, 3), np.uint8))
    return Labels(("one",)) if issubclass(kind, Labels) else Text("one")
