"""Inpainting with a wide view: dilated convolutions beside convolutions of the whole picture's spectrum.

The spectral branch is that of LaMa (Suvorov et al. 2022): one layer sees everything, which carries repeated
structure across a hole. The network adds to a smooth fill, so that colours are right before it has learnt
anything.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MULTIPLE = 8


class Inpainter(nn.Module):
    """Picture (N, 3, h, w) in [0, 1] and mask (N, 1, h, w), 1 to fill -> (N, 3, h, w), not clamped.

    What the network proposes everywhere: the caller lays it into the hole. Any size from 32 up.

    Args:
        width: channels at full size; twice that at half size, four times at a quarter.
        blocks: blocks at a quarter of the size, their dilations going round 1, 2, 4, 8.
        spectral: channels of each block's spectral branch.
        noise_channels: channels of noise, of the shape ``noise_shape``, that vary the result, 0 for none.
    """

    def __init__(self, width: int, blocks: int, spectral: int, noise_channels: int = 0) -> None:
        super().__init__()
        self.noise_channels = noise_channels
        deep = 4 * width
        self.head = nn.Conv2d(4, width, 5, 1, 2)
        self.shrink_half = nn.Conv2d(width, 2 * width, 4, 2, 1)
        self.shrink_quarter = nn.Conv2d(2 * width, deep, 4, 2, 1)
        self.stir = nn.Conv2d(noise_channels, deep, 1, bias=False) if noise_channels else None
        self.blocks = nn.ModuleList(Block(deep, spectral, 2 ** (i % 4)) for i in range(blocks))
        self.to_half = nn.Conv2d(deep, 8 * width, 1)
        self.mix_half = nn.Conv2d(4 * width, 2 * width, 3, 1, 1)
        self.to_full = nn.Conv2d(2 * width, 4 * width, 1)
        self.mix_full = nn.Conv2d(2 * width, width, 3, 1, 1)
        self.tail = nn.Conv2d(width, 3, 3, 1, 1)
        initialise(self)
        with torch.no_grad():
            self.tail.weight.mul_(0.1)
            if self.stir is not None:
                self.stir.weight.mul_(0.2)

    def noise_shape(self, height: int, width: int) -> tuple[int, int, int]:
        """(channels, h, w) of the noise for a picture of that size: a quarter of it, filled up to eights."""
        return self.noise_channels, -(-height // MULTIPLE) * 2, -(-width // MULTIPLE) * 2

    def forward(self, image: Tensor, mask: Tensor, noise: Tensor | None = None) -> Tensor:
        """See the class; without ``noise`` the result is the middle one."""
        height, width = image.shape[2:]
        known = 1 - mask
        smooth = pull_push(image * known, known)
        x = pad_to(torch.cat([4 * smooth - 2, mask], dim=1), MULTIPLE)
        full = activate(self.head(x))
        half = activate(self.shrink_half(full))
        y = activate(self.shrink_quarter(half))
        if self.stir is not None and noise is not None:
            y = y + self.stir(noise)
        for block in self.blocks:
            y = block(y)
        y = activate(self.mix_half(torch.cat([F.pixel_shuffle(self.to_half(y), 2), half], dim=1)))
        y = activate(self.mix_full(torch.cat([F.pixel_shuffle(self.to_full(y), 2), full], dim=1)))
        return smooth + self.tail(y)[:, :, :height, :width]


class Block(nn.Module):
    """A dilated convolution and a spectral branch, gated together, added to the input."""

    def __init__(self, width: int, spectral: int, dilation: int) -> None:
        super().__init__()
        self.local = nn.Conv2d(width, width, 3, 1, dilation, dilation)
        self.spectrum = Spectral(width, spectral)
        self.out = nn.Conv2d(width, width, 3, 1, 1)
        self.scale = nn.Parameter(torch.full((1, width, 1, 1), 0.3))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        return x + self.out(activate(self.local(x) + self.spectrum(x))) * self.scale


class Spectral(nn.Module):
    """A pointwise convolution of the spectrum: every place of the result depends on every other."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(width, inner, 1)
        self.convolve = nn.Conv2d(2 * inner, 2 * inner, 1)
        self.expand = nn.Conv2d(inner, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        y = activate(self.reduce(x))
        spectrum = torch.fft.rfft2(y.float(), norm="ortho")
        parts = activate(self.convolve(torch.cat([spectrum.real, spectrum.imag], dim=1))).float()
        real, imaginary = parts.chunk(2, dim=1)
        z = torch.fft.irfft2(torch.complex(real, imaginary), s=y.shape[2:], norm="ortho")
        return self.expand(y + z.to(y.dtype))


def activate(x: Tensor) -> Tensor:
    """A leaky rectifier: unlike a smooth gate it bends however faint the signal, so learning starts."""
    return F.leaky_relu(x, 0.2)


def pull_push(x: Tensor, weight: Tensor) -> Tensor:
    """Spread known colours smoothly over the unknown, by a pyramid (Gortler et al. 1996).

    x (N, 3, h, w), zero where unknown, and weight (N, 1, h, w), 1 where known -> (N, 3, h, w).
    """
    height, width = x.shape[2:]
    if max(height, width) <= 1:
        return x / weight.clamp(min=1e-6)
    coarse_x, coarse_w = (F.avg_pool2d(pad_to(t, 2, "constant"), 2) for t in (x, weight))
    share = coarse_w.clamp(min=1e-6)
    coarse = pull_push(coarse_x / share * (coarse_w > 0), (coarse_w > 0).to(x.dtype))
    guess = F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
    return torch.lerp(guess[:, :, :height, :width], x, weight)


def initialise(module: nn.Module) -> None:
    """Kaiming initialisation of every convolution."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=0.25)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def pad_to(x: Tensor, multiple: int, mode: str = "replicate") -> Tensor:
    """Fill both sides up to multiples of ``multiple``, by the last row and column where the mode is so."""
    bottom, right = -x.shape[2] % multiple, -x.shape[3] % multiple
    return F.pad(x, (0, right, 0, bottom), mode=mode) if bottom or right else x
