"""Events on their way out of the engine."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from studio.engine.events import Event

Sink = Callable[[Event], None]
log = logging.getLogger(__name__)


class Outbox:
    """Keeps events in the order in which they were put in, and hands them to a sink, one at a time.

    Putting in is done while a lock of the caller's is held, which makes the order; sending is not, so that a
    sink may call back.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._events: deque[Event] = deque()
        self._sending = threading.Lock()

    def put(self, event: Event) -> None:
        """Queue an event for the sink."""
        self._events.append(event)

    def flush(self) -> None:
        """Send what waits, in order; another thread that is sending already takes it along."""
        while self._events and self._sending.acquire(blocking=False):
            try:
                while self._events:
                    self._send(self._events.popleft())
            finally:
                self._sending.release()

    def _send(self, event: Event) -> None:
        try:
            self._sink(event)
        except Exception:
            log.exception("the sink raised")
