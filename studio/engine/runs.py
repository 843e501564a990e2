"""Training runs as folders: what another process trains is read, started and steered through files.

A run is a folder. The trainer, a process of its own, is the only writer of all but ``control``:

- ``recipe.toml``: the recipe it was started with;
- ``run.json``: how it stands (``RunInfo``), renewed about every two seconds and at each change;
- ``log.jsonl``: one JSON object per report (``Report``), about every two seconds;
- ``samples/NNNNNNNN.png``: the same seeds each time, named by images seen, and ``samples/layout.json``;
- ``state.pt``: everything the next step depends on; ``model.safetensors``: the averaged generator;
- ``control``: one word, written by others and read between two steps: run, pause, stop or sample.

A file is written beside its place and renamed into it, so readers find the old one or the new one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from studio.engine.runlock import held
from studio.model.errors import UserError
from studio.model.io.atomic import atomic_write

RECIPE, STATUS, LOG, CONTROL = "recipe.toml", "run.json", "log.jsonl", "control"
STATE, MODEL, SAMPLES, LAYOUT, OUTPUT = (
    "state.pt",
    "model.safetensors",
    "samples",
    "layout.json",
    "output.txt",
)
KILLED = "The trainer ended without a word: it was killed, or the computer went off."
GO_ON = "Resume it; it goes on from its last checkpoint."
MAX_STARTING = 60.0  # seconds from the start of a trainer until it owns its folder
MAX_STATUS = 1 << 20
MAX_LINE = 1 << 16
COMMAND = "STUDIO_COMMAND"  # the variable that tells a command in a process of its own what the person typed
PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


class RunState(StrEnum):
    """How a run stands. The trainer writes it; a reader turns a dead trainer's into STOPPED."""

    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"

    @property
    def active(self) -> bool:
        """Whether a process stands behind it."""
        return self in (RunState.STARTING, RunState.RUNNING, RunState.PAUSED)


class Control(StrEnum):
    """What a trainer can be told between two steps."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"
    SAMPLE = "sample"


@dataclass(frozen=True)
class RunInfo:
    """``run.json``. Times in seconds, ``started`` since 1970; ``rate`` in images per second; ``data`` is the
    folder it learns from; totals are None where there is no such budget.

    ``sentence`` says in words how it stands, ``hint`` what to do about it; ``notices`` is what happened on
    the way, oldest first.
    """

    folder: Path
    state: RunState = RunState.STARTING
    pid: int = 0
    started: float = 0.0
    images: int = 0
    images_total: int | None = None
    seconds: float = 0.0
    cpu_minutes: float = 0.0
    cpu_minutes_total: float | None = None
    rate: float = 0.0
    device: str = ""
    data: str = ""
    sentence: str = ""
    hint: str = ""
    notices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The folder's name, under which the model is installed."""
        return self.folder.name

    @property
    def can_resume(self) -> bool:
        """Whether there is a checkpoint to go on from and nobody at work on it."""
        return not self.state.active and (self.folder / STATE).is_file()

    @property
    def model(self) -> Path | None:
        """The weights the studio opens, once there are any."""
        path = self.folder / MODEL
        return path if path.is_file() else None


@dataclass(frozen=True)
class Report:
    """One line of ``log.jsonl``: how far, how long, how fast, and means of the losses since the last line.

    ``metrics`` is empty but for the reports in which they were measured.
    """

    images: int
    seconds: float
    cpu_minutes: float
    rate: float
    losses: Mapping[str, float]
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Layout:
    """How a sample sheet is divided: square cells of ``cell`` pixels, row by row, a label for each row."""

    columns: int
    rows: int
    cell: int
    labels: tuple[str, ...] = ()


def is_run(folder: Path) -> bool:
    """Whether a folder holds a training run."""
    return (folder / STATUS).is_file()


def read(folder: Path) -> RunInfo:
    """How a run stands. UserError when the folder holds none, or a damaged one."""
    info = read_status(folder)
    if info.state.active and not held(folder) and not (info.state is RunState.STARTING and fresh(folder)):
        return replace(info, state=RunState.STOPPED, rate=0.0, sentence=KILLED, hint=GO_ON)
    return info


def fresh(folder: Path) -> bool:
    """Whether the trainer was started so lately that it may not have come to work yet."""
    return time.time() - (folder / STATUS).stat().st_mtime < MAX_STARTING


def read_status(folder: Path) -> RunInfo:
    """``run.json`` as the trainer wrote it, whether or not the trainer lives."""
    try:
        with (folder / STATUS).open("rb") as file:
            raw = json.loads(file.read(MAX_STATUS))
        known = {field.name for field in fields(RunInfo)} - {"folder"}
        values: dict[str, Any] = {key: raw[key] for key in known & raw.keys()}
        values["state"] = RunState(values["state"])
        values["notices"] = tuple(str(text) for text in values.get("notices", ()))
        return RunInfo(folder, **values)
    except OSError as error:
        raise UserError(f"“{folder.name}” holds no training run.", error.strerror or "") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"The run “{folder.name}” cannot be read: {error}.", "Resume it to renew it."
        ) from None


def write(info: RunInfo) -> None:
    """Renew ``run.json``. OSError when the disk refuses."""
    raw = asdict(info)
    del raw["folder"]
    with atomic_write(info.folder / STATUS) as file:
        file.write(json.dumps(raw, ensure_ascii=False).encode())


def runs(folder: Path) -> list[RunInfo]:
    """The readable runs directly in a folder, newest first."""
    found: list[RunInfo] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if is_run(path):
            try:
                found.append(read(path))
            except UserError:
                continue
    return sorted(found, key=lambda info: -info.started)


def read_log(folder: Path, offset: int = 0) -> tuple[list[Report], int]:
    """The reports from byte ``offset`` on, and the offset to ask from next time.

    A file shorter than ``offset`` was cut by a resumed run: it is then read from its start. A line that is
    not whole yet is left for the next time.
    """
    path, reports = folder / LOG, list[Report]()
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < offset:
                offset = 0
            file.seek(offset)
            while (line := file.readline(MAX_LINE)).endswith(b"\n"):
                offset += len(line)
                if (report := parse_report(line)) is not None:
                    reports.append(report)
    except OSError:
        return [], 0
    return reports, offset


def parse_report(line: bytes) -> Report | None:
    """One line of the log; None when it is no report."""
    try:
        raw = json.loads(line)
        losses, metrics = numbers(raw.get("losses", {})), numbers(raw.get("metrics", {}))
        seconds, minutes, rate = (float(raw.get(key, 0.0)) for key in ("seconds", "cpu_minutes", "rate"))
        return Report(int(raw["images"]), seconds, minutes, rate, losses, metrics)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def numbers(raw: Mapping[str, Any]) -> dict[str, float]:
    """Names with numbers; what is no number is left out."""
    return {key: float(value) for key, value in raw.items() if isinstance(value, int | float)}


def samples(folder: Path) -> list[Path]:
    """The sample sheets, oldest first."""
    return sorted((folder / SAMPLES).glob("*.png"))


def layout(folder: Path) -> Layout | None:
    """How the sample sheets are divided; None while there are none."""
    try:
        raw = json.loads((folder / SAMPLES / LAYOUT).read_bytes()[:MAX_STATUS])
        labels = tuple(str(label) for label in raw.get("labels", ()))
        return Layout(int(raw["columns"]), int(raw["rows"]), int(raw["cell"]), labels)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def command(folder: Path, what: Control | str) -> None:
    """Tell a trainer to run, pause, stop or sample. UserError when the folder cannot be written."""
    word = Control(what)
    try:
        with atomic_write(folder / CONTROL) as file:
            file.write(word.value.encode())
    except OSError as error:
        raise UserError(f"The run “{folder.name}” cannot be told to {word}: {error.strerror}.") from None


def asked(folder: Path) -> Control:
    """What the control file says; RUN when it says nothing known."""
    try:
        with (folder / CONTROL).open("rb") as file:
            return Control(file.read(16).decode().strip())
    except (OSError, ValueError):
        return Control.RUN


def arguments(
    recipe: Path,
    data: Path,
    out: Path,
    *,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    resume: bool = False,
    start: Path | None = None,
    measure: bool = False,
) -> list[str]:
    """The command line of a trainer, without the interpreter."""
    words = ["-m", "studio.train", str(recipe), "--data", str(data), "--out", str(out), "--quiet"]
    words += ["--steps", str(steps)] if steps is not None else []
    words += ["--cpu-minutes", f"{cpu_minutes:.3f}"] if cpu_minutes is not None else []
    words += ["--start", str(start)] if start is not None else []
    words += ["--measure"] if measure else []
    return words + (["--resume"] if resume else [])


def start(
    recipe: Path,
    data: Path,
    out: Path,
    *,
    steps: int | None = None,
    cpu_minutes: float | None = None,
    resume: bool = False,
    start: Path | None = None,
    measure: bool = False,
    python: Sequence[str] = (sys.executable,),
) -> subprocess.Popen[bytes]:
    """Start a trainer that lives on when this process ends; what it prints goes to ``output.txt``.

    ``steps`` and ``cpu_minutes`` are budgets in all, the recipe's where neither is given. ``resume`` goes on
    from the checkpoint in ``out``; ``start`` begins with the networks of a weights file;
    ``measure`` measures at every checkpoint, for which a feature network is trained first.
    UserError when a trainer is already at work there, or the folder cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        if held(out):
            raise UserError(
                f"A trainer is already at work on “{out.name}”.", "Stop it first, or choose another name."
            )
        command(out, Control.RUN)
        before = read_status(out) if resume and is_run(out) else RunInfo(out)
        write(
            replace(
                before,
                state=RunState.STARTING,
                started=time.time(),
                data=str(data),
                sentence="Starting.",
                hint="",
            )
        )
        words = arguments(recipe, data, out, steps=steps, cpu_minutes=cpu_minutes, resume=resume,
                          start=start, measure=measure)  # fmt: skip
        with (out / OUTPUT).open("ab") as log:
            return subprocess.Popen(
                [*python, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **PASSIVE}, start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise UserError(
            f"The run “{out.name}” cannot start: {error.strerror}.", "Choose another folder."
        ) from None
