"""What the networks are set beside: classic methods that need no training. OpenCV only where it is theirs."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter
from torch import Tensor

from studio.train.photo.degrade import tensor


def to_image(x: Tensor) -> Image.Image:
    """(1, 3, H, W) in [0, 1] -> an 8-bit picture."""
    return Image.fromarray((x[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())


def from_image(image: Image.Image) -> Tensor:
    """An 8-bit picture -> (1, 3, H, W) in [0, 1]."""
    return tensor(np.array(image)[None])


def enlarge(x: Tensor, scale: int, method: Image.Resampling) -> Tensor:
    """Enlarge as picture programs do."""
    image = to_image(x)
    return from_image(image.resize((image.width * scale, image.height * scale), method))


def unsharp(x: Tensor, radius: float, percent: float) -> Tensor:
    """Unsharp masking."""
    return from_image(to_image(x).filter(ImageFilter.UnsharpMask(radius, int(percent), 0)))


def wiener(x: Tensor, sigma: float, noise: float) -> Tensor:
    """Wiener deconvolution with a Gaussian of ``sigma`` pixels as the guess of an unknown kernel."""
    pad = 24
    y = F.pad(x, (pad,) * 4, mode="reflect")
    fy, fx = torch.fft.fftfreq(y.shape[2])[:, None], torch.fft.rfftfreq(y.shape[3])[None]
    response = torch.exp(-2 * (np.pi * sigma) ** 2 * (fy**2 + fx**2))
    spectrum = torch.fft.rfft2(y) * response / (response**2 + noise)
    sharp = torch.fft.irfft2(spectrum * (1 + noise), s=y.shape[2:])
    return sharp[..., pad:-pad, pad:-pad].clamp(0, 1)


def pixels(x: Tensor) -> np.ndarray:
    """(1, 3, H, W) in [0, 1] -> (H, W, 3) uint8."""
    return np.array(to_image(x))


def non_local_means(x: Tensor, strength: float) -> Tensor:
    """OpenCV's coloured non-local means (Buades et al. 2005)."""
    import cv2

    return tensor(cv2.fastNlMeansDenoisingColored(pixels(x), None, strength, strength, 7, 21)[None])


def bilateral(x: Tensor, strength: float) -> Tensor:
    """OpenCV's bilateral filter (Tomasi and Manduchi 1998)."""
    import cv2

    return tensor(cv2.bilateralFilter(pixels(x), 7, strength, 3)[None])


def telea(x: Tensor, hole: Tensor) -> Tensor:
    """OpenCV's inpainting by fast marching (Telea 2004), radius 5."""
    import cv2

    return tensor(cv2.inpaint(pixels(x), hole[0, 0].byte().numpy(), 5, cv2.INPAINT_TELEA)[None])
