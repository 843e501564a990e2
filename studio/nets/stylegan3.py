"""StyleGAN3 generator (Karras et al. 2021, "Alias-Free Generative Adversarial Networks"), for inference.

Written from the paper in plain torch operations, with the tensor names of the official releases, so that
their weights fit. Its filters are read from the file. Pictures move with the features they are made of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.stylegan2 import TINY, Dense, Mapping

GAIN = math.sqrt(2.0)


@dataclass(frozen=True)
class Plan:
    """One layer: widths, size of its result and of its kernel, how it resamples (pixels, taps per filter).

    ``radial`` says that the filter downwards is round and so has two dimensions.
    """

    c_in: int
    c_out: int
    size: int
    kernel: int
    up: int
    down: int
    pad_low: int
    pad_high: int
    up_taps: int
    down_taps: int
    radial: int

    @property
    def down_shape(self) -> tuple[int, ...]:
        """The shape of the filter downwards."""
        return (self.down_taps,) * (2 if self.radial else 1)


def filtered(x: Tensor, line: Tensor | None, gain: float = 1.0) -> Tensor:
    """Each channel convolved with a filter, (k,) along both axes or (k, k); without one only the gain.

    As with any convolution, the filter runs backwards over the pixels; torch's layers do not turn it round.
    """
    if line is None:
        return x * gain
    channels, line = x.shape[1], line.flip(tuple(range(line.ndim)))
    if line.ndim == 2:
        return F.conv2d(x, (line * gain).expand(channels, 1, -1, -1), groups=channels)
    line = line * math.sqrt(gain)
    x = F.conv2d(x, line.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)
    return F.conv2d(x, line.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)


def spread(x: Tensor, factor: int) -> Tensor:
    """(N, C, h, w) -> (N, C, h * factor, w * factor) with zeros between the pixels."""
    if factor == 1:
        return x
    n, c, h, w = x.shape
    wide = x.new_zeros(n, c, h * factor, w * factor)
    wide[:, :, ::factor, ::factor] = x
    return wide


class Input(nn.Module):
    """Waves at random frequencies, turned and shifted by the style: (N, w_dim) -> (N, c, size, size)."""

    freqs: Tensor
    phases: Tensor
    transform: Tensor

    def __init__(self, w_dim: int, channels: int, size: int, rate: float, bandwidth: float) -> None:
        super().__init__()
        self.size, self.rate, self.bandwidth = size, rate, bandwidth
        self.weight = nn.Parameter(torch.randn(channels, channels))
        self.affine = Dense(w_dim, 4)
        nn.init.zeros_(self.affine.weight)
        self.affine.bias.data.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0]))
        self.register_buffer("transform", torch.eye(3))
        self.register_buffer("freqs", torch.randn(channels, 2))
        self.register_buffer("phases", torch.rand(channels) - 0.5)

    def forward(self, w: Tensor) -> Tensor:
        """See the class."""
        turn = self.affine(w)
        turn = turn / turn[:, :2].norm(dim=1, keepdim=True)
        matrix = self._matrices(turn) @ self.transform
        phases = self.phases + (self.freqs @ matrix[:, :2, 2:]).squeeze(2)
        freqs = self.freqs @ matrix[:, :2, :2]
        room = self.rate / 2 - self.bandwidth
        share = (1 - (freqs.norm(dim=2) - self.bandwidth) / room).clamp(0, 1)
        places = (torch.arange(self.size, device=w.device) + 0.5 - self.size / 2) / self.rate
        down, along = torch.meshgrid(places, places, indexing="ij")
        grid = torch.stack([along, down], dim=-1)
        waves = torch.sin((torch.einsum("hwk,nck->nhwc", grid, freqs) + phases[:, None, None]) * math.tau)
        mixed = (waves * share[:, None, None]) @ (self.weight / math.sqrt(len(self.weight))).t()
        return mixed.permute(0, 3, 1, 2)

    def _matrices(self, turn: Tensor) -> Tensor:
        """(N, 4) cosine, sine, shift -> (N, 3, 3): the inverse of turning after shifting."""
        cosine, sine, x, y = turn.unbind(dim=1)
        zero, one = torch.zeros_like(x), torch.ones_like(x)
        rotate = torch.stack([cosine, -sine, zero, sine, cosine, zero, zero, zero, one], 1).view(-1, 3, 3)
        shift = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], 1).view(-1, 3, 3)
        return rotate @ shift


class Layer(nn.Module):
    """Modulated convolution, bias, and an activation between resampling up and down, against aliasing.

    The last one makes the picture: without normalisation and activation.
    """

    magnitude_ema: Tensor
    up_filter: Tensor | None
    down_filter: Tensor | None

    def __init__(self, plan: Plan, w_dim: int, last: bool, clamp: float) -> None:
        super().__init__()
        self.plan, self.last, self.clamp = plan, last, clamp
        self.affine = Dense(w_dim, plan.c_in)
        nn.init.ones_(self.affine.bias)
        self.weight = nn.Parameter(torch.randn(plan.c_out, plan.c_in, plan.kernel, plan.kernel))
        self.bias = nn.Parameter(torch.zeros(plan.c_out))
        up, down = torch.ones(plan.up_taps) / plan.up_taps, torch.ones(plan.down_shape)
        self.register_buffer("up_filter", up if plan.up_taps > 1 else None)
        self.register_buffer("down_filter", down / down.numel() if plan.down_taps > 1 else None)
        self.register_buffer("magnitude_ema", torch.ones([]))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x (N, c_in, h, h), w (N, w_dim) -> (N, c_out, size, size)."""
        plan = self.plan
        x = self._convolved(x, self.affine(w)) + self.bias[:, None, None]
        low, high = plan.pad_low, plan.pad_high
        x = filtered(F.pad(spread(x, plan.up), (low, high, low, high)), self.up_filter, plan.up**2)
        x = x if self.last else F.leaky_relu(x, 0.2) * GAIN
        x = x.clamp(-self.clamp, self.clamp) if self.clamp else x
        return filtered(x, self.down_filter)[:, :, :: plan.down, :: plan.down]

    def _convolved(self, x: Tensor, style: Tensor) -> Tensor:
        weight, scale = self.weight, self.magnitude_ema.rsqrt()
        if self.last:
            style = style / math.sqrt(weight[0].numel())
            after = scale.expand(len(style), len(weight))
        else:
            weight = weight * weight.square().mean(dim=(1, 2, 3), keepdim=True).rsqrt()
            style = style * style.square().mean(dim=1, keepdim=True).rsqrt()
            after = (style.square() @ weight.square().sum(dim=(2, 3)).t() + TINY).rsqrt() * scale
        x = F.conv2d(x * style[:, :, None, None], weight, padding=self.plan.kernel - 1)
        return x * after[:, :, None, None]


class Synthesis(nn.Module):
    """Styles ws (N, num_ws, w_dim) -> picture (N, C, R, R), about -1..1."""

    def __init__(
        self,
        w_dim: int,
        start: tuple[int, int, float, float],
        plans: Sequence[Plan],
        clamp: float,
        output_scale: float,
    ) -> None:
        super().__init__()
        self.input = Input(w_dim, *start)
        self.names = [f"L{i}_{plan.size}_{plan.c_out}" for i, plan in enumerate(plans)]
        for i, (name, plan) in enumerate(zip(self.names, plans, strict=True)):
            self.add_module(name, Layer(plan, w_dim, i == len(plans) - 1, clamp))
        self.num_ws = len(plans) + 1
        self.output_scale = output_scale

    def forward(self, ws: Tensor, noise: float = 1.0) -> Tensor:
        """``noise`` is there for the sake of StyleGAN2; this network has none."""
        x = self.input(ws[:, 0])
        for i, name in enumerate(self.names, 1):
            x = self.get_submodule(name)(x, ws[:, i])
        return x * self.output_scale


class Generator(nn.Module):
    """The whole network.

    Args:
        z_dim, c_dim, w_dim, mapping_layers: as for StyleGAN2.
        start: channels, size, sampling rate and bandwidth of the waves it begins with.
        layers: the fields of `Plan` for each layer, the last makes the picture.
        clamp: bound of the activations as in training, 0 for none. output_scale: of the picture.
    """

    def __init__(
        self,
        z_dim: int,
        c_dim: int,
        w_dim: int,
        start: Sequence[float],
        layers: Sequence[Sequence[int]],
        mapping_layers: int = 2,
        clamp: float = 256.0,
        output_scale: float = 0.25,
    ) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.w_dim = z_dim, c_dim, w_dim
        self.mapping = Mapping(z_dim, c_dim, w_dim, mapping_layers)
        channels, size, rate, bandwidth = start
        plans = [Plan(*numbers) for numbers in layers]
        waves = (int(channels), int(size), rate, bandwidth)
        self.synthesis = Synthesis(w_dim, waves, plans, clamp, output_scale)

    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """w drawn towards the average style: psi 1 leaves it, 0 gives the average."""
        return self.mapping.w_avg.lerp(w, psi)

    def forward(self, z: Tensor, labels: Tensor, psi: float = 1.0) -> Tensor:
        """z (N, z_dim), labels (N, c_dim) one-hot -> (N, C, R, R), about -1..1."""
        w = self.truncate(self.mapping(z, labels), psi)
        return self.synthesis(w[:, None].expand(-1, self.synthesis.num_ws, -1))
