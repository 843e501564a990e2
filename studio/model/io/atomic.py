"""Writing files so that a crash, a full disk or a pulled plug leaves the old file or the new one, whole."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def atomic_write(path: Path | str) -> Generator[BinaryIO]:
    """A binary file to write to, which replaces `path` when the block ends without an error.

    The bytes go into a temporary file in the same folder, reach the disk (fsync), and are then renamed over
    `path`. On any error the temporary file is removed and `path` is left as it was. A symbolic link is
    followed; an existing file's permissions are kept and a write-protected one is refused. Raises OSError.
    """
    target = Path(os.path.realpath(path))
    _check_replaceable(target)
    temporary = target.with_name(f".saving-{secrets.token_hex(8)}.part")
    with contextlib.ExitStack() as undo:
        undo.callback(_remove, temporary)
        with temporary.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
        undo.pop_all()
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` last through a power cut, where the system offers that."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _check_replaceable(target: Path) -> None:
    if target.exists() and not target.is_file():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
