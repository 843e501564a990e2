"""StyleGAN2 generator (Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN").

Written from the paper in plain torch operations, with the tensor names of the official PyTorch releases, so
that their weights fit. A style scales a layer's input and its output is divided by the norm that the
modulated weights would have had, which equals the paper's per-sample weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GAIN = math.sqrt(2.0)
TINY = 1e-8


def unit(x: Tensor) -> Tensor:
    """(N, D) scaled to a mean square of 1 per row."""
    return x * (x.square().mean(dim=1, keepdim=True) + TINY).rsqrt()


def blur(x: Tensor, gain: float) -> Tensor:
    """(N, C, h, w) -> (N, C, h - 3, w - 3): the filter (1 3 3 1) / 8 along both axes, times ``gain``."""
    line = x.new_tensor([1.0, 3.0, 3.0, 1.0]) / 8
    channels = x.shape[1]
    x = F.conv2d(x, line.view(1, 1, 4, 1).expand(channels, 1, 4, 1), groups=channels)
    return F.conv2d(x, (line * gain).view(1, 1, 1, 4).expand(channels, 1, 1, 4), groups=channels)


def doubled(x: Tensor) -> Tensor:
    """(N, C, h, w) -> (N, C, 2h, 2w): zeros between the pixels, then the filter."""
    n, c, h, w = x.shape
    wide = x.new_zeros(n, c, 2 * h, 2 * w)
    wide[:, :, ::2, ::2] = x
    return blur(F.pad(wide, (2, 1, 2, 1)), 4.0)


def clamped(x: Tensor, limit: float) -> Tensor:
    """Values bounded to +- ``limit``; 0 means no bound."""
    return x.clamp(-limit, limit) if limit else x


class Dense(nn.Module):
    """Fully connected with an equalised learning rate: stored weights are multiplied by rate / sqrt(c_in)."""

    def __init__(self, c_in: int, c_out: int, rate: float = 1.0, activate: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(c_out, c_in) / rate)
        self.bias = nn.Parameter(torch.zeros(c_out))
        self.rate = rate
        self.activate = activate

    def forward(self, x: Tensor) -> Tensor:
        """(N, c_in) -> (N, c_out)."""
        scale = self.rate / math.sqrt(self.weight.shape[1])
        x = F.linear(x, self.weight * scale, self.bias * self.rate)
        return F.leaky_relu(x, 0.2) * GAIN if self.activate else x


class Mapping(nn.Module):
    """z (N, z_dim), labels (N, c_dim) one-hot -> w (N, w_dim). ``z_dim`` may be 0, ``c_dim`` too."""

    def __init__(self, z_dim: int, c_dim: int, w_dim: int, layers: int) -> None:
        super().__init__()
        self.layers = layers
        if c_dim:
            self.embed = Dense(c_dim, w_dim)
        width = z_dim + (w_dim if c_dim else 0)
        for i in range(layers):
            self.add_module(f"fc{i}", Dense(width if i == 0 else w_dim, w_dim, 0.01, activate=True))
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """See the class."""
        x = unit(z)
        if labels.shape[1]:
            x = torch.cat([x, unit(self.embed(labels))], dim=1)
        for i in range(self.layers):
            x = self.get_submodule(f"fc{i}")(x)
        return x


class Layer(nn.Module):
    """Modulated 3 x 3 convolution, noise, bias, leaky ReLU; ``up`` doubles the size first."""

    noise_const: Tensor

    def __init__(self, c_in: int, c_out: int, w_dim: int, resolution: int, up: bool, clamp: float) -> None:
        super().__init__()
        self.affine = Dense(w_dim, c_in)
        self.weight = nn.Parameter(torch.randn(c_out, c_in, 3, 3))
        self.bias = nn.Parameter(torch.zeros(c_out))
        self.noise_strength = nn.Parameter(torch.zeros([]))
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        nn.init.ones_(self.affine.bias)
        self.up = up
        self.clamp = clamp

    def forward(self, x: Tensor, w: Tensor, noise: float) -> Tensor:
        """x (N, c_in, h, w), w (N, w_dim); ``noise`` scales the fixed noise."""
        style = self.affine(w)
        norm = (style.square() @ self.weight.square().sum(dim=(2, 3)).t() + TINY).rsqrt()
        x = x * style[:, :, None, None]
        if self.up:
            x = F.conv_transpose2d(x, self.weight.transpose(0, 1), stride=2)
            x = blur(F.pad(x, (1, 1, 1, 1)), 4.0)
        else:
            x = F.conv2d(x, self.weight, padding=1)
        x = x * norm[:, :, None, None] + self.noise_const * (self.noise_strength * noise)
        return clamped(F.leaky_relu(x + self.bias[:, None, None], 0.2) * GAIN, self.clamp)


class ToImage(nn.Module):
    """Modulated 1 x 1 convolution to the channels of the picture, without normalisation."""

    def __init__(self, c_in: int, c_out: int, w_dim: int, clamp: float) -> None:
        super().__init__()
        self.affine = Dense(w_dim, c_in)
        self.weight = nn.Parameter(torch.randn(c_out, c_in, 1, 1))
        self.bias = nn.Parameter(torch.zeros(c_out))
        nn.init.ones_(self.affine.bias)
        self.clamp = clamp

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x (N, c_in, h, w) -> (N, c_out, h, w)."""
        style = self.affine(w) / math.sqrt(self.weight.shape[1])
        return clamped(F.conv2d(x * style[:, :, None, None], self.weight, self.bias), self.clamp)


class Block(nn.Module):
    """One resolution: two layers (one at 4 x 4, after a learnt constant) and its share of the picture."""

    def __init__(
        self, c_in: int, c_out: int, w_dim: int, resolution: int, image_channels: int, clamp: float
    ) -> None:
        super().__init__()
        self.first = c_in == 0
        if self.first:
            self.const = nn.Parameter(torch.randn(c_out, resolution, resolution))
        else:
            self.conv0 = Layer(c_in, c_out, w_dim, resolution, True, clamp)
        self.conv1 = Layer(c_out, c_out, w_dim, resolution, False, clamp)
        self.torgb = ToImage(c_out, image_channels, w_dim, clamp)

    @property
    def layers(self) -> int:
        """How many styles it takes, the picture's aside."""
        return 1 if self.first else 2

    def forward(
        self, x: Tensor | None, image: Tensor | None, ws: Tensor, noise: float
    ) -> tuple[Tensor, Tensor]:
        """ws (N, layers + 1, w_dim); x and image of the block before, None for the first."""
        if x is None or image is None:
            x = self.const.expand(ws.shape[0], -1, -1, -1)
        else:
            x, image = self.conv0(x, ws[:, 0], noise), doubled(image)
        x = self.conv1(x, ws[:, self.layers - 1], noise)
        share = self.torgb(x, ws[:, self.layers])
        return x, share if image is None else image + share


class Synthesis(nn.Module):
    """Styles ws (N, num_ws, w_dim) -> picture (N, C, R, R), about -1..1."""

    def __init__(self, w_dim: int, channels: Sequence[int], image_channels: int, clamp: float) -> None:
        super().__init__()
        self.resolutions = [4 << i for i in range(len(channels))]
        before = 0
        for resolution, width in zip(self.resolutions, channels, strict=True):
            self.add_module(f"b{resolution}", Block(before, width, w_dim, resolution, image_channels, clamp))
            before = width
        self.num_ws = 2 * len(channels)

    def forward(self, ws: Tensor, noise: float = 1.0) -> Tensor:
        """``noise`` 1 is the fixed noise of the training, 0 none."""
        x = image = None
        at = 0
        for resolution in self.resolutions:
            block = self.get_submodule(f"b{resolution}")
            x, image = block(x, image, ws[:, at : at + block.layers + 1], noise)
            at += block.layers
        assert image is not None
        return image


class Generator(nn.Module):
    """The whole network.

    Args:
        z_dim, c_dim, w_dim: sizes of the latent, of the one-hot label (0 for none) and of the style.
        channels: width of each block, from 4 x 4 on; their number fixes the resolution.
        image_channels: 1, 3 or 4. mapping_layers: fully connected layers of the mapping.
        clamp: bound of the activations as in training, 0 for none.
    """

    def __init__(
        self,
        z_dim: int,
        c_dim: int,
        w_dim: int,
        channels: Sequence[int],
        image_channels: int = 3,
        mapping_layers: int = 8,
        clamp: float = 0.0,
    ) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.w_dim = z_dim, c_dim, w_dim
        self.mapping = Mapping(z_dim, c_dim, w_dim, mapping_layers)
        self.synthesis = Synthesis(w_dim, channels, image_channels, clamp)

    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """w drawn towards the average style: psi 1 leaves it, 0 gives the average."""
        return self.mapping.w_avg.lerp(w, psi)

    def forward(self, z: Tensor, labels: Tensor, psi: float = 1.0, noise: float = 1.0) -> Tensor:
        """z (N, z_dim), labels (N, c_dim) one-hot -> (N, C, R, R), about -1..1."""
        w = self.truncate(self.mapping(z, labels), psi)
        return self.synthesis(w[:, None].expand(-1, self.synthesis.num_ws, -1), noise)
