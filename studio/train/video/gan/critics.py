"""Networks that only training needs: a critic of clips, and a reader that tells which noise made a clip."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from studio.train.diffaugment import POLICIES


class Trunk(nn.Module):
    """Clips (N, C, T, R, R) -> features (N, D): time is a ring, each layer halves time, height and width."""

    def __init__(self, channels: int, widths: Sequence[int], normed: bool) -> None:
        super().__init__()
        made = [nn.Conv3d(a, b, 4, 2, (0, 1, 1)) for a, b in zip([channels, *widths], widths, strict=False)]
        self.layers = nn.ModuleList(spectral_norm(layer) if normed else layer for layer in made)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        for layer in self.layers:
            x = F.leaky_relu(layer(torch.cat([x[:, :, -1:], x, x[:, :, :1]], 2)), 0.2)
        return x.flatten(1)


class ClipCritic(nn.Module):
    """How real a clip moves: (N, C, T, R, R) in [-1, 1] -> (N,) scores, higher is more real.

    Spectrally normed (Miyato et al. 2018). T must be 2^L at least for L widths.
    """

    def __init__(self, channels: int, widths: Sequence[int], side: int, frames: int) -> None:
        super().__init__()
        self.trunk = Trunk(channels, widths, normed=True)
        depth = len(widths)
        self.score = spectral_norm(nn.Linear(widths[-1] * (frames >> depth) * (side >> depth) ** 2, 1))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self.score(self.trunk(x)).squeeze(1).float()


class Reader(nn.Module):
    """A clip -> mean and log-variance (N, Z) of the noise that made it (Kingma and Welling 2014)."""

    def __init__(self, channels: int, widths: Sequence[int], side: int, frames: int, z_dim: int) -> None:
        super().__init__()
        self.trunk = Trunk(channels, widths, normed=False)
        depth = len(widths)
        self.out = nn.Linear(widths[-1] * (frames >> depth) * (side >> depth) ** 2, 2 * z_dim)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        mean, spread = self.out(self.trunk(x)).float().chunk(2, 1)
        return mean, spread.clamp(-8, 4)


def augmented(clips: Tensor, policies: Sequence[str], rng: torch.Generator) -> Tensor:
    """Differentiable augmentation (Zhao et al. 2020) of (N, C, T, R, R): one draw for all frames."""
    n, c, t, h, w = clips.shape
    flat = clips.reshape(n, c * t, h, w)
    for name in policies:
        flat = POLICIES[name](flat, rng)
    return flat.view(n, c, t, h, w)


def halved(clips: Tensor) -> Tensor:
    """(N, C, T, R, R) -> (N, C, T, R / 2, R / 2)."""
    return F.avg_pool3d(clips, (1, 2, 2))


def divergence(mean: Tensor, spread: Tensor) -> Tensor:
    """Kullback-Leibler divergence of what was read from the noise that is drawn, mean over clips, in nats."""
    return 0.5 * (mean.square() + spread.exp() - 1 - spread).sum(1).mean()


def edges(error: Tensor) -> Tensor:
    """Mean absolute difference of an error (N, C, T, R, R) between neighbours."""
    across, down = error[..., 1:] - error[..., :-1], error[..., 1:, :] - error[..., :-1, :]
    return across.abs().mean() + down.abs().mean()
