"""A discriminator of patches (Isola et al. 2017), with spectral normalisation (Miyato et al. 2018)."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class PatchDiscriminator(nn.Module):
    """(N, in_channels, h, w) in [0, 1] -> scores (N, 1, h', w'), h' about h / 2^levels, and what led to them.

    Args:
        in_channels: 3 for pictures, 4 for pictures beside the mask of what was made.
        width: channels of the first level; they double up to eight times that.
        levels: halvings of the size; each score sees about 4 * 2^levels pixels.
    """

    def __init__(self, in_channels: int, width: int, levels: int = 3) -> None:
        super().__init__()
        widths = [in_channels, *[width * min(2**i, 8) for i in range(levels)]]
        self.downs = nn.ModuleList(spectral_norm(nn.Conv2d(a, b, 4, 2, 1)) for a, b in pairwise(widths))
        self.wide = spectral_norm(nn.Conv2d(widths[-1], widths[-1], 3, 1, 1))
        self.score = spectral_norm(nn.Conv2d(widths[-1], 1, 3, 1, 1))

    def layers(self) -> list[nn.Conv2d]:
        """Every convolution, in order."""
        return [*self.downs, self.wide, self.score]

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores, higher is more real, and the features of each level."""
        features: list[Tensor] = []
        x = x - 0.5
        for layer in (*self.downs, self.wide):
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.score(x).float(), features


def matching(real: list[Tensor], fake: list[Tensor]) -> Tensor:
    """Mean absolute difference of features (Wang et al. 2018), each level relative to its own size."""
    terms = [
        (f.float() - r.float()).abs().mean() / r.float().abs().mean().clamp(min=1e-6)
        for r, f in zip(real, fake, strict=True)
    ]
    return torch.stack(terms).mean()
