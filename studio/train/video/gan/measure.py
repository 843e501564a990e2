"""What clips are judged by: distances between sets of loops (N, 4, T, R, R) in 0..1, and of single ones."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.linalg import sqrtm
from scipy.stats import wasserstein_distance
from torch import Tensor, nn

COPY = 0.05  # share of held-out loops that count as copies of training loops, by which "copy" is defined


@torch.no_grad()
def features(net: nn.Module, clips: Tensor) -> np.ndarray:
    """(N, D) of a set of loops."""
    return torch.cat([net(part) for part in clips.split(32)]).double().numpy()


def frechet(one: np.ndarray, other: np.ndarray) -> float:
    """Fréchet distance of two sets of features (Heusel et al. 2017; for video Unterthiner et al. 2018)."""
    covariances = [np.cov(x, rowvar=False) + 1e-6 * np.eye(x.shape[1]) for x in (one, other)]
    root = np.real(np.asarray(sqrtm(covariances[0] @ covariances[1])))
    shift = one.mean(0) - other.mean(0)
    return float(shift @ shift + np.trace(covariances[0] + covariances[1] - 2 * root))


def energy(clips: Tensor) -> np.ndarray:
    """How much each loop moves: the mean change from frame to frame, in levels of 8 bits."""
    return (torch.roll(clips, -1, 2) - clips).abs().mean((1, 2, 3, 4)).numpy() * 255


def energy_distance(one: Tensor, other: Tensor) -> float:
    """Wasserstein distance of the histograms of ``energy``, in levels."""
    return float(wasserstein_distance(energy(one), energy(other)))


def psnr(made: Tensor, real: Tensor) -> float:
    """Peak signal to noise ratio in dB over all pixels of all loops, 8 bits."""
    error = ((made * 255).round() - (real * 255).round()).square().mean((1, 2, 3, 4)).clamp(min=1e-6)
    return float((10 * torch.log10(255**2 / error)).mean())


def background_error(clips: Tensor, moving: Tensor) -> float:
    """How much changes where nothing should: the mean deviation from the first frame, in levels, where
    ``moving`` (N, 1, T, R, R) or (N, 1, 1, R, R) is below a tenth."""
    still = (moving.amax(2, keepdim=True) < 0.1).expand_as(clips)
    change = (clips - clips[:, :, :1]).abs()
    return float((change * still).sum() / still.sum().clamp(min=1)) * 255


def nearest(clips: Tensor, others: Tensor) -> np.ndarray:
    """Root mean square distance, in levels at 16 x 16 pixels, from each loop to the nearest other one.

    All phases of the other loops are tried, mirrored too.
    """
    small, there = F.avg_pool3d(clips, (2, 4, 4)), F.avg_pool3d(others, (1, 4, 4))
    phases = [F.avg_pool3d(torch.roll(there, i, 2), (2, 1, 1)) for i in range(there.shape[2])]
    known = torch.cat([*phases, *(x.flip(4) for x in phases)]).flatten(1)
    found = [torch.cdist(part.flatten(1), known).amin(1) for part in small.split(64)]
    return torch.cat(found).numpy() / known.shape[1] ** 0.5 * 255


def copy_rate(made: Tensor, train: Tensor, held: Tensor) -> float:
    """Share of made loops nearer to a training loop than all but ``COPY`` of the held-out ones are."""
    return float((nearest(made, train) < np.quantile(nearest(held, train), COPY)).mean())


def variety(net: nn.Module, clips: Tensor) -> float:
    """Mean distance between the features of two loops of a set."""
    found = features(net, clips)
    return float(np.linalg.norm(found[:, None] - found[None], axis=2).sum() / len(found) / (len(found) - 1))
