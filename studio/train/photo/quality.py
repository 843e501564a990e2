"""How near a picture is to the true one: PSNR and SSIM as the super-resolution papers take them, and more."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BORDER = 4


def luma(x: Tensor) -> Tensor:
    """(N, 3, H, W) in [0, 1] -> (N, 1, H, W) in [0, 255], BT.601 studio range, of 8-bit colours."""
    y = (x.clamp(0, 1) * 255).round() / 255
    weights = y.new_tensor([65.481, 128.553, 24.966])[:, None, None]
    return (y * weights).sum(1, keepdim=True) + 16


def inner(x: Tensor, border: int = BORDER) -> Tensor:
    """Without a border on each side."""
    return x[..., border:-border, border:-border]


def psnr(a: Tensor, b: Tensor, peak: float = 1.0) -> float:
    """Peak signal-to-noise ratio in dB over all elements."""
    error = float((a.double() - b.double()).square().mean())
    return 10 * torch.log10(torch.tensor(peak**2 / max(error, 1e-12))).item()


def psnr_luma(made: Tensor, true: Tensor) -> float:
    """PSNR on Y with four pixels of border left out (SRGAN, Ledig et al. 2017)."""
    return psnr(inner(luma(made)), inner(luma(true)), 255)


def psnr_inside(made: Tensor, true: Tensor, hole: Tensor) -> float:
    """PSNR over the pixels of the hole (N, 1, H, W) only."""
    where = hole.expand_as(made) > 0.5
    return psnr(made.clamp(0, 1)[where], true[where])


def ssim(a: Tensor, b: Tensor, peak: float = 255) -> float:
    """Structural similarity (Wang et al. 2004) of (N, 1, H, W): window 11, sigma 1.5, no padding."""
    line = torch.exp(-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2))
    window = (line / line.sum())[:, None] * (line / line.sum())[None]

    def mean(x: Tensor) -> Tensor:
        return F.conv2d(x, window[None, None].to(x.dtype))

    a, b = a.double(), b.double()
    ma, mb = mean(a), mean(b)
    va, vb, cov = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    return float((((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean())


def ssim_luma(made: Tensor, true: Tensor) -> float:
    """SSIM on Y with four pixels of border left out."""
    return ssim(inner(luma(made)), inner(luma(true)))
