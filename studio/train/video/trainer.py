"""The training loop of the video models: one network, its average, and a task that knows the losses.

Budgets count processor time. Everything the next step depends on is in the checkpoint.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from studio.train import checkpoint
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
        self.average()
        self.cpu_seconds += time.process_time() - started
        return {name: value.item() for name, value in losses.items()}

    @torch.no_grad()
    def average(self) -> None:
        """Exponential average of the network; its half-life grows until it reaches the recipe's."""
        half_life = min(self.settings.ema_images, self.images * 0.1)
        weight = 1 - 0.5 ** (self.settings.batch / half_life)
        for mean, now in zip(self.ema.parameters(), self.net.parameters(), strict=True):
            mean.lerp_(now, weight)

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


def schedule(progress: float, warmup: float) -> float:
    """The learning rate's share: a short rise, then half a cosine."""
    if progress < warmup:
        return max(0.02, progress / warmup)
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))) + 1e-3


def train(trainer: Trainer, out: Path, report_seconds: float) -> Iterator[dict[str, float]]:
    """Train until the budget is spent; a record now and then goes to ``log.jsonl``, and with it
    ``state.pt`` is renewed.
    """
    out.mkdir(parents=True, exist_ok=True)
    reported, mean = time.monotonic(), {}
    while trainer.cpu_seconds < trainer.budget:
        losses = trainer.step()
        mean = {name: 0.97 * mean.get(name, value) + 0.03 * value for name, value in losses.items()}
        if time.monotonic() - reported > report_seconds:
            yield report(trainer, mean, out)
            reported = time.monotonic()
    yield report(trainer, mean, out)


def report(trainer: Trainer, losses: dict[str, float], out: Path) -> dict[str, float]:
    """Append a line to the log and renew the checkpoint."""
    minutes = {"images": trainer.images, "cpu_minutes": round(trainer.cpu_seconds / 60, 2)}
    record = minutes | {name: round(value, 5) for name, value in losses.items()}
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(record) + "\n")
    checkpoint.save(out / "state.pt", trainer.state())
    return record
