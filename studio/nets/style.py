"""Style-based generator (Karras et al. 2019, 2020), cut for processors without a graphics card.

What differs from the paper, and why:
- one shared dense convolution per layer: the style scales its input, and the output is divided by the norm
the
  modulated weight would have had, which equals the paper's per-sample weights without grouped convolutions;
- equalised learning rates live in the initialisation, so weights are never rescaled and memory stays
channels-last;
- the last doubling is a sub-pixel convolution (Shi et al. 2016, ICNR initialisation of Aitken et al. 2017),
so the
  trunk never runs at full resolution;
- skip-layer excitation (Liu et al. 2021, FastGAN) from the 4 x 4 layer to the last trunk layer, for small
data;
- tileable models start from a spatial noise grid and pad circularly everywhere, so the picture wraps at any
size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GAIN = math.sqrt(2.0)


def lrelu(x: Tensor) -> Tensor:
    """Leaky ReLU with slope 0.2 that keeps the variance of its input."""
    return F.leaky_relu(x, 0.2) * GAIN


def upsample2(x: Tensor, circular: bool) -> Tensor:
    """(N, C, h, w) -> (N, C, 2h, 2w), bilinear; wraps around the edges when ``circular``."""
    if not circular:
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    padded = F.pad(x, (1, 1, 1, 1), mode="circular")
    return F.interpolate(padded, scale_factor=2, mode="bilinear", align_corners=False)[:, :, 2:-2, 2:-2]


def binomial(x: Tensor, circular: bool) -> Tensor:
    """Blur with (1 2 1)/4 along both axes, which removes the checkerboard a sub-pixel convolution may
    leave.
    """
    x = F.pad(x, (1, 1, 1, 1), mode="circular" if circular else "replicate")
    return F.avg_pool2d(F.avg_pool2d(x, 2, 1), 2, 1)


def icnr_(weight: Tensor) -> Tensor:
    """Make the four sub-pixel copies of each output channel start equal, so no checkerboard is born."""
    with torch.no_grad():
        return weight.copy_(weight[::4].repeat_interleave(4, dim=0))


class ModulatedConv(nn.Module):
    """3 x 3 convolution whose input channels a style scales and whose output is demodulated (Karras et al.
    2020).

    x: (N, c_in, h, w), w: (N, w_dim) -> (N, c_out, h, w).
    """

    def __init__(self, c_in: int, c_out: int, w_dim: int, circular: bool = False) -> None:
        super().__init__()
        self.circular = circular
        self.weight = nn.Parameter(torch.randn(c_out, c_in, 3, 3) / math.sqrt(c_in * 9))
        self.affine = nn.Linear(w_dim, c_in)
        nn.init.normal_(self.affine.weight, std=1 / math.sqrt(w_dim))
        nn.init.ones_(self.affine.bias)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style = self.affine(w)
        energy = self.weight.square().sum(dim=(2, 3))
        demod = torch.rsqrt(style.square() @ energy.t() + 1e-8)
        x = x * style[:, :, None, None].to(x.dtype)
        if self.circular:
            x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="circular"), self.weight)
        else:
            x = F.conv2d(x, self.weight, padding=1)
        return x * demod[:, :, None, None].to(x.dtype)


class StyleLayer(nn.Module):
    """Modulated convolution, scaled noise, bias and activation; ``up`` doubles before, ``shuffle`` after the
    convolution.
    """

    def __init__(
        self, c_in: int, c_out: int, w_dim: int, circular: bool, up: bool = False, shuffle: bool = False
    ) -> None:
        super().__init__()
        self.up, self.shuffle = up, shuffle
        self.conv = ModulatedConv(c_in, c_out * 4 if shuffle else c_out, w_dim, circular)
        if shuffle:
            icnr_(self.conv.weight)
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(c_out))

    def forward(self, x: Tensor, w: Tensor, noise: torch.Generator | Tensor | None) -> Tensor:
        if self.up:
            x = upsample2(x, self.conv.circular)
        x = self.conv(x, w)
        if self.shuffle:
            x = binomial(F.pixel_shuffle(x, 2), self.conv.circular)
        if noise is not None:
            drawn = noise if isinstance(noise, Tensor) else draw(noise, (x.shape[0], 1, *x.shape[2:]))
            x = x + self.noise_strength.to(x.dtype) * drawn.to(x)
        return lrelu(x + self.bias[:, None, None].to(x.dtype))


class Excitation(nn.Module):
    """Skip-layer excitation (Liu et al. 2021): a 4 x 4 map gates the channels of a later, larger one."""

    def __init__(self, c_low: int, c_high: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(c_low, c_high, 4)
        self.gate = nn.Conv2d(c_high, c_high, 1)

    def forward(self, low: Tensor, high: Tensor) -> Tensor:
        return high * 2 * torch.sigmoid(self.gate(F.silu(self.squeeze(low))))


class Mapping(nn.Module):
    """z and the embedded labels to w by a small fully connected network; z is normalised first.

    z: (N, z_dim), labels: (N, A) int64 -> (N, w_dim).
    """

    def __init__(self, z_dim: int, w_dim: int, conditions: Sequence[int], layers: int) -> None:
        super().__init__()
        self.embed = nn.ModuleList(nn.Embedding(n, w_dim) for n in conditions)
        widths = [z_dim + (w_dim if conditions else 0)] + [w_dim] * layers
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.in_features))
            nn.init.zeros_(layer.bias)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        x = unit(z)
        if len(self.embed):
            parts = [table(labels[:, i]) for i, table in enumerate(self.embed)]
            x = torch.cat([x, unit(torch.stack(parts).sum(0))], dim=1)
        for layer in self.layers:
            x = lrelu(layer(x))
        return x


class Generator(nn.Module):
    """Style-based generator. z: (N, z_dim), labels: (N, A) -> image (N, out_channels, R, R) in [-1, 1].

    Args:
        resolution: R, a power of two from 16; the trunk runs at 4 .. R/2.
        z_dim, w_dim: sizes of the latent spaces Z and W.
        channels: feature channels at 4, 8, .. R; ``log2(R) - 1`` numbers.
        out_channels: picture channels.
        conditions: number of values of each condition attribute; empty for none.
        tileable: start from a noise grid and wrap, instead of a learnt 4 x 4 constant.
        mapping_layers: fully connected layers from z to w.
        excitation: skip-layer excitation; only where the start is 4 x 4, so never when tileable.
        latent_start: a dense layer from w adds to the learnt 4 x 4 constant, as z alone makes DCGAN's first
            map: shapes vary from the first minutes on, where scaling channels alone learns this slowly.
            Never when tileable.
    """

    w_avg: Tensor
    pca_mean: Tensor
    pca_dirs: Tensor
    pca_scale: Tensor

    def __init__(
        self,
        resolution: int,
        z_dim: int,
        w_dim: int,
        channels: Sequence[int],
        out_channels: int,
        conditions: Sequence[int] = (),
        tileable: bool = False,
        mapping_layers: int = 4,
        excitation: bool = True,
        latent_start: bool = False,
    ) -> None:
        super().__init__()
        levels = int(math.log2(resolution)) - 1
        if 4 * 2 ** (levels - 1) != resolution or levels < 3 or len(channels) != levels:
            raise ValueError(
                f"resolution {resolution} needs {levels} channel counts and a power of two from 16"
            )
        self.resolution, self.z_dim, self.w_dim = resolution, z_dim, w_dim
        self.grid_channels, self.tileable = channels[0], tileable
        self.conditions = tuple(conditions)
        self.mapping = Mapping(z_dim, w_dim, conditions, mapping_layers)
        if not tileable:
            self.const = nn.Parameter(torch.randn(1, channels[0], 4, 4))
        self.spread = spread_layer(w_dim, channels[0]) if latent_start and not tileable else None
        self.layers = trunk_layers(channels[:-1], w_dim, tileable)
        self.last = StyleLayer(channels[-2], channels[-1], w_dim, tileable, shuffle=True)
        self.to_image = nn.Conv2d(channels[-1], out_channels, 3, padding=0)
        nn.init.normal_(self.to_image.weight, std=0.5 / math.sqrt(channels[-1] * 9))
        nn.init.zeros_(self.to_image.bias)
        self.excite = Excitation(channels[0], channels[-2]) if excitation and not tileable else None
        self.num_layers = len(self.layers) + 1
        self.register_buffer("w_avg", torch.zeros(w_dim))
        self.register_buffer("pca_mean", torch.zeros(w_dim))
        self.register_buffer("pca_dirs", torch.zeros(8, w_dim))
        self.register_buffer("pca_scale", torch.zeros(8))

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """(N, z_dim), (N, A) int64 -> w (N, w_dim), not truncated."""
        return self.mapping(z, labels)

    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """Pull w (..., w_dim) towards the tracked mean: psi 1 leaves it, psi 0 gives the mean."""
        return self.w_avg + psi * (w - self.w_avg)

    @property
    def noise_scales(self) -> tuple[int, ...]:
        """Side of each style layer's noise map per cell of a grid: 1, 2, 2, 4, 4, .. R/4."""
        scales = [2 ** ((i + 1) // 2) for i in range(len(self.layers))]
        return (*scales, scales[-1] * 2)

    def synthesize(
        self,
        ws: Tensor,
        noise: torch.Generator | Sequence[Tensor] | None = None,
        grid: Tensor | None = None,
    ) -> Tensor:
        """Styles (N, L, w_dim) -> picture (N, C, R, R), in [-1, 1] but for a network in training mode.

        ``noise`` draws the per-layer noise, or is it: a map (N, 1, h s, w s) for each s of ``noise_scales``
        over a grid of h x w cells; without it there is none. Tileable models take ``grid``
        (N, grid_channels, h, w), standard normal, and return (N, C, h R/4, w R/4), which wraps; without a
        grid they draw a 4 x 4 one from ``noise``, or use zeros.
        """
        drawn = noise if isinstance(noise, Sequence) else [noise] * self.num_layers
        x = low = self.start(ws, drawn[0], grid)
        for i, layer in enumerate(self.layers):
            x = layer(x, ws[:, i], drawn[i])
            low = x if i == 0 else low
        if self.excite is not None:
            x = self.excite(low, x)
        x = self.last(x, ws[:, -1], drawn[-1])
        x = F.pad(x, (1, 1, 1, 1), mode="circular" if self.tileable else "replicate")
        x = self.to_image(x).float()
        return x if self.training else x.clamp(-1, 1)

    def start(self, ws: Tensor, noise: torch.Generator | Tensor | None, grid: Tensor | None) -> Tensor:
        """The first feature map: the learnt constant, or the noise grid of a tileable model."""
        if not self.tileable:
            return self.first_map(ws[:, 0])
        if grid is not None:
            return grid
        shape = (ws.shape[0], self.grid_channels, 4, 4)
        if not isinstance(noise, torch.Generator):
            return torch.zeros(shape, device=ws.device)
        return draw(noise, shape).to(ws.device)

    def first_map(self, w: Tensor) -> Tensor:
        """The learnt constant, with what the style w (N, w_dim) adds to it where the start is latent."""
        if self.spread is None:
            return self.const.expand(w.shape[0], -1, -1, -1)
        return self.const + self.spread(w).view(-1, *self.const.shape[1:])

    def forward(self, z: Tensor, labels: Tensor, psi: float = 1.0) -> Tensor:
        """One picture per row of z, no noise: (N, C, R, R) in [-1, 1]."""
        w = self.truncate(self.map(z, labels), psi)
        return self.synthesize(w[:, None].expand(-1, self.num_layers, -1))


def trunk_layers(channels: Sequence[int], w_dim: int, circular: bool) -> nn.ModuleList:
    """Style layers at 4, 8, .. : one at the start, then an up-sampling one and a plain one per doubling."""
    layers = [StyleLayer(channels[0], channels[0], w_dim, circular)]
    for c_in, c_out in pairwise(channels):
        layers.append(StyleLayer(c_in, c_out, w_dim, circular, up=True))
        layers.append(StyleLayer(c_out, c_out, w_dim, circular))
    return nn.ModuleList(layers)


def spread_layer(w_dim: int, channels: int) -> nn.Linear:
    """Dense layer from w to a 4 x 4 map whose variance at the start equals w's."""
    layer = nn.Linear(w_dim, channels * 16)
    nn.init.normal_(layer.weight, std=1 / math.sqrt(w_dim))
    nn.init.zeros_(layer.bias)
    return layer


def unit(x: Tensor) -> Tensor:
    """Scale each row to mean square one (pixel norm of Karras et al. 2018)."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


def draw(generator: torch.Generator, shape: Sequence[int]) -> Tensor:
    """Standard normal numbers, always drawn where the generator lives, so seeds mean the same on each
    device.
    """
    return torch.randn(tuple(shape), generator=generator, device=generator.device)
