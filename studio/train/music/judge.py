"""The critic of the adversarial run: it learns on stocks of written tunes and says how each note served.

Its verdict on a tune is the mean of its logits after every note, each of which knows the phrase up to there;
so a note's logit is what it adds to the verdict, and its reward. A note is answerable for the rewards that
follow, less with every note between. What is asked is a running mean of the critic's weights, on tunes that
it has not learnt from.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from studio.nets.melody import Critic
from studio.nets.melody_sampling import Steps, steps_of
from studio.train.music.data import Piece

GROUP = 32  # tunes of each side in a step
RATE, LATER, DECAY, CLIP = 1e-3, 4e-4, 0.02, 1.0  # rate while alone, and in the rounds
MEAN = 0.98  # of the running mean of the weights
FADE = 0.9  # of the rewards, from note to note


def real(pieces: Sequence[Piece]) -> Steps:
    """The steps of tunes as they stand, bars in their natural order."""
    return steps_of([p.frame for p in pieces], [p.tune for p in pieces], [range(len(p.bars)) for p in pieces])


def groups(pieces: Sequence[Piece], rng: np.random.Generator) -> Iterator[list[Piece]]:
    """One pass in groups of like length, in random order."""
    order = sorted(range(len(pieces)), key=lambda i: pieces[i].notes + rng.uniform(-8, 8))
    starts = range(0, len(order), GROUP)
    for start in rng.permutation(len(starts)):
        yield [pieces[i] for i in order[start * GROUP : (start + 1) * GROUP]]


def answerable(rewards: Tensor, mask: Tensor) -> Tensor:
    """(N, T) rewards of notes -> the fading sums of those from each note on, 0 where there is none."""
    rewards = rewards * mask
    out, total = torch.zeros_like(rewards), torch.zeros_like(rewards[:, 0])
    for step in reversed(range(rewards.shape[1])):
        total = rewards[:, step] + FADE * total
        out[:, step] = total
    return out * mask


def verdicts(critic: Critic, steps: Steps) -> Tensor:
    """(N,) logits for whole tunes."""
    logits = critic(steps.contexts, steps.pitch, steps.length)
    return (logits * steps.mask).sum(1) / steps.mask.sum(1)


class Judge:
    """A critic and how it learns."""

    def __init__(self) -> None:
        self.critic = Critic()
        self.mean = copy.deepcopy(self.critic).eval()
        self.optimizer = torch.optim.AdamW(self.critic.parameters(), RATE, (0.9, 0.98), weight_decay=DECAY)

    def state(self) -> dict[str, Any]:
        """All that `restore` needs."""
        parts = {"critic": self.critic, "mean": self.mean, "optimizer": self.optimizer}
        return {name: part.state_dict() for name, part in parts.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a kept state."""
        self.critic.load_state_dict(state["critic"])
        self.mean.load_state_dict(state["mean"])
        self.optimizer.load_state_dict(state["optimizer"])

    def slow(self) -> None:
        """Learn at the rate of the rounds from now on."""
        for group in self.optimizer.param_groups:
            group["lr"] = LATER

    def learn(self, tunes: Sequence[Piece], made: Sequence[Piece], rng: np.random.Generator) -> float:
        """One pass over the written tunes beside as many of people; the mean loss, 1.386 is a coin's."""
        self.critic.train()
        some = [tunes[i] for i in rng.permutation(len(tunes))[: len(made)]]
        losses: list[float] = []
        for one, other in zip(groups(some, rng), groups(made, rng), strict=False):
            yes, no = verdicts(self.critic, real(one)), verdicts(self.critic, real(other))
            loss = F.softplus(-yes).mean() + F.softplus(no).mean()
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.critic.parameters(), CLIP)
            self.optimizer.step()
            for kept, value in zip(self.mean.parameters(), self.critic.parameters(), strict=True):
                kept.data.lerp_(value.data, 1 - MEAN)
            losses.append(float(loss.detach()))
        return float(np.mean(losses))

    @torch.no_grad()
    def accuracy(self, tunes: Sequence[Piece], made: Sequence[Piece]) -> float:
        """Share of whole tunes judged rightly, each side counting half."""
        sides = []
        for pieces in (tunes, made):
            chunks = [pieces[i : i + GROUP] for i in range(0, len(pieces), GROUP)]
            sides.append(torch.cat([verdicts(self.mean, real(chunk)) for chunk in chunks]))
        return (float((sides[0] > 0).float().mean()) + float((sides[1] < 0).float().mean())) / 2

    @torch.no_grad()
    def advantages(self, steps: Steps) -> Tensor:
        """(N, T), not yet centred."""
        return answerable(self.mean(steps.contexts, steps.pitch, steps.length), steps.mask)
