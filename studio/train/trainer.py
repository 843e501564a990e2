"""The training step: one update of D, one of G, an averaged copy of G, and nothing hidden.

Every batch is worked on in parts, each with random numbers of its own. Parts are shared out over threads and,
under ``torchrun``, over processes; gradients are summed before each update. So the result depends on the
number of parts and the seed, and not on how many threads or processes there are (but for rounding, and for
batch normalisation, which sees the pictures of its part).
"""

from __future__ import annotations

import contextlib
import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.engine.recipe import Recipe
from studio.model.errors import UserError
from studio.train.crew import Crew
from studio.train.datasets import Data, Sampler
from studio.train.diffaugment import Adaptive, augment
from studio.train.families import build
from studio.train.loop import Gradients, assign, average, bfloat16, gradients, summed
from studio.train.objectives import OBJECTIVES, PAIRED
from studio.train.penalties import one_centred, zero_centred
from studio.train.settle import settle
from studio.train.team import Team

Job = tuple[Gradients, dict[str, float]]
SAVED = ("g", "d", "ema", "opt_g", "opt_d")


@dataclass(frozen=True)
class Part:
    """A part of a batch: its labels (n, A), its own random numbers, and the generator that draws it."""

    labels: Tensor
    rng: torch.Generator
    generator: nn.Module


class Trainer:
    """Two networks, their optimisers, the averaged generator and every random state."""

    def __init__(self, recipe: Recipe, data: Data, team: Team | None = None) -> None:
        self.recipe, self.settings, self.data = recipe, recipe.train, data
        self.team = team or Team(cpu=True)
        self.device = self.team.device
        if self.team.size > self.settings.parts:
            sentence = f"{self.team.size} processes cannot share {self.settings.parts} parts of a batch."
            raise UserError(sentence, "Set parts in the recipe to a multiple of the processes.")
        self.family = build(recipe, data)
        self.g = self.family.generator.to(self.device, memory_format=torch.channels_last)
        self.d = self.family.discriminator.to(self.device, memory_format=torch.channels_last)
        self.ema = copy.deepcopy(self.g).eval().requires_grad_(False)
        self.generators = [self.g, *(twin(self.g) for _ in range(1, self.settings.parts))]
        fused = self.device.type in ("cpu", "cuda")
        self.opt_g = torch.optim.Adam(
            self.family.groups_g(self.settings), betas=self.settings.betas, fused=fused
        )
        self.opt_d = torch.optim.Adam(
            self.family.groups_d(self.settings), betas=self.settings.betas, fused=fused
        )
        self.sampler = Sampler(data, self.settings.seed, self.settings.flip)
        self.rng = torch.Generator().manual_seed(self.settings.seed)
        self.adaptive = Adaptive(self.settings.adaptive)
        self.crew = Crew(self.settings.threads if self.device.type == "cpu" else 1)
        self.steps = self.images = 0
        self.settled: tuple[int, nn.Module] = -1, self.ema
        self.cpu_seconds = self.seconds = 0.0

    def close(self) -> None:
        """End the threads."""
        self.crew.close()

    def step(self) -> dict[str, float]:
        """One update of each network on one batch; returns the losses."""
        began, processor = time.perf_counter(), time.process_time()
        drawn = self.sampler.draw(self.settings.batch)
        if self.settings.by_label:
            drawn = drawn[torch.from_numpy(self.data.labels[drawn.rows.numpy(), 0]).argsort(stable=True)]
        rows = torch.arange(len(drawn)).chunk(self.settings.parts)
        rngs, mine = self.random(len(rows)), self.team.share(len(rows))
        real, labels = self.sampler.fetch(drawn[torch.cat([rows[i] for i in mine])])
        parts = labels.to(self.device).split([len(rows[i]) for i in mine])
        nets = self.generators[: len(mine)]
        work = [Part(*part) for part in zip(parts, [rngs[i] for i in mine], nets, strict=True)]
        made = self.crew.run([partial(self.make, part) for part in work])
        self.family.follow(self.mean_style([mean for _, mean in made], len(rows)))
        fakes, real = [fake for fake, _ in made], real.to(self.device)
        losses = self.step_discriminator(real, torch.cat(fakes).detach(), work)
        losses |= self.step_generator(fakes, real, work)
        self.steps += 1
        self.images += self.settings.batch
        self.average()
        self.cpu_seconds += time.process_time() - processor
        self.seconds += time.perf_counter() - began
        return losses

    def random(self, n: int) -> list[torch.Generator]:
        """A random generator for each part of a batch, so that parts can be worked on side by side."""
        seeds = torch.randint(2**62, (n,), generator=self.rng).tolist()
        return [torch.Generator().manual_seed(seed) for seed in seeds]

    def make(self, part: Part) -> tuple[Tensor, Tensor]:
        """Pictures of one part of the batch, and their mean style."""
        with self.precision():
            return self.family.make(part.generator, part.labels, part.rng)

    def mean_style(self, means: list[Tensor], parts: int) -> list[Tensor]:
        """The mean over every process's parts of their mean styles."""
        if self.team.size == 1:
            return means
        (total,) = self.team.sum([torch.stack(means).sum(0)])
        return [total / parts]

    def share_of(self, pictures: Tensor) -> float:
        """The part of the batch that some pictures are: what their mean loss weighs."""
        return len(pictures) / self.settings.batch

    def changed(self, x: Tensor, work: Sequence[Part]) -> list[Tensor]:
        """Each part augmented by its own random numbers."""
        return [
            augment(some, self.settings.augment, part.rng, self.adaptive.share)
            for some, part in zip(x.split([len(part.labels) for part in work]), work, strict=True)
        ]

    def step_discriminator(self, real: Tensor, fake: Tensor, work: Sequence[Part]) -> dict[str, float]:
        """One update of D; real and made pictures are two jobs, or the pairs of each part one each."""
        reals, fakes = self.changed(real, work), self.changed(fake, work)
        labels = torch.cat([part.labels for part in work])
        real, fake = torch.cat(reals), torch.cat(fakes)
        if self.settings.objective in PAIRED:
            pairs = zip(reals, fakes, [part.labels for part in work], strict=True)
            jobs = [partial(self.judge_pairs, *pair) for pair in pairs]
        else:
            jobs = [partial(self.judge_real, real, labels), partial(self.judge_fake, fake, labels)]
        if self.settings.objective == "wasserstein" and self.settings.wasserstein:
            jobs.append(partial(self.judge_between, real, fake, labels, work[0].rng))
        done = self.crew.run(jobs)
        losses = self.update(self.opt_d, self.d, done)
        self.adaptive.see(losses.pop("signs"), self.settings.batch)
        return losses

    def judge_real(self, real: Tensor, labels: Tensor) -> Job:
        """D's gradients at real pictures, with the gradient penalty every few steps."""
        with self.precision():
            score, rebuilt = self.family.score_real(real, labels)
        loss = OBJECTIVES[self.settings.objective].real(score)
        losses = {"d_real": loss.item(), "real": score.mean().item()}
        loss = self.rebuild(loss, rebuilt, real, losses)
        loss = self.penalise(loss, real, labels, "r1", self.settings.r1_gamma, losses)
        return self.weighed(loss, self.d, losses, real, score)

    def judge_fake(self, fake: Tensor, labels: Tensor) -> Job:
        """D's gradients at made pictures."""
        with self.precision():
            score = self.d(fake, labels)
        loss = OBJECTIVES[self.settings.objective].fake(score)
        losses = {"d_fake": loss.item(), "fake": score.mean().item()}
        loss = self.penalise(loss, fake, labels, "r2", self.settings.r2_gamma, losses)
        return self.weighed(loss, self.d, losses, fake)

    def judge_pairs(self, real: Tensor, fake: Tensor, labels: Tensor) -> Job:
        """D's gradients where each real picture is set against a made one of the same label."""
        with self.precision():
            score, rebuilt = self.family.score_real(real, labels)
            other = self.d(fake, labels)
        loss = PAIRED[self.settings.objective](score, other)
        losses = {"d": loss.item(), "real": score.mean().item(), "fake": other.mean().item()}
        loss = self.rebuild(loss, rebuilt, real, losses)
        loss = self.penalise(loss, real, labels, "r1", self.settings.r1_gamma, losses)
        loss = self.penalise(loss, fake, labels, "r2", self.settings.r2_gamma, losses)
        return self.weighed(loss, self.d, losses, real, score - other)

    def judge_between(self, real: Tensor, fake: Tensor, labels: Tensor, rng: torch.Generator) -> Job:
        """D's gradients from the Wasserstein penalty between real and made pictures."""
        loss = one_centred(lambda x: self.d(x, labels), real, fake, rng)
        return self.weighed(self.settings.wasserstein * loss, self.d, {"penalty": loss.item()}, real)

    def rebuild(self, loss: Tensor, rebuilt: Tensor | None, real: Tensor, losses: dict[str, float]) -> Tensor:
        """Add the error of the pictures rebuilt by D, where its family does that."""
        if rebuilt is None:
            return loss
        error = F.l1_loss(rebuilt.float(), F.avg_pool2d(real, 2))
        losses["rebuild"] = error.item()
        return loss + self.settings.reconstruction * error

    def penalise(
        self, loss: Tensor, x: Tensor, labels: Tensor, name: str, gamma: float, losses: dict[str, float]
    ) -> Tensor:
        """Add a gradient penalty every few steps, weighted as if it were there each step (lazily)."""
        if not gamma or self.steps % self.settings.r1_every:
            return loss
        penalty = zero_centred(lambda y: self.d(y, labels), x)
        losses[name] = penalty.item()
        return loss + gamma * self.settings.r1_every * penalty

    def weighed(
        self, loss: Tensor, net: nn.Module, losses: dict[str, float], x: Tensor, sure: Tensor | None = None
    ) -> Job:
        """The gradients of a mean over some pictures, weighed by their share of the batch.

        ``sure`` is above 0 where D takes a real picture for real. Of pairs it is the difference of their
        scores: what both have in common is left to chance by a relativistic objective.
        """
        share = self.share_of(x)
        found = {name: value * share for name, value in losses.items()}
        if sure is not None:
            found["signs"] = sure.detach().sign().sum().item()
        return gradients(loss * share, net), found

    def step_generator(self, fakes: Sequence[Tensor], real: Tensor, work: Sequence[Part]) -> dict[str, float]:
        """One update of G through the D just updated."""
        self.d.requires_grad_(False)
        reals = real.split([len(fake) for fake in fakes])
        jobs = [partial(self.please, *job) for job in zip(fakes, reals, work, strict=True)]
        done = self.crew.run(jobs)
        self.d.requires_grad_(True)
        return self.update(self.opt_g, self.g, done)

    def please(self, fake: Tensor, real: Tensor, part: Part) -> Job:
        """G's gradients from one part of the batch."""
        changes = self.settings.augment, part.rng, self.adaptive.share
        with self.precision():
            score = self.d(augment(fake, *changes), part.labels)
        if self.settings.objective in PAIRED:
            with self.precision():
                rival = self.d(augment(real, *changes), part.labels)
            loss = PAIRED[self.settings.objective](score, rival)
        else:
            loss = OBJECTIVES[self.settings.objective].generator(score)
        return self.weighed(loss, self.g, {"g": loss.item()}, fake)

    def precision(self) -> contextlib.AbstractContextManager[Any]:
        """bfloat16 where the recipe says so and the device knows it (half again as fast)."""
        return bfloat16(self.device.type) if self.settings.bfloat16 else contextlib.nullcontext()

    def update(
        self, optimiser: torch.optim.Optimizer, net: nn.Module, jobs: Sequence[Job]
    ) -> dict[str, float]:
        """One optimiser step with the sum of every job's gradients, in all processes; the summed losses.

        A sum that is not finite leaves the network as it was; the losses then tell.
        """
        parameters = list(net.parameters())
        losses: dict[str, float] = {}
        for _, told in jobs:
            for name, value in told.items():
                losses[name] = losses.get(name, 0.0) + value
        found = summed(gradients for gradients, _ in jobs)
        if self.team.size > 1:
            found, losses = self.shared(parameters, found, losses)
        assign(parameters, found)
        norm = self.clipped(parameters)
        losses[f"norm_{'g' if net is self.g else 'd'}"] = norm
        if math.isfinite(norm):
            optimiser.step()
        return losses

    def clipped(self, parameters: Sequence[nn.Parameter]) -> float:
        """The norm of all gradients, before they were shortened to the recipe's largest."""
        if self.settings.clip:
            return nn.utils.clip_grad_norm_(parameters, self.settings.clip).item()
        return nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None]).item()

    def shared(
        self, parameters: Sequence[Tensor], found: list[Tensor | None], losses: dict[str, float]
    ) -> tuple[list[Tensor | None], dict[str, float]]:
        """Gradients and losses summed over all processes."""
        known = [torch.zeros_like(p) if s is None else s for p, s in zip(parameters, found, strict=True)]
        *known, told = self.team.sum([*known, torch.tensor(list(losses.values()), device=self.device)])
        return list(known), dict(zip(losses, told.tolist(), strict=True))

    @torch.no_grad()
    def average(self) -> None:
        """Let the averaged G follow; batch statistics are taken over as they are."""
        average(self.ema, self.g, self.images, self.settings.batch, self.settings.ema_images)
        for mean, now in zip(self.ema.buffers(), self.g.buffers(), strict=True):
            mean.copy_(now)

    def drawing(self) -> nn.Module:
        """A copy of the averaged G, settled, to draw with."""
        if self.settled[0] != self.steps:
            self.settled = self.steps, settle(copy.deepcopy(self.ema), self.data)
        return self.settled[1]

    def state(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        modules: dict[str, Any] = {name: getattr(self, name).state_dict() for name in SAVED}
        counters = {"steps": self.steps, "images": self.images}
        clocks = {"cpu_seconds": self.cpu_seconds, "seconds": self.seconds}
        random = {"rng": self.rng.get_state(), "sampler": self.sampler.state()}
        return {**modules, **counters, **clocks, **random, "adaptive": self.adaptive.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state: the next losses are those an uninterrupted run would have had."""
        for name in SAVED:
            getattr(self, name).load_state_dict(state[name])
        self.settled = -1, self.ema
        self.steps, self.images = int(state["steps"]), int(state["images"])
        self.cpu_seconds = float(state["cpu_seconds"])
        self.seconds = float(state.get("seconds", self.cpu_seconds))
        self.rng.set_state(state["rng"])
        self.sampler.restore(state["sampler"])
        if "adaptive" in state:
            self.adaptive.restore(state["adaptive"])


def twin(net: nn.Module) -> nn.Module:
    """The same parameters with buffers of its own: threads that share batch normalisation would overwrite
    each other's running statistics. Those of the first part of a batch are the ones that are kept.
    """
    return copy.deepcopy(net, {id(parameter): parameter for parameter in net.parameters()})
