"""A lock that the operating system gives up by itself when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Holds `path` locked until `release`. Raises BlockingIOError or OSError if somebody else does.

    The file tells the holder's process id, for people; whether it is held, only the system knows.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(self._handle)
            os.truncate(self._handle, 0)
            os.write(self._handle, str(os.getpid()).encode())
        except BaseException:
            os.close(self._handle)
            raise

    def release(self) -> None:
        """Let go; the file stays."""
        os.close(self._handle)


def is_held(path: Path) -> bool:
    """Whether a living process, this one included, holds the lock."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        _take(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def holder(path: Path) -> int | None:
    """The process id in a lock file, if one can be read."""
    with contextlib.suppress(OSError, ValueError):
        return int(path.read_bytes()[:20])
    return None
