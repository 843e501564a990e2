"""From a finished run to shipped files: ``python -m studio.train.publish RECIPE --data DIR --run DIR --out
DIR``.

Writes ``NAME.safetensors``, the contact sheet ``NAME.png`` and the card ``NAME.md``, with the
measurements of ``studio.train.measure`` where ``--scores`` names them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from studio.engine import recipe
from studio.nets.style import Generator
from studio.train import checkpoint, datasets, sheets
from studio.train.card import card
from studio.train.export import measure_styles, metadata, save_generator
from studio.train.families import BaselineFamily, StyleFamily, build
from studio.train.fetch import manifest
from studio.train.settle import settle
from studio.train.showcase import showcase


def trained(
    plan: recipe.Recipe, data: datasets.PictureSet, weights: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The averaged generator of a run and its constructor arguments."""
    family = build(plan, data)
    family.generator.load_state_dict(weights)
    assert isinstance(family, StyleFamily | BaselineFamily)
    return settle(family.generator, data).requires_grad_(False), family.config


def publish(
    plan: recipe.Recipe,
    data: datasets.PictureSet,
    state: dict[str, Any],
    out: Path,
    scores: dict[str, Any] | None,
) -> Generator:
    """Write weights, contact sheet and card of a style model; returns its generator."""
    net, config = trained(plan, data, state["ema"])
    measure_styles(net, data)
    about = manifest()["data"][plan.data]
    texts = {"name": plan.name, "title": plan.title, "licence": about["licence"], "data": about["title"]}
    save_generator(out / f"{plan.name}.safetensors", net, metadata(config, data, **texts))
    labels = sheets.rows_by_value(data, plan.card.columns)
    pictures = sheets.sample(net, labels, 0, plan.card.truncation)
    sheet = sheets.tile(sheets.show(pictures, data.channels), plan.card.columns)
    sheets.small(sheet, out / f"{plan.name}.png")
    (out / f"{plan.name}.md").write_text(card(plan, about, data, net, state, scores), "utf-8")
    return net


def main(
    recipe_file: Path,
    data: Annotated[Path, typer.Option(help="Folder of the prepared data set")],
    run: Annotated[Path, typer.Option(help="Folder of the training run")],
    out: Annotated[Path, typer.Option(help="Where the files go")] = Path("resources/models"),
    images: Annotated[Path, typer.Option(help="Where the showcase picture goes")] = Path("docs/images"),
    scores: Annotated[Path | None, typer.Option(help="JSON file of measurements for the card")] = None,
) -> None:
    """Write the shipped files of a finished run."""
    torch.set_flush_denormal(True)
    measured = json.loads(scores.read_text("utf-8")) if scores else None
    plan, pictures = recipe.read(recipe_file), datasets.load(data)
    net = publish(plan, pictures, checkpoint.load(run / "state.pt"), out, measured)
    showcase(net, pictures, images, plan.name, plan.card.truncation)


if __name__ == "__main__":
    typer.run(main)
