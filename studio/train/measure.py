"""Measure a run beside its baseline: ``python -m studio.train.measure RECIPE BASELINE --data DIR --run DIR
... --out JSON``.

Where the two runs had different processor time, the style run's snapshot nearest to the baseline's time is
measured
as well, so that equal stands beside equal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from studio.engine import recipe
from studio.train import checkpoint, datasets, evaluate, sheets
from studio.train.publish import trained


def generators(
    plan: recipe.Recipe, run: Path, baseline: recipe.Recipe, baseline_run: Path, data: datasets.PictureSet
) -> dict[str, tuple[Any, dict[str, Any]]]:
    """Label -> generator and how it was trained: the shipped one, its snapshots, and the baseline."""
    final, rival = checkpoint.load(run / "state.pt"), checkpoint.load(baseline_run / "state.pt")
    found = {"style": (trained(plan, data, final["ema"])[0], facts(final))}
    for minutes in plan.train.snapshot_minutes:
        path = run / f"snapshot-{minutes:g}.pt"
        if path.is_file():
            found[f"style at {minutes:g} min"] = (
                trained(plan, data, checkpoint.load(path))[0],
                {"cpu_minutes": minutes},
            )
    found["DCGAN"] = (trained(baseline, data, rival["ema"])[0], facts(rival))
    return found


def facts(state: dict[str, Any]) -> dict[str, Any]:
    """Images seen and processor minutes spent at a checkpoint."""
    return {"images": state["images"], "cpu_minutes": round(state["cpu_seconds"] / 60, 1)}


def main(
    recipe_file: Path,
    baseline_file: Path,
    data: Annotated[Path, typer.Option(help="Folder of the prepared data set")],
    run: Annotated[Path, typer.Option(help="Folder of the run")],
    baseline_run: Annotated[Path, typer.Option(help="Folder of the baseline's run")],
    out: Annotated[Path, typer.Option(help="JSON file to write")],
    images: Annotated[Path, typer.Option(help="Where the baseline's sheet goes")] = Path("docs/images"),
    feature_images: Annotated[int, typer.Option(help="Pictures each classifier is trained on")] = 60_000,
    draws: Annotated[int, typer.Option(help="Sets of samples to average over")] = 3,
) -> None:
    """Measure a style run, its snapshots and its baseline against held-out pictures."""
    torch.set_flush_denormal(True)
    plan, rival = recipe.read(recipe_file), recipe.read(baseline_file)
    training, held_out = datasets.load(data), datasets.load(data, held_out=True)
    nets = evaluate.networks(training, feature_images, plan.train.flip, data / "features.pt")
    judge = evaluate.judge(training, held_out, nets)
    result: dict[str, Any] = {"size": judge.size, "draws": draws, "models": {}}
    for name, (net, about) in generators(plan, run, rival, baseline_run, training).items():
        parameters = sum(p.numel() for p in net.parameters())
        result["models"][name] = {**about, "parameters": parameters, **evaluate.score(judge, net, draws)}
        typer.echo(f"{name} {result['models'][name]}")
    result["floor"] = evaluate.floor(judge, draws)
    result["baseline"] = rival.name
    sheets.progress_sheet(net, training, images / f"{rival.name}.png", plan.card.columns)
    out.write_text(json.dumps(result, indent=1), "utf-8")


if __name__ == "__main__":
    typer.run(main)
