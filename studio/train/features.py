"""The feature network in whose space pictures are compared: a small classifier of the data set's own
conditions.

Trained on the training part only. Distances in the space of random or far-away features mislead on data like
ours.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.train.datasets import PictureSet, Sampler
from studio.train.diffaugment import translation

FEATURES = 64


class FeatureNet(nn.Module):
    """Classifier with one head per attribute: (N, C, R, R) in [-1, 1] -> features (N, 64) and logits."""

    def __init__(self, channels: int, sizes: list[int], widths: tuple[int, ...] = (32, 64, 128, 160)) -> None:
        super().__init__()
        blocks: list[nn.Module] = [nn.PixelUnshuffle(2)]
        for i, (c_in, c_out) in enumerate(zip((channels * 4, *widths[:-1]), widths, strict=True)):
            blocks += [
                nn.Conv2d(c_in, c_out, 3, 2 if i else 1, 1, bias=False),
                nn.BatchNorm2d(c_out),
                nn.SiLU(),
            ]
        self.trunk = nn.Sequential(*blocks)
        self.embed = nn.Linear(widths[-1], FEATURES)
        self.heads = nn.ModuleList(nn.Linear(FEATURES, n) for n in sizes)

    def features(self, x: Tensor) -> Tensor:
        """(N, C, R, R) -> (N, 64)."""
        return self.embed(self.trunk(x).mean(dim=(2, 3)))

    def forward(self, x: Tensor) -> list[Tensor]:
        """(N, C, R, R) -> logits (N, n) of each attribute."""
        y = F.silu(self.features(x))
        return [head(y) for head in self.heads]


def new(data: PictureSet) -> FeatureNet:
    """An untrained network for the channels and conditions of a data set."""
    net = FeatureNet(len(data.channels), [len(c["values"]) for c in data.conditions])
    return net.to(memory_format=torch.channels_last)


def fit(
    data: PictureSet, images: int, seed: int, flip: bool, batch: int = 64, rate: float = 3e-3
) -> FeatureNet:
    """Train a feature network on ``images`` pictures (passes included), with shifts and a cosine learning
    rate.
    """
    torch.manual_seed(seed)
    net = new(data)
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.01)
    sampler, rng, steps = Sampler(data, seed, flip), torch.Generator().manual_seed(seed), images // batch
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / steps))
        x, labels = sampler.next(batch)
        logits = net(translation(x, rng))
        loss = torch.stack([F.cross_entropy(out, labels[:, i]) for i, out in enumerate(logits)]).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    return net.eval().requires_grad_(False)


@torch.no_grad()
def embed(net: FeatureNet, pictures: Tensor, batch: int = 256) -> Tensor:
    """Features (N, 64), double precision, of pictures (N, C, R, R)."""
    return torch.cat([net.features(part) for part in pictures.split(batch)]).double()


@torch.no_grad()
def accuracy(net: FeatureNet, pictures: Tensor, labels: Tensor, batch: int = 256) -> list[float]:
    """Share of pictures whose attribute the network names right, one number per attribute."""
    right = torch.zeros(labels.shape[1])
    for x, y in zip(pictures.split(batch), labels.split(batch), strict=True):
        right += torch.stack([(out.argmax(1) == y[:, i]).sum() for i, out in enumerate(net(x))])
    return (right / len(pictures)).tolist()
