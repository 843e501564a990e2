"""From a finished run to shipped files: weights, a contact sheet and a card.

``python -m studio.train.video.publish RECIPE --run DIR --data DIR [--out DIR] [--every N]``
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor

from studio.train import checkpoint
from studio.train.photo.sheets import grid
from studio.train.video import clips, judge, recipe
from studio.train.video.export import DATA, LICENCE, save_weights
from studio.train.video.recipe import VideoRecipe

SIDE = 128
COLUMNS = ("first", "last", "left out", "blend", "network")

CARD = """\
# {title}

{use}

![{title}, contact sheet]({name}.png)

Held-out triplets, not picked: at even distances, each cropped where most moves. Columns: {columns}.

## What it takes and gives

Two frames and a moment between them, any size; the frame at that moment. The generator `interpolate` uses it.
{millions:.2f} million parameters, half precision.

## Data

- {data}; `python -m studio.train.fetch clips` and `python -m studio.train.fetch photographs`
- licence: {licence}
- held out: the whole carphone clip, the last fifth of the street, the last two shots of the traffic

## Training

- `python -m studio.train.video plugins/interpolate/recipes/{name}.toml --data CLIPS
  --photographs PHOTOGRAPHS --out RUN`
- {images:,} triplets of {side} x {side} pixels in {minutes:.0f} processor minutes (one of two busy cores);
  seed {seed}
- made-up scenes with known motion at first, half of every batch real frames at the end
- to go on: the same command with `--resume --cpu-minutes N`

## Measurements

Every frame in {every} of the held-out clips is left out and made from its two neighbours. PSNR in dB over
RGB, 8 bits; SSIM of brightness. *DIS flow* moves both neighbours half-way along OpenCV's DIS flow (medium
preset) and averages them.

| clip | frames | {heads} |
|---|---|{rules}
{rows}

Made again by `python -m studio.train.video.judge {name}.safetensors --data CLIPS`.

## Known failures

{failures}
"""


def card(plan: VideoRecipe, state: dict[str, Any], scores: dict[str, Any], every: int, count: int) -> str:
    """The card, in Markdown."""
    names = list(next(iter(scores.values())))
    rows = [
        f"| {clip} | {by['network']['frames']} | "
        + " | ".join(f"{by[name]['psnr']:.2f} / {by[name]['ssim']:.4f}" for name in names)
        + " |"
        for clip, by in scores.items()
    ]
    return CARD.format(
        name=plan.name, title=plan.title, use=plan.card.use, columns=", ".join(COLUMNS), millions=count / 1e6,
        data=DATA, licence=LICENCE, images=state["images"], side=plan.train.crop,
        minutes=state["cpu_seconds"] / 60, seed=plan.train.seed, every=every, heads=" | ".join(names),
        rules="---|" * len(names), rows="\n".join(rows),
        failures="\n".join(f"- {line}" for line in plan.card.failures),
    )  # fmt: skip


def sheet(weights: Path, data: Path, path: Path, rows: int = 8) -> None:
    """Rows of held-out triplets, cropped where most moves."""
    ways = judge.methods(judge.network(weights))
    found = list(judge.triplets(clips.load(data, held_out=True), 24))
    some = [found[i * (len(found) - 1) // (rows - 1)][1] for i in range(rows)]
    columns: list[list[Tensor]] = [[] for _ in COLUMNS]
    for first, real, last in some:
        made = (first, last, real, ways["blend"](first, last), ways["network"](first, last))
        top, left = liveliest(first, last)
        for column, x in zip(columns, made, strict=True):
            column.append(x[0, :, top : top + SIDE, left : left + SIDE])
    grid([torch.stack(column) for column in columns]).save(path)


def liveliest(first: Tensor, last: Tensor) -> tuple[int, int]:
    """The corner of the square in which two frames differ most."""
    change = (last - first).abs().mean(1, keepdim=True)
    around = torch.nn.functional.avg_pool2d(change, SIDE, 16)[0, 0]
    row, column = divmod(int(around.argmax()), around.shape[1])
    return row * 16, column * 16


def main(
    recipe_file: Path,
    run: Annotated[Path, typer.Option(help="Folder of the training run")],
    data: Annotated[Path, typer.Option(help="Folder of the prepared clips")],
    out: Annotated[Path, typer.Option(help="Where the files go")] = Path("resources/models"),
    every: Annotated[int, typer.Option(help="Frames from one measurement to the next")] = 4,
) -> None:
    """Write the shipped files of a finished run."""
    plan, state = recipe.read(recipe_file), checkpoint.load(run / "state.pt")
    weights = out / f"{plan.name}.safetensors"
    save_weights(weights, plan, state["ema"])
    sheet(weights, data, out / f"{plan.name}.png")
    scores = judge.judge(weights, data, every)
    count = sum(value.numel() for value in state["ema"].values())
    (out / f"{plan.name}.md").write_text(card(plan, state, scores, every, count), "utf-8")


if __name__ == "__main__":
    typer.run(main)
