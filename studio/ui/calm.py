"""Bringing something up to date soon, but not more often than a person can see."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Calm(QTimer):
    """Calls something once the events at hand are done with, and rests `rest_ms` before it does so again.

    However often it is `wake`d meanwhile, one call follows. Put into practice: connect signals to `wake`.
    """

    def __init__(self, parent: QObject, call: Callable[[], object], rest_ms: int) -> None:
        super().__init__(parent, singleShot=True)
        self._call = call
        self._rest = rest_ms / 1000
        self._called_at = -math.inf
        self.timeout.connect(self.now)

    def wake(self, *_: object) -> None:
        """Call soon."""
        if not self.isActive():
            rest = max(0.0, self._called_at + self._rest - time.monotonic())
            self.start(math.ceil(rest * 1000))

    def now(self) -> None:
        """Call at once; whoever waited has been served."""
        self.stop()
        self._call()
        self._called_at = time.monotonic()
