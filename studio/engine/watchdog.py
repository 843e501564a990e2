"""Watches for plugins that give no sign of life, and for jobs that do not stop when told to."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from studio.engine.events import Notice

if TYPE_CHECKING:
    from studio.engine.jobs import Engine
    from studio.engine.worker import Worker


NEVER = float("inf")


class Watchdog:
    """One daemon thread that sleeps until the next deadline; without work it sleeps until it is woken.

    grace: seconds a job may take to stop before its thread is abandoned.
    quiet: seconds a step may take before the person is told, once per job.
    """

    def __init__(self, engine: Engine, lock: threading.RLock, grace: float, quiet: float) -> None:
        self.grace = grace
        self.quiet = quiet
        self._engine = engine
        self._lock = lock
        self._wake = threading.Condition(lock)
        self._asleep = False
        self._thread = threading.Thread(target=self._main, name="studio-watchdog", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self, timeout: float) -> None:
        """Wait for the thread, after the engine was closed."""
        self._thread.join(timeout)

    def wake(self, only_if_asleep: bool = False) -> None:
        """Look at the deadlines again. Call with the lock held."""
        if self._asleep or not only_if_asleep:
            self._wake.notify()

    def _main(self) -> None:
        while True:
            with self._lock:
                if self._engine.closed:
                    return
                wait = min(map(self._look_at, list(self._engine.workers)))
                self._asleep = wait == NEVER
                if wait > 0:
                    self._wake.wait(None if self._asleep else wait)
                self._asleep = False
            self._engine.flush()

    def _look_at(self, worker: Worker) -> float:
        """Do what is due about a worker; seconds until something may be due again, 0 if it told something."""
        job, since = worker.job, worker.busy_since
        if job is None:
            return NEVER
        now = time.monotonic()
        if job.stop is not None:
            left = job.stop_since + self.grace - now
            if left <= 0 and since is not None:
                self._engine.abandon(worker, job)
                return 0.0
            return max(left, self.grace / 10)
        left = self.quiet - (now - since) if since is not None else self.quiet
        if left > 0 or worker.told_quiet:
            return left if left > 0 else self.quiet
        worker.told_quiet = True
        sentence = f"{job.work.spec.title} has shown nothing for a while."
        self._engine.tell(Notice("warning", sentence, "It can be cancelled at any time."))
        return 0.0
