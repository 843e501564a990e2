"""Adversarial objectives. Scores are logits (N,), higher is more real; every function returns a scalar to
minimise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


def logistic_d(real: Tensor, fake: Tensor) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), the discriminator's side of Goodfellow et al. 2014."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def minimax_g(fake: Tensor) -> Tensor:
    """log(1 - D(G(z))), the generator's side of the minimax game: its gradient vanishes when D is sure."""
    return -F.softplus(fake).mean()


def nonsaturating_g(fake: Tensor) -> Tensor:
    """-log D(G(z)), the heuristic of Goodfellow et al. 2014 whose gradient stays alive."""
    return F.softplus(-fake).mean()


def hinge_d(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))) (Lim and Ye 2017)."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def hinge_g(fake: Tensor) -> Tensor:
    """-D(G(z)), the generator's side of the hinge game."""
    return -fake.mean()


def least_squares_d(real: Tensor, fake: Tensor) -> Tensor:
    """(D(x) - 1)^2 + D(G(z))^2 (Mao et al. 2017)."""
    return (real - 1).square().mean() + fake.square().mean()


def least_squares_g(fake: Tensor) -> Tensor:
    """(D(G(z)) - 1)^2, the generator's side of LSGAN."""
    return (fake - 1).square().mean()


def r1_penalty(score: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """Half the mean squared gradient norm of D at real pictures (Mescheder et al. 2018); times gamma at the
    caller.
    """
    real = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(score(real).sum(), real, create_graph=True)
    return 0.5 * gradient.square().sum(dim=(1, 2, 3)).mean()


@dataclass(frozen=True)
class Objective:
    """The two sides of one adversarial game."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


OBJECTIVES = {
    "minimax": Objective(logistic_d, minimax_g),
    "nonsaturating": Objective(logistic_d, nonsaturating_g),
    "hinge": Objective(hinge_d, hinge_g),
    "least-squares": Objective(least_squares_d, least_squares_g),
}
