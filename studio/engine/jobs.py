"""The engine: a queue of jobs, one worker thread per device, and a stream of events.

Requests go in from any thread; events come out through one sink, in order. A job's states have one writer,
this module, and every write happens under one lock; events are sent outside it.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Sequence

from studio.engine.cache import PluginCache
from studio.engine.devices import Device, DeviceInfo, TorchDevice, cores
from studio.engine.events import (
    Changed,
    Chunked,
    Event,
    Failed,
    Finished,
    JobInfo,
    Level,
    Notice,
    Previewed,
    Priority,
    Request,
    State,
)
from studio.engine.job import Job
from studio.engine.outbox import Outbox, Sink
from studio.engine.plugins import Registry
from studio.engine.protocol import Chunk, Preview
from studio.engine.spec import prepare
from studio.engine.watchdog import Watchdog
from studio.engine.worker import Outcome, OutOfMemory, Stopped, Worker
from studio.model.errors import UserError

__all__ = [
    "Changed",
    "Chunked",
    "Engine",
    "Event",
    "Failed",
    "Finished",
    "JobInfo",
    "Level",
    "Notice",
    "Previewed",
    "Priority",
    "Request",
    "State",
]

MAX_RETRIES = 4
GRACE = 5.0
QUIET = 30.0
log = logging.getLogger(__name__)


class Engine:
    """Runs requests on devices and reports to ``sink``, which any engine thread may call, one at a time.

    Args:
        sink: takes every event, in order; must not block for long. What it raises is logged.
        registry: where generators are looked up when a request is submitted.
        devices: one worker thread each; the best device torch finds if None.
        memory_budget: bytes for loaded plugins and their work, per device; half the device's memory if None.
        grace: seconds a cancelled job may take to stop before its thread is abandoned.
        quiet: seconds without a sign of life after which the person is told.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        registry: Registry,
        devices: Sequence[Device] | None = None,
        memory_budget: int | None = None,
        grace: float = GRACE,
        quiet: float = QUIET,
    ) -> None:
        self.threads = cores()
        self.closed = False
        self._registry = registry
        self._memory_budget = memory_budget
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._outbox = Outbox(sink)
        self._numbers = itertools.count(1)
        self._jobs: dict[int, Job] = {}
        self._queue: list[Job] = []
        self._warm = False
        self._told_device: set[int] = set()
        self._watchdog = Watchdog(self, self._lock, grace, quiet)
        self.workers = [self._hire(device) for device in devices or [TorchDevice()]]
        for thread in (self._watchdog, *self.workers):
            thread.start()

    # What a face calls, from any thread.

    def submit(self, request: Request) -> int:
        """Check a request, queue it, and return the job's id; UserError tells what is wrong with it."""
        work = prepare(self._registry.get(request.generator), request)
        with self._lock:
            if self.closed:
                raise UserError("The engine has been closed.", "Restart the studio.")
            job = Job(next(self._numbers), work, device=self.device.kind)
            self._supersede(request.channel)
            self._jobs[job.id] = job
            self._announce(job)
            self._queue.append(job)
            self._wake.notify_all()
        self.flush()
        return job.id

    def cancel(self, id: int) -> None:
        """End a job; does nothing if it has ended already."""
        with self._lock:
            if job := self._jobs.get(id):
                self._stop(job, State.CANCELLED)
        self.flush()

    def cancel_all(self) -> None:
        """End every job."""
        with self._lock:
            for job in list(self._jobs.values()):
                self._stop(job, State.CANCELLED)
        self.flush()

    def pause(self, id: int) -> None:
        """Set a job aside: at once if it waits, at its next yield if it runs. Others go on meanwhile."""
        with self._lock:
            job = self._jobs.get(id)
            if job is None or job.stop is not None or job.state is State.PAUSED:
                return
            if job in self._queue:
                self._queue.remove(job)
                self._set(job, State.PAUSED)
            else:
                job.pause = True
        self.flush()

    def resume(self, id: int) -> None:
        """Go on with a paused job where it stopped."""
        with self._lock:
            job = self._jobs.get(id)
            if job is None:
                return
            job.pause = False
            if job.state is State.PAUSED:
                self._set(job, State.QUEUED)
                self._queue.append(job)
                self._wake.notify_all()
        self.flush()

    def jobs(self) -> tuple[JobInfo, ...]:
        """The jobs that have not ended, oldest first."""
        with self._lock:
            return tuple(job.info() for job in self._jobs.values())

    @property
    def device(self) -> DeviceInfo:
        """The first device; exact once it has started, which a Notice tells."""
        return self.workers[0].device.info

    @property
    def started(self) -> bool:
        """Whether every device has started, or has failed to."""
        return all(id(worker.device) in self._told_device for worker in self.workers)

    def memory_in_use(self) -> int:
        """Bytes of the loaded plugins, or what the device itself reports if that is more."""
        return sum(max(worker.cache.nbytes, worker.device.memory_in_use()) for worker in self.workers)

    def warm_up(self) -> None:
        """Start the devices now (imports torch on their threads) instead of with the first job."""
        with self._lock:
            self._warm = True
            self._wake.notify_all()

    def interactive(self, on: bool) -> None:
        """While a person works at the screen, leave one processor core to the interface."""
        self.threads = max(1, cores() - 1) if on else cores()

    def close(self) -> None:
        """Cancel everything and end the threads; stuck ones are left behind as daemons."""
        with self._lock:
            self.closed = True
            for job in list(self._jobs.values()):
                self._stop(job, State.CANCELLED)
            self._wake.notify_all()
            self._watchdog.wake()
            workers = list(self.workers)
        self.flush()
        for worker in workers:
            if not worker.join(self._watchdog.grace):
                self._leave_behind(worker)
        self._watchdog.join(self._watchdog.grace)
        self.flush()

    # What workers call.

    def wait_for_work(self, worker: Worker) -> bool:
        """Block until the device is needed; False if the engine closes first."""
        with self._lock:
            while not (self._warm or self._queue or self.closed or worker.abandoned):
                self._wake.wait()
            return not self.closed

    def device_started(self, device: Device, error: Exception | None) -> None:
        """Tell once which device it is, or that it could not start; fix its memory budget."""
        with self._lock:
            first = id(device) not in self._told_device
            self._told_device.add(id(device))
            for worker in self.workers:
                worker.cache.budget = self._budget(worker.device)
            if error is not None:
                self.tell(
                    Notice("error", f"The device could not be started: {error}.", "Reinstall the studio.")
                )
            elif first:
                self.tell(Notice("info", f"Working on {device.info.line}."))
        self.flush()

    def next_job(self, worker: Worker) -> Job | None:
        """Block until there is a job for a worker; None when it shall end."""
        with self._lock:
            worker.job = None
            while not worker.abandoned:
                mine = [job for job in self._queue if job.owner in (None, worker)]
                if mine:
                    job = min(mine, key=lambda job: job.order)
                    self._hand_over(job, worker)
                    break
                if self.closed:
                    return None
                self._wake.wait()
            else:
                return None
        self.flush()
        return job

    def settle(self, worker: Worker, job: Job, outcome: Outcome) -> bool:
        """Take in the outcome of a step; whether the worker shall go on with the same job."""
        with self._lock:
            worker.busy_since = None
            if worker.abandoned:
                return False
            go_on = self._take(job, outcome)
            worker.job = job if go_on else None
        self.flush()
        return go_on

    def log_cleanup(self, job: Job, error: BaseException) -> None:
        """A plugin raised while its run was being closed."""
        log.warning("%s raised while it was closed", job.work.spec.title, exc_info=error)

    # What the watchdog calls, with the lock held.

    def tell(self, notice: Notice) -> None:
        """Queue a notice for the sink."""
        self._outbox.put(notice)

    def abandon(self, worker: Worker, job: Job) -> None:
        """Leave a stuck thread behind and carry on with a new one."""
        self._leave_behind(worker)
        worker.cache.forget(job.work)
        fresh = self._hire(worker.device, worker.cache)
        self.workers[self.workers.index(worker)] = fresh
        for other in self._jobs.values():
            if other.owner is worker:
                other.owner = fresh
        title = job.work.spec.title
        self.tell(
            Notice("warning", f"{title} did not stop and was left behind.", "Its thread may still be busy.")
        )
        self._end(job, job.stop or State.CANCELLED)
        fresh.start()

    def flush(self) -> None:
        """Send the events that wait. Without the lock held."""
        self._outbox.flush()

    # Below: with the lock held.

    def _hire(self, device: Device, cache: PluginCache | None = None) -> Worker:
        return Worker(self, device, cache or PluginCache(self._budget(device)))

    def _budget(self, device: Device) -> int:
        return self._memory_budget or device.info.memory_total // 2

    def _leave_behind(self, worker: Worker) -> None:
        with self._lock:
            worker.abandoned = True
            if worker.busy_since is not None:
                worker.interrupt()

    def _hand_over(self, job: Job, worker: Worker) -> None:
        self._queue.remove(job)
        job.owner, worker.job, worker.told_quiet = worker, job, False
        job.device = worker.device.info.kind
        if job.state is State.QUEUED and job.stop is None:
            job.started_at = job.started_at or time.time()
            self._set(job, State.RUNNING)
        self._watchdog.wake(only_if_asleep=job.stop is None)

    def _take(self, job: Job, outcome: Outcome) -> bool:
        """Act on an outcome; whether the job goes on at once."""
        match outcome:
            case Preview(value, progress, size):
                job.progress = progress
                self._deliver(job, Previewed(job.id, value, progress, size))
                return self._goes_on(job)
            case Chunk(value):
                self._deliver_chunk(job, Chunked(job.id, value, job.chunks))
                return self._goes_on(job)
            case OutOfMemory():
                return self._retry(job)
            case Finished() | Failed():
                self._outbox.put(outcome)
                self._end(job, State.DONE if isinstance(outcome, Finished) else State.FAILED)
            case Stopped():
                self._end(job, job.stop or State.CANCELLED)
        return False

    def _deliver(self, job: Job, event: Event) -> None:
        if job.stop is not State.CANCELLED:
            self._outbox.put(event)

    def _deliver_chunk(self, job: Job, event: Chunked) -> None:
        """Send a chunk unless an earlier attempt, cut short by a shortage of memory, has sent it."""
        job.chunks += 1
        if job.chunks > job.delivered:
            job.delivered = job.chunks
            self._deliver(job, event)

    def _goes_on(self, job: Job) -> bool:
        if job.stop is not None:
            return True  # the next step puts it down
        if job.pause:
            job.pause = False
            self._set(job, State.PAUSED)
            return False
        if self._more_urgent_waits(job):
            self._queue.append(job)
            return False
        return True

    def _more_urgent_waits(self, job: Job) -> bool:
        return any(
            other.stop is not None or other.priority < job.priority
            for other in self._queue
            if other.owner in (None, job.owner)
        )

    def _retry(self, job: Job) -> bool:
        job.shrink += 1
        title = job.work.spec.title
        if job.shrink > MAX_RETRIES:
            hint = "Make a smaller picture, or close other programs."
            self._outbox.put(Failed(job.id, f"{title} needs more memory than there is.", hint))
            self._end(job, State.FAILED)
            return False
        self.tell(Notice("warning", f"{title} ran out of memory; trying again in smaller pieces."))
        return True

    def _supersede(self, channel: str | None) -> None:
        for job in list(self._jobs.values()):
            if channel is not None and job.work.request.channel == channel:
                self._stop(job, State.SUPERSEDED)

    def _stop(self, job: Job, state: State) -> None:
        """End a job now if nobody holds its run, else have its worker do it."""
        if job.owner is None:
            if job in self._queue:
                self._queue.remove(job)
            self._end(job, state)
            return
        if job.stop is not State.CANCELLED:
            job.stop, job.stop_since = state, job.stop_since or time.monotonic()
        if all(worker.job is not job for worker in self.workers) and job not in self._queue:
            self._queue.append(job)
        self._wake.notify_all()
        self._watchdog.wake()

    def _end(self, job: Job, state: State) -> None:
        if state is State.DONE:
            job.progress = 1.0
        del self._jobs[job.id]
        self._set(job, state)

    def _set(self, job: Job, state: State) -> None:
        job.state = state
        self._announce(job)

    def _announce(self, job: Job) -> None:
        self._outbox.put(Changed(job.info()))
