"""What the networks learn to undo: small, blurred, noisy and compressed pictures."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from studio.train.photo import blur

Rng = np.random.Generator


def tensor(pictures: np.ndarray[Any, Any]) -> Tensor:
    """(N, H, W, 3) uint8 -> (N, 3, H, W) float in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255


def quantise(x: Tensor) -> Tensor:
    """Round to the 256 steps of an ordinary picture."""
    return (x.clamp(0, 1) * 255).round() / 255


def shrink(x: Tensor, scale: int) -> Tensor:
    """Bicubic reduction with antialiasing, rounded to 8 bits: the benchmark's degradation."""
    size = (x.shape[2] // scale, x.shape[3] // scale)
    return quantise(F.interpolate(x, size, mode="bicubic", antialias=True, align_corners=False))


def noise(x: Tensor, sigma: Tensor, rng: Rng) -> Tensor:
    """Add normal noise of the standard deviation ``sigma`` (N, 1, 1, 1)."""
    return x + sigma * torch.from_numpy(rng.standard_normal(x.shape, np.float32))


def blurred(x: Tensor, rng: Rng) -> Tensor:
    """Blur (N, 3, h + 24, w + 24) -> (N, 3, h, w), with noise up to 0.8 % and 8-bit steps."""
    kernels = torch.from_numpy(np.stack([blur.kernel(rng) for _ in range(len(x))]))
    sigma = torch.from_numpy(rng.uniform(0, 0.008, (len(x), 1, 1, 1)).astype(np.float32))
    return quantise(noise(blur.apply(x, kernels.float()), sigma, rng))


def jpeg(picture: Tensor, quality: int) -> Tensor:
    """(3, H, W) in [0, 1] through JPEG, colours at half size as cameras and the web have them."""
    pixels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=2)
    return tensor(np.array(Image.open(file))[None])[0]


def noisy(x: Tensor, rng: Rng) -> Tensor:
    """Camera noise of 0 to 14 %, some of it smooth, and for every other picture JPEG of quality 20 to 90."""
    n = len(x)
    sigma = torch.from_numpy((rng.random((n, 1, 1, 1)) ** 1.5 * 0.14).astype(np.float32))
    light = torch.from_numpy(rng.uniform(0, 1, (n, 1, 1, 1)).astype(np.float32))
    shot = (x.clamp(min=0.02)) ** 0.5
    y = noise(x, sigma * (light * shot + (1 - light)), rng)
    squeezed = rng.random(n) < 0.5
    return quantise(
        torch.stack(
            [jpeg(p, int(rng.integers(20, 91))) if s else p for p, s in zip(y, squeezed, strict=True)]
        )
    )
