"""The training loop: one step of D, one of G, an averaged copy of G, and nothing hidden.

Budgets count processor time, not wall time, so that two models trained beside other work get the same.
"""

from __future__ import annotations

import contextlib
import copy
import json
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.engine.recipe import Recipe
from studio.train import checkpoint
from studio.train.crew import Crew
from studio.train.datasets import PictureSet, Sampler
from studio.train.diffaugment import augment
from studio.train.families import build
from studio.train.objectives import OBJECTIVES, r1_penalty

Gradients = tuple[Tensor | None, ...]
Job = tuple[Gradients, dict[str, float]]


class Trainer:
    """Two networks, their optimisers, the averaged generator and every random state."""

    def __init__(self, recipe: Recipe, data: PictureSet) -> None:
        self.recipe, self.settings, self.data = recipe, recipe.train, data
        self.family = build(recipe, data)
        self.g = self.family.generator.to(memory_format=torch.channels_last)
        self.d = self.family.discriminator.to(memory_format=torch.channels_last)
        self.ema = copy.deepcopy(self.g).eval().requires_grad_(False)
        self.objective = OBJECTIVES[self.settings.objective]
        self.opt_g = torch.optim.Adam(
            self.family.groups_g(self.settings), betas=self.settings.betas, fused=True
        )
        self.opt_d = torch.optim.Adam(
            self.family.groups_d(self.settings), betas=self.settings.betas, fused=True
        )
        self.sampler = Sampler(data, self.settings.seed, self.settings.flip)
        self.rng = torch.Generator().manual_seed(self.settings.seed)
        self.crew = Crew(self.settings.threads)
        self.steps = self.images = 0
        self.cpu_seconds = 0.0

    def close(self) -> None:
        """End the threads."""
        self.crew.close()

    def step(self) -> dict[str, float]:
        """One update of each network on one batch; returns the losses."""
        started = time.process_time()
        real, labels = self.sampler.next(self.settings.batch)
        if self.settings.by_label:
            order = labels[:, 0].argsort(stable=True)
            real, labels = real[order], labels[order]
        real = augment(real, self.settings.augment, self.rng)
        parts = labels.chunk(self.settings.parts)
        draws = self.generators(len(parts))
        made = self.crew.run([partial(self.make, *job) for job in zip(parts, draws, strict=True)])
        self.family.follow([mean for _, mean in made])
        fakes = [fake for fake, _ in made]
        losses = self.step_discriminator(real, torch.cat(fakes).detach(), labels)
        losses |= self.step_generator(fakes, parts, draws)
        self.steps += 1
        self.images += len(real)
        self.average()
        self.cpu_seconds += time.process_time() - started
        return losses

    def generators(self, n: int) -> list[torch.Generator]:
        """A random generator for each part of a batch, so that parts can be worked on side by side."""
        seeds = torch.randint(2**62, (n,), generator=self.rng).tolist()
        return [torch.Generator().manual_seed(seed) for seed in seeds]

    def make(self, labels: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pictures of one part of the batch, and their mean style."""
        with self.precision():
            return self.family.make(labels, rng)

    def step_discriminator(self, real: Tensor, fake: Tensor, labels: Tensor) -> dict[str, float]:
        """One update of D; real and made pictures are two jobs."""
        fake = augment(fake, self.settings.augment, self.rng)
        jobs = [partial(self.judge_real, real, labels), partial(self.judge_fake, fake, labels)]
        done = self.crew.run(jobs)
        update(self.opt_d, list(self.d.parameters()), [gradients for gradients, _ in done])
        return done[0][1] | done[1][1]

    def judge_real(self, real: Tensor, labels: Tensor) -> Job:
        """D's gradients at real pictures, with the gradient penalty every few steps."""
        with self.precision():
            score, rebuilt = self.family.score_real(real, labels)
        loss = self.objective.real(score)
        losses = {"d_real": loss.item(), "real": score.mean().item()}
        if rebuilt is not None:
            error = F.l1_loss(rebuilt.float(), F.avg_pool2d(real, 2))
            loss = loss + self.settings.reconstruction * error
            losses["rebuild"] = error.item()
        if self.settings.r1_gamma and self.steps % self.settings.r1_every == 0:
            penalty = r1_penalty(lambda x: self.d(x, labels), real)
            loss = loss + self.settings.r1_gamma * self.settings.r1_every * penalty
            losses["r1"] = penalty.item()
        return gradients(loss, self.d), losses

    def judge_fake(self, fake: Tensor, labels: Tensor) -> Job:
        """D's gradients at made pictures."""
        with self.precision():
            score = self.d(fake, labels)
        loss = self.objective.fake(score)
        return gradients(loss, self.d), {"d_fake": loss.item(), "fake": score.mean().item()}

    def step_generator(
        self, fakes: Sequence[Tensor], parts: Sequence[Tensor], draws: Sequence[torch.Generator]
    ) -> dict[str, float]:
        """One update of G through the D just updated."""
        self.d.requires_grad_(False)
        jobs = [partial(self.please, *job) for job in zip(fakes, parts, draws, strict=True)]
        done = self.crew.run(jobs)
        self.d.requires_grad_(True)
        update(self.opt_g, list(self.g.parameters()), [gradients for gradients, _ in done])
        return {"g": sum(losses["g"] for _, losses in done)}

    def please(self, fake: Tensor, labels: Tensor, rng: torch.Generator) -> Job:
        """G's gradients from one part of the batch."""
        with self.precision():
            score = self.d(augment(fake, self.settings.augment, rng), labels)
        loss = self.objective.generator(score) * (len(labels) / self.settings.batch)
        return gradients(loss, self.g), {"g": loss.item()}

    def precision(self) -> contextlib.AbstractContextManager[Any]:
        """bfloat16 convolutions where the recipe says so (half again as fast on processors that know it)."""
        return torch.autocast("cpu", torch.bfloat16) if self.settings.bfloat16 else contextlib.nullcontext()

    @torch.no_grad()
    def average(self) -> None:
        """Exponential average of G; its half-life grows with the images seen until it reaches the
        recipe's.
        """
        half_life = min(self.settings.ema_images, self.images * 0.1)
        weight = 1 - 0.5 ** (self.settings.batch / half_life)
        for mean, now in zip(self.ema.parameters(), self.g.parameters(), strict=True):
            mean.lerp_(now, weight)
        for mean, now in zip(self.ema.buffers(), self.g.buffers(), strict=True):
            mean.copy_(now)

    def state(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        modules: dict[str, Any] = {name: getattr(self, name).state_dict() for name in SAVED}
        counters = {"steps": self.steps, "images": self.images, "cpu_seconds": self.cpu_seconds}
        return {**modules, **counters, "rng": self.rng.get_state(), "sampler": self.sampler.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state: the next losses are those an uninterrupted run would have had."""
        for name in SAVED:
            getattr(self, name).load_state_dict(state[name])
        self.steps, self.images = int(state["steps"]), int(state["images"])
        self.cpu_seconds = float(state["cpu_seconds"])
        self.rng.set_state(state["rng"])
        self.sampler.restore(state["sampler"])


SAVED = ("g", "d", "ema", "opt_g", "opt_d")


def gradients(loss: Tensor, module: nn.Module) -> Gradients:
    """The gradient of each parameter, None where the loss does not depend on it."""
    return torch.autograd.grad(loss, list(module.parameters()), allow_unused=True)


def update(optimiser: torch.optim.Optimizer, parameters: list[nn.Parameter], parts: list[Gradients]) -> None:
    """One optimiser step with the sum of the parts' gradients."""
    for parameter, *found in zip(parameters, *parts, strict=True):
        known = [gradient for gradient in found if gradient is not None]
        parameter.grad = sum(known[1:], known[0]) if known else None
    optimiser.step()


def train(
    trainer: Trainer, out: Path, cpu_minutes: float, report_seconds: float = 120.0
) -> Iterator[dict[str, float]]:
    """Train until the budget of processor time is spent, yielding a record now and then.

    Each record goes to ``log.jsonl``; with it ``state.pt`` is renewed, and at each snapshot minute of the
    recipe
    the averaged generator is kept as ``snapshot-MIN.pt``.
    """
    out.mkdir(parents=True, exist_ok=True)
    snapshots = [m for m in trainer.settings.snapshot_minutes if m * 60 > trainer.cpu_seconds]
    reported, mean = time.monotonic(), {}
    while trainer.cpu_seconds < cpu_minutes * 60:
        losses = trainer.step()
        mean = {k: 0.98 * mean.get(k, v) + 0.02 * v for k, v in losses.items()} | {
            k: v for k, v in mean.items() if k not in losses
        }
        if snapshots and trainer.cpu_seconds >= snapshots[0] * 60:
            keep_snapshot(trainer.ema, out / f"snapshot-{snapshots.pop(0):g}.pt")
        if time.monotonic() - reported > report_seconds:
            yield report(trainer, mean, out)
            reported = time.monotonic()
    yield report(trainer, mean, out)


def keep_snapshot(generator: nn.Module, path: Path) -> None:
    """Keep an averaged generator as it is now."""
    checkpoint.save(path, generator.state_dict())


def report(trainer: Trainer, losses: dict[str, float], out: Path) -> dict[str, float]:
    """Append a line to the log and renew the checkpoint."""
    minutes = trainer.cpu_seconds / 60
    record = {
        "images": trainer.images,
        "cpu_minutes": round(minutes, 2),
        **{k: round(v, 4) for k, v in losses.items()},
    }
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(record) + "\n")
    checkpoint.save(out / "state.pt", trainer.state())
    return record
