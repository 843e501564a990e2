"""Work that is too long for the main thread and is no generator: reading, writing and decoding files."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from psygnal import Signal

T = TypeVar("T")
Post = Callable[[Callable[[], None]], None]


class MainLoop:
    """Calls waiting for the main thread where there is no window."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def post(self, call: Callable[[], None]) -> None:
        """Leave a call for the main thread; from any thread."""
        self._calls.put(call)

    def run_one(self, timeout: float | None = None) -> bool:
        """Run the next call, waiting for it at most `timeout` seconds; whether there was one."""
        try:
            call = self._calls.get(timeout=timeout)
        except queue.Empty:
            return False
        call()
        return True


class Tasks:
    """Runs functions in one worker thread and brings their results back to the main thread in order.

    post: hands a call over to the main thread. name: of the thread. `changed` follows every start and end.
    """

    changed = Signal()

    def __init__(
        self, post: Post, failed: Callable[[BaseException, str], object], name: str = "files"
    ) -> None:
        self._post = post
        self._failed = failed
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._running: dict[int, str] = {}
        self._next = 1
        self._owner = threading.get_ident()

    @property
    def titles(self) -> tuple[str, ...]:
        """What is being done now, oldest first ("Opening cat.png")."""
        return tuple(self._running.values())

    def run(
        self,
        title: str,
        work: Callable[[], T],
        done: Callable[[T], object] | None = None,
        failed: Callable[[BaseException], object] | None = None,
    ) -> Future[T]:
        """Run `work` off the main thread, then `done(result)` on it; what it raises goes to `failed`."""
        number = self._next
        self._next += 1
        self._running[number] = title
        self.changed.emit()
        future = self._pool.submit(work)
        future.add_done_callback(lambda f: self._post(lambda: self._finish(number, title, f, done, failed)))
        return future

    def _finish(
        self,
        number: int,
        title: str,
        future: Future[T],
        done: Callable[[T], object] | None,
        failed: Callable[[BaseException], object] | None,
    ) -> None:
        self._running.pop(number, None)
        self.changed.emit()
        if future.cancelled():
            return
        error = future.exception()
        try:
            if error is not None:
                raise error
            if done is not None:
                done(future.result())
        except Exception as problem:
            if failed is not None:
                failed(problem)
            else:
                self._failed(problem, title)

    def close(self) -> None:
        """Finish what is running, drop what waits, and end the thread."""
        self._pool.shutdown(wait=True, cancel_futures=True)
