"""Runs requests on a real engine and writes down all that happens, for the conformance suite."""

from __future__ import annotations

import queue
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from studio.engine.devices import Device
from studio.engine.jobs import (
    Changed,
    Chunked,
    Engine,
    Event,
    Failed,
    Finished,
    Notice,
    Previewed,
    Request,
    State,
)
from studio.engine.plugins import Registry, Spec
from studio.model.clip import Clip
from studio.model.clip_record import Recorder
from studio.model.media import Image, Labels, Mask, Media, Text


@dataclass(frozen=True)
class Seen:
    """A preview or chunk as it was when it came: ``digest`` is compared with the value's own later."""

    value: Media
    digest: str
    progress: float = 0.0


@dataclass
class Record:
    """All that one request led to. ``stopped_after``: seconds from asking to stop until it had stopped."""

    state: State = State.QUEUED
    previews: list[Seen] = field(default_factory=list[Seen])
    chunks: list[Seen] = field(default_factory=list[Seen])
    finished: Finished | None = None
    failed: Failed | None = None
    notices: list[Notice] = field(default_factory=list[Notice])
    seconds: float = 0.0
    stopped_after: float = 0.0

    @property
    def values(self) -> tuple[Media, ...]:
        """The results, one or several."""
        if self.finished is None:
            return ()
        value = self.finished.value
        return value if isinstance(value, tuple) else (value,)

    @property
    def fault(self) -> str:
        """Why it failed, empty if it did not."""
        return f"{self.failed.sentence} {self.failed.hint}".strip() if self.failed else ""

    @property
    def broke(self) -> bool:
        """Whether the plugin itself broke, rather than refusing with a sentence."""
        return self.failed is not None and bool(self.failed.details)


class Lab:
    """An engine on one device, for one plugin. Close it after use."""

    def __init__(self, registry: Registry, device: Device) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.engine = Engine(self._events.put, registry=registry, devices=[device])

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.engine.close()

    def run(self, request: Request, stop_after: float | None = None) -> Record:
        """Run a request to its end, or stop it after some seconds."""
        record = Record()
        began = time.perf_counter()
        id = self.engine.submit(request)
        asked: float | None = None
        while not record.state.ended:
            left = None if stop_after is None or asked else stop_after - (time.perf_counter() - began)
            try:
                note(record, self._events.get(timeout=None if left is None else max(left, 0)), id)
            except queue.Empty:
                asked = time.perf_counter()
                self.engine.cancel(id)
        record.seconds = time.perf_counter() - began
        record.stopped_after = time.perf_counter() - asked if asked else 0.0
        return record


def note(record: Record, event: Event, id: int) -> None:
    """Write one event down."""
    match event:
        case Previewed(value=value, progress=progress):
            record.previews.append(Seen(value, value.digest(), progress))
        case Chunked(value=value):
            record.chunks.append(Seen(value, value.digest()))
        case Finished():
            record.finished = event
        case Failed():
            record.failed = event
        case Notice():
            record.notices.append(event)
        case Changed(job) if job.id == id:
            record.state = job.state
        case _:
            pass


def sample_inputs(spec: Spec, width: int = 96, height: int = 64, channels: int = 3) -> Mapping[str, Media]:
    """Something to work on for each input of a generator."""
    rng = np.random.Generator(np.random.PCG64(7))
    ramp = np.linspace(0, 200, width)[None, :, None] + np.linspace(0, 40, height)[:, None, None]
    pixels = (ramp + rng.uniform(0, 15, (height, width, channels))).astype(np.uint8)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : height // 2 + 1, width // 4 : width // 2 + 1] = 255
    samples: dict[type[Media], Media] = {
        Image: Image(pixels),
        Mask: Mask(mask),
        Text: Text("a red flower"),
        Labels: Labels(("flower",)),
        Clip: sample_clip(pixels),
    }
    return {name: samples[kind] for name, kind in spec.inputs.items() if name not in spec.optional}


def sample_clip(pixels: NDArray[np.uint8]) -> Clip:
    """A few frames of a picture that slides."""
    recorder = Recorder()
    for step in range(4):
        recorder.add(Image(np.roll(pixels, 2 * step, axis=1)), Fraction(1, 12))
    return recorder.clip(Fraction(12))
