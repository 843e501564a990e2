"""Long work in steps, off the main thread: it tells how far it is and can be stopped between two steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

from studio.app.tasks import Post

P = TypeVar("P")
T = TypeVar("T")
PACE_S = 0.05
_NOTHING: Any = object()


class Work(Generic[P, T]):
    """One piece of work in a thread of its own, begun at once.

    steps: a generator that yields how far it is and returns the result. progress, done and failed are called
    on the main thread, none of them after `cancel`; progress at most twenty times a second.
    stopping: called by `cancel`, to wake steps that wait for something.
    """

    def __init__(
        self,
        post: Post,
        steps: Generator[P, None, T],
        progress: Callable[[P], object],
        done: Callable[[T], object],
        failed: Callable[[BaseException], object],
        stopping: Callable[[], object] = lambda: None,
    ) -> None:
        self._post = post
        self._steps = steps
        self._progress, self._done, self._failed = progress, done, failed
        self._stopping = stopping
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="work")
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Stop before the next step; nothing more is heard of it."""
        self._stop.set()
        self._stopping()

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""
        self.cancel()
        self._thread.join()

    def _run(self) -> None:
        try:
            result = self._work()
        except Exception as error:
            problem = error
            self._tell(lambda: self._failed(problem))
        else:
            if result is not _NOTHING:
                self._tell(lambda: self._done(result))

    def _work(self) -> T:
        told = 0.0
        while not self._stop.is_set():
            try:
                step = next(self._steps)
            except StopIteration as end:
                return end.value
            if time.monotonic() - told > PACE_S:
                told = time.monotonic()
                self._tell(lambda step=step: self._progress(step))
        self._steps.close()
        return _NOTHING

    def _tell(self, call: Callable[[], object]) -> None:
        def unless_stopped() -> None:
            if not self._stop.is_set():
                call()

        self._post(unless_stopped)
