"""The runs there are, followed through their folders: state, curves and sample sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from studio.app.lab.series import Curves
from studio.app.lab.wording import slug
from studio.engine import recipe as recipes
from studio.engine import runs
from studio.engine.runs import Layout, Report, RunInfo, RunState
from studio.model.errors import UserError


@dataclass(eq=False)
class Run:
    """One run as last seen. `curves` grow; `sheets` are the sample sheets, oldest first."""

    info: RunInfo
    curves: Curves = field(default_factory=Curves)
    sheets: tuple[Path, ...] = ()
    layout: Layout | None = None
    offset: int = 0
    title: str = ""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.info.folder


@dataclass(frozen=True)
class Look:
    """What one look at a run's folder found. reports: those after the offset that was asked from."""

    info: RunInfo
    reports: tuple[Report, ...]
    offset: int
    sheets: tuple[Path, ...]
    layout: Layout | None
    title: str


@dataclass(frozen=True)
class Change:
    """What became of a run between two looks: its states, and the notices that are new."""

    run: Run
    before: RunState | None
    notices: tuple[str, ...]


def look_at(folders: Sequence[Path], home: Path, offsets: dict[Path, int]) -> list[Look]:
    """Read all runs: those in ``home`` and the further ``folders``. Touches the disk; for another thread."""
    found = {info.folder: info for info in runs.runs(home)}
    for folder in folders:
        if folder not in found and runs.is_run(folder):
            found[folder] = runs.read(folder)
    return [look(info, offsets.get(info.folder, 0)) for info in found.values()]


def look(info: RunInfo, offset: int) -> Look:
    """Read what is new of one run."""
    reports, end = runs.read_log(info.folder, offset)
    sheets = tuple(runs.samples(info.folder))
    return Look(info, tuple(reports), end, sheets, runs.layout(info.folder), title_of(info.folder))


def title_of(folder: Path) -> str:
    """What to call a run: its recipe's title if its folder was named after that, else the folder's name."""
    path = folder / runs.RECIPE
    try:
        title = title_in(path, path.stat().st_mtime_ns)
    except (OSError, UserError):
        return folder.name
    return title if slug(title) == folder.name else folder.name


@lru_cache(256)
def title_in(path: Path, stamp: int) -> str:
    """The title in a recipe file that was last changed at ``stamp``. `UserError` when it cannot be read."""
    return recipes.read(path).title


class Book:
    """All runs by folder, newest first. Main thread only."""

    def __init__(self) -> None:
        self._runs: dict[Path, Run] = {}

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs, the one started last first."""
        return tuple(sorted(self._runs.values(), key=lambda run: -run.info.started))

    @property
    def active(self) -> tuple[Run, ...]:
        """The runs that a process stands behind."""
        return tuple(run for run in self.runs if run.info.state.active)

    @property
    def offsets(self) -> dict[Path, int]:
        """How far the log of each run was read."""
        return {folder: run.offset for folder, run in self._runs.items()}

    def get(self, folder: Path) -> Run | None:
        """The run in a folder."""
        return self._runs.get(folder)

    def take(self, looks: Sequence[Look]) -> list[Change]:
        """Take in what was found; runs that are gone go. Tells what became of each that has changed."""
        seen = {look.info.folder for look in looks}
        for folder in [folder for folder in self._runs if folder not in seen]:
            del self._runs[folder]
        return [change for look in looks if (change := self._take_one(look)) is not None]

    def _take_one(self, look: Look) -> Change | None:
        run = self._runs.get(look.info.folder)
        if run is None:
            run = self._runs[look.info.folder] = Run(look.info)
            before, known = None, look.info.notices
        else:
            before, known = run.info.state, run.info.notices
        changed = before is None or run.info != look.info or bool(look.reports) or run.sheets != look.sheets
        run.info, run.sheets, run.layout, run.offset = look.info, look.sheets, look.layout, look.offset
        run.title = look.title
        run.curves.add(look.reports)
        return Change(run, before, look.info.notices[len(known) :]) if changed else None
