"""What the predictor learns: to go on with real clips, and with scenes whose motion is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from studio.nets.predict import CONTEXT, Course, Predictor, follow, look_back
from studio.train.loop import bfloat16
from studio.train.photo.photographs import Crops
from studio.train.video.adversary import Adversary
from studio.train.video.clips import Sequences
from studio.train.video.interpolation import charbonnier, edges, weigh
from studio.train.video.motion import layers, onward
from studio.train.video.recipe import VideoRecipe

Rng = np.random.Generator
STRIDES = (1, 1, 1, 2)  # frames of a real clip from one that is used to the next
LONGEST = max(STRIDES) * (CONTEXT + 7)  # frames that a look ahead may span


@dataclass(frozen=True)
class Batch:
    """Given frames and the ones after them, (N, 3, H, W) each; motion of the first M rows from each of the
    latter to the frame before, (M, 2, H, W).
    """

    context: list[Tensor]
    after: list[Tensor]
    flows: list[Tensor]


class Prediction:
    """The task as the trainer sees it. ``crops`` must be larger than the training crops, for room to move."""

    def __init__(self, plan: VideoRecipe, sequences: Sequences, crops: Crops) -> None:
        self.plan, self.sequences, self.crops = plan, sequences, crops
        torch.manual_seed(plan.train.seed)
        self.adversary = Adversary(plan.train.versus, CONTEXT) if plan.train.versus else None

    def build(self) -> nn.Module:
        """The recipe's network: fresh from its seed, or as another model left it."""
        torch.manual_seed(self.plan.train.seed)
        net = Predictor(**self.plan.network)
        if self.plan.train.begin:
            weights = load_file(Path(self.plan.train.begin))
            net.load_state_dict({name: value.float() for name, value in weights.items()})
        return net

    def losses(self, net: nn.Module, rng: Rng, progress: float) -> dict[str, Tensor]:
        """The parts of the loss on one batch; real clips and longer looks ahead come in by and by."""
        settings = self.plan.train
        real = round(settings.batch * settings.real * min(1.0, settings.real_by * progress))
        batch = self.batch(rng, settings.batch - real, real, ahead(settings.ahead, progress))
        with torch.no_grad():
            past = look_back(batch.context)
        with bfloat16():
            courses = cast(Predictor, net).courses(past, len(batch.after))
        made = [follow(batch.context[-1], course) for course in courses]
        found = weigh(parts(made, courses, batch), settings.weights)
        if self.adversary:
            found |= contest(self.adversary, batch, made, int(rng.integers(len(made))))
        return found

    def state(self) -> dict[str, Any]:
        """Where the textures' random numbers stand, and the critics."""
        return self.crops.state() | ({"adversary": self.adversary.state()} if self.adversary else {})

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved place."""
        self.crops.restore(state)
        if self.adversary:
            self.adversary.restore(state["adversary"])

    def batch(self, rng: Rng, made_up: int, real: int, count: int) -> Batch:
        """Scenes with known motion first, then real ones; given frames carry a little noise."""
        scenes = [self.scene(rng, count) for _ in range(made_up)]
        rows = [s[0] for s in scenes] + [self.excerpt(rng, count) for _ in range(real)]
        frames = [torch.stack([row[i] for row in rows]) for i in range(CONTEXT + count)]
        flows = [torch.stack([s[1][i] for s in scenes]) for i in range(count)] if scenes else []
        grain = float(rng.uniform(0, 0.01))
        noise = [grain * torch.from_numpy(rng.standard_normal(x.shape, np.float32)) for x in frames[:CONTEXT]]
        context = [x + n for x, n in zip(frames[:CONTEXT], noise, strict=True)]
        return Batch(context, frames[CONTEXT:], flows)

    def scene(self, rng: Rng, count: int) -> tuple[list[Tensor], list[Tensor]]:
        """A made-up scene: frames, and the motion of each that is to be predicted to the one before."""
        side, pace = self.plan.train.crop, float(rng.uniform(0.08, 0.5))
        moments = [i * pace for i in range(CONTEXT + count)]
        found = onward(layers(rng, self.crops, side), moments, side)
        return found.frames, found.flows[CONTEXT - 1 :]

    def excerpt(self, rng: Rng, count: int) -> list[Tensor]:
        """Neighbouring frames of a real clip, or every other one."""
        stride = STRIDES[int(rng.integers(len(STRIDES)))]
        pixels = self.sequences.draw(rng, stride * (CONTEXT + count - 1))[::stride]
        return list(torch.from_numpy(pixels.copy()).permute(0, 3, 1, 2).float() / 255)


def ahead(most: int, progress: float) -> int:
    """How many frames are predicted from one another: one at first, ``most`` from a third on."""
    return min(most, 1 + int(3 * progress * most))


def parts(made: list[Tensor], courses: list[Course], batch: Batch) -> dict[str, Tensor]:
    """Mean over the frames ahead: distance, gradient difference, and from the motion where it is known."""
    found: dict[str, list[Tensor]] = {"pixel": [], "edges": []}
    for frame, real in zip(made, batch.after, strict=True):
        found["pixel"].append(charbonnier(frame - real))
        found["edges"].append(sum((edges(frame, real, s) for s in (1, 2, 4)), torch.zeros(())))
    for course, flow in zip(courses, batch.flows, strict=False):
        error = (course.flow[: len(flow)] - flow).abs().clamp(max=40).mean()
        found.setdefault("motion", []).append(error)
    return {name: torch.stack(values).mean() for name, values in found.items()}


def contest(adversary: Adversary, batch: Batch, made: list[Tensor], number: int) -> dict[str, Tensor]:
    """The critics learn from one of the frames ahead, and the network from them."""
    context, frame, real = batch.context, made[number], batch.after[number]
    loss = adversary.learn(context, real, frame)
    pleased = adversary.settings.weight * adversary.please(context, frame)
    return {"adversarial": pleased, "critics": torch.tensor(loss)}
