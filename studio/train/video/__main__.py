"""``python -m studio.train.video RECIPE --data DIR --photographs DIR --out DIR [--resume]``."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

from pathlib import Path
from typing import Annotated

import torch
import typer

from studio.model.errors import UserError
from studio.train import checkpoint, loop
from studio.train.photo import photographs
from studio.train.video import clips, recipe, trainer
from studio.train.video.interpolation import Interpolation
from studio.train.video.prediction import LONGEST, Prediction
from studio.train.video.recipe import VideoRecipe


def task_of(plan: VideoRecipe, data: Path, stills: Path) -> trainer.Task:
    """The recipe's task with its training data. Textures are larger than the crops: they move."""
    size = plan.train.crop
    stretches = clips.load(data)
    textures = photographs.Crops(photographs.load(stills), size * 3 // 2, plan.train.seed)
    if plan.task == "predict":
        long = [s for s in stretches if len(s.frames) > LONGEST]
        return Prediction(plan, clips.Sequences(long, size), textures)
    return Interpolation(plan, clips.Sequences(stretches, size), textures)


def main(
    recipe_file: Path,
    data: Annotated[Path, typer.Option(help="Folder of the prepared clips")],
    photographs: Annotated[Path, typer.Option(help="Folder of the prepared photographs")],
    out: Annotated[Path, typer.Option(help="Folder for log and checkpoint")],
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUT")] = False,
    cpu_minutes: Annotated[float | None, typer.Option(help="Budget; the recipe's when left out")] = None,
    threads: Annotated[int, typer.Option(help="Processor threads")] = 1,
    report_seconds: Annotated[float, typer.Option(help="Seconds between reports")] = 60.0,
) -> None:
    """Train a video model."""
    torch.set_flush_denormal(True)
    torch.set_num_threads(threads)
    try:
        plan = recipe.read(recipe_file)
        made = task_of(plan, data, photographs)
        run = trainer.Trainer(made, plan.train, cpu_minutes or plan.train.cpu_minutes)
        if resume:
            run.restore(checkpoint.load(out / "state.pt"))
    except (UserError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for record in loop.train(run, out, report_seconds):
        typer.echo(str(record))


if __name__ == "__main__":
    typer.run(main)
