"""Critics of predicted frames, one for each scale (Mathieu, Couprie and LeCun 2015), and how they learn.

Each sees the newest given frames beside a real or a made next frame, all at its scale, and scores patches.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.patch import PatchDiscriminator
from studio.train.loop import bfloat16
from studio.train.video.recipe import Versus

Views = list[Tensor]


class Adversary:
    """The critics, their optimiser, and what they make of a batch."""

    def __init__(self, settings: Versus, context: int) -> None:
        self.settings = settings
        channels = 3 * (context + 1)
        self.critics = nn.ModuleList(
            PatchDiscriminator(channels, settings.width, settings.levels) for _ in range(settings.scales)
        )
        self.opt = torch.optim.Adam(self.critics.parameters(), settings.rate, betas=(0.5, 0.99), fused=True)

    def views(self, context: list[Tensor], frame: Tensor) -> Views:
        """The frame after its context at every scale, (N, 3 (C + 1), h, w) each."""
        seen = torch.cat([*context, frame], 1)
        return [F.avg_pool2d(seen, 2**i) if i else seen for i in range(len(self.critics))]

    def learn(self, context: list[Tensor], real: Tensor, made: Tensor) -> float:
        """One update of all critics with the hinge loss; returns the loss."""
        self.critics.train().requires_grad_(True)
        losses = []
        for critic, true, false in zip(
            self.critics, self.views(context, real), self.views(context, made.detach()), strict=True
        ):
            scores = score(critic, torch.cat([true, false]))
            good, bad = scores.chunk(2)
            losses.append(F.relu(1 - good).mean() + F.relu(1 + bad).mean())
        loss = torch.stack(losses).mean()
        self.opt.zero_grad(set_to_none=True)
        loss.backward()
        self.opt.step()
        return loss.item()

    def please(self, context: list[Tensor], made: Tensor) -> Tensor:
        """What the network loses by being found out."""
        self.critics.eval().requires_grad_(False)
        views = zip(self.critics, self.views(context, made), strict=True)
        return -torch.stack([score(critic, seen).mean() for critic, seen in views]).mean()

    def state(self) -> dict[str, Any]:
        """What the next step depends on."""
        return {"critics": self.critics.state_dict(), "opt": self.opt.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved place."""
        self.critics.load_state_dict(state["critics"])
        self.opt.load_state_dict(state["opt"])


def score(critic: nn.Module, seen: Tensor) -> Tensor:
    """Scores of patches."""
    with bfloat16():
        return critic(seen)[0]
