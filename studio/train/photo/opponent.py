"""The discriminator of a photo model, and what it and the network learn from each other."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.patch import PatchDiscriminator, matching
from studio.train.crew import Crew
from studio.train.loop import Gradients, bfloat16, gradients, update
from studio.train.photo.recipe import Adversary

Job = tuple[Gradients, dict[str, float]]
Pair = tuple[Tensor, Tensor, Tensor | None]  # real, made, hole


class Opponent:
    """A patch discriminator with its optimiser; real and made pictures show the same places.

    By ``hinge`` each picture is judged alone (Lim and Ye 2017); ``relativistic`` sets every made patch
    against the real one of its place, so that what both show cancels out (Jolicoeur-Martineau 2018).
    """

    def __init__(self, settings: Adversary, holes: bool) -> None:
        self.settings = settings
        judge = PatchDiscriminator(4 if holes else 3, settings.width, settings.levels)
        self.judge = judge.to(memory_format=torch.channels_last)
        self.opt = torch.optim.Adam(judge.parameters(), settings.rate, betas=(0.5, 0.99), fused=True)

    def contest(self, real: Tensor, made: Tensor, hole: Tensor | None) -> dict[str, Tensor]:
        """The network's losses at what it made."""
        with bfloat16():
            score, features = self.judge(views(made, hole))
            with torch.no_grad():
                wanted, seen = self.judge(views(real, hole))
            if self.settings.objective == "relativistic":
                error = F.softplus(wanted - score).mean()
            else:
                error = -score.mean()
            losses = {"adversarial": self.settings.weight * error}
            if self.settings.matching:
                losses["matching"] = self.settings.matching * matching(seen, features)
        return losses

    def learn(self, pairs: list[Pair], step: int, crew: Crew) -> dict[str, float]:
        """One update; by hinge the real and the made pictures are two jobs, else the pairs of each thread."""
        self.judge.train()
        for layer in self.judge.layers():
            _ = layer.weight  # the spectral norm's power iteration, once per step
        self.judge.eval()
        steep = self.settings.r1_gamma > 0 and step % self.settings.r1_every == 0
        real = [views(real, hole) for real, _, hole in pairs]
        made = [views(made.detach(), hole) for _, made, hole in pairs]
        if self.settings.objective == "relativistic":
            share = 1 / len(pairs)
            jobs = [partial(self.pair, *both, steep, share) for both in zip(real, made, strict=True)]
        else:
            jobs = [partial(self.real, torch.cat(real), steep), partial(self.made, torch.cat(made))]
        done = crew.run(jobs)
        update(self.opt, self.judge, [found for found, _ in done])
        return done[0][1] | done[-1][1]

    def pair(self, real: Tensor, made: Tensor, steep: bool = False, share: float = 1.0) -> Job:
        """Gradients at real pictures and those made in their place; patches outside a hole weigh nothing."""
        with bfloat16():
            score, other = self.judge(torch.cat([real, made]))[0].chunk(2)
        loss = F.softplus(other - score).mean()
        if steep:
            loss = loss + self.penalty(real) + self.penalty(made)
        report = {"real": score.mean().item(), "made": other.mean().item()}
        return gradients(share * loss, self.judge), report

    def real(self, real: Tensor, steep: bool) -> Job:
        """Gradients at real pictures, with the gradient penalty every few steps."""
        with bfloat16():
            score = self.judge(real)[0]
        loss = F.relu(1 - score).mean()
        if steep:
            loss = loss + self.penalty(real)
        return gradients(loss, self.judge), {"real": score.mean().item()}

    def made(self, made: Tensor) -> Job:
        """Gradients at made pictures."""
        with bfloat16():
            score = self.judge(made)[0]
        loss = hinge_made(score, made[:, 3:] if made.shape[1] == 4 else None)
        return gradients(loss, self.judge), {"made": score.mean().item()}

    def penalty(self, x: Tensor) -> Tensor:
        """The gradient penalty, weighed by how seldom it comes."""
        return self.settings.r1_gamma * self.settings.r1_every * steepness(self.judge, x)

    def state(self) -> dict[str, Any]:
        """Weights and moments."""
        return {"judge": self.judge.state_dict(), "opt_judge": self.opt.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.judge.load_state_dict(state["judge"])
        self.opt.load_state_dict(state["opt_judge"])


def views(pictures: Tensor, hole: Tensor | None) -> Tensor:
    """What the discriminator sees: the pictures, beside the hole if there is one."""
    x = pictures if hole is None else torch.cat([pictures, hole], dim=1)
    return x.contiguous(memory_format=torch.channels_last)


def hinge_made(score: Tensor, hole: Tensor | None) -> Tensor:
    """The hinge loss at made pictures; patches that touch no hole are real and count as such."""
    if hole is None:
        return F.relu(1 + score).mean()
    touched = F.adaptive_max_pool2d(hole, score.shape[2:])
    return (touched * F.relu(1 + score) + (1 - touched) * F.relu(1 - score)).mean()


def steepness(judge: nn.Module, x: Tensor) -> Tensor:
    """Half the squared gradient of the mean score (R1, Mescheder et al. 2018)."""
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(judge(x)[0].mean(dim=(1, 2, 3)).sum(), x, create_graph=True)
    return 0.5 * gradient.square().sum(dim=(1, 2, 3)).mean()
