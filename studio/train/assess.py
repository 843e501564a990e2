"""``studio eval RUN --data DIR [--json]``: how far its pictures are from real ones, and if it copies.

Pictures are compared in the features of a small network trained on the folder itself: a classifier where it
has labels, a contrastive network where it has none. The network is kept beside the run and named in the
result; numbers of different networks cannot be compared.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from studio.engine import recipe, runs
from studio.engine.recipe import Recipe
from studio.model.errors import UserError
from studio.nets.pictures import network
from studio.train import checkpoint, entry, metrics
from studio.train.contrast import fit_contrast
from studio.train.datasets import PictureSet
from studio.train.families import build
from studio.train.features import FeatureNet, embed, fit, new
from studio.train.pictures import in_memory, open_data
from studio.train.settle import settle
from studio.train.sheets import sample, show, tile

MOST = 5_000
FEWEST = 10
VIEWS = 12_000
SEED = 100


@dataclass(frozen=True)
class Yardstick:
    """Real pictures and the network that looks at them."""

    net: FeatureNet
    name: str
    training: PictureSet
    reference: PictureSet
    held_out: bool


def drawer(folder: Path, plan: Recipe, data: PictureSet) -> nn.Module:
    """The averaged generator of a run. UserError when it has none yet."""
    path = folder / runs.MODEL
    try:
        if path.is_file():
            with safe_open(path, "pt") as file:
                net = network(**json.loads(file.metadata()["config"]))
                net.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
            return net.eval().requires_grad_(False)
        net = build(plan, data).generator
        net.load_state_dict(checkpoint.load(folder / runs.STATE)["ema"])
        return settle(net, data).requires_grad_(False)
    except (OSError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
        why = str(error).splitlines()[0]
        raise UserError(
            f"“{folder.name}” has no generator to measure.", f"Train it longer ({why})."
        ) from None


def yardstick(folder: Path, plan: Recipe, data: Path, views: int) -> Yardstick:
    """Real pictures, held-out ones where the recipe keeps some back, and a feature network, new or kept."""
    training = in_memory(open_data(data, plan.pictures), MOST)
    apart = plan.pictures.hold_out > 0 if plan.pictures else True
    reference = in_memory(open_data(data, plan.pictures, held_out=True), MOST) if apart else training
    if min(len(training), len(reference)) < FEWEST:
        raise UserError("There are too few pictures to measure with.", f"At least {FEWEST} are needed.")
    mark = hashlib.sha256(training.images.tobytes() + str(views).encode()).hexdigest()[:12]
    labelled = bool(training.conditions)
    kept = folder / f"features-{mark}.pt"
    if kept.is_file():
        net = new(training) if labelled else FeatureNet(len(training.channels), [])
        net.load_state_dict(checkpoint.load(kept)["net"])
        net = net.eval().requires_grad_(False)
    else:
        net = fit(training, views, SEED, False) if labelled else fit_contrast(training, views, SEED)
        checkpoint.save(kept, {"net": net.state_dict()})
    kind = "classifier of its labels" if labelled else "contrastive network"
    name = f"{kind}, 64 features, {views:,} views of “{data.name}”, {mark}"
    return Yardstick(net, name, training, reference, apart)


def measure(net: nn.Module, ruler: Yardstick, count: int, draws: int) -> dict[str, Any]:
    """Every metric of a generator, mean of ``draws`` sets of ``count`` pictures."""
    real, known = (embed(ruler.net, part.pictures(slice(None))) for part in (ruler.reference, ruler.training))
    rows, near = [], []
    for seed in range(draws):
        fake = embed(ruler.net, sample(net, wanted(ruler, count, seed), 1000 + seed).clamp(-1, 1))
        rows.append(asdict(metrics.compare(fake, real, known)))
        near.append(metrics.crowding(fake, known))
    found = {key: sum(row[key] for row in rows) / draws for key in rows[0]} | {"crowding": sum(near) / draws}
    return found if ruler.held_out else {**found, "copies": None}


def wanted(ruler: Yardstick, count: int, seed: int) -> Tensor:
    """Labels of reference pictures, each as often as the others."""
    rng = torch.Generator().manual_seed(seed)
    passes = -(-count // len(ruler.reference))
    rows = torch.cat([torch.randperm(len(ruler.reference), generator=rng) for _ in range(passes)])[:count]
    return torch.from_numpy(ruler.reference.labels[rows.numpy()])


def floor(ruler: Yardstick) -> dict[str, float]:
    """The same for real pictures: training against held-out ones, or one half against the other."""
    known = embed(ruler.net, ruler.training.pictures(slice(None)))
    if ruler.held_out:
        fake, real = known[:MOST], embed(ruler.net, ruler.reference.pictures(slice(None)))
    else:
        order = torch.randperm(len(known), generator=torch.Generator().manual_seed(0))
        fake, real = known[order[: len(known) // 2]], known[order[len(known) // 2 :]]
    found = asdict(metrics.compare(fake, real, known))
    del found["copies"]
    return found


def neighbours(net: nn.Module, ruler: Yardstick, path: Path, columns: int = 8, nearest: int = 3) -> None:
    """A sheet: made pictures in the first row, the training pictures nearest to each below."""
    made = sample(net, wanted(ruler, columns, 0), 2000).clamp(-1, 1)
    known = embed(ruler.net, ruler.training.pictures(slice(None)))
    order = torch.cdist(embed(ruler.net, made), known).topk(min(nearest, len(known)), largest=False).indices
    rows = [show(made, ruler.training.channels)]
    for column in order.t():
        rows.append(show(ruler.training.pictures(column.numpy()), ruler.training.channels))
    tile(np.concatenate(rows), columns).save(path)


class Live:
    """A few metrics of a generator that is still learning, cheap enough for every checkpoint."""

    def __init__(self, ruler: Yardstick, count: int = 256) -> None:
        self.ruler, self.count = ruler, min(count, 4 * len(ruler.reference))
        self.real = embed(ruler.net, ruler.reference.pictures(slice(None)))
        self.known = embed(ruler.net, ruler.training.pictures(slice(None)))

    def __call__(self, net: nn.Module) -> dict[str, float]:
        """Kernel distance, density and coverage against the reference, crowding of the training pictures."""
        made = sample(net, wanted(self.ruler, self.count, 0), 1000).clamp(-1, 1).cpu()
        fake = embed(self.ruler.net, made)
        density, coverage = metrics.density_coverage(self.real, fake)
        found = {"kernel": metrics.kernel_distance(fake, self.real), "density": density, "coverage": coverage}
        found["crowding"] = metrics.crowding(fake, self.known)
        return {name: round(value, 5) for name, value in found.items()}


def assess(folder: Path, data: Path, count: int, draws: int, views: int) -> dict[str, Any]:
    """Measure a run; see ``main``."""
    plan = recipe.read(folder / runs.RECIPE)
    ruler = yardstick(folder, plan, data, views)
    net = drawer(folder, plan, ruler.training)
    neighbours(net, ruler, folder / "neighbours.png")
    info = runs.read(folder)
    return {
        "run": str(folder),
        "images": info.images,
        "cpu_minutes": info.cpu_minutes,
        "features": ruler.name,
        "reference": "held-out pictures" if ruler.held_out else "training pictures: nothing was held out",
        "real": len(ruler.reference),
        "made": count,
        "draws": draws,
        **measure(net, ruler, count, draws),
        "floor": floor(ruler),
        "neighbours": str(folder / "neighbours.png"),
    }


def main(
    run: Annotated[Path, typer.Argument(help="Folder of a training run")],
    data: Annotated[
        Path | None, typer.Option(help="Its pictures; those it was trained on if left out")
    ] = None,
    count: Annotated[int, typer.Option(min=10, help="Pictures to make per draw")] = 1000,
    draws: Annotated[int, typer.Option(min=1, help="Sets of pictures to average over")] = 2,
    views: Annotated[int, typer.Option(min=64, help="Views the feature network learns from")] = VIEWS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else")] = False,
) -> None:
    """Measure a run: distances from real pictures, precision and recall, and whether it copies."""
    torch.set_flush_denormal(True)
    try:
        result = assess(run, data or Path(runs.read(run).data), count, draws, views)
    except UserError as error:
        sys.stderr.write(f"{error.sentence} {error.hint}".rstrip() + "\n")
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(result, indent=1, ensure_ascii=False))
        return
    for key, value in result.items():
        typer.echo(f"{key:12} {value}")


if __name__ == "__main__":
    entry.start(main)
