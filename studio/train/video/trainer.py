"""The training loop of the video models: one network, its average, and a task that knows the losses.

Budgets count processor time. Everything the next step depends on is in the checkpoint.
"""

from __future__ import annotations

import copy
import json
import time
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from studio.train.loop import average, schedule
from studio.train.video.recipe import Training

SAVED = ("net", "ema", "opt")


class Task(Protocol):
    """What is learnt."""

    def build(self) -> nn.Module:
        """The network, freshly initialised."""
        ...

    def losses(self, net: nn.Module, rng: np.random.Generator, progress: float) -> dict[str, Tensor]:
        """The weighted parts of the loss on one fresh batch."""
        ...

    def state(self) -> dict[str, Any]:
        """Where its own random numbers stand."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved place."""
        ...


class Trainer:
    """Network, average, optimiser and random state."""

    def __init__(self, task: Task, settings: Training, cpu_minutes: float) -> None:
        self.task, self.settings = task, settings
        self.net = task.build()
        self.ema = copy.deepcopy(self.net).eval().requires_grad_(False)
        self.opt = torch.optim.AdamW(self.net.parameters(), betas=(0.9, 0.99), weight_decay=1e-4, fused=True)
        self.rng = np.random.default_rng(settings.seed)
        self.budget, self.steps, self.images, self.cpu_seconds = cpu_minutes * 60, 0, 0, 0.0

    @property
    def progress(self) -> float:
        """Share of the budget that is spent."""
        return min(1.0, self.cpu_seconds / self.budget)

    @property
    def counts(self) -> dict[str, int]:
        """How many examples it has learnt from."""
        return {"images": self.images}

    def step(self) -> dict[str, float]:
        """One update on one batch; returns the losses."""
        started = time.process_time()
        for group in self.opt.param_groups:
            group["lr"] = self.settings.rate * schedule(self.progress, self.settings.warmup)
        losses = self.task.losses(self.net, self.rng, self.progress)
        self.opt.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.opt.step()
        self.steps, self.images = self.steps + 1, self.images + self.settings.batch
        average(self.ema, self.net, self.images, self.settings.batch, self.settings.ema_images)
        self.cpu_seconds += time.process_time() - started
        return {name: value.item() for name, value in losses.items()}

    def state(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        modules: dict[str, Any] = {name: getattr(self, name).state_dict() for name in SAVED}
        counters = {"steps": self.steps, "images": self.images, "cpu_seconds": self.cpu_seconds}
        rng = json.dumps(self.rng.bit_generator.state)
        return {**modules, **counters, "rng": rng, "task": self.task.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state: the next losses are those an uninterrupted run would have had."""
        for name in SAVED:
            getattr(self, name).load_state_dict(state[name])
        self.steps, self.images = int(state["steps"]), int(state["images"])
        self.cpu_seconds = float(state["cpu_seconds"])
        self.rng.bit_generator.state = json.loads(state["rng"])
        self.task.restore(state["task"])
