"""``python -m studio.train.video.gan RECIPE --data DIR --out DIR [--resume]``."""

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
from studio.train.photo import photographs as photos
from studio.train.video import clips as footage
from studio.train.video.gan import game, loops, recipe
from studio.train.video.gan.from_noise import FromNoise
from studio.train.video.gan.from_still import FromStill
from studio.train.video.gan.recipe import GanRecipe
from studio.train.video.gan.stock import Stock

SWAYING = ("tree",)  # the real clips whose motion goes to and fro


def game_of(plan: GanRecipe, data: Path, stills: Path | None, real: Path | None, minutes: float) -> game.Game:
    """The recipe's game with its training data.

    Raises:
        UserError: when data that the recipe needs is missing.
    """
    stock, settings = loops.load(data, prefixes=plan.figures), plan.train
    if plan.family == "video":
        return FromNoise(plan.network, settings, stock, minutes)
    if stills is None or real is None:
        raise UserError("Animating needs photographs and clips too.", "Name --photographs and --clips.")
    stretches = [stretch for stretch in footage.load(real) if stretch.clip in SWAYING]
    mixed = Stock(stock, photos.load(stills), stretches, settings.placed, settings.real)
    return FromStill(plan.network, settings, mixed, minutes)


def main(
    recipe_file: Path,
    data: Annotated[Path, typer.Option(help="Folder of the prepared loops")],
    out: Annotated[Path, typer.Option(help="Folder for log and checkpoint")],
    photographs: Annotated[Path | None, typer.Option(help="Folder of the prepared photographs")] = None,
    clips: Annotated[Path | None, typer.Option(help="Folder of the prepared clips")] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUT")] = False,
    cpu_minutes: Annotated[float | None, typer.Option(help="Budget; the recipe's when left out")] = None,
    threads: Annotated[int, typer.Option(help="Processor threads")] = 1,
    report_seconds: Annotated[float, typer.Option(help="Seconds between reports")] = 60.0,
) -> None:
    """Train a model that makes clips."""
    torch.set_flush_denormal(True)
    torch.set_num_threads(threads)
    try:
        plan = recipe.read(recipe_file)
        run = game_of(plan, data, photographs, clips, cpu_minutes or plan.train.cpu_minutes)
        if resume:
            run.restore(checkpoint.load(out / "state.pt"))
    except (UserError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for record in loop.train(run, out, report_seconds):
        typer.echo(str(record))


if __name__ == "__main__":
    typer.run(main)
