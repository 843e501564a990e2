"""The game of `video`: clips from noise against a critic of single pictures and a critic of motion.

Splitting the critic in two (Tulyakov et al. 2018, MoCoGAN) lets the costly one over time look at half size.
Half of the clips are drawn from noise that a reader found in a real clip, and shall be that clip again
(Larsen et al. 2016, VAE-GAN): with so few clips and minutes the critics alone do not get beyond coloured
shapes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio.nets.discriminator import Discriminator
from studio.nets.video import VideoGenerator
from studio.train.objectives import hinge_fake, hinge_real, raise_score
from studio.train.video.gan.critics import ClipCritic, Reader, augmented, divergence, edges, halved
from studio.train.video.gan.game import Game, Parts
from studio.train.video.gan.loops import SIDE, Loops
from studio.train.video.gan.recipe import Training

FOLLOWED = 0.02  # share of the newest codes in their mean and covariance
CRITIC_SIDE = SIDE // 2  # of the clips that critic and reader see, pixels
PICTURES = 2  # frames of each clip that the critic of pictures sees


class FromNoise(Game):
    """See the module."""

    PLAYERS = ("net", "reader")

    def __init__(self, network: dict[str, Any], settings: Training, data: Loops, cpu_minutes: float) -> None:
        torch.manual_seed(settings.seed)
        net = VideoGenerator(**network)
        side, frames, channels = net.resolution, net.frames, net.channels
        motion = ClipCritic(channels, settings.critic, min(side, CRITIC_SIDE), frames)
        looks = Discriminator(side, channels, settings.picture_critic)
        reader = Reader(channels, (24, 48, 96), min(side, CRITIC_SIDE), frames, net.z_dim + net.motion_dim)
        nets: dict[str, nn.Module] = {"net": net, "reader": reader, "clips": motion, "pictures": looks}
        super().__init__(nets, settings, cpu_minutes)
        self.data, self.generator, self.reader = data, net, reader
        self.motion, self.looks = motion, looks
        self.labels = torch.zeros(PICTURES * settings.batch, 0, dtype=torch.long)

    def noise(self) -> Tensor:
        """Fresh noise."""
        length = self.generator.z_dim + self.generator.motion_dim
        return torch.randn(self.settings.batch, length, generator=self.torch_rng)

    def real(self) -> Tensor:
        """Real clips of the generator's size."""
        clips = self.data.draw(self.rng, self.settings.batch) * 2 - 1
        return clips if self.generator.resolution == SIDE else halved(clips)

    def seen(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """What the critics get to see: clips at half size, and some of their pictures."""
        clips = augmented(clips, self.settings.augment, self.torch_rng)
        n, _, t = clips.shape[:3]
        which = torch.randint(t, (n, PICTURES), generator=self.torch_rng)
        pictures = torch.cat([clips[torch.arange(n), :, which[:, i]] for i in range(PICTURES)])
        return small(clips), pictures

    def critics_losses(self) -> Parts:
        """The critics' losses on fresh clips; half of those made are real ones drawn again."""
        real = self.real()
        self.known = real[: self.settings.batch // 2]
        with torch.autocast("cpu", torch.bfloat16):
            self.mean, self.spread = self.reader(small(self.known))
        noise, n = self.noise(), len(self.known)
        read = self.mean + (0.5 * self.spread).exp() * noise[:n]
        self.generator.follow(read.detach(), FOLLOWED)
        with torch.autocast("cpu", torch.bfloat16):
            self.made = self.generator.draw(torch.cat([read, self.generator.codes(noise[n:]).float()]))
        made = self.made.clip.detach().float()
        (real_clips, real_pictures), (made_clips, made_pictures) = self.seen(real), self.seen(made)
        with torch.autocast("cpu", torch.bfloat16):
            score, rebuilt = self.looks.score_and_rebuild(real_pictures, self.labels)
            lost = {
                "d_clips": hinge_real(self.motion(real_clips)) + hinge_fake(self.motion(made_clips)),
                "d_pictures": hinge_real(score) + hinge_fake(self.looks(made_pictures, self.labels)),
            }
        wanted = torch.nn.functional.avg_pool2d(real_pictures, 2)
        return lost | {"rebuild": (rebuilt.float() - wanted).abs().mean()}

    def players_losses(self) -> Parts:
        """On the same clips that the critics have just learnt from: drawing them costs the most."""
        weights = self.settings.weights
        again = self.made.clip[: len(self.known)].float()
        with torch.autocast("cpu", torch.bfloat16):
            clips, pictures = self.seen(self.made.clip.float())
            lost = {
                "g_clips": weights["critics"] * raise_score(self.motion(clips)),
                "g_pictures": weights["critics"] * raise_score(self.looks(pictures, self.labels)),
                "mask": weights["mask"] * self.made.mask.float().mean(),
            }
        return lost | {
            "pixel": weights["pixel"] * (again - self.known).abs().mean(),
            "edges": weights["edges"] * edges(again - self.known),
            "noise": weights["noise"] * divergence(self.mean, self.spread),
        }


def small(clips: Tensor) -> Tensor:
    """Clips as critic and reader see them."""
    return clips if clips.shape[-1] <= CRITIC_SIDE else halved(clips)
