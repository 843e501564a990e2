"""From a finished run to shipped files.

``python -m studio.train.photo.publish RECIPE --data DIR --run DIR [--scores FILE] [--out DIR]`` writes
``NAME.safetensors`` (half precision, with a header that says what it is), the contact sheet ``NAME.png`` and
the card ``NAME.md``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from safetensors.torch import save_file
from torch import nn

from studio.train import checkpoint
from studio.train.fetch import manifest
from studio.train.photo import card, photographs, recipe, sheets, tasks


def metadata(plan: recipe.PhotoRecipe, about: dict[str, Any]) -> dict[str, str]:
    """The header of the weights file."""
    found = {"family": tasks.FAMILIES[plan.task][0], "format": "1", "name": plan.name, "title": plan.title}
    found |= {"licence": about["licence"], "data": about["title"], "config": json.dumps(plan.network)}
    found["task"] = plan.task
    if plan.task == "upscale":
        found |= {"scale": str(plan.network["scale"]), "variant": plan.name.rsplit("-", 1)[-1]}
    return found


def save(path: Path, net: nn.Module, meta: dict[str, str]) -> None:
    """Write weights and header to a temporary file and rename it into place.

    Raises:
        ValueError: when a weight is not finite in half precision.
    """
    tensors = {name: value.half().contiguous() for name, value in net.state_dict().items()}
    if broken := [name for name, value in tensors.items() if not value.isfinite().all()]:
        raise ValueError(f"not finite in half precision: {', '.join(broken)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    save_file(tensors, temporary, meta)
    temporary.chmod(0o644)
    temporary.replace(path)


def publish(
    plan: recipe.PhotoRecipe, folder: Path, state: dict[str, Any], out: Path, scores: dict[str, Any] | None
) -> None:
    """Write weights, contact sheet and card of a run."""
    net = tasks.build(plan)
    net.load_state_dict(state["ema"])
    about = manifest()["data"][plan.data]
    save(out / f"{plan.name}.safetensors", net.eval().requires_grad_(False), metadata(plan, about))
    pictures = photographs.load(folder, held_out=True)
    sheets.contact(net, plan, pictures, out / f"{plan.name}.png")
    count = len(photographs.load(folder))
    text = card.card(plan, about, net, state, scores, (count, len(pictures)))
    (out / f"{plan.name}.md").write_text(text, "utf-8")


def main(
    recipe_file: Path,
    data: Annotated[Path, typer.Option(help="Folder of the prepared photographs")],
    run: Annotated[Path, typer.Option(help="Folder of the training run")],
    out: Annotated[Path, typer.Option(help="Where the files go")] = Path("resources/models"),
    scores: Annotated[Path | None, typer.Option(help="JSON file of measurements for the card")] = None,
) -> None:
    """Write the shipped files of a finished run."""
    torch.set_flush_denormal(True)
    measured = json.loads(scores.read_text("utf-8")) if scores else None
    publish(recipe.read(recipe_file), data, checkpoint.load(run / "state.pt"), out, measured)


if __name__ == "__main__":
    typer.run(main)
