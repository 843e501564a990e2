"""Light generator and discriminator for few pictures (after Liu et al. 2021, FastGAN), in a small cut.

What differs from the paper, and why: the latent vector also gates each block's channels, so that two latents
can be mixed by layer as in a style-based network; the last doubling is a sub-pixel convolution, so that the
trunk never runs at full resolution; the discriminator is the studio's small residual one with its rebuilding
head (``studio.nets.discriminator``), which does what the paper's two decoders do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.style import Excitation, binomial, draw, icnr_, unit


class Block(nn.Module):
    """(N, c_in, h, w), style (N, w_dim) -> (N, c_out, 2h, 2w): doubled, convolved, noise, gated by the style.

    ``shuffle`` doubles after the convolution instead of before it.
    """

    def __init__(self, c_in: int, c_out: int, w_dim: int, shuffle: bool = False) -> None:
        super().__init__()
        self.shuffle = shuffle
        self.conv = nn.Conv2d(c_in, 2 * c_out * (4 if shuffle else 1), 3, padding=1, bias=False)
        nn.init.normal_(self.conv.weight, std=1 / math.sqrt(c_in * 9))
        if shuffle:
            icnr_(self.conv.weight)
        self.norm = nn.BatchNorm2d(2 * c_out)
        self.gate = nn.Linear(w_dim, c_out)
        nn.init.normal_(self.gate.weight, std=0.5 / math.sqrt(w_dim))
        nn.init.zeros_(self.gate.bias)
        self.noise_strength = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, w: Tensor, noise: torch.Generator | Tensor | None) -> Tensor:
        if self.shuffle:
            x = binomial(F.pixel_shuffle(self.conv(x), 2), circular=False)
        else:
            x = self.conv(F.interpolate(x, scale_factor=2))
        if noise is not None:
            drawn = noise if isinstance(noise, Tensor) else draw(noise, (x.shape[0], 1, *x.shape[2:]))
            x = x + self.noise_strength.to(x.dtype) * drawn.to(x)
        x = F.glu(self.norm(x), dim=1)
        return x * (2 * torch.sigmoid(self.gate(w)))[:, :, None, None].to(x.dtype)


class LightGenerator(nn.Module):
    """z: (N, z_dim), labels: (N, A) -> image (N, out_channels, R, R) in [-1, 1].

    It answers to the same calls as ``studio.nets.style.Generator``; W is the sphere of normalised z.

    Args:
        resolution: R, a power of two from 16.
        width: channels at R; doubled at each halving up to ``most``.
        conditions: number of values of each condition attribute; empty for none.
    """

    w_avg: Tensor
    pca_mean: Tensor
    pca_dirs: Tensor
    pca_scale: Tensor
    tileable = False

    def __init__(
        self,
        resolution: int,
        z_dim: int,
        width: int,
        most: int,
        out_channels: int,
        conditions: Sequence[int] = (),
    ) -> None:
        super().__init__()
        levels = int(math.log2(resolution)) - 1
        if 4 * 2 ** (levels - 1) != resolution or levels < 3:
            raise ValueError(f"resolution {resolution} is no power of two from 16")
        widths = [min(most, width * 2**i) for i in reversed(range(levels))]
        self.resolution, self.z_dim, self.w_dim, self.num_layers = resolution, z_dim, z_dim, levels
        self.grid_channels, self.conditions = widths[0], tuple(conditions)
        self.embed = nn.ModuleList(nn.Embedding(n, z_dim) for n in conditions)
        self.first = nn.Linear(z_dim, 2 * widths[0] * 16, bias=False)
        nn.init.normal_(self.first.weight, std=1 / math.sqrt(z_dim))
        self.norm = nn.BatchNorm2d(2 * widths[0])
        last = len(widths) - 2
        self.blocks = nn.ModuleList(
            Block(a, b, z_dim, i == last) for i, (a, b) in enumerate(pairwise(widths))
        )
        self.excite = Excitation(widths[0], widths[-2])
        self.to_image = nn.Conv2d(widths[-1], out_channels, 3, padding=1)
        nn.init.normal_(self.to_image.weight, std=0.5 / math.sqrt(widths[-1] * 9))
        nn.init.zeros_(self.to_image.bias)
        self.register_buffer("w_avg", torch.zeros(z_dim))
        self.register_buffer("pca_mean", torch.zeros(z_dim))
        self.register_buffer("pca_dirs", torch.zeros(8, z_dim))
        self.register_buffer("pca_scale", torch.zeros(8))

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """(N, z_dim), (N, A) int64 -> w (N, z_dim): z on the sphere, the labels' directions added."""
        w = unit(z)
        for i, table in enumerate(self.embed):
            w = w + table(labels[:, i])
        return unit(w) if len(self.embed) else w

    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """Pull w (..., w_dim) towards the mean: psi 1 leaves it, psi 0 gives the mean."""
        return self.w_avg + psi * (w - self.w_avg)

    @property
    def noise_scales(self) -> tuple[int, ...]:
        """Side of each layer's noise map per cell of a 4 x 4 grid; the first layer takes none."""
        return tuple(2**i for i in range(self.num_layers))

    def synthesize(
        self, ws: Tensor, noise: torch.Generator | Sequence[Tensor] | None = None, grid: Tensor | None = None
    ) -> Tensor:
        """Latents (N, L, w_dim) -> picture (N, C, R, R), in [-1, 1] but for a network in training mode."""
        drawn = noise if isinstance(noise, Sequence) else [noise] * self.num_layers
        x = self.first(ws[:, 0]).unflatten(1, (-1, 4, 4)).contiguous(memory_format=torch.channels_last)
        x = low = F.glu(self.norm(x), dim=1)
        for i, block in enumerate(self.blocks, 1):
            if i == len(self.blocks):
                x = self.excite(low, x)
            x = block(x, ws[:, i], drawn[i])
        x = self.to_image(x).float()
        return x if self.training else x.clamp(-1, 1)

    def forward(self, z: Tensor, labels: Tensor, psi: float = 1.0) -> Tensor:
        """One picture per row of z, no noise: (N, C, R, R) in [-1, 1]."""
        w = self.truncate(self.map(z, labels), psi)
        return self.synthesize(w[:, None].expand(-1, self.num_layers, -1))

    @torch.no_grad()
    def find_directions(self) -> None:
        """Fill ``pca_dirs`` with what changes the first layer most (SeFa, Shen and Zhou 2021)."""
        _, strength, directions = torch.linalg.svd(self.first.weight, full_matrices=False)
        found = min(len(self.pca_dirs), len(directions))
        self.pca_dirs[:found] = directions[:found]
        self.pca_scale[:found] = strength[:found] / strength[0]
