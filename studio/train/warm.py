"""A run's networks in half precision: small enough to keep, enough to go on from where the checkpoint is
gone.

The optimisers' moments are not in it, so training goes on from here, but not bit for bit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from studio.model.errors import UserError
from studio.train import checkpoint
from studio.train.export import halved
from studio.train.trainer import Trainer

NETWORKS = ("g", "d", "ema")


def keep(state: dict[str, Any], path: Path) -> None:
    """Write the networks of a checkpoint, and how much they have seen."""
    tensors = halved({f"{name}/{k}": v for name in NETWORKS for k, v in state[name].items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    counts = {key: str(state[key]) for key in ("steps", "images", "cpu_seconds")}
    save_file(tensors, temporary, {"format": "1", "family": "training", **counts})
    temporary.chmod(0o644)
    temporary.replace(path)


def start(trainer: Trainer, path: Path) -> None:
    """Put kept networks and counts into a fresh trainer; of a model, its generator alone, as far as it fits.

    Raises:
        UserError: when the file cannot be read or nothing in it fits.
    """
    try:
        with safe_open(path, "pt") as file:
            counts = file.metadata() or {}
        tensors = load_file(path)
        if counts.get("family") == "training":
            take_up(trainer, tensors, counts)
            return
    except (OSError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
        why = str(error).splitlines()[0]
        raise UserError(
            f"Training cannot start from “{path.name}”.", f"Another recipe may fit ({why})."
        ) from None
    if not begin_from(trainer, tensors):
        raise UserError(f"Nothing in “{path.name}” fits the recipe.", "Use a recipe with the same sizes.")


def take_up(trainer: Trainer, tensors: dict[str, Tensor], counts: dict[str, str]) -> None:
    """All three networks and how much they have seen."""
    for name in NETWORKS:
        part = {k.removeprefix(f"{name}/"): v for k, v in tensors.items() if k.startswith(f"{name}/")}
        getattr(trainer, name).load_state_dict(part)
    trainer.steps, trainer.images = int(counts["steps"]), int(counts["images"])
    trainer.cpu_seconds = float(counts["cpu_seconds"])


def begin_from(trainer: Trainer, tensors: dict[str, Tensor]) -> int:
    """Every tensor of a generator whose name and shape fit; returns how many did."""
    own = trainer.g.state_dict()
    fitting = {name: t for name, t in tensors.items() if name in own and own[name].shape == t.shape}
    for net in (trainer.g, trainer.ema):
        net.load_state_dict({**own, **fitting})
    return len(fitting)


def main(run: Path, out: Annotated[Path, typer.Argument(help="safetensors file to write")]) -> None:
    """Keep the networks of RUN's checkpoint."""
    keep(checkpoint.load(run / "state.pt"), out)


if __name__ == "__main__":
    typer.run(main)
