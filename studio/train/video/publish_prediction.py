"""From a finished run of the predictor to shipped files: weights, a contact sheet and a card.

``python -m studio.train.video.publish_prediction RECIPE --run DIR --data DIR [--out DIR] [--every N]
[--beside WEIGHTS]``
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor

from studio.train import checkpoint
from studio.train.photo.sheets import grid
from studio.train.video import clips, judge_prediction, recipe
from studio.train.video.export import DATA, LICENCE, save_weights
from studio.train.video.judge_prediction import AHEAD, MEASURES
from studio.train.video.publish import SIDE, liveliest
from studio.train.video.recipe import VideoRecipe

SHOWN = (1, 4, 8)

CARD = """\
# {title}

{use}

![{title}, contact sheet]({name}.png)

Held-out excerpts, not picked: at even distances, each cropped where most moves. For each of {shown}
frames ahead: {columns}. The first column is the last frame that was given.

## What it takes and gives

The last three frames of a clip (two will do), any size; frame after frame what comes next. The generator
`predict` uses it. {millions:.2f} million parameters, half precision.

## Data

- {data}; `python -m studio.train.fetch clips` and `python -m studio.train.fetch photographs`
- licence: {licence}
- held out: the whole carphone clip, the last fifth of the street, the last two shots of the traffic

## Training

- `python -m studio.train.video plugins/predict/recipes/{name}.toml --data CLIPS
  --photographs PHOTOGRAPHS --out RUN`
- {images:,} excerpts of {side} x {side} pixels, up to {ahead} frames ahead, in {minutes:.1f}
  processor minutes (one of two busy cores); seed {seed}
- {versus}
- to go on: the same command with `--resume --cpu-minutes N`

## Measurements

{excerpts} excerpts of the held-out clips ({every} frames from one to the next; the three clips count alike),
whole frames, 1 to {last} frames ahead. *motion alone* is the course that is measured in the given frames
(`studio/nets/flow.py`), not corrected by a trained network; *copy* repeats the last given frame; *DIS flow*
moves it on along OpenCV's DIS flow (medium preset), which is carried along with what moves. Sharpness is
Mathieu, Couprie and LeCun's (2015), in dB; what moves is where the true clip's flow exceeds {moves} pixels a
frame.

{tables}

Made again by `python -m studio.train.video.judge_prediction {files} --data CLIPS --every {every}`.

## Known failures

{failures}
"""

TITLES = {
    "psnr": "PSNR, dB (RGB, 8 bits)",
    "ssim": "SSIM (brightness)",
    "sharpness": "Sharpness, dB",
    "psnr where it moves": "PSNR where something moves, dB",
}


def table(measure: str, methods: dict[str, Any]) -> str:
    """One measure of all methods, a column for each frame ahead."""
    digits = 4 if measure == "ssim" else 2
    head = f"| {TITLES[measure]} | " + " | ".join(str(i + 1) for i in range(AHEAD)) + " |"
    rows = [
        f"| {name} | " + " | ".join(f"{value:.{digits}f}" for value in by[measure]) + " |"
        for name, by in methods.items()
    ]
    return "\n".join([head, "|---|" + "---|" * AHEAD, *rows])


def card(
    plan: VideoRecipe, state: dict[str, Any], scores: dict[str, Any], every: int, files: list[str]
) -> str:
    """The card, in Markdown."""
    train = plan.train
    return CARD.format(
        name=plan.name, title=plan.title, use=plan.card.use, data=DATA, licence=LICENCE, last=AHEAD,
        shown=", ".join(map(str, SHOWN)), columns=", ".join(["truth", *pictured(plan)]),
        millions=sum(value.numel() for value in state["ema"].values()) / 1e6,
        images=state["images"], side=train.crop, ahead=train.ahead, minutes=state["cpu_seconds"] / 60,
        seed=train.seed, versus=training_of(plan), excerpts=sum(scores["excerpts"].values()), every=every,
        moves=judge_prediction.MOVES, files=" ".join(files),
        tables="\n\n".join(table(measure, scores["methods"]) for measure in MEASURES),
        failures="\n".join(f"- {line}" for line in plan.card.failures),
    )  # fmt: skip


def pictured(plan: VideoRecipe) -> list[str]:
    """The ways on the contact sheet."""
    return [plan.name, "copy", *(["DIS flow"] if find_spec("cv2") else [])]


def training_of(plan: VideoRecipe) -> str:
    """What it was trained by."""
    parts = "absolute error, gradient difference at three scales and, in made-up scenes, the known motion"
    if plan.train.versus is None:
        return parts
    began = Path(plan.train.begin).name
    return f"{parts}; {plan.train.versus.scales} critics, one for each scale; went on from `{began}`"


def sheet(ways: dict[str, judge_prediction.Method], data: Path, path: Path, rows: int = 6) -> None:
    """Rows of held-out excerpts where most moves: last given, then truth and methods, 1, 4, 8 ahead."""
    found = list(judge_prediction.excerpts(clips.load(data, held_out=True), 24))
    columns: list[list[Tensor]] = [[] for _ in range(1 + len(SHOWN) * (1 + len(ways)))]
    for i in range(rows):
        _, context, after = found[i * (len(found) - 1) // (rows - 1)]
        made = [after, *(way(context) for way in ways.values())]
        frames = [context[-1], *(method[k - 1] for k in SHOWN for method in made)]
        top, left = liveliest(context[-1], after[-1])
        for column, x in zip(columns, frames, strict=True):
            column.append(x[0, :, top : top + SIDE, left : left + SIDE])
    grid([torch.stack(column) for column in columns]).quantize(256).save(path, optimize=True)


def main(
    recipe_file: Path,
    run: Annotated[Path, typer.Option(help="Folder of the training run")],
    data: Annotated[Path, typer.Option(help="Folder of the prepared clips")],
    out: Annotated[Path, typer.Option(help="Where the files go")] = Path("resources/models"),
    every: Annotated[int, typer.Option(help="Frames from one measurement to the next")] = 12,
    beside: Annotated[list[Path] | None, typer.Option(help="Weights to measure as well")] = None,
) -> None:
    """Write the shipped files of a finished run."""
    plan, state = recipe.read(recipe_file), checkpoint.load(run / "state.pt")
    weights = out / f"{plan.name}.safetensors"
    save_weights(weights, plan, state["ema"])
    ways = judge_prediction.methods([weights, *(beside or [])])
    sheet({name: ways[name] for name in pictured(plan)}, data, out / f"{plan.name}.png")
    scores = judge_prediction.judge(ways, data, every)
    files = [path.name for path in (weights, *(beside or []))]
    (out / f"{plan.name}.md").write_text(card(plan, state, scores, every, files), "utf-8")


if __name__ == "__main__":
    typer.run(main)
