"""``python -m studio.train RECIPE --data DIR --out DIR [--steps N] [--resume]``: see docs/training.md."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the trainer has threads of its own

import shutil
import signal
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from studio.engine import recipe, runs
from studio.engine.runlock import RunLock
from studio.engine.runs import RunInfo, RunState
from studio.model.errors import UserError
from studio.train import assess, checkpoint, entry, pictures, warm
from studio.train.session import Budget, Cadence, Session, cut_log
from studio.train.team import Team
from studio.train.trainer import Trainer

LIVE_VIEWS = 4_000
KNOWN = ", ".join(path.stem for path in recipe.ready_made())
AGAIN = "Look at the folder and the recipe, then resume."


def main(
    recipe_file: Annotated[str, typer.Argument(metavar="RECIPE", help=f"A file, or one of: {KNOWN}")],
    data: Annotated[Path, typer.Option(help="Folder of pictures, or of a prepared data set")],
    out: Annotated[Path, typer.Option(help="Folder of the run")],
    steps: Annotated[int | None, typer.Option(min=1, help="End after so many steps in all")] = None,
    cpu_minutes: Annotated[
        float | None, typer.Option(help="End after so much processor time; the recipe's without --steps")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUT")] = False,
    start: Annotated[
        Path | None, typer.Option(help="Begin with the networks of a model or of kept training weights")
    ] = None,
    report_seconds: Annotated[float, typer.Option(help="Seconds between reports")] = 2.0,
    checkpoint_seconds: Annotated[float, typer.Option(help="Seconds between checkpoints")] = 60.0,
    sample_seconds: Annotated[float, typer.Option(help="Seconds between sample sheets")] = 30.0,
    report_steps: Annotated[
        int, typer.Option(help="Report every so many steps and keep a checkpoint every ten times as many")
    ] = 0,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure at every checkpoint; trains a feature network first")
    ] = False,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors")] = False,
) -> None:
    """Train a model of a folder of pictures."""
    torch.set_flush_denormal(True)
    cadence = Cadence(report_seconds, checkpoint_seconds, sample_seconds, report_steps)
    team, lock = Team(), RunLock(out)
    try:
        if team.main:
            prepare(out, lock)
    except UserError as error:
        complain(error)
        raise typer.Exit(2) from None
    try:
        plan = recipe.read(recipe.find(recipe_file))
        trainer = Trainer(plan, pictures.open_data(data, plan.pictures), team)
        if start:
            warm.start(trainer, start)
        if resume:
            go_on(trainer, out)
        minutes = cpu_minutes or (None if steps else plan.train.cpu_minutes)
        session = Session(trainer, out, Budget(steps, minutes), cadence, None if quiet else typer.echo)
        if measure and team.main:
            session.measure = assess.Live(assess.yardstick(out, plan, data, LIVE_VIEWS))
        work(session, recipe.find(recipe_file), data, resume)
    except UserError as error:
        fail(out, team, error)
        raise typer.Exit(2) from None
    finally:
        lock.release()
        team.close()


def prepare(out: Path, lock: RunLock) -> None:
    """Make the folder and own it. UserError when another trainer does, or the disk refuses."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not lock.take():
            raise UserError(f"A trainer is already at work on “{out.name}”.", "Stop it first.")
        if runs.asked(out) is not runs.Control.RUN:
            runs.command(out, runs.Control.RUN)
    except OSError as error:
        raise UserError(f"The folder “{out}” cannot be used: {error.strerror}.", "Choose another.") from None


def go_on(trainer: Trainer, out: Path) -> None:
    """Take up the last checkpoint. UserError when there is none that fits the recipe."""
    try:
        trainer.restore(checkpoint.load(out / runs.STATE))
    except FileNotFoundError:
        raise UserError(
            f"“{out.name}” has no checkpoint to go on from.", "Start it without --resume."
        ) from None
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        hint = f"Use the recipe it was started with ({str(error).splitlines()[0]})."
        raise UserError(f"The checkpoint of “{out.name}” does not fit the recipe.", hint) from None
    if trainer.team.main:
        cut_log(out / runs.LOG, trainer.images)


def work(session: Session, recipe_file: Path, data: Path, resume: bool) -> None:
    """Run a session to its end, with signals taken for “stop”."""
    out = session.folder
    if session.main:
        if recipe_file.resolve() != (out / runs.RECIPE).resolve():
            shutil.copyfile(recipe_file, out / runs.RECIPE)
        if not resume:
            (out / runs.LOG).unlink(missing_ok=True)
        session.begin(data.resolve(), resume)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: session.interrupt())
    try:
        session.run()
    except UserError:
        raise
    except Exception as error:
        traceback.print_exc()
        raise UserError(
            f"Training failed: {type(error).__name__}: {error}".rstrip(".") + ".", AGAIN
        ) from error
    finally:
        session.trainer.close()


def complain(error: UserError) -> None:
    """Tell of an error in the terminal."""
    sys.stderr.write(f"{error.sentence} {error.hint}".rstrip() + "\n")


def fail(out: Path, team: Team, error: UserError) -> None:
    """Tell of an error in the terminal and in ``run.json``."""
    complain(error)
    if not team.main:
        return
    try:
        before = runs.read_status(out) if runs.is_run(out) else RunInfo(out, started=time.time())
        failed = replace(before, state=RunState.FAILED, sentence=error.sentence, hint=error.hint, rate=0.0)
        runs.write(failed)
    except (OSError, UserError):
        sys.stderr.write(f"{out} cannot be written.\n")


if __name__ == "__main__":
    entry.start(main)
