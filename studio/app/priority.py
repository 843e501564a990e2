"""Real time is for nobody here: a library may not take the processor from everything else.

SVT-AV1 puts its own threads and the one that calls it under the real-time scheduler where it may, which is
when the user is root. Such a thread never gives way: with as many of them as there are cores, the window, the
models and every process started from here stand still.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator
from pathlib import Path

TASKS = Path("/proc/self/task")


def realtime() -> set[int]:
    """The threads of this process under a real-time scheduler; none where the system has no such list."""
    if sys.platform != "linux" or not TASKS.is_dir():
        return set()
    found: set[int] = set()
    for task in TASKS.iterdir():
        with contextlib.suppress(OSError):  # it has ended in the meantime
            if os.sched_getscheduler(int(task.name)) in (os.SCHED_FIFO, os.SCHED_RR):
                found.add(int(task.name))
    return found


@contextlib.contextmanager
def ordinary_priority() -> Generator[None]:
    """Threads that came under a real-time scheduler within the block are taken back to the ordinary one."""
    before = realtime()
    try:
        yield
    finally:
        for thread in realtime() - before:
            with contextlib.suppress(OSError):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))
