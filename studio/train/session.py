"""A training run in its folder: steps until the budget is spent, and whatever happens, nothing is lost.

The folder is described in ``studio.engine.runs``. Between two steps the session looks whether it was told
something, whether the numbers are still numbers and the pictures still differ, and what is due.
"""

from __future__ import annotations

import contextlib
import copy
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from studio.engine import runs
from studio.engine.runs import Control, RunInfo, RunState
from studio.model.errors import UserError
from studio.model.io.atomic import atomic_write
from studio.train import checkpoint
from studio.train.metrics import seam
from studio.train.runfiles import Exhibit, save_model, variety
from studio.train.trainer import Trainer

POLL = 0.1  # seconds between looks at the control file
MOST_ROLLBACKS = 5
UNIFORM = 0.02  # of the real pictures' variety: below it a generator draws one picture only
LIVELY = 0.1  # variety it must have shown before losing it counts as a collapse
SPARSER = 0.02  # of the time spent so far lie between samples of a long run
UNKEPT = "Ended, but what was learnt since the last checkpoint could not be saved."
MAKE_ROOM = "Make room on the disk, then resume."
WORDS = (Control.RUN, Control.PAUSE, Control.STOP, Control.SAMPLE)


@dataclass(frozen=True)
class Budget:
    """When to end: after so many steps, or so much processor time, whichever comes first."""

    steps: int | None = None
    cpu_minutes: float | None = None

    def spent(self, trainer: Trainer) -> bool:
        """Whether nothing is left."""
        if self.steps is not None and trainer.steps >= self.steps:
            return True
        return self.cpu_minutes is not None and trainer.cpu_seconds >= self.cpu_minutes * 60


@dataclass(frozen=True)
class Cadence:
    """Seconds between reports, checkpoints and samples; ``steps`` instead makes a report each so many steps
    and a checkpoint each ten reports, which does not depend on the clock.
    """

    report: float = 2.0
    checkpoint: float = 60.0
    sample: float = 30.0
    steps: int = 0


@dataclass
class Means:
    """Running means of the losses since the last report."""

    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, losses: dict[str, float]) -> None:
        """Take note of one step."""
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
            self.counts[name] = self.counts.get(name, 0) + 1

    def take(self) -> dict[str, float]:
        """The means, and start anew."""
        found = {name: round(total / self.counts[name], 6) for name, total in self.sums.items()}
        self.sums, self.counts = {}, {}
        return found


class Session:
    """One trainer at work in one folder.

    ``echo`` is told each report as a line of text; ``measure`` gives metrics of the averaged generator.
    """

    def __init__(
        self,
        trainer: Trainer,
        folder: Path,
        budget: Budget,
        cadence: Cadence | None = None,
        echo: Callable[[str], object] | None = None,
        measure: Callable[[nn.Module], dict[str, float]] | None = None,
    ) -> None:
        self.trainer, self.folder, self.budget = trainer, folder, budget
        self.cadence, self.echo, self.measure = cadence or Cadence(), echo, measure
        self.main = trainer.team.main
        self.exhibit = Exhibit(trainer.data, trainer.recipe)
        self.means, self.metrics = Means(), dict[str, float]()
        self.info = RunInfo(folder, pid=os.getpid(), started=time.time(), device=trainer.team.name)
        self.good: dict[str, Any] = copy.deepcopy(trainer.state())
        self.lively = self.lively_then = self.collapsed = False  # then: when the good state was kept
        self.rollbacks = 0
        now = time.monotonic()
        self.last = {"report": now, "checkpoint": now, "sample": now, "poll": 0.0}
        self.before = (trainer.images, now)
        self.failing: set[str] = set()  # what could not be written when last tried
        self.word, self.interrupted = Control.RUN, False

    def begin(self, data: Path, resume: bool) -> None:
        """Note where the pictures are; a resumed run keeps its notices."""
        notices: tuple[str, ...] = ()
        if resume and runs.is_run(self.folder):
            with contextlib.suppress(UserError):
                notices = runs.read_status(self.folder).notices
        self.info = replace(self.info, data=str(data), notices=notices)

    def interrupt(self) -> None:
        """Stop after the step that is being made."""
        self.interrupted = True

    def run(self) -> RunState:
        """Train until the budget is spent or somebody says stop; returns how it ended.

        Raises:
            UserError: when the pictures cannot be read, or training fails again and again.
        """
        self.say(RunState.RUNNING, "Learning.")
        self.sample()
        snapshots = self.snapshots()
        while not self.over():
            word = self.told()
            if word is Control.STOP:
                return self.end(RunState.STOPPED, "Stopped; it can be resumed.")
            if word is Control.PAUSE:
                self.wait()
                continue
            if word is Control.SAMPLE:
                self.sample()
            self.one_step()
            if snapshots and self.trainer.cpu_seconds >= snapshots[0] * 60:
                path = self.folder / f"snapshot-{snapshots.pop(0):g}.pt"
                self.kept(lambda path=path: checkpoint.save(path, self.trainer.drawing().state_dict()))
        return self.end(RunState.DONE, "Done.")

    def snapshots(self) -> list[float]:
        """The recipe's snapshot minutes still to come."""
        return [m for m in self.trainer.settings.snapshot_minutes if m * 60 > self.trainer.cpu_seconds]

    def over(self) -> bool:
        """Whether the first process finds the budget spent."""
        return bool(self.trainer.team.agree(int(self.budget.spent(self.trainer))))

    def told(self) -> Control:
        """What the control file says, looked at ten times a second; the same in every process."""
        if self.main and self.due("poll", POLL):
            self.word = runs.asked(self.folder)
        said = Control.STOP if self.interrupted else self.word
        word = WORDS[self.trainer.team.agree(WORDS.index(said))]
        if word is Control.SAMPLE:
            self.word = Control.RUN
            self.kept(lambda: runs.command(self.folder, Control.RUN))
        return word

    def due(self, what: str, seconds: float) -> bool:
        """Whether so much time has passed since the last time; starts the time anew."""
        now = time.monotonic()
        if now - self.last[what] < seconds:
            return False
        self.last[what] = now
        return True

    def one_step(self) -> None:
        """A step, a look at whether it was sound, and what is due after it."""
        losses = self.trainer.step()
        if not all(math.isfinite(value) for value in losses.values()):
            self.roll_back("Numbers ran out of bounds")
            return
        self.means.add(losses)
        if self.due_to_report():
            self.report()
        if not self.cadence.steps and self.due(
            "sample", max(self.cadence.sample, self.trainer.seconds * SPARSER)
        ):
            self.sample()
        if self.trainer.team.agree(int(self.collapsed or self.due_to_keep())) and self.sound():
            self.report()
            self.checkpoint()

    def due_to_report(self) -> bool:
        """Whether it is time for a line in the log."""
        if self.cadence.steps:
            return self.trainer.steps % self.cadence.steps == 0
        return self.due("report", self.cadence.report)

    def due_to_keep(self) -> bool:
        """Whether it is time for a checkpoint; the first process decides."""
        if self.cadence.steps:
            return self.trainer.steps % (10 * self.cadence.steps) == 0
        return self.due("checkpoint", self.cadence.checkpoint)

    def report(self) -> None:
        """A line in the log where there is something new, and ``run.json`` renewed."""
        if not self.means.sums:
            return
        trainer, now = self.trainer, time.monotonic()
        images, then = self.before
        rate = (trainer.images - images) / max(now - then, 1e-6)
        self.before = (trainer.images, now)
        line = {
            "images": trainer.images,
            "seconds": round(trainer.seconds, 2),
            "cpu_minutes": round(trainer.cpu_seconds / 60, 3),
            "rate": round(rate, 2),
            "losses": self.means.take() | {"augmented": round(trainer.adaptive.share, 4)},
            "metrics": self.metrics,
        }
        self.metrics = {}
        if self.echo and self.main:
            self.echo(json.dumps(line))
        self.kept(lambda: append(self.folder / runs.LOG, json.dumps(line)))
        self.say(self.info.state, self.info.sentence, rate=round(rate, 2))

    def say(self, state: RunState, sentence: str, hint: str = "", rate: float | None = None) -> None:
        """Renew ``run.json``."""
        trainer, budget = self.trainer, self.budget
        self.info = replace(
            self.info,
            state=state,
            sentence=sentence,
            hint=hint,
            images=trainer.images,
            images_total=budget.steps * trainer.settings.batch if budget.steps is not None else None,
            seconds=round(trainer.seconds, 2),
            cpu_minutes=round(trainer.cpu_seconds / 60, 3),
            cpu_minutes_total=budget.cpu_minutes,
            rate=self.info.rate if rate is None else rate,
        )
        self.kept(lambda: runs.write(self.info))

    def note(self, sentence: str) -> None:
        """Tell what happened on the way; the last hundred are kept."""
        notices = (*self.info.notices, f"{sentence} ({self.trainer.images:,} images)")
        self.info = replace(self.info, notices=notices[-100:])

    def kept(self, action: Callable[[], object], what: str = "reports") -> bool:
        """Whether something could be written; a full disk is told once and training goes on.

        A few lines may find room where a checkpoint does not, so each kind is believed for itself.
        """
        if not self.main:
            return True
        try:
            action()
        except (OSError, RuntimeError, ValueError, UserError) as error:
            if not self.failing:
                self.note(f"Nothing can be saved: {error}. Training goes on and will try again.")
            self.failing.add(what)
            return False
        if what in self.failing:
            self.failing.remove(what)
            if not self.failing:
                self.note("Saving works again.")
        return True

    def sample(self) -> None:
        """Draw the fixed seeds again."""
        if self.main:
            pictures = self.look()
            self.kept(lambda: self.exhibit.save(pictures, self.folder / runs.SAMPLES, self.trainer.images))

    def look(self) -> Tensor:
        """The sample pictures, (N, C, S, S) in [-1, 1], and a note of how much they differ."""
        pictures = self.exhibit.draw(self.trainer.drawing())
        found = variety(pictures) / max(self.exhibit.variety, 1e-6)
        self.lively |= found > LIVELY
        self.collapsed = self.lively and found < UNIFORM
        self.metrics["variety"] = round(found, 4)
        if self.exhibit.wide:
            self.metrics["seam"] = round(seam(pictures), 4)
        return pictures

    def sound(self) -> bool:
        """Whether pictures still differ; looked at before a state is kept. If not, the run goes back."""
        if self.main:
            self.look()
        if not self.trainer.team.agree(int(self.collapsed)):
            return True
        self.roll_back("All pictures had become one")
        return False

    def checkpoint(self, measure: bool = True) -> None:
        """Keep everything: in memory to roll back to, and on disk to resume from."""
        self.good = copy.deepcopy(self.trainer.state())
        self.lively_then, self.rollbacks = self.lively, 0
        if self.kept(lambda: checkpoint.save(self.folder / runs.STATE, self.good), "checkpoint"):
            self.kept(lambda: save_model(self.trainer, self.folder), "model")
        if measure and self.measure is not None and self.main:
            self.metrics |= self.measure(self.trainer.drawing())
        for name in self.broken():
            self.note(f"“{name}” cannot be read and is left out")

    def broken(self) -> Iterator[str]:
        """Pictures found unreadable since the last time."""
        for name in getattr(self.trainer.data, "broken", []):
            if not any(name in notice for notice in self.info.notices):
                yield name

    def roll_back(self, why: str) -> None:
        """Go back to the last good state and on with other random numbers and half the learning rate."""
        self.rollbacks += 1
        if self.rollbacks > MOST_ROLLBACKS:
            raise UserError(
                f"{why} {MOST_ROLLBACKS} times in a row.",
                "Lower the learning rates, set clip to 10, or raise r1_gamma in the recipe; then resume.",
            )
        self.note(f"{why}; went back to the state of {int(self.good['images']):,} images at lower rates")
        self.trainer.restore(copy.deepcopy(self.good))
        self.trainer.rng.manual_seed(self.trainer.settings.seed + 1000 * self.rollbacks + self.trainer.steps)
        for optimiser in (self.trainer.opt_g, self.trainer.opt_d):
            for group in optimiser.param_groups:
                group["lr"] *= 0.5**self.rollbacks
        self.means, self.lively, self.collapsed = Means(), self.lively_then, False

    def wait(self) -> None:
        """Pause: everything is kept, nothing is computed, until told otherwise."""
        self.report()
        if self.sound():
            self.checkpoint(measure=False)
        self.say(RunState.PAUSED, "Paused.", rate=0.0)
        while self.told() is Control.PAUSE:
            time.sleep(POLL)
        self.last = dict.fromkeys(self.last, time.monotonic())
        self.before = (self.trainer.images, time.monotonic())
        self.say(RunState.RUNNING, "Learning.")

    def end(self, state: RunState, sentence: str) -> RunState:
        """The last report, checkpoint and samples."""
        self.say(self.info.state, "Keeping everything.")
        if self.sound():
            self.report()
            self.checkpoint(measure=False)
        if state is RunState.DONE:
            self.sample()
        lost = bool(self.failing)
        self.say(state, UNKEPT if lost else sentence, MAKE_ROOM if lost else "", rate=0.0)
        return state


def append(path: Path, line: str) -> None:
    """Add a line to a file, whole or not at all as far as readers can see."""
    with path.open("ab") as file:
        file.write(line.encode() + b"\n")


def cut_log(path: Path, images: int) -> None:
    """Take back the lines that a checkpoint has not seen, and a last one that is not whole."""
    if not path.is_file():
        return
    reports: list[bytes] = []
    for line in path.read_bytes().splitlines(keepends=True):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            if line.endswith(b"\n") and json.loads(line)["images"] <= images:
                reports.append(line)
    with atomic_write(path) as file:
        file.write(b"".join(reports))
