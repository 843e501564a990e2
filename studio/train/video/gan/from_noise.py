"""The game of `video`: clips from noise against a critic of single pictures and a critic of motion.

Splitting the critic in two (Tulyakov et al. 2018, MoCoGAN) lets the costly one over time look at half size.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from studio.nets.discriminator import Discriminator
from studio.nets.video import VideoGenerator
from studio.train.objectives import hinge_fake, hinge_real, raise_score
from studio.train.video.gan.critics import ClipCritic, augmented, halved
from studio.train.video.gan.game import Game, Parts
from studio.train.video.gan.loops import Loops
from studio.train.video.gan.recipe import Training

PICTURES = 2  # frames of each clip that the critic of pictures sees


class FromNoise(Game):
    """See the module."""

    def __init__(self, network: dict[str, Any], settings: Training, data: Loops, cpu_minutes: float) -> None:
        torch.manual_seed(settings.seed)
        net = VideoGenerator(**network)
        side, frames, channels = net.resolution, net.frames, net.channels
        motion = ClipCritic(channels, settings.critic, side // 2, frames)
        looks = Discriminator(side, channels, settings.picture_critic)
        super().__init__({"net": net, "clips": motion, "pictures": looks}, settings, cpu_minutes)
        self.data, self.generator, self.motion, self.looks = data, net, motion, looks
        self.labels = torch.zeros(PICTURES * settings.batch, 0, dtype=torch.long)

    def noise(self) -> Tensor:
        """Fresh noise."""
        length = self.generator.z_dim + self.generator.motion_dim
        return torch.randn(self.settings.batch, length, generator=self.torch_rng)

    def seen(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """What the critics get to see: clips at half size, and some of their pictures."""
        clips = augmented(clips, self.settings.augment, self.torch_rng)
        n, _, t = clips.shape[:3]
        which = torch.randint(t, (n, PICTURES), generator=self.torch_rng)
        pictures = torch.cat([clips[torch.arange(n), :, which[:, i]] for i in range(PICTURES)])
        return halved(clips), pictures

    def critics_losses(self) -> Parts:
        real = self.data.draw(self.rng, self.settings.batch) * 2 - 1
        with torch.autocast("cpu", torch.bfloat16):
            self.made = self.generator(self.noise())
        made = self.made.clip.detach().float()
        (real_clips, real_pictures), (made_clips, made_pictures) = self.seen(real), self.seen(made)
        with torch.autocast("cpu", torch.bfloat16):
            score, rebuilt = self.looks.score_and_rebuild(real_pictures, self.labels)
            lost = {
                "d_clips": hinge_real(self.motion(real_clips)) + hinge_fake(self.motion(made_clips)),
                "d_pictures": hinge_real(score) + hinge_fake(self.looks(made_pictures, self.labels)),
            }
        small = torch.nn.functional.avg_pool2d(real_pictures, 2)
        return lost | {"rebuild": (rebuilt.float() - small).abs().mean()}

    def players_losses(self) -> Parts:
        """The same clips that the critics have just learnt from: drawing them costs the most."""
        with torch.autocast("cpu", torch.bfloat16):
            clips, pictures = self.seen(self.made.clip.float())
            return {
                "g_clips": raise_score(self.motion(clips)),
                "g_pictures": raise_score(self.looks(pictures, self.labels)),
                "mask": self.settings.weights.get("mask", 0.1) * self.made.mask.float().mean(),
            }
