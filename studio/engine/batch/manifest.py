"""What of a batch is done, in a file in its target folder, so that it can be taken up again after any end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from studio.engine.wording import WrongUse
from studio.model.errors import UserError
from studio.model.io.atomic import atomic_write

NAME = ".studio-batch.json"
FORMAT = 1
MAX_BYTES = 512 << 20
PAUSE = 0.5
"""Seconds between two writings; what was done since the last one is done again after a crash."""


class Stage(StrEnum):
    """Where a picture stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Entry:
    """One picture: paths below the two folders, how it went, and what the source was then (size, time)."""

    source: str
    target: str
    stage: Stage = Stage.WAITING
    why: str = ""
    stamp: tuple[int, int] = (0, 0)


class Manifest:
    """The list of a batch. Its methods may be called from any thread."""

    def __init__(self, folder: Path, generator: str, params: Mapping[str, object]) -> None:
        self.folder = folder
        self.generator = generator
        self.params = dict(params)
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()
        self._written = 0.0

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / NAME

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def __getitem__(self, source: str) -> Entry:
        return self._entries[source]

    def get(self, source: str) -> Entry | None:
        """What is known of a picture."""
        return self._entries.get(source)

    def put(self, entry: Entry) -> None:
        """Note how a picture stands; written soon."""
        with self._lock:
            self._entries[entry.source] = entry
            if time.monotonic() - self._written > PAUSE:
                self._write()

    def set(self, source: str, stage: Stage, why: str = "", stamp: tuple[int, int] = (0, 0)) -> None:
        """Note how a picture went."""
        self.put(replace(self._entries[source], stage=stage, why=why, stamp=stamp))

    def save(self) -> None:
        """Write now. UserError when the disk refuses."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        value = {
            "format": FORMAT,
            "generator": self.generator,
            "params": self.params,
            "pictures": [asdict(entry) for entry in self._entries.values()],
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.path) as file:
                file.write(json.dumps(value, ensure_ascii=False, default=str).encode())
        except OSError as error:
            raise UserError(
                f"The results cannot be written: {error.strerror}.", f"Look at {self.folder}."
            ) from None
        self._written = time.monotonic()


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of change; zeros for a file that is gone."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def start(folder: Path, generator: str, params: Mapping[str, object], resume: bool) -> Manifest:
    """A new list, or that of an earlier run in the same folder.

    WrongUse when there is an earlier run and it shall not be taken up, or it was made with other settings.
    """
    made = Manifest(folder, generator, json.loads(json.dumps(dict(params), default=str)))
    if not made.path.exists():
        return made
    if not resume:
        hint = "Go on with it by --resume, or choose another folder."
        raise WrongUse(f"“{folder}” has the results of an earlier batch.", hint)
    kept = read(made.path)
    if (kept.generator, kept.params) != (made.generator, made.params):
        raise WrongUse(
            f"The batch in “{folder}” was made with other settings.",
            "Use the same generator and params, or another folder.",
        )
    return kept


def read(path: Path) -> Manifest:
    """Read a list; UserError when it is damaged."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        raw = cast(dict[str, Any], json.loads(path.read_bytes()))
        if raw["format"] != FORMAT:
            raise ValueError("format")
        made = Manifest(path.parent, str(raw["generator"]), dict(raw["params"]))
        entries = [entry_from(item) for item in raw["pictures"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UserError(f"“{path}” is damaged.", "Delete it, or choose another folder.") from None
    made._entries = {entry.source: entry for entry in entries}  # pyright: ignore[reportPrivateUsage]
    return made


def entry_from(raw: Mapping[str, Any]) -> Entry:
    """One picture of a list; ValueError when its paths lead out of the folders."""
    for name in ("source", "target"):
        path = Path(str(raw[name]))
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(name)
    size, changed = raw["stamp"]
    stage = Stage(raw["stage"])
    return Entry(str(raw["source"]), str(raw["target"]), stage, str(raw["why"]), (int(size), int(changed)))
