"""From a finished run to shipped files: weights, a contact sheet and a card.

``python -m studio.train.video.gan.publish RECIPE --run DIR --data DIR --eye FILE [--photographs DIR]``
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from studio.nets.animate import Animator
from studio.nets.video import VideoGenerator
from studio.train import checkpoint
from studio.train.photo import photographs as photos
from studio.train.settle import measured_anew
from studio.train.video.export import write
from studio.train.video.gan import compare, loops, motion_features, recipe, sheets
from studio.train.video.gan.recipe import GanRecipe

LICENCES = {
    "video": "weights MIT; trained on Fluent Emoji (MIT, copyright Microsoft Corporation)",
    "animate": "weights MIT; trained on Fluent Emoji (MIT, copyright Microsoft Corporation), a clip of "
    "opencv-doc (Apache-2.0) and photographs under GPL-2.0-or-later, CC-BY and CC-BY-SA",
}
DATA = {
    "video": "Animated portraits of Fluent Emoji",
    "animate": "Animated Fluent Emoji, also in front of photographs, and leaves in the wind",
}
FETCHED = {"video": ("loops",), "animate": ("loops", "photographs", "clips")}
EXACT = 100  # dB: no pixel differs
MADE = 192  # clips that are measured
COLUMNS = {
    "video": {
        "fvd": "Fréchet distance to training clips", "fvd_held": "to held-out clips",
        "energy": "motion energy", "copies": "copies",
    },
    "animate": {
        "first": "first frame, dB", "psnr": "all frames, dB", "best": "best of 4 seeds, dB",
        "fvd": "Fréchet distance", "energy": "motion energy", "background": "background",
        "variety": "variety",
    },
}  # fmt: skip

CARD = """\
# {title}

{use}

![{title}, contact sheet]({name}.png)

{sheet}

## What it takes and gives

{gives}
{millions:.2f} million parameters, half precision.

## Data

- {data}; {fetched}
- licence: {licence}
- held out: a sixth of the figures, by checksum of their code points; all skin colours of a figure are on one
  side. {counts}

## Training

- `python -m studio.train.video.gan plugins/video/recipes/{name}.toml {options}
  --out RUN`
- {clips:,} clips of 16 frames of {side} x {side} pixels in {minutes:.0f} processor minutes (one of two busy
  cores); seed {seed}
- to go on: the same command with `--resume --cpu-minutes N`

## Measurements

{explained}

| | {heads} |
|---|{rules}
{rows}

{notes}Made again by `python -m studio.train.video.gan.publish`, after
`python -m studio.train.video.gan.motion_features --data LOOPS --out EYE`.

## Known failures

{failures}
"""


def header(plan: GanRecipe) -> dict[str, str]:
    """What the weights file says of itself."""
    told = {
        "name": plan.name,
        "title": plan.title,
        "licence": LICENCES[plan.family],
        "data": DATA[plan.family],
    }
    return {"family": plan.family, "format": "1", **told, "config": json.dumps(plan.network)}


def table(columns: dict[str, str], rows: dict[str, compare.Row]) -> dict[str, str]:
    """The measurements in Markdown."""

    def cell(name: str, value: float | None) -> str:
        if value is None:
            return ""
        if name in ("first", "psnr", "best") and value > EXACT:
            return "exact"
        return f"{value:.0%}" if name == "copies" else f"{value:.2f}"

    lines = [
        f"| {way} | " + " | ".join(cell(c, row.get(c)) for c in columns) + " |" for way, row in rows.items()
    ]
    return {"heads": " | ".join(columns.values()), "rules": "---|" * len(columns), "rows": "\n".join(lines)}


def card(plan: GanRecipe, state: dict[str, Any], rows: dict[str, compare.Row], counts: str) -> str:
    """The card, in Markdown."""
    told = plan.card
    needed = FETCHED[plan.family]
    options = " ".join(f"--{'data' if name == 'loops' else name} {name.upper()}" for name in needed)
    return CARD.format(
        title=plan.title, name=plan.name, use=told.use, sheet=told.sheet, gives=told.gives,
        millions=sum(value.numel() for value in state["ema"].values()) / 1e6,
        data=DATA[plan.family], licence=LICENCES[plan.family], counts=counts,
        fetched=f"`python -m studio.train.fetch NAME` for {', '.join(needed)}",
        options=options, clips=state["steps"] * plan.train.batch, minutes=state["cpu_seconds"] / 60,
        seed=plan.train.seed, side=plan.side, explained=told.explained, notes=notes(rows),
        failures="\n".join(f"- {line}" for line in told.failures), **table(COLUMNS[plan.family], rows),
    )  # fmt: skip


def notes(rows: dict[str, compare.Row]) -> str:
    """What is measured of the network alone."""
    network = rows["network"]
    if network.get("mask") is None:
        return ""
    return (
        f"The mask lets the moving stream through at {network['mask']:.0%} of the pixels; where it is "
        f"closed, a clip deviates from its first frame by {network['background']:.2f} levels.\n\n"
    )


def settle(plan: GanRecipe, state: dict[str, Any], clips: int = 256, batch: int = 32) -> None:
    """Give the averaged weights the batch statistics of clips of their own."""
    net = VideoGenerator(**plan.network)
    net.load_state_dict(state["ema"])
    rng = torch.Generator().manual_seed(1)
    noise = torch.randn(clips, net.z_dim + net.motion_dim, generator=rng)
    state["ema"] = measured_anew(net, (partial(net, part) for part in noise.split(batch))).state_dict()


def main(
    recipe_file: Path,
    run: Annotated[Path, typer.Option(help="Folder of the training run")],
    data: Annotated[Path, typer.Option(help="Folder of the prepared loops")],
    eye: Annotated[Path, typer.Option(help="The network that clips are compared by")],
    photographs: Annotated[Path | None, typer.Option(help="Folder of the prepared photographs")] = None,
    out: Annotated[Path, typer.Option(help="Where the files go")] = Path("resources/models"),
) -> None:
    """Write the shipped files of a finished run."""
    torch.set_num_threads(1)
    plan, state = recipe.read(recipe_file), checkpoint.load(run / "state.pt")
    weights, sheet = out / f"{plan.name}.safetensors", out / f"{plan.name}.png"
    if plan.family == "video":
        settle(plan, state)
    write(weights, state["ema"], header(plan))
    train = loops.load(data, prefixes=plan.figures)
    kept = loops.load(data, held=True, prefixes=plan.figures)
    look = motion_features.read(eye)
    if plan.family == "video":
        video = compare.network(weights, VideoGenerator)
        sheets.video_sheet(video, sheet)
        rows = compare.judge_video(video, look, train, kept, MADE)
    else:
        stills = photos.load(photographs, held_out=True) if photographs else []
        animator = compare.network(weights, Animator)
        sheets.animate_sheet(animator, kept, stills, sheet)
        rows = compare.judge_animate(animator, look, kept, stills)
    counts = f"{len(train)} loops are trained on, {len(kept)} are held out."
    (out / f"{plan.name}.md").write_text(card(plan, state, rows, counts), "utf-8")
    typer.echo(json.dumps(rows, indent=1))


if __name__ == "__main__":
    typer.run(main)
