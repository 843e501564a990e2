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
PairLoss = Callable[[Tensor, Tensor], Tensor]


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


def raise_score(score: Tensor) -> Tensor:
    """-D: the generator's side of hinge and Wasserstein, the critic's at real pictures of the latter."""
    return -score.mean()


def lower_score(score: Tensor) -> Tensor:
    """D, the critic's side of the Wasserstein distance at made pictures (Arjovsky et al. 2017)."""
    return score.mean()


def least_squares_one(score: Tensor) -> Tensor:
    """(D - 1)^2: D's side at real pictures and the generator's side at its own (Mao et al. 2017, LSGAN)."""
    return (score - 1).square().mean()


def least_squares_zero(score: Tensor) -> Tensor:
    """D^2, the discriminator's side of LSGAN at made pictures."""
    return score.square().mean()


def relativistic(winner: Tensor, loser: Tensor) -> Tensor:
    """-log of the chance that each winner is more real than its partner (Jolicoeur-Martineau 2018).

    D takes (real, made) pairs, G takes (made, real) ones; with R1 and R2 it is R3GAN (Huang et al. 2024).
    """
    return F.softplus(loser - winner).mean()


@dataclass(frozen=True)
class Objective:
    """One adversarial game: D minimises ``real`` + ``fake``, G minimises ``generator``."""

    real: Loss
    fake: Loss
    generator: Loss


OBJECTIVES = {
    "minimax": Objective(logistic_real, logistic_fake, minimax_g),
    "nonsaturating": Objective(logistic_real, logistic_fake, nonsaturating_g),
    "hinge": Objective(hinge_real, hinge_fake, raise_score),
    "least-squares": Objective(least_squares_one, least_squares_zero, least_squares_one),
    "wasserstein": Objective(raise_score, lower_score, raise_score),
}
PAIRED: dict[str, PairLoss] = {"relativistic": relativistic}


def negative_log_likelihood(log_probabilities: Tensor, observed: Tensor) -> Tensor:
    """-log p of what was observed, mean over N: log-probabilities (N, K), observed (N,) int64.

    Maximum likelihood, the baseline for models of sequences; its minimiser is that of the cross-entropy.
    """
    return -log_probabilities.gather(1, observed[:, None]).mean()


def cross_entropy(p: Tensor, q: Tensor) -> Tensor:
    """H(p, q) = -sum p log q of two distributions (..., K); equals H(p) + KL(p || q)."""
    return -torch.special.xlogy(p, q).sum(-1)
