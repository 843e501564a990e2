"""IFRNet, "Intermediate Feature Refine Network for Efficient Frame Interpolation" (Kong et al., CVPR 2022).

Written from the paper, with the tensor names of the published weights (S, the plain one and L), so that a
person's own file fits. Motion and the moment's features are refined together, from coarse to fine.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.interpolate import warp


def convolved(inner: int, outer: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution and a PReLU."""
    return nn.Sequential(nn.Conv2d(inner, outer, kernel, stride, kernel // 2), nn.PReLU(outer))


class SideBlock(nn.Module):
    """Residual block of five convolutions; two of them see only the last ``side`` channels."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.conv1, self.conv2 = convolved(channels, channels), convolved(side, side)
        self.conv3, self.conv4 = convolved(channels, channels), convolved(side, side)
        self.conv5 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.prelu = nn.PReLU(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        out = x
        for whole, part in ((self.conv1, self.conv2), (self.conv3, self.conv4)):
            out = whole(out)
            out = torch.cat([out[:, : -self.side], part(out[:, -self.side :])], 1)
        return self.prelu(x + self.conv5(out))


class Decoder(nn.Module):
    """One scale: what is known so far -> twice as large, ``outer`` channels."""

    def __init__(self, inner: int, width: int, outer: int, side: int) -> None:
        super().__init__()
        self.convblock = nn.Sequential(
            convolved(inner, width), SideBlock(width, side), nn.ConvTranspose2d(width, outer, 4, 2, 1)
        )

    def forward(self, *parts: Tensor) -> Tensor:
        """Parts are joined along their channels."""
        return self.convblock(torch.cat(parts, 1))


class Encoder(nn.Module):
    """A frame's features at halves, quarters, eighths and sixteenths."""

    def __init__(self, channels: Sequence[int], kernel: int) -> None:
        super().__init__()
        sizes = (3, *channels)
        for level in range(4):
            first = convolved(sizes[level], sizes[level + 1], kernel if level == 0 else 3, 2)
            setattr(self, f"pyramid{level + 1}", nn.Sequential(first, convolved(*[sizes[level + 1]] * 2)))

    def forward(self, x: Tensor) -> list[Tensor]:
        """(N, 3, H, W) -> four maps, fine to coarse."""
        found: list[Tensor] = []
        for level in range(4):
            x = getattr(self, f"pyramid{level + 1}")(x)
            found.append(x)
        return found


class IFRNet(nn.Module):
    """Frames between two frames.

    Args:
        channels: of the four feature maps, fine to coarse; S has 24, 36, 54, 72.
        side: channels of the narrow convolutions. kernel: size of the first convolution.
    """

    multiple = 16

    def __init__(self, channels: Sequence[int] = (24, 36, 54, 72), side: int = 24, kernel: int = 3) -> None:
        super().__init__()
        self.encoder = Encoder(channels, kernel)
        one, two, three, four = channels
        self.decoder4 = Decoder(2 * four + 1, 2 * four, three + 4, side)
        self.decoder3 = Decoder(3 * three + 4, 3 * three, two + 4, side)
        self.decoder2 = Decoder(3 * two + 4, 3 * two, one + 4, side)
        self.decoder1 = Decoder(3 * one + 4, 3 * one, 8, side)

    def estimate(self, first: Tensor, last: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Motion and weights at a moment, as `studio.nets.interpolate.compose` takes them, for t 0.5.

        Frames (N, 3, H, W) in [0, 1], sides multiples of 16; t (N,) -> motion (N, 4, H, W) in pixels; what to
        add, and the first frame's weight before its sigmoid, (N, 4, H, W).
        """
        mean = torch.cat([first, last], 2).mean((1, 2, 3), keepdim=True)
        ones, others = self.encoder(first - mean), self.encoder(last - mean)
        when = t.view(-1, 1, 1, 1).expand(-1, 1, *ones[3].shape[2:])
        out = self.decoder4(ones[3], others[3], when)
        flow = out[:, :4]
        for decoder, one, other in zip(
            (self.decoder3, self.decoder2, self.decoder1), ones[2::-1], others[2::-1], strict=True
        ):
            moved = warp(one, flow[:, :2]), warp(other, flow[:, 2:])
            out = decoder(out[:, 4:], *moved, flow)
            coarse = F.interpolate(flow, scale_factor=2.0, mode="bilinear", align_corners=False)
            flow = out[:, :4] + 2 * coarse
        return flow, torch.cat([out[:, 5:], out[:, 4:5]], 1)
