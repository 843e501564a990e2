"""A feature network of our own for perceptual losses: it tells from a crop which photograph it was cut from.

That needs textures and parts rather than outlines, and no labels; its layers then compare pictures more as
eyes do than differences of pixels would. ``python -m studio.train.photo.texture --data DIR --out FILE``
trains it.
"""

from __future__ import annotations

import math
import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
import typer
from torch import Tensor, nn

from studio.train import checkpoint
from studio.train.loop import bfloat16
from studio.train.photo import degrade, photographs
from studio.train.photo.photographs import Photograph

WIDTHS = (24, 48, 96, 128)
CROP = 64


class TextureNet(nn.Module):
    """(N, 3, h, w) in [0, 1] -> features at full, 1/2, 1/4 and 1/8 of the size; logits from their average."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        levels, before = [], 3
        for i, width in enumerate(WIDTHS):
            levels.append(
                nn.Sequential(
                    nn.Conv2d(before, width, 3, 2 if i else 1, 1, bias=False),
                    nn.BatchNorm2d(width),
                    nn.ReLU(),
                    nn.Conv2d(width, width, 3, 1, 1, bias=False),
                    nn.BatchNorm2d(width),
                    nn.ReLU(),
                )
            )
            before = width
        self.levels = nn.ModuleList(levels)
        self.head = nn.Linear(WIDTHS[-1], classes)

    def features(self, x: Tensor) -> list[Tensor]:
        """What each level sees."""
        found, y = [], 4 * x - 2
        for level in self.levels:
            y = level(y)
            found.append(y)
        return found

    def forward(self, x: Tensor) -> Tensor:
        """Logits over the photographs."""
        return self.head(self.features(x)[-1].mean(dim=(2, 3)))


def distance(net: TextureNet, made: Tensor, true: Tensor) -> Tensor:
    """Mean distance of the features, each level relative to its own size."""
    with torch.no_grad():
        wanted = [w.float() for w in net.features(true)]
    pairs = zip(wanted, net.features(made), strict=True)
    return torch.stack([(f.float() - w).abs().mean() / w.mean().clamp(min=1e-6) for w, f in pairs]).mean()


class Riddles:
    """Endless crops with the number of their photograph; brightness and colour vary, so they are no clue."""

    def __init__(self, pictures: list[Photograph], seed: int = 0) -> None:
        self.crops = [photographs.Crops([p], CROP, seed + i) for i, p in enumerate(pictures)]
        self.rng = np.random.default_rng(seed)

    def next(self, n: int) -> tuple[Tensor, Tensor]:
        """Crops (n, 3, CROP, CROP) in [0, 1] and their photographs' numbers (n,)."""
        rows = self.rng.integers(len(self.crops), size=n)
        x = degrade.tensor(np.stack([self.crops[row].next() for row in rows]))
        gain = torch.from_numpy(self.rng.uniform(0.7, 1.3, (n, 3, 1, 1)).astype(np.float32))
        shift = torch.from_numpy(self.rng.uniform(-0.1, 0.1, (n, 1, 1, 1)).astype(np.float32))
        return (x * gain + shift).clamp(0, 1), torch.from_numpy(rows)


def fit(pictures: list[Photograph], cpu_minutes: float, batch: int = 48, rate: float = 3e-3) -> TextureNet:
    """Train a network on pictures that are large enough, for a budget of processor time."""
    torch.manual_seed(0)
    large = [p for p in pictures if min(p.pixels.shape[:2]) >= CROP]
    net, riddles = TextureNet(len(large)).to(memory_format=torch.channels_last), Riddles(large)
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.02)
    started = time.process_time()
    while (progress := (time.process_time() - started) / (60 * cpu_minutes)) < 1:
        optimiser.param_groups[0]["lr"] = rate * 0.5 * (1 + math.cos(math.pi * progress))
        x, rows = riddles.next(batch)
        with bfloat16():
            logits = net(x.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(logits.float(), rows)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    return net.eval().requires_grad_(False)


@torch.no_grad()
def accuracy(net: TextureNet, pictures: list[Photograph], batches: int = 8) -> float:
    """Share of fresh crops whose photograph is named right."""
    riddles = Riddles([p for p in pictures if min(p.pixels.shape[:2]) >= CROP], seed=10_000)
    drawn = [riddles.next(48) for _ in range(batches)]
    return float(np.mean([(net(x).argmax(1) == rows).float().mean() for x, rows in drawn]))


def load(path: Path) -> TextureNet:
    """A trained network, frozen."""
    state = checkpoint.load(path)
    net = TextureNet(len(state["head.bias"]))
    net.load_state_dict(state)
    return net.to(memory_format=torch.channels_last).eval().requires_grad_(False)


def main(
    data: Annotated[Path, typer.Option(help="Folder of the prepared photographs")],
    out: Annotated[Path, typer.Option(help="File to write")],
    cpu_minutes: Annotated[float, typer.Option(help="Budget")] = 3.0,
) -> None:
    """Train the feature network."""
    torch.set_flush_denormal(True)
    pictures = photographs.load(data)
    net = fit(pictures, cpu_minutes)
    checkpoint.save(out, net.state_dict())
    typer.echo(f"{accuracy(net, pictures):.2f} of fresh crops named right")


if __name__ == "__main__":
    typer.run(main)
