"""A feature network for pictures without labels: two views of one picture are alike, others are not."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.train.datasets import PictureSet, Sampler
from studio.train.diffaugment import brightness, translation, uniform
from studio.train.features import FEATURES, FeatureNet

TEMPERATURE = 0.2


def fit_contrast(data: PictureSet, views: int, seed: int, batch: int = 64, rate: float = 2e-3) -> FeatureNet:
    """Train a feature network on ``views`` pairs of views (SimCLR, Chen et al. 2020), without labels."""
    torch.manual_seed(seed)
    net = FeatureNet(len(data.channels), []).to(memory_format=torch.channels_last)
    project = nn.Linear(FEATURES, FEATURES)
    parameters = [*net.parameters(), *project.parameters()]
    optimiser = torch.optim.AdamW(parameters, rate, weight_decay=0.01)
    sampler, rng, steps = Sampler(data, seed, flip=False), torch.Generator().manual_seed(seed), views // batch
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / steps))
        x, _ = sampler.next(batch)
        both = net.features(torch.cat([view(x, rng), view(x, rng)]))
        loss = agreement(project(F.silu(both)))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    return net.eval().requires_grad_(False)


def agreement(both: Tensor) -> Tensor:
    """Cross-entropy of finding each row's other view among all rows; (2N, D), the halves being the views."""
    unit = F.normalize(both, dim=1)
    likeness = unit @ unit.t() / TEMPERATURE
    likeness.fill_diagonal_(float("-inf"))
    return F.cross_entropy(likeness, torch.arange(len(both)).roll(len(both) // 2))


def view(x: Tensor, rng: torch.Generator) -> Tensor:
    """The same pictures (N, C, R, R) seen otherwise: a part of them, mirrored or not, shifted, lighter."""
    zoom, shift = uniform(len(x), 0.6, 1.0, rng).flatten(), uniform(2 * len(x), -0.3, 0.3, rng).view(-1, 2)
    mirror = torch.where(torch.rand(len(x), generator=rng) < 0.5, -1.0, 1.0)
    matrix = torch.zeros(len(x), 2, 3)
    matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, :, 2] = zoom * mirror, zoom, shift * (1 - zoom)[:, None] * 2
    grid = F.affine_grid(matrix, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    return brightness(translation(x, rng), rng).contiguous(memory_format=torch.channels_last)
