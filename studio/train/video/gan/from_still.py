"""The game of `animate`: from one frame of a loop and noise, the rest of the loop.

A reader tells from the whole loop which noise it was (as in the bicycle of Zhu et al. 2017), so that other
noise comes to mean other motion; a critic of clips judges what is made from noise that nobody read.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from studio.nets.animate import Animator, moved
from studio.train.objectives import hinge_fake, hinge_real, raise_score
from studio.train.video.gan.critics import ClipCritic, Reader, augmented, divergence, edges, halved
from studio.train.video.gan.game import Game, Parts
from studio.train.video.gan.loops import FRAMES, SIDE
from studio.train.video.gan.recipe import Training
from studio.train.video.gan.stock import Stock

MOMENTS = torch.arange(FRAMES) / FRAMES


class FromStill(Game):
    """See the module."""

    PLAYERS = ("net", "reader")

    def __init__(self, network: dict[str, Any], settings: Training, data: Stock, cpu_minutes: float) -> None:
        torch.manual_seed(settings.seed)
        net = Animator(**network)
        reader = Reader(8, (24, 48, 96), SIDE // 2, FRAMES, net.z_dim)
        critic = ClipCritic(8, settings.critic, SIDE // 2, FRAMES)
        super().__init__({"net": net, "reader": reader, "clips": critic}, settings, cpu_minutes)
        self.data, self.generator, self.reader, self.critic = data, net, reader, critic

    def made(self, still: Tensor, z: Tensor) -> Tensor:
        """The loop (N, 4, T, R, R) in 0..1 of stills (N, 4, R, R)."""
        with torch.autocast("cpu", torch.bfloat16):
            motion = self.generator(still, z)
        return moved(still, *motion.at(MOMENTS)).transpose(1, 2)

    def noise(self, n: int) -> Tensor:
        """Fresh noise."""
        return torch.randn(n, self.generator.z_dim, generator=self.torch_rng)

    def critics_losses(self) -> Parts:
        real = self.data.draw(self.rng, self.settings.batch)
        with torch.no_grad():
            made = self.made(real[:, :, 0], self.noise(len(real)))
        both = augmented(torch.cat([beside(real), beside(made)]), self.settings.augment, self.torch_rng)
        with torch.autocast("cpu", torch.bfloat16):
            score_real, score_made = self.critic(both).chunk(2)
        return {"d_clips": hinge_real(score_real) + hinge_fake(score_made)}

    def players_losses(self) -> Parts:
        weights = self.settings.weights
        real = self.data.draw(self.rng, self.settings.batch)
        still, n = real[:, :, 0], len(real)
        with torch.autocast("cpu", torch.bfloat16):
            mean, spread = self.reader(beside(real))
        read = mean + (0.5 * spread).exp() * self.noise(n)
        again, free = self.made(torch.cat([still, still]), torch.cat([read, self.noise(n)])).chunk(2)
        with torch.autocast("cpu", torch.bfloat16):
            shown = augmented(beside(free), self.settings.augment, self.torch_rng)
            score = raise_score(self.critic(shown))
        return {
            "pixel": weights["pixel"] * distance(again, real),
            "edges": weights["edges"] * edges(again - real),
            "noise": weights["noise"] * divergence(mean, spread),
            "g_clips": weights["critic"] * score,
        }


def beside(loops: Tensor) -> Tensor:
    """What critic and reader see, at half size: the loop in [-1, 1] and its change since the first frame."""
    small = halved(loops)
    return torch.cat([small * 2 - 1, 2 * (small - small[:, :, :1])], 1)


def distance(made: Tensor, real: Tensor) -> Tensor:
    """Mean absolute error, rounded at zero; what moves in the real loop counts up to five times."""
    moving = (real - real[:, :, :1]).abs().amax(1, keepdim=True)
    return (((made - real).square() + 1e-6).sqrt() * (1 + 8 * moving.clamp(max=0.5))).mean()
