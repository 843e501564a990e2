"""Blur as cameras make it: shaken trajectories and discs, applied to light rather than to sRGB values."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

Array = np.ndarray[Any, np.dtype[np.float64]]
SIZE = 25  # side of every kernel, in pixels
MARGIN = SIZE // 2


def shake(rng: np.random.Generator, extent: float, steps: int = 64) -> Array:
    """Kernel (SIZE, SIZE) of a camera that is shaken while the shutter is open.

    A point drifts with inertia, is pulled back to the middle, and is struck now and then (Boracchi
    and Foi 2012; Kupyn et al. 2018). ``extent`` is the larger side of its path in pixels.
    """
    inertia, pull = rng.uniform(0.7, 0.99), rng.uniform(0.0, 0.02)
    velocity = np.exp(2j * np.pi * rng.random())
    place, path = 0j, np.zeros(steps, complex)
    for i in range(steps):
        strike = (rng.random() < 0.05) * 2 * velocity * (np.exp(1j * rng.normal(np.pi, 0.5)) - 1)
        wobble = (rng.normal() + 1j * rng.normal()) * 0.5
        velocity = inertia * velocity + (1 - inertia) * wobble * 2 - pull * place + strike * 0.5
        velocity /= max(abs(velocity), 1e-6)
        place = place + velocity
        path[i] = place
    points = np.stack([path.imag, path.real], axis=1)
    spread = np.ptp(points, axis=0).max()
    return splat(points * (min(extent, SIZE - 3) / max(spread, 1e-6)))


def splat(points: Array) -> Array:
    """Points (n, 2) as light: their mean in the kernel's middle, each spread over the four pixels around it.

    With the mean elsewhere the sharp picture would be shifted by what nobody can see.
    """
    points = np.clip(points - points.mean(axis=0) + MARGIN, 0, SIZE - 1.001)
    low = np.floor(points).astype(int)
    part = points - low
    kernel = np.zeros((SIZE, SIZE))
    for dy in (0, 1):
        for dx in (0, 1):
            weight = np.abs(1 - dy - part[:, 0]) * np.abs(1 - dx - part[:, 1])
            np.add.at(kernel, (low[:, 0] + dy, low[:, 1] + dx), weight)
    return kernel / kernel.sum()


def disc(radius: float) -> Array:
    """Kernel (SIZE, SIZE) of a lens out of focus, its rim softened by a pixel."""
    y, x = np.mgrid[:SIZE, :SIZE] - MARGIN
    kernel = np.clip(radius + 0.5 - np.hypot(y, x), 0, 1)
    return kernel / kernel.sum()


def kernel(rng: np.random.Generator, shaken: float = 0.75) -> Array:
    """A random kernel: shaken by 2 to 9 pixels, or out of focus by a radius of 0.7 to 2."""
    if rng.random() < shaken:
        return shake(rng, rng.uniform(2, 9))
    return disc(rng.uniform(0.7, 2))


def apply(pictures: Tensor, kernels: Tensor) -> Tensor:
    """Blur pictures (N, 3, h, w) in [0, 1] by kernels (N, SIZE, SIZE) -> (N, 3, h - SIZE + 1, w - SIZE + 1).

    Light adds, sRGB values do not: the picture is taken to linear light (gamma 2.2) and back.
    """
    height, width = pictures.shape[2:]
    light = torch.fft.rfft2(pictures.clamp(min=1e-4) ** 2.2)
    response = torch.fft.rfft2(kernels[:, None].to(pictures.dtype), s=(height, width))
    blurred = torch.fft.irfft2(light * response, s=(height, width))[:, :, SIZE - 1 :, SIZE - 1 :]
    return blurred.clamp(min=1e-6) ** (1 / 2.2)
