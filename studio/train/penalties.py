"""Gradient penalties on a discriminator ``score``: (N, C, H, W) -> (N,). Each returns a scalar that keeps its
graph; weights are the caller's.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Score = Callable[[Tensor], Tensor]


def slopes(score: Score, x: Tensor) -> Tensor:
    """Squared norm (N,) of the score's gradient at each picture."""
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
    return gradient.square().flatten(1).sum(1)


def zero_centred(score: Score, x: Tensor) -> Tensor:
    """Half the mean squared gradient norm (Mescheder et al. 2018): R1 at real pictures, R2 at made ones."""
    return 0.5 * slopes(score, x).mean()


def one_centred(score: Score, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """(|gradient| - 1)^2 between real and made pictures (Gulrajani et al. 2017, Wasserstein GAN-GP)."""
    share = torch.rand(len(real), 1, 1, 1, generator=rng).to(real)
    norm = (slopes(score, real.lerp(fake.detach(), share)) + 1e-12).sqrt()
    return (norm - 1).square().mean()
