"""What the interpolator learns: real frames left out of a clip, and scenes whose motion is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.interpolate import STRIDE, Between, Interpolator
from studio.train.loop import bfloat16
from studio.train.photo.photographs import Crops
from studio.train.video.clips import Sequences
from studio.train.video.motion import layers, render
from studio.train.video.recipe import VideoRecipe

Rng = np.random.Generator
SPANS = (2, 2, 3, 4)  # how far apart the given frames of a real clip are


@dataclass(frozen=True)
class Batch:
    """Two frames and the one between, (N, 3, H, W); moments (N,); motion (M, 4, H, W) of the first M."""

    first: Tensor
    middle: Tensor
    last: Tensor
    t: Tensor
    flows: Tensor


class Interpolation:
    """The task as the trainer sees it. ``crops`` must be larger than the training crops, for room to move."""

    def __init__(self, plan: VideoRecipe, sequences: Sequences, crops: Crops) -> None:
        self.plan, self.sequences, self.crops = plan, sequences, crops

    def build(self) -> nn.Module:
        """The recipe's network, freshly initialised from its seed."""
        torch.manual_seed(self.plan.train.seed)
        return Interpolator(**self.plan.network)

    def losses(self, net: nn.Module, rng: Rng, progress: float) -> dict[str, Tensor]:
        """The parts of the loss on one batch; real clips come in as training goes on."""
        settings = self.plan.train
        real = round(settings.batch * settings.real * min(1.0, 1.5 * progress))
        batch = self.batch(rng, settings.batch - real, real)
        with bfloat16():
            made = net(batch.first, batch.last, batch.t)
        return weigh(parts(made, batch), settings.weights)

    def state(self) -> dict[str, Any]:
        """Where the textures' random numbers stand."""
        return self.crops.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved place."""
        self.crops.restore(state)

    def batch(self, rng: Rng, made_up: int, real: int) -> Batch:
        """Scenes with known motion first, then real triplets; inputs carry a little noise."""
        scenes = [self.scene(rng) for _ in range(made_up)]
        triplets = [self.triplet(rng) for _ in range(real)]
        frames = [*(s[0] for s in scenes), *(s[0] for s in triplets)]
        first, middle, last = (torch.stack([f[i] for f in frames]) for i in range(3))
        t = torch.tensor([*(s[1] for s in scenes), *(s[1] for s in triplets)])
        side = self.plan.train.crop
        flows = torch.stack([s[2] for s in scenes]) if scenes else torch.zeros(0, 4, side, side)
        grain = rng.uniform(0, 0.01)
        noise = [grain * torch.from_numpy(rng.standard_normal(x.shape, np.float32)) for x in (first, last)]
        return Batch(first + noise[0], middle, last + noise[1], t, flows)

    def scene(self, rng: Rng) -> tuple[list[Tensor], float, Tensor]:
        """A made-up scene: three frames, the moment of the middle one, and its motion (4, H, W)."""
        side = self.plan.train.crop
        t = 0.5 if rng.random() < 0.5 else float(rng.uniform(0.1, 0.9))
        found = render(layers(rng, self.crops, side), (0.0, t, 1.0), side)
        return found.frames, t, torch.cat(found.flows)

    def triplet(self, rng: Rng) -> tuple[list[Tensor], float]:
        """Three frames of a real clip, and the moment of the middle one."""
        span = SPANS[int(rng.integers(len(SPANS)))]
        at = int(rng.integers(1, span))
        pixels = torch.from_numpy(self.sequences.draw(rng, span)[[0, at, span]])
        return list(pixels.permute(0, 3, 1, 2).float() / 255), at / span


def parts(made: Between, batch: Batch) -> dict[str, Tensor]:
    """Distances from the frame that was left out, and from the motion where it is known."""
    known = len(batch.flows)
    found = {
        "pixel": charbonnier(made.frame - batch.middle),
        "blend": charbonnier(made.blend - batch.middle),
        "edges": sum((edges(made.frame, batch.middle, s) for s in (1, 2, 4)), torch.zeros(())),
    }
    if known:
        found["motion"] = sum(
            (motion_error(flow[:known].float(), batch.flows) for flow in made.flows), torch.zeros(())
        )
    return found


def charbonnier(error: Tensor) -> Tensor:
    """Mean absolute error, rounded at zero."""
    return (error.square() + 1e-6).sqrt().mean()


def edges(made: Tensor, real: Tensor, scale: int) -> Tensor:
    """Mean absolute difference of the steps between neighbours at a scale."""
    error = F.avg_pool2d(made - real, scale) if scale > 1 else made - real
    across, down = error[..., 1:] - error[..., :-1], error[..., 1:, :] - error[..., :-1, :]
    return across.abs().mean() + down.abs().mean()


def motion_error(flow: Tensor, real: Tensor) -> Tensor:
    """Mean distance of the motion at one scale from the known one, in pixels of the frame."""
    scale = real.shape[3] // flow.shape[3]
    wanted = F.avg_pool2d(real, scale)
    step = STRIDE * (scale // STRIDE)
    return (flow * step - wanted).abs().clamp(max=40).mean()


def weigh(found: dict[str, Tensor], weights: dict[str, float]) -> dict[str, Tensor]:
    """Each part times its weight."""
    return {name: weights.get(name, 0.0) * value for name, value in found.items()}
