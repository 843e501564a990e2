"""Frames between two frames: motion found from coarse to fine by one small network shared by all scales.

After the recurrent pyramids of UPR-Net (Jin et al. 2023) and the intermediate flows of IFNet and IFRNet
(Huang et al. 2022; Kong et al. 2022): at each scale both frames' features are warped to the wanted moment by
the motion known so far, compared by a local correlation, and the motion is corrected. A second network then
weighs the two warped frames and adds what neither shows.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 4  # pixels per feature
MOST_LEVELS = 6
MEMORY = 24  # channels handed from a scale to the next finer one
CUT_SIDE = 32
CUT_FLOOR, CUT_RISE = 0.10, 2.2


class Between(NamedTuple):
    """What the network makes of two frames.

    frame: (N, 3, H, W). blend: the same before anything is added. flows: for each scale, coarse to fine,
    (N, 4, h, w) motion in pixels of that scale's features from the moment to the first and to the last frame.
    """

    frame: Tensor
    blend: Tensor
    flows: list[Tensor]


class Interpolator(nn.Module):
    """The frame at the moment ``t`` between two frames.

    Args:
        features: channels of the features that are compared.
        width: channels of the motion network.
        detail: channels of the blending network.
        radius: how far, in features, the correlation looks around the motion known so far.
    """

    def __init__(self, features: int = 48, width: int = 64, detail: int = 32, radius: int = 3) -> None:
        super().__init__()
        self.radius = radius
        self.encoder = Encoder(features)
        self.motion = Motion(2 * features + (2 * radius + 1) ** 2 + 4 + 1 + MEMORY, width)
        self.synthesis = Synthesis(2 * features, detail)

    def forward(self, first: Tensor, last: Tensor, t: Tensor, levels: int = 3) -> Between:
        """Two frames (N, 3, H, W) in [0, 1] and t (N,) in 0..1 -> the frame between, not clamped.

        H and W must be multiples of ``multiple(levels)``. More levels follow wider motion.
        """
        return self.between(first, last, self.pyramid(first, levels), self.pyramid(last, levels), t)

    def pyramid(self, frame: Tensor, levels: int) -> list[Tensor]:
        """Features of a frame at each scale, coarse to fine; worth keeping for several moments."""
        scales = [frame]
        for _ in range(levels - 1):
            scales.append(F.avg_pool2d(scales[-1], 2))
        return [self.encoder(scale) for scale in reversed(scales)]

    def between(
        self, first: Tensor, last: Tensor, ones: list[Tensor], others: list[Tensor], t: Tensor
    ) -> Between:
        """The frame at ``t`` from two frames and their pyramids."""
        flow, raw, flows = self.estimate(first, last, ones, others, t)
        return Between(*compose(first, last, flow, raw, t), flows)

    def estimate(
        self, first: Tensor, last: Tensor, ones: list[Tensor], others: list[Tensor], t: Tensor
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """What ``compose`` needs: motion (N, 4, H, W) in pixels; what to add, and the weight, (N, 4, H, W).

        Found on small frames, both serve for larger ones. Also the motion at each scale.
        """
        flow, memory, flows = None, None, []
        for one, other in zip(ones, others, strict=True):
            flow, memory, seen = self.refine(one, other, t.view(-1, 1, 1, 1), flow, memory)
            flows.append(flow)
        assert flow is not None and memory is not None
        full = STRIDE * F.interpolate(flow, scale_factor=STRIDE, mode="bilinear", align_corners=False)
        warped = torch.cat([warp(first, full[:, :2]), warp(last, full[:, 2:])], 1)
        return full, self.synthesis(warped, full, memory, seen), flows

    def refine(
        self, one: Tensor, other: Tensor, t: Tensor, flow: Tensor | None, memory: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One scale: motion and memory of the coarser scale -> those of this one, and the warped features."""
        n, _, h, w = one.shape
        if flow is None or memory is None:
            flow, memory = one.new_zeros(n, 4, h, w, dtype=torch.float32), one.new_zeros(n, MEMORY, h, w)
        else:
            flow, memory = 2 * enlarged(flow, (h, w)), enlarged(memory, (h, w))
        here = warp(one, flow[:, :2]), warp(other, flow[:, 2:])
        cost = correlation(here[0], here[1], self.radius)
        when = t.expand(n, 1, h, w)
        change, memory = self.motion(torch.cat([*here, cost, flow / 8, when, memory], 1))
        return flow + change, memory, torch.cat(here, 1)


class Encoder(nn.Module):
    """(N, 3, H, W) -> features (N, C, H / 4, W / 4)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, features // 2, 5, 2, 2), nn.LeakyReLU(0.1),
            nn.Conv2d(features // 2, features, 3, 2, 1), nn.LeakyReLU(0.1),
            nn.Conv2d(features, features, 3, 1, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self.layers(x - 0.5)


class Motion(nn.Module):
    """What is known at one scale -> how the two motions change (N, 4, h, w), and memory (N, MEMORY, h, w)."""

    def __init__(self, known: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(known, width, 3, 1, 1), nn.LeakyReLU(0.1),
            nn.Conv2d(width, width, 3, 1, 2, dilation=2), nn.LeakyReLU(0.1),
            nn.Conv2d(width, width, 3, 1, 1), nn.LeakyReLU(0.1),
        )  # fmt: skip
        self.out = nn.Conv2d(width, 4 + MEMORY, 3, 1, 1)
        with torch.no_grad():
            self.out.weight[:4].mul_(0.05)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        y = self.out(self.layers(x))
        return y[:, :4].float(), y[:, 4:]


class Synthesis(nn.Module):
    """Warped frames (N, 6, H, W), motion, memory, warped features -> (N, 4, H, W): what to add, a weight."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.begin = block(6 * 4 + 4, width)
        self.down = block(width, 2 * width, stride=2)
        self.middle = block(2 * width + features + MEMORY, 2 * width)
        self.up = block(2 * width, width)
        self.end = block(2 * width, width)
        self.out = nn.Conv2d(width, 16, 3, 1, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, warped: Tensor, flow: Tensor, memory: Tensor, features: Tensor) -> Tensor:
        """See the class."""
        half = F.avg_pool2d(flow, 2) / 16
        fine = self.begin(torch.cat([F.pixel_unshuffle(warped - 0.5, 2), half], 1))
        coarse = self.middle(torch.cat([self.down(fine), features, memory], 1))
        back = enlarged(self.up(coarse), fine.shape[2:])
        return F.pixel_shuffle(self.out(self.end(torch.cat([fine, back], 1))), 2).float()


def block(given: int, made: int, stride: int = 1) -> nn.Sequential:
    """A convolution and its activation."""
    return nn.Sequential(nn.Conv2d(given, made, 3, stride, 1), nn.LeakyReLU(0.1))


def compose(first: Tensor, last: Tensor, flow: Tensor, raw: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Both frames moved to the moment and weighed: with what is to be added, and without."""
    t = t.view(-1, 1, 1, 1)
    visible = torch.sigmoid(raw[:, 3:])
    near, far = (1 - t) * visible, t * (1 - visible)
    moved = near * warp(first, flow[:, :2]) + far * warp(last, flow[:, 2:])
    blend = moved / (near + far).clamp(min=1e-4)
    return blend + raw[:, :3], blend


def levels_for(side: int) -> int:
    """How many scales follow the motion in frames of a size: one more for each doubling beyond 256 pixels."""
    return min(MOST_LEVELS, 3 + max(0, math.ceil(math.log2(max(side, 1) / 256))))


def multiple(levels: int) -> int:
    """What the sides of frames must be divisible by."""
    return STRIDE << (levels - 1)


def enlarged(x: Tensor, size: tuple[int, int] | torch.Size) -> Tensor:
    """Bilinear to a size."""
    return F.interpolate(x, size, mode="bilinear", align_corners=False)


def warp(x: Tensor, flow: Tensor) -> Tensor:
    """(N, C, h, w) as seen through a motion (N, 2, h, w) in its pixels, x then y; edges are repeated."""
    h, w = x.shape[2:]
    ys = torch.arange(h, device=flow.device, dtype=torch.float32).view(1, h, 1)
    xs = torch.arange(w, device=flow.device, dtype=torch.float32).view(1, 1, w)
    across = (xs + flow[:, 0].float()) * (2 / w) + (1 / w - 1)
    down = (ys + flow[:, 1].float()) * (2 / h) + (1 / h - 1)
    grid = torch.stack([across, down], -1)
    return F.grid_sample(x.float(), grid, padding_mode="border", align_corners=False).to(x.dtype)


def correlation(one: Tensor, other: Tensor, radius: int) -> Tensor:
    """Cosine of every feature with those of the other frame up to ``radius`` away: (N, (2 r + 1)^2, h, w)."""
    h, w = one.shape[2:]
    one = F.normalize(one.float(), dim=1)
    other = F.pad(F.normalize(other.float(), dim=1), (radius,) * 4)
    side = 2 * radius + 1
    shifts = [other[:, :, y : y + h, x : x + w] for y in range(side) for x in range(side)]
    return torch.stack([(one * shifted).sum(1) for shifted in shifts], 1)


def thumbnail(frame: Tensor) -> Tensor:
    """(N, 3, H, W) in [0, 1] -> (N, CUT_SIDE, CUT_SIDE) brightness, to tell cuts by."""
    return F.adaptive_avg_pool2d(frame, CUT_SIDE).mean(1)


def is_cut(change: float, usual: float) -> bool:
    """Whether two neighbouring frames belong to different shots.

    change: mean absolute difference of their thumbnails, 0..1; usual: that of the pair before.
    """
    return change > CUT_FLOOR and change > CUT_RISE * usual
