"""``studio study-augment MODEL --data DIR``: does it help a classifier to see generated pictures as well?

For a few real pictures per class, a small classifier is trained on them alone and on them and generated ones,
for as many steps, and its accuracy on the held-out part is printed with 95 % confidence intervals over seeds.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import json
import math
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
import typer
from scipy.stats import t as student
from torch import Tensor

from studio.engine import recipe, runs
from studio.engine.networks import build
from studio.engine.weights import WeightsStore
from studio.model.errors import UserError
from studio.nets.pictures import network
from studio.train import datasets, entry
from studio.train.datasets import PictureSet
from studio.train.diffaugment import translation
from studio.train.features import FeatureNet
from studio.train.pictures import in_memory, open_data
from studio.train.samples import find
from studio.train.sheets import sample

MOST = 20_000
WIDTHS = (16, 32, 64, 96)
BATCH = 50
RATE = 3e-3


@dataclass(frozen=True)
class Arm:
    """Accuracies of one way of training, one per seed."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Their mean."""
        return statistics.fmean(self.values)

    @property
    def half(self) -> float:
        """Half the width of the 95 % confidence interval of the mean (Student's t)."""
        n = len(self.values)
        return (
            float(student.ppf(0.975, n - 1)) * statistics.stdev(self.values) / math.sqrt(n) if n > 1 else 0.0
        )

    def describe(self) -> dict[str, float]:
        """For JSON."""
        return {"mean": round(self.mean, 4), "half_width_95": round(self.half, 4)}


def few(data: PictureSet, column: int, per_class: int, seed: int) -> tuple[Tensor, Tensor]:
    """``per_class`` real pictures of each class and their classes."""
    rng, labels = np.random.default_rng(seed), data.labels[:, column]
    rows = [rng.choice(np.flatnonzero(labels == c), per_class, replace=False) for c in np.unique(labels)]
    picked = np.concatenate(rows)
    return data.pictures(picked), torch.from_numpy(labels[picked])


def generated(net: Any, data: PictureSet, column: int, per_class: int, seed: int) -> tuple[Tensor, Tensor]:
    """``per_class`` made pictures of each class and the classes they were made for."""
    rng, labels = np.random.default_rng(seed), data.labels[:, column]
    rows = [rng.choice(np.flatnonzero(labels == c), per_class) for c in np.unique(labels)]
    asked = torch.from_numpy(data.labels[np.concatenate(rows)])
    return sample(net, asked, seed, 1.0).clamp(-1, 1), asked[:, column]


def classifier(
    real: tuple[Tensor, Tensor], made: tuple[Tensor, Tensor] | None, classes: int, steps: int, seed: int
) -> FeatureNet:
    """A small network trained on shifted pictures; half of each batch is made ones where there are any."""
    torch.manual_seed(seed)
    net = FeatureNet(real[0].shape[1], [classes], WIDTHS).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.05)
    rng = torch.Generator().manual_seed(seed)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        parts = [pick(real, BATCH if made is None else BATCH // 2, rng)]
        parts += [pick(made, BATCH - BATCH // 2, rng)] if made is not None else []
        x, y = (torch.cat(side) for side in zip(*parts, strict=True))
        loss = F.cross_entropy(net(translation(x, rng).contiguous(memory_format=torch.channels_last))[0], y)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    return net.eval().requires_grad_(False)


def pick(pool: tuple[Tensor, Tensor], n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """n random pictures of a pool, mirrored or not."""
    rows = torch.randint(len(pool[0]), (n,), generator=rng)
    mirrored = torch.rand(n, 1, 1, 1, generator=rng) < 0.5
    x = pool[0][rows]
    return torch.where(mirrored, x.flip(3), x), pool[1][rows]


@torch.no_grad()
def right(net: FeatureNet, x: Tensor, y: Tensor) -> float:
    """Share of pictures named right."""
    answers = torch.cat([net(part)[0].argmax(1) for part in x.split(500)])
    return float((answers == y).double().mean())


def study(
    net: Any,
    data: PictureSet,
    held_out: PictureSet,
    column: int,
    sizes: list[int],
    made: int,
    steps: int,
    seeds: int,
) -> list[dict[str, Any]]:
    """One row per number of real pictures: both accuracies and their paired difference."""
    x, y = held_out.pictures(slice(None)), torch.from_numpy(held_out.labels[:, column])
    classes, rows = int(data.labels[:, column].max()) + 1, []
    pools = [generated(net, data, column, made, 500 + seed) for seed in range(seeds)]
    for size in sizes:
        found: dict[str, list[float]] = {"real": [], "both": []}
        for seed in range(seeds):
            real = few(data, column, size, seed)
            found["real"].append(right(classifier(real, None, classes, steps, seed), x, y))
            found["both"].append(right(classifier(real, pools[seed], classes, steps, seed), x, y))
        gains = tuple(b - a for a, b in zip(found["real"], found["both"], strict=True))
        arms = {name: Arm(tuple(values)).describe() for name, values in found.items()}
        rows.append({"real_per_class": size, **arms, "gain": Arm(gains).describe(), "seeds": seeds})
        sys.stderr.write(json.dumps(rows[-1]) + "\n")
    return rows


def parts(model: str, data: Path, held: int) -> tuple[PictureSet, PictureSet]:
    """Pictures to train with and ``held`` to test on: of a prepared data set, or as a run's recipe has them.

    Raises:
        UserError: when there are none, or the model has learnt from all of them.
    """
    if (data / "images.npy").is_file() or not (Path(model) / runs.RECIPE).is_file():
        training, test = datasets.load(data), datasets.load(data, held_out=True)
        return training, PictureSet(test.images[:held], test.labels[:held], test.names)
    plan = recipe.read(Path(model) / runs.RECIPE).pictures
    if plan is None or not plan.hold_out:
        hint = "Set hold_out in the recipe, to 0.2 say, and train again."
        raise UserError(f"“{model}” has learnt from all pictures, so none are left to test on.", hint)
    training, test = (open_data(data, plan, held_out=apart) for apart in (False, True))
    return in_memory(training, MOST), in_memory(test, held)


def numbers(words: str, labels: Any) -> list[int]:
    """Numbers of pictures per class from a list; UserError when one is none, or more than there are."""
    try:
        counts = [int(word) for word in words.split(",")]
    except ValueError:
        raise UserError(f"“{words}” are no numbers of pictures.", "Write them like 5,10,25.") from None
    fewest = int(np.unique(labels, return_counts=True)[1].min())
    if not all(0 < count <= fewest for count in counts):
        sentence = f"--sizes asks for {max(counts)} pictures of each class, and one class has {fewest}."
        raise UserError(sentence, "Ask for fewer.")
    return counts


def main(
    model: Annotated[str, typer.Argument(help="A conditional model: a run's folder, a file, or a name")],
    data: Annotated[Path, typer.Option(help="Its pictures: a folder, or a prepared data set")],
    sizes: Annotated[str, typer.Option(help="Real pictures per class, separated by commas")] = "5,10,25,50",
    made: Annotated[int, typer.Option(min=1, help="Generated pictures per class")] = 200,
    steps: Annotated[int, typer.Option(min=1, help="Steps of every classifier")] = 200,
    seeds: Annotated[int, typer.Option(min=2, help="Repetitions")] = 5,
    held: Annotated[int, typer.Option(min=10, help="Most held-out pictures to test on")] = 5000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else")] = False,
) -> None:
    """Classifiers on few real pictures, with and without generated ones: which is better on held-out ones?"""
    torch.set_flush_denormal(True)
    try:
        info = find(model)
        if not info.conditions:
            raise UserError(f"“{info.name}” knows no classes.", "Train one with the recipe lab-conditional.")
        training, test = parts(model, data, held)
        column = max(range(len(info.conditions)), key=lambda i: len(info.conditions[i].values))
        net = build(network, info, WeightsStore().load(info))
        counts = numbers(sizes, training.labels[:, column])
        rows = study(net, training, test, column, counts, made, steps, seeds)
    except UserError as error:
        sys.stderr.write(f"{error.sentence} {error.hint}".rstrip() + "\n")
        raise typer.Exit(2) from None
    result = {
        "model": info.name,
        "test_pictures": len(test),
        "made_per_class": made,
        "steps": steps,
        "rows": rows,
    }
    typer.echo(json.dumps(result, indent=1) if as_json else table(rows))


def table(rows: list[dict[str, Any]]) -> str:
    """The result in Markdown, accuracies in per cent with their 95 % intervals."""
    lines = ["| real per class | real only | real and generated | gain |", "|---|---|---|---|"]
    for row in rows:
        cells = [
            f"{100 * row[k]['mean']:.1f} ± {100 * row[k]['half_width_95']:.1f}"
            for k in ("real", "both", "gain")
        ]
        lines.append(f"| {row['real_per_class']} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    entry.start(main)
