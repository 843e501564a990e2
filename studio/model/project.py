"""Recovery copies: what a crash, a kill or a power cut leaves of documents that were not saved.

Each open document has a folder of its own, laid out as an unpacked OpenRaster file in which unchanged layers
are not written again. Pictures get new names; renaming a new `stack.xml` over the old one is what makes a
copy count, so at any instant one whole copy exists. A lock that dies with its process tells copies in use
from lost ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from studio.model.cores import each
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.io import ora, ora_read, ora_write
from studio.model.io.archive import FolderSource
from studio.model.io.atomic import atomic_write, sync_folder
from studio.model.io.lock import FileLock, holder, is_held
from studio.model.io.ora_write import Picture, Stored
from studio.model.io.problems import reading, writing
from studio.model.state import DocumentState
from studio.model.tiles import TileMap

INFO: Final = "info.json"
LOCK: Final = "lock"
DATA: Final = "data"
_LEVEL: Final = 1
_MAX_INFO_BYTES: Final = 1 << 16

Key = tuple[TileMap, Rect, bytes | None]  # what decides the content of a picture


@dataclass(frozen=True)
class Recoverable:
    """A recovery copy that no living process works on."""

    folder: Path
    title: str
    path: Path | None
    saved_at: datetime
    pid: int | None


def recoverable(folder: Path) -> tuple[Recoverable, ...]:
    """All lost copies under `folder`, newest first. Those that were never finished are removed."""
    if not folder.is_dir():
        return ()
    found = [entry for place in sorted(folder.iterdir()) if (entry := _entry(place))]
    return tuple(sorted(found, key=lambda entry: entry.saved_at, reverse=True))


def _entry(place: Path) -> Recoverable | None:
    if not place.is_dir() or is_held(place / LOCK):
        return None
    stack = place / ora.STACK
    if not stack.exists():
        shutil.rmtree(place, ignore_errors=True)
        return None
    info = _info(place / INFO)
    path = info.get("path")
    saved = datetime.fromtimestamp(stack.stat().st_mtime, UTC)
    return Recoverable(
        place,
        str(info.get("title", "Untitled"))[:200],
        Path(path) if isinstance(path, str) and path else None,
        saved,
        holder(place / LOCK),
    )


def _info(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            info = json.loads(file.read(_MAX_INFO_BYTES))
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], info) if isinstance(info, dict) else {}


def recover(entry: Recoverable) -> Document:
    """The document of a lost copy, not saved yet. The copy stays until `Autosave` takes it over or `discard`.

    Raises UserError if it is damaged.
    """
    with reading(Path(entry.title)):
        document = ora_read.read_archive(FolderSource(entry.folder))
    document.title = entry.title
    document.path = entry.path
    document.mark_unsaved()
    return document


def discard(entry: Recoverable) -> None:
    """Remove a lost copy for good."""
    shutil.rmtree(entry.folder, ignore_errors=True)


class Autosave:
    """Keeps the recovery copy of one document. Main thread; encoding and writing happen in another.

    Args:
        document: what to keep.
        folder: where all recovery copies are.
        seconds: no more work than this is lost. Call `tick` at least four times as often.
        continues: the copy the document was recovered from; it is taken over.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        document: Document,
        folder: Path,
        seconds: float = 10.0,
        continues: Recoverable | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.document = document
        self._seconds = seconds
        self._clock = clock
        self._place = continues.folder if continues else folder / secrets.token_hex(8)
        self._copy: Copy | None = None
        self._written: DocumentState | None = None
        self._begun = -seconds
        self._lasted = 0.0
        self._running: Future[float] | None = None
        self._worker = ThreadPoolExecutor(1, "autosave")
        if continues:
            self._copy = _taken_over(continues)

    @property
    def folder(self) -> Path:
        """Where this document's copy is."""
        return self._place

    @property
    def busy(self) -> bool:
        """Whether a copy is being written, or its outcome waits for the next `tick`."""
        return self._running is not None

    def tick(self) -> UserError | None:
        """Begin a new copy if one is due; returns what went wrong with the last one, once."""
        problem = self._finished() if self._running and self._running.done() else None
        if self._running is None and not self.document.modified:
            self._remove()
        elif self._running is None and self._is_due():
            self._begin()
        return problem

    def _is_due(self) -> bool:
        """Early enough that the work of `seconds` is safe when this copy, too, takes as long as the last."""
        return self._clock() - self._begun >= self._seconds * 0.75 - self._lasted

    def _begin(self) -> None:
        state = self.document.capture()
        if self._written is not None and state.same_content(self._written):
            return
        info = {"title": self.document.title, "path": str(self.document.path or "")}
        self._begun, self._written = self._clock(), state
        self._running = self._worker.submit(self._write, state, info)

    def _write(self, state: DocumentState, info: dict[str, str]) -> float:
        begun = self._clock()
        with writing(Path(f"{info['title']} (recovery copy)")):
            if self._copy is None:
                self._copy = Copy(self._place)
            self._copy.write(state, info)
        return self._clock() - begun

    def _finished(self) -> UserError | None:
        assert self._running is not None
        running, self._running = self._running, None
        try:
            self._lasted = running.result()
        except UserError as error:
            self._written = None
            return error
        return None

    def flush(self) -> None:
        """Make the copy complete now, and wait for it. Raises UserError."""
        self.wait()
        if self.document.modified:
            self._begin()
            self.wait()

    def wait(self) -> None:
        """Until what has begun is written. Raises UserError if it could not be."""
        if self._running is not None:
            with contextlib.suppress(UserError):
                self._running.result()
            problem = self._finished()
            if problem:
                raise problem

    def close(self, keep: bool = False) -> None:
        """Stop, and remove the copy unless it should stay to be recovered at the next start."""
        self._worker.shutdown(wait=True)
        self._running = None
        if not keep:
            self._remove()
        elif self._copy:
            self._copy.release()
            self._copy = None

    def _remove(self) -> None:
        if self._copy:
            self._copy.release()
            shutil.rmtree(self._place, ignore_errors=True)
        self._copy = self._written = None


def _taken_over(entry: Recoverable) -> Copy:
    try:
        return Copy(entry.folder)
    except BlockingIOError as error:
        raise UserError(f"“{entry.title}” is being recovered in another window.", "Look there.") from error


class Copy:
    """One recovery copy on disk, locked by this process."""

    def __init__(self, place: Path) -> None:
        (place / DATA).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._place = place
        self._lock = FileLock(place / LOCK)
        self._kept: dict[Key, str] = {}

    def write(self, state: DocumentState, info: dict[str, str]) -> None:
        """Bring the copy up to date with a state. Raises OSError; the copy before is then still whole.

        Pictures are encoded on all cores but one, with which the person goes on painting.
        """
        fresh: dict[Key, str] = {}
        new: list[tuple[str, TileMap, Rect, Picture]] = []

        def store(pixels: TileMap, rect: Rect, kind: Picture) -> Stored:
            key = pixels, rect, state.icc
            name = fresh.get(key) or self._kept.get(key)
            if name is None:
                name = f"{DATA}/{secrets.token_hex(8)}.png"
                new.append((name, pixels, rect, kind))
            fresh[key] = name
            return Stored(name, rect.x, rect.y)

        stack = ora_write.stack_xml(state, store)
        for _ in each(lambda picture: self._put(*picture, state.icc), new, spared=1):
            pass
        describing = np.zeros((1, 1, 4), np.uint8)
        self._replace(ora.MERGED, ora_write.png_bytes(describing, state.icc, dict(state.meta), _LEVEL))
        self._replace(INFO, json.dumps(info).encode())
        sync_folder(self._place / DATA)
        self._replace(ora.STACK, stack)
        self._kept = fresh
        self._clean()

    def release(self) -> None:
        """Let others recover it."""
        self._lock.release()

    def _put(self, name: str, pixels: TileMap, rect: Rect, kind: Picture, icc: bytes | None) -> None:
        with (self._place / name).open("xb") as file:
            file.write(ora_write.layer_png(pixels, rect, kind, icc, _LEVEL))
            file.flush()
            os.fsync(file.fileno())

    def _replace(self, name: str, content: bytes) -> None:
        with atomic_write(self._place / name) as file:
            file.write(content)

    def _clean(self) -> None:
        """Remove the pictures that the present copy does not use."""
        used = {name.removeprefix(f"{DATA}/") for name in self._kept.values()}
        for path in (self._place / DATA).iterdir():
            if path.name not in used:
                path.unlink(missing_ok=True)
