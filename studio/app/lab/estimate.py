"""How long a training takes here: measured, by a trainer that does a few steps of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from studio.app.lab.wording import duration
from studio.engine import recipe as recipes
from studio.engine import runs
from studio.engine.recipe import Recipe
from studio.engine.runs import Control, RunInfo, RunState
from studio.model.errors import UserError

STEPS = 24
LONGEST_S = 90.0
LOOK_S = 0.2


@dataclass(frozen=True)
class Estimate:
    """What was measured: images per second of a clock, processor seconds per second, and on what device."""

    rate: float
    load: float
    device: str
    minutes: float

    @property
    def seconds(self) -> float:
        """How long the budget lasts by the clock."""
        return self.minutes * 60 / self.load

    @property
    def images(self) -> int:
        """How many pictures are learnt from in that time, repeats counted."""
        return round(self.rate * self.seconds)

    def sentence(self, pictures: int) -> str:
        """The estimate in words, for a data set of so many pictures."""
        times = self.images / max(pictures, 1)
        seen = f"each of your {pictures:,} about {times:,.0f} times" if times >= 2 else "not all of yours"
        device = self.device or "this computer"
        speed = f"{self.rate:.0f}" if self.rate >= 10 else f"{self.rate:.1f}"
        return (
            f"About {duration(self.seconds)} on {device}, as busy as it is now: {speed} pictures per second, "
            f"{self.images:,} in all, {seen}."
        )


def measure(plan: Recipe, data: Path, folder: Path, start: Path | None) -> Generator[float, None, Estimate]:
    """Train a few steps in ``folder``, which is removed again; yields the share done.

    `UserError` with the trainer's own words when it cannot train.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    recipe_file = folder / "plan.toml"
    recipes.write(plan, recipe_file)
    trainer = runs.start(recipe_file, data, folder / "run", steps=STEPS, start=start)
    try:
        yield from follow(folder / "run", STEPS * plan.train.batch)
        return estimate_of(runs.read(folder / "run"), plan.train.cpu_minutes)
    finally:
        if trainer.poll() is None:
            trainer.kill()
        trainer.wait()
        shutil.rmtree(folder, ignore_errors=True)


def follow(folder: Path, images: int) -> Generator[float, None, None]:
    """Wait until a run has ended, or has gone on for long enough."""
    until = time.monotonic() + LONGEST_S
    asked = False
    while (info := runs.read(folder)).state.active:
        if time.monotonic() > until and info.images and not asked:
            runs.command(folder, Control.STOP)
            asked = True
        time.sleep(LOOK_S)
        yield min(info.images / images, 1.0)
    if info.state is RunState.FAILED or not info.images:
        raise UserError(info.sentence or "The trainer ended at once.", info.hint)


def estimate_of(info: RunInfo, minutes: float) -> Estimate:
    """The estimate that a short run gives. Its log leaves out the start, which counts only once."""
    reports, _ = runs.read_log(info.folder)
    images, seconds, cpu = info.images, info.seconds, 60 * info.cpu_minutes
    if len(reports) > 1:
        first, last = reports[0], reports[-1]
        images, seconds = last.images - first.images, last.seconds - first.seconds
        cpu = 60 * (last.cpu_minutes - first.cpu_minutes)
    if images <= 0 or seconds <= 0:
        raise UserError("The trainer was too short at work to be timed.", "Try again, or simply train.")
    return Estimate(images / seconds, max(cpu / seconds, 0.05), info.device, minutes)
