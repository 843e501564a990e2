"""The training loop of every photo model: a supervised loss, joined by an adversary where the recipe has one.

Budgets count processor time. Everything the next step depends on is in the checkpoint.
"""

from __future__ import annotations

import copy
import json
import time
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio.train.crew import Crew
from studio.train.loop import average, bfloat16, gradients, schedule, update
from studio.train.photo import tasks
from studio.train.photo.opponent import Job, Opponent
from studio.train.photo.photographs import Crops, Photograph
from studio.train.photo.recipe import PhotoRecipe
from studio.train.photo.texture import TextureNet, distance

SAVED = ("net", "ema", "opt")


class Trainer:
    """Network, average, discriminator, optimisers and every random state."""

    def __init__(
        self,
        plan: PhotoRecipe,
        pictures: list[Photograph],
        cpu_minutes: float,
        texture: TextureNet | None = None,
    ) -> None:
        self.plan, self.settings, self.texture = plan, plan.train, texture
        self.net = tasks.build(plan).to(memory_format=torch.channels_last)
        self.opt = torch.optim.Adam(self.net.parameters(), betas=self.settings.betas, fused=True)
        self.follow()
        versus = self.settings.adversary
        self.opponent = Opponent(versus, holes=plan.task == "inpaint") if versus else None
        size = self.settings.crop + 2 * tasks.margin(plan)
        self.crops = Crops(pictures, size, self.settings.seed, self.settings.choices)
        self.rng = np.random.default_rng(self.settings.seed)
        self.crew = Crew(self.settings.threads)
        self.budget, self.steps, self.images, self.cpu_seconds = cpu_minutes * 60, 0, 0, 0.0

    def close(self) -> None:
        """End the threads."""
        self.crew.close()

    def follow(self) -> None:
        """Let the average start again from the network."""
        self.ema = copy.deepcopy(self.net).eval().requires_grad_(False)

    @property
    def progress(self) -> float:
        """Share of the budget that is spent."""
        return min(1.0, self.cpu_seconds / self.budget)

    @property
    def counts(self) -> dict[str, int]:
        """How many crops it has learnt from."""
        return {"images": self.images}

    @property
    def versus(self) -> Opponent | None:
        """The opponent, once its time has come."""
        found = self.opponent
        return found if found and self.progress >= found.settings.after else None

    def step(self) -> dict[str, float]:
        """One update on one batch, a part of it for each thread; returns the losses."""
        started, parts = time.process_time(), self.settings.threads
        crops = np.array_split(self.crops.batch(self.settings.batch), parts)
        seeds = self.rng.integers(2**62, size=parts)
        halves = self.crew.run([partial(self.make, *job) for job in zip(crops, seeds, strict=True)])
        pairs = [(batch.target, tasks.laid(made, batch), batch.hole) for batch, made in halves]
        losses = self.versus.learn(pairs, self.steps, self.crew) if self.versus else {}
        done = self.crew.run([partial(self.please, *half) for half in halves])
        self.opt.param_groups[0]["lr"] = self.settings.rate * schedule(self.progress, self.settings.warmup)
        update(self.opt, self.net, [found for found, _ in done])
        self.steps, self.images = self.steps + 1, self.images + self.settings.batch
        average(self.ema, self.net, self.images, self.settings.batch, self.settings.ema_images)
        self.cpu_seconds += time.process_time() - started
        return losses | {name: sum(part[name] for _, part in done) for name in done[0][1]}

    def make(self, crops: Any, seed: int) -> tuple[tasks.Batch, Tensor]:
        """A part of the batch, and the network's answer."""
        torch.set_flush_denormal(True)
        batch = tasks.prepare(self.plan, crops, np.random.default_rng(seed))
        inputs = [x.contiguous(memory_format=torch.channels_last) for x in batch.inputs]
        with bfloat16():
            return batch, self.net(*inputs).float()

    def please(self, batch: tasks.Batch, made: Tensor) -> Job:
        """The network's gradients from a part of the batch."""
        losses = self.content(made, batch)
        if versus := self.versus:
            losses |= versus.contest(batch.target, tasks.laid(made, batch), batch.hole)
        total = torch.stack(list(losses.values())).sum() / self.settings.threads
        return gradients(total, self.net), {
            name: value.item() / self.settings.threads for name, value in losses.items()
        }

    def content(self, made: Tensor, batch: tasks.Batch) -> dict[str, Tensor]:
        """Distances from the sharp picture."""
        settings = self.settings
        losses = {"pixel": settings.pixel * F.l1_loss(made, batch.target)}
        if batch.hole is not None and settings.hole:
            error = ((made - batch.target).abs() * batch.hole).sum() / (3 * batch.hole.sum())
            losses["hole"] = settings.hole * error
        if settings.perceptual and self.texture:
            with bfloat16():
                error = distance(self.texture, tasks.laid(made, batch), batch.target)
            losses["perceptual"] = settings.perceptual * error
        if settings.frequency:
            spectra = (torch.fft.rfft2(x, norm="ortho") for x in (made, batch.target))
            losses["frequency"] = settings.frequency * F.l1_loss(*(torch.view_as_real(s) for s in spectra))
        return losses

    def state(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        modules: dict[str, Any] = {name: getattr(self, name).state_dict() for name in SAVED}
        counters = {"steps": self.steps, "images": self.images, "cpu_seconds": self.cpu_seconds}
        modules |= self.opponent.state() if self.opponent else {}
        rng = json.dumps(self.rng.bit_generator.state)
        return {**modules, **counters, "rng": rng, "crops": self.crops.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state: the next losses are those an uninterrupted run would have had."""
        for name in SAVED:
            getattr(self, name).load_state_dict(state[name])
        if self.opponent:
            self.opponent.restore(state)
        self.steps, self.images = int(state["steps"]), int(state["images"])
        self.cpu_seconds = float(state["cpu_seconds"])
        self.rng.bit_generator.state = json.loads(state["rng"])
        self.crops.restore(state["crops"])


def start(trainer: Trainer, weights: dict[str, Tensor]) -> int:
    """Take over weights whose name and shape agree; returns how many."""
    own = trainer.net.state_dict()
    known = {name: w.float() for name, w in weights.items() if name in own and own[name].shape == w.shape}
    trainer.net.load_state_dict(own | known)
    trainer.follow()
    return len(known)
