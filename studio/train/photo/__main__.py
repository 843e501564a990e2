"""``python -m studio.train.photo RECIPE --data DIR --out DIR [--start FILE] [--resume]``."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the trainer has threads of its own

from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import load_file

from studio.model.errors import UserError
from studio.train import checkpoint, loop
from studio.train.photo import photographs, recipe, sheets, texture, trainer


def main(
    recipe_file: Path,
    data: Annotated[Path, typer.Option(help="Folder of the prepared photographs")],
    out: Annotated[Path, typer.Option(help="Folder for log, checkpoint and sheets")],
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUT")] = False,
    start: Annotated[Path | None, typer.Option(help="Weights file or checkpoint to start from")] = None,
    features: Annotated[
        Path | None, typer.Option(help="Texture network, where the recipe has a perceptual loss")
    ] = None,
    cpu_minutes: Annotated[float | None, typer.Option(help="Budget; the recipe's when left out")] = None,
    report_seconds: Annotated[float, typer.Option(help="Seconds between sheets")] = 90.0,
) -> None:
    """Train a photo model."""
    torch.set_flush_denormal(True)
    try:
        plan = recipe.read(recipe_file)
        if plan.train.perceptual and not features:
            raise UserError(
                "The recipe has a perceptual loss.", "Give --features, made by studio.train.photo.texture."
            )
        net = texture.load(features) if features else None
        budget = cpu_minutes or plan.train.cpu_minutes
        run = trainer.Trainer(plan, photographs.load(data), budget, net)
        if start:
            found = checkpoint.load(start)["ema"] if start.suffix == ".pt" else load_file(start)
            typer.echo(f"{trainer.start(run, found)} tensors taken over")
        if resume:
            run.restore(checkpoint.load(out / "state.pt"))
        samples = sheets.samples(plan, photographs.load(data, held_out=True))
    except (UserError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for record in loop.train(run, out, report_seconds):
        typer.echo(str(record))
        sheets.progress(run.ema, plan, samples, out / f"sheet-{run.images:07d}.png")
    run.close()


if __name__ == "__main__":
    typer.run(main)
