"""The worker thread of one device: takes jobs, advances them step by step, survives whatever plugins do."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import threading
import time
import traceback
from typing import TYPE_CHECKING

from studio.engine.cache import PluginCache
from studio.engine.context import Cancelled, Context
from studio.engine.devices import Device
from studio.engine.events import Failed, Finished, State
from studio.engine.job import Job
from studio.engine.protocol import AUTHOR, Chunk, Preview
from studio.engine.run import Result, Run
from studio.model.errors import UserError
from studio.model.provenance import Provenance

if TYPE_CHECKING:
    from studio.engine.jobs import Engine

_numbers = itertools.count(1)


class Stopped:
    """Outcome of a step: the job gave up because it was told to."""


class OutOfMemory:
    """Outcome of a step: memory ran out; smaller tiles may do."""


Outcome = Preview | Chunk | Finished | Failed | Stopped | OutOfMemory


class Worker:
    """One daemon thread. All code of plugins runs inside ``_advance``.

    ``job`` is what it is at; ``busy_since`` (monotonic seconds) when it last went into a plugin, None while
    it is not in one. The engine's lock guards both, and ``abandoned``.
    """

    def __init__(self, engine: Engine, device: Device, cache: PluginCache) -> None:
        self.device = device
        self.cache = cache
        self.job: Job | None = None
        self.busy_since: float | None = None
        self.told_quiet = False
        self.abandoned = False
        self._engine = engine
        self._thread = threading.Thread(
            target=self._main, name=f"studio-worker-{next(_numbers)}", daemon=True
        )

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self, timeout: float) -> bool:
        """Wait for the thread; whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def interrupt(self) -> None:
        """Raise Cancelled at the thread's next Python instruction. Only once it is abandoned in a plugin."""
        if self._thread.ident is not None:
            thread = ctypes.c_ulong(self._thread.ident)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(Cancelled))

    def _main(self) -> None:
        engine = self._engine
        with contextlib.suppress(Cancelled):
            if engine.wait_for_work(self):
                engine.device_started(self.device, self._start_device())
            while (job := engine.next_job(self)) is not None:
                while engine.settle(self, job, self._advance(job)):
                    pass
                del job  # its inputs may be large, and the next one may be long in coming

    def _start_device(self) -> Exception | None:
        try:
            self.device.start()
        except Exception as error:
            return error
        return None

    def _advance(self, job: Job) -> Outcome:
        """One step of a job; a step that ends it also lets go of its run."""
        self.busy_since = time.monotonic()
        began = time.perf_counter()
        try:
            outcome = self._step(job)
        except Cancelled:
            outcome = Stopped()
        except BaseException as error:
            outcome = self._blame(job, error)
        job.seconds += time.perf_counter() - began
        if isinstance(outcome, Result):
            outcome = Stopped() if job.stop is State.CANCELLED else finished(job, outcome)
        if not isinstance(outcome, Preview | Chunk):
            self._put_down(job, make_room=isinstance(outcome, OutOfMemory))
        return outcome

    def _step(self, job: Job) -> Preview | Chunk | Result | Stopped:
        if job.stop is not None:
            return Stopped()
        self.device.use_threads(self._engine.threads)
        if job.run is None:
            job.run = self._begin(job)
        return job.run.step()

    def _begin(self, job: Job) -> Run:
        job.began = time.monotonic()
        job.chunks = 0
        budget = self.cache.budget
        context = Context(
            job.work.spec.weights,
            device=self.device.info.kind,
            model=job.work.model,
            budget=max(budget // 4, budget - self.cache.nbytes),
            shrink=job.shrink,
            stopped=job.must_stop,
        )
        job.loaded = self.cache.take(job.work, context)
        return Run(job.loaded.plugin, context, job.work)

    def _blame(self, job: Job, error: BaseException) -> Outcome:
        if job.stop is not None:
            return Stopped()
        return OutOfMemory() if self.device.is_out_of_memory(error) else failure(job, error)

    def _put_down(self, job: Job, make_room: bool) -> None:
        """Close a job's run and let go of its plugin; what it raises while cleaning up is only logged."""
        run, loaded = job.run, job.loaded
        job.run = job.loaded = None
        try:
            if run is not None:
                run.close()
        except BaseException as error:
            self._engine.log_cleanup(job, error)
        if loaded is not None:
            self.cache.give_back(loaded)
        if make_room:
            self.cache.drop_idle()
            self.device.release()


def finished(job: Job, result: Result) -> Finished:
    """The event for a result, with its recipe."""
    return Finished(job.id, result.value, job.seconds, recipe(job))


def recipe(job: Job) -> Provenance:
    """How a job's result was made."""
    work = job.work
    return Provenance(
        generator=work.spec.id,
        version=work.spec.version,
        params=work.params.model_dump(mode="json", by_alias=True),
        seed=work.params.seed,
        weights=work.model.sha256 if work.model else None,
        inputs={name: value.digest() for name, value in work.request.inputs.items()},
    )


def failure(job: Job, error: BaseException) -> Failed:
    """What to tell of an exception: a UserError's own words, or that the plugin broke, with its traceback."""
    if isinstance(error, UserError):
        return Failed(job.id, error.sentence, error.hint)
    details = "".join(traceback.format_exception(error))
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failed(job.id, f"{job.work.spec.title} failed with {text.rstrip('.')}.", AUTHOR, details)
