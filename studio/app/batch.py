"""Batches at the window and at the command line: who does the pictures, and how it goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from psygnal import Signal

from studio.app.installed import installed_registry
from studio.engine.batch.batch import Batch, Runner, Tally
from studio.engine.batch.cluster import Cluster, need_ray
from studio.engine.batch.local import EngineMaker, Threads, resolve
from studio.engine.batch.manifest import Entry, Stage
from studio.engine.batch.plan import Wish
from studio.engine.batch.work import Outcome, Stopped
from studio.engine.devices import Device, TorchDevice, available_kinds
from studio.engine.events import Event, Finished, Notice, Request
from studio.engine.plugins import Registry
from studio.engine.spec import Spec
from studio.engine.wording import pick
from studio.model.errors import UserError
from studio.model.media import Image, Mask

if TYPE_CHECKING:
    from studio.app.session import App

MAX_JOBS = 64
HUSH: Callable[[Notice], None] = lambda notice: None  # noqa: E731


def spread(device: str, jobs: int) -> list[Device]:
    """``jobs`` devices: all of one kind if it is named, else the machine's, the fastest first."""
    if device not in ("auto", "cpu"):
        pick("device", device, available_kinds())
    if device != "auto" or jobs == 1:
        return [TorchDevice(device) for _ in range(jobs)]
    kinds = [kind for kind in available_kinds() if kind != "cpu"] or ["cpu"]
    return [TorchDevice(kinds[i % len(kinds)]) for i in range(jobs)]


def on_this_machine(registry: Registry, device: str, jobs: int, notice: Callable[[Notice], None]) -> Runner:
    """A runner over this machine's devices."""
    return Threads(EngineMaker(registry, spread(device, jobs), notice), jobs)


def on_a_cluster(device: str, jobs: int) -> Runner:
    """A runner over Ray; UserError when it is not installed."""
    return Cluster(partial(remote_maker, device), jobs, need_ray())


def remote_maker(device: str) -> EngineMaker:
    """What does the pictures in a process elsewhere."""
    return EngineMaker(installed_registry()[0], [TorchDevice(device)], HUSH)


def fitting(registry: Registry) -> list[Spec]:
    """The generators that make a picture from a picture and nothing else."""
    return [
        spec
        for spec in registry.specs()
        if list(spec.inputs.values()) == [Image] and spec.output in (Image, Mask)
    ]


class AppMaker:
    """A maker over the window's own engine; used on a batch's threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._waiting: dict[int, Future[Finished]] = {}
        self._closed = False
        app.job_event.connect(self._take)

    def make(self, request: Request) -> Finished:
        """See `Maker.make`."""
        future: Future[Finished] = Future()
        self._app.post(lambda: self._submit(request, future))
        return future.result()

    def _submit(self, request: Request, future: Future[Finished]) -> None:
        if self._closed:
            future.set_exception(Stopped())
            return
        try:
            self._waiting[self._app.engine.submit(request)] = future
        except UserError as error:
            future.set_exception(error)

    def _take(self, event: Event) -> None:
        resolve(event, self._waiting)

    def close(self) -> None:
        """See `Maker.close`. Any thread."""
        self._closed = True
        for job in list(self._waiting):
            self._app.engine.cancel(job)

    def leave(self) -> None:
        """Hear no more of the engine; main thread, after the last picture."""
        self._app.job_event.disconnect(self._take, missing_ok=True)


@dataclass(frozen=True)
class Crew:
    """Who does a batch from the window: its own engine, or ``jobs`` workers here or wherever Ray has any."""

    jobs: int = 1
    ray: bool = False


class BatchRun:
    """One batch from the window: planned at once, then done on a thread. Main thread only.

    `changed(index)` tells of a picture, `ended(tally or error)` of the end.
    """

    changed = Signal(int)
    ended = Signal(object)

    def __init__(self, app: App, wish: Wish, *, resume: bool = False, crew: Crew = Crew()) -> None:
        self._app = app
        self._crew = crew
        self._batch = Batch(wish, app.registry.get(wish.generator), resume=resume)
        self.entries: list[Entry] = list(self._batch.entries)
        self._places = {entry.source: index for index, entry in enumerate(self.entries)}
        self._own = AppMaker(app)
        self._runner: Runner | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="batch", daemon=True)
        self.running = False

    @property
    def progress(self) -> float:
        """The share of pictures that are through, 0..1."""
        through = sum(entry.stage is not Stage.WAITING for entry in self.entries)
        return through / max(len(self.entries), 1)

    def start(self) -> None:
        """Begin."""
        self.running = True
        self._thread.start()

    def stop(self) -> None:
        """End soon; what is not done can be taken up later."""
        self._stopped = True
        if self._runner is not None:
            self._runner.stop()

    def _work(self) -> None:
        try:
            self._runner = self._gathered()
            if self._stopped:
                self._runner.stop()
            result: Tally | Exception = self._batch.run(self._runner, self._told)
        except Exception as error:
            result = error
        if self._runner is not None:
            self._runner.stop()
        self._app.post(lambda: self._end(result))

    def _gathered(self) -> Runner:
        """The crew, ready to begin; importing Ray takes its time, so not on the main thread."""
        app, device = self._app, self._app.settings.generating.device
        if self._crew.ray:
            return on_a_cluster(device, self._crew.jobs)
        if self._crew.jobs == 1:
            return Threads(self._own, 1)
        return on_this_machine(app.registry, device, self._crew.jobs, self._note)

    def _note(self, notice: Notice) -> None:
        self._app.post(lambda: self._app.handle(notice))

    def _told(self, entry: Entry, outcome: Outcome) -> None:
        if not outcome.stopped:
            self._app.post(lambda: self._show(entry.source))

    def _show(self, source: str) -> None:
        index = self._places[source]
        self.entries[index] = self._batch.manifest[source]
        self.changed.emit(index)

    def _end(self, result: Tally | Exception) -> None:
        self._own.leave()
        self.running = False
        self.ended.emit(result)


def in_words(tally: Tally) -> str:
    """How a batch went, in one line."""
    parts = [f"{tally.done} done"]
    parts += [f"{tally.failed} failed"] if tally.failed else []
    parts += [f"{tally.left} left"] if tally.left else []
    return ", ".join(parts) + "."


def failures(entries: Sequence[Entry]) -> list[str]:
    """One line per picture that failed."""
    return [f"{entry.source}: {entry.why}" for entry in entries if entry.stage is Stage.FAILED]
