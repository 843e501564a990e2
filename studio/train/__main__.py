"""``python -m studio.train RECIPE --data DIR --out DIR [--resume] [--cpu-minutes N]``."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the trainer has threads of its own

from pathlib import Path
from typing import Annotated

import torch
import typer

from studio.engine import recipe
from studio.model.errors import UserError
from studio.train import checkpoint, datasets, sheets, trainer, warm


def main(
    recipe_file: Path,
    data: Annotated[Path, typer.Option(help="Folder of the prepared data set")],
    out: Annotated[Path, typer.Option(help="Folder for log, checkpoint and sheets")],
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUT")] = False,
    start: Annotated[
        Path | None, typer.Option(help="Networks to start from, as studio.train.warm keeps them")
    ] = None,
    cpu_minutes: Annotated[float | None, typer.Option(help="Budget; the recipe's when left out")] = None,
    report_seconds: Annotated[float, typer.Option(help="Seconds between sheets")] = 150.0,
) -> None:
    """Train the model of a recipe."""
    torch.set_flush_denormal(True)
    try:
        plan = recipe.read(recipe_file)
        run = trainer.Trainer(plan, datasets.load(data))
        if start:
            warm.start(run, start)
        if resume:
            run.restore(checkpoint.load(out / "state.pt"))
    except (UserError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for record in trainer.train(run, out, cpu_minutes or plan.train.cpu_minutes, report_seconds):
        typer.echo(str(record))
        sheets.progress_sheet(run.ema, run.data, out / f"sheet-{record['images']:07d}.png")
    run.close()


if __name__ == "__main__":
    typer.run(main)
