"""The training loop of both models: a generator, its average, its critics, and all the next step needs.

Budgets count processor time.
"""

from __future__ import annotations

import copy
import json
import time
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from studio.train.loop import pace
from studio.train.video.gan.recipe import Training

Parts = dict[str, Tensor]


class Game(ABC):
    """Two sides and their state; what they lose is a subclass's affair.

    nets: all trained networks by name; "net" is the generator, those of ``PLAYERS`` learn with it.
    """

    PLAYERS: tuple[str, ...] = ("net",)

    def __init__(self, nets: dict[str, nn.Module], settings: Training, cpu_minutes: float) -> None:
        self.nets, self.settings = nets, settings
        self.ema = copy.deepcopy(nets["net"]).eval().requires_grad_(False)
        ours = [p for name, net in nets.items() if name in self.PLAYERS for p in net.parameters()]
        theirs = [p for name, net in nets.items() if name not in self.PLAYERS for p in net.parameters()]
        self.opt_g = torch.optim.Adam(ours, settings.rate_g, (0.5, 0.99), fused=True)
        self.opt_d = torch.optim.Adam(theirs, settings.rate_d, (0.5, 0.99), fused=True)
        self.rng = np.random.default_rng(settings.seed)
        self.torch_rng = torch.Generator().manual_seed(settings.seed)
        self.budget, self.steps, self.cpu_seconds = cpu_minutes * 60, 0, 0.0

    @abstractmethod
    def critics_losses(self) -> Parts:
        """What the critics minimise, on a fresh batch."""

    @abstractmethod
    def players_losses(self) -> Parts:
        """What the generator and those beside it minimise."""

    @property
    def pace(self) -> float:
        """Share of the learning rates: all at first, falling evenly towards nothing at the end."""
        left = 1 - self.cpu_seconds / self.budget
        return 1.0 if left >= self.settings.fall else max(left / self.settings.fall, 0.01)

    @property
    def clips(self) -> int:
        """Clips seen."""
        return self.steps * self.settings.batch

    @property
    def counts(self) -> dict[str, int]:
        """How much it has learnt from."""
        return {"clips": self.clips}

    def step(self) -> dict[str, float]:
        """One update of each side; returns the losses."""
        started = time.process_time()
        for optimiser, rate in ((self.opt_g, self.settings.rate_g), (self.opt_d, self.settings.rate_d)):
            for group in optimiser.param_groups:
                group["lr"] = rate * self.pace
        lost = self.update(self.opt_d, self.critics_losses()) | self.update(self.opt_g, self.players_losses())
        self.steps += 1
        self.average()
        self.cpu_seconds += time.process_time() - started
        return lost

    def update(self, optimiser: torch.optim.Optimizer, losses: Parts) -> dict[str, float]:
        """One step of one side."""
        optimiser.zero_grad(set_to_none=True)
        torch.stack([value.float() for value in losses.values()]).sum().backward()
        optimiser.step()
        return {name: value.item() for name, value in losses.items()}

    @torch.no_grad()
    def average(self) -> None:
        """Exponential average of the generator; its half-life grows until it reaches the recipe's."""
        weight = pace(self.clips, self.settings.batch, self.settings.ema_clips)
        pairs = zip(self.ema.state_dict().values(), self.nets["net"].state_dict().values(), strict=True)
        for mean, now in pairs:
            if mean.is_floating_point():
                mean.lerp_(now, weight)
            else:
                mean.copy_(now)

    def state(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        return {
            "nets": {name: net.state_dict() for name, net in self.nets.items()},
            "ema": self.ema.state_dict(),
            "opt_g": self.opt_g.state_dict(),
            "opt_d": self.opt_d.state_dict(),
            "steps": self.steps,
            "cpu_seconds": self.cpu_seconds,
            "rng": json.dumps(self.rng.bit_generator.state),
            "torch_rng": self.torch_rng.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state: the next losses are those an uninterrupted run would have had."""
        for name, net in self.nets.items():
            net.load_state_dict(state["nets"][name])
        for name in ("ema", "opt_g", "opt_d"):
            getattr(self, name).load_state_dict(state[name])
        self.steps, self.cpu_seconds = int(state["steps"]), float(state["cpu_seconds"])
        self.rng.bit_generator.state = json.loads(state["rng"])
        self.torch_rng.set_state(state["torch_rng"])
