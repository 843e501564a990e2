"""Many pictures of a run's model at once, labelled: a folder or a WebDataset, made by another process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.engine.runs import PASSIVE
from studio.model.errors import UserError

MAKER = (sys.executable, "-m", "studio.train.samples")


class SamplesWish(BaseModel):
    """What is asked before exporting."""

    model_config = ConfigDict(frozen=True)

    count: int = Field(500, ge=1, title="Pictures", description="How many.", json_schema_extra={"step": 100})
    truncation: float = Field(
        1.0,
        ge=0,
        le=1.5,
        title="Truncation",
        description="1 for all variety, less for typical pictures.",
        json_schema_extra={"widget": "slider", "step": 0.05},
    )
    seed: int = Field(0, ge=0, lt=2**31, title="Seed", json_schema_extra={"widget": "seed"})
    form: Literal["folder", "tar"] = Field(
        "folder",
        title="As",
        description="A folder with labels.csv, which the lab can learn from, or one file for other programs.",
        json_schema_extra={"titles": {"folder": "Folder of PNG files", "tar": "WebDataset (.tar)"}},
    )
    place: Path = Field(
        default_factory=Path.home, title="In the folder", json_schema_extra={"widget": "folder"}
    )


class SamplesExport:
    """One export under way; ``out`` is new and is removed again when it is given up or fails."""

    def __init__(self, model: Path, wish: SamplesWish, out: Path) -> None:
        self._wish, self._out = wish, out
        self._process: subprocess.Popen[str] | None = None
        self._words = [*MAKER, str(model), "--out", str(out)]
        self._words += ["--count", str(wish.count), "--truncation", str(wish.truncation)]
        self._words += ["--seed", str(wish.seed), "--progress"]

    def steps(self) -> Generator[float, None, int]:
        """Yields the share done; returns how many pictures were written. `UserError` in the maker's words."""
        with subprocess.Popen(
            self._words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **PASSIVE},
        ) as self._process:  # fmt: skip
            done = False
            try:
                assert self._process.stdout is not None and self._process.stderr is not None
                for line in self._process.stdout:
                    if line.strip().isdigit():
                        yield int(line) / self._wish.count
                words = self._process.stderr.read().strip()
                done = self._process.wait() == 0
            finally:
                self.stop()
                if not done:
                    shutil.rmtree(self._out, ignore_errors=True)
                    self._out.with_suffix(".part").unlink(missing_ok=True)
        if not done:
            raise UserError("The pictures could not be exported.", words.splitlines()[-1] if words else "")
        return self._wish.count

    def stop(self) -> None:
        """Give it up; from any thread."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()


def free_place(wish: SamplesWish, name: str) -> Path:
    """Where the pictures go: a new name in the folder. `UserError` when there is no such folder."""
    if not wish.place.is_dir():
        raise UserError("There is no such folder.", f"{wish.place} is none; choose another.")
    suffix, number = ".tar" if wish.form == "tar" else "", 2
    path = wish.place / f"{name}-pictures{suffix}"
    while path.exists():
        path, number = wish.place / f"{name}-pictures-{number}{suffix}", number + 1
    return path
