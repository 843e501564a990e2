"""The lock by which a trainer owns its run folder; the system lets go of it however the process ends."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import BinaryIO

NAME = "lock"
PATIENCE = 1.0  # seconds; a reader that looks whether the lock is held holds it for a moment


class RunLock:
    """Held from ``take`` until ``release`` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._file: BinaryIO | None = None

    def take(self) -> bool:
        """Whether the folder is now owned by this process."""
        file = self.path.open("a+b")
        until = time.monotonic() + PATIENCE
        while not locked(file):
            if time.monotonic() > until:
                file.close()
                return False
            time.sleep(0.02)
        self._file = file
        return True

    def release(self) -> None:
        """Let go."""
        if self._file is not None:
            self._file.close()
            self._file = None


def held(folder: Path) -> bool:
    """Whether a living trainer owns the folder."""
    try:
        with (folder / NAME).open("r+b") as file:
            return not locked(file)
    except OSError:
        return False


def locked(file: BinaryIO) -> bool:
    """Try to lock a file for this process without waiting; whether that worked."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # pyright: ignore
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
