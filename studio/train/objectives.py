"""Adversarial objectives. Scores are logits (N,), higher is more real; every function returns a scalar to
minimise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

Loss = Callable[[Tensor], Tensor]


def logistic_real(real: Tensor) -> Tensor:
    """-log D(x), half of the discriminator's side of Goodfellow et al. 2014."""
    return F.softplus(-real).mean()


def logistic_fake(fake: Tensor) -> Tensor:
    """-log(1 - D(G(z))), the other half."""
    return F.softplus(fake).mean()


def minimax_g(fake: Tensor) -> Tensor:
    """log(1 - D(G(z))), the generator's side of the minimax game: its gradient vanishes when D is sure."""
    return -F.softplus(fake).mean()


def nonsaturating_g(fake: Tensor) -> Tensor:
    """-log D(G(z)), the heuristic of Goodfellow et al. 2014 whose gradient stays alive."""
    return F.softplus(-fake).mean()


def hinge_real(real: Tensor) -> Tensor:
    """max(0, 1 - D(x)) (Lim and Ye 2017)."""
    return F.relu(1 - real).mean()


def hinge_fake(fake: Tensor) -> Tensor:
    """max(0, 1 + D(G(z))), the other half."""
    return F.relu(1 + fake).mean()


def hinge_g(fake: Tensor) -> Tensor:
    """-D(G(z)), the generator's side of the hinge game."""
    return -fake.mean()


def least_squares_one(score: Tensor) -> Tensor:
    """(D - 1)^2: D's side at real pictures and the generator's side at its own (Mao et al. 2017, LSGAN)."""
    return (score - 1).square().mean()


def least_squares_zero(score: Tensor) -> Tensor:
    """D^2, the discriminator's side of LSGAN at made pictures."""
    return score.square().mean()


def r1_penalty(score: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """Half the mean squared gradient norm of D at real pictures (Mescheder et al. 2018); times gamma at the
    caller.
    """
    real = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(score(real).sum(), real, create_graph=True)
    return 0.5 * gradient.square().sum(dim=(1, 2, 3)).mean()


@dataclass(frozen=True)
class Objective:
    """One adversarial game: D minimises ``real`` + ``fake``, G minimises ``generator``."""

    real: Loss
    fake: Loss
    generator: Loss


OBJECTIVES = {
    "minimax": Objective(logistic_real, logistic_fake, minimax_g),
    "nonsaturating": Objective(logistic_real, logistic_fake, nonsaturating_g),
    "hinge": Objective(hinge_real, hinge_fake, hinge_g),
    "least-squares": Objective(least_squares_one, least_squares_zero, least_squares_one),
}
