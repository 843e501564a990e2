"""The one crossing from other threads into the window."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from studio.engine.events import Event, Previewed

SLICE_S = 0.005


class Bridge(QObject):
    """Hands engine events and calls over to the main thread, in order, at most a few milliseconds at a time.

    Only the newest preview of each job is kept; states, chunks and calls are never dropped. One queued signal
    wakes the main thread however much is waiting. `post` and `call` may be used from any thread.
    """

    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.handle: Callable[[Event], Any] | None = None
        self._lock = threading.Lock()
        self._next = 0
        self._waiting: dict[int, Callable[[], Any]] = {}
        self._previews: dict[int, int] = {}
        self._awake = False
        self._closed = False
        self._wake.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def post(self, event: Event) -> None:
        """The engine's sink."""
        job = event.job_id if isinstance(event, Previewed) else None
        self._put(partial(self._handle, event), job)

    def call(self, call: Callable[[], Any]) -> None:
        """Run something on the main thread."""
        self._put(call, None)

    def close(self) -> None:
        """Drop what is waiting and whatever comes from now on."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            self._previews.clear()

    def _handle(self, event: Event) -> None:
        if self.handle is not None:
            self.handle(event)

    def _put(self, call: Callable[[], Any], job: int | None) -> None:
        with self._lock:
            if self._closed:
                return
            if job is not None:
                self._waiting.pop(self._previews.get(job, -1), None)
                self._previews[job] = self._next
            self._waiting[self._next] = call
            self._next += 1
            if self._awake:
                return
            self._awake = True
            self._wake.emit()

    def _take(self) -> Callable[[], Any] | None:
        with self._lock:
            key = next(iter(self._waiting), None)
            if key is None:
                self._awake = False
                return None
            call = self._waiting.pop(key)
            self._previews = {job: number for job, number in self._previews.items() if number != key}
            return call

    @Slot()
    def _deliver(self) -> None:
        end = time.monotonic() + SLICE_S
        while (call := self._take()) is not None:
            try:
                call()
            except Exception:
                sys.excepthook(*sys.exc_info())
            if time.monotonic() > end:
                self._wake.emit()
                return
