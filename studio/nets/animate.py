"""Motion for a still picture: the conditional form of VGAN (Vondrick et al. 2016), with motion for pixels.

From the picture and noise come a few fields of motion and a few changes of colour, and for each of them a
curve over time: a Fourier series that is 0 at the beginning. So the first frame is the picture itself, every
clip is a loop, and whatever the network was shown, the frames can be moved at any size and any rate. Motion
written as a few harmonics over time is also what Generative Image Dynamics (Li et al. 2024) uses, pixel by
pixel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MULTIPLE = 16  # both sides of the picture must be multiples of it


class Motion(NamedTuple):
    """How a picture moves.

    fields: (N, J, 2, h, w) shifts, x then y, as shares of half the picture's side. tints: (N, K, 5, h, w):
    premultiplied changes of colour and alpha, and how much of them is used. curves: (N, J + K, H, 2) weights
    of the harmonics, cosine then sine.
    """

    fields: Tensor
    tints: Tensor
    curves: Tensor

    def weights(self, moments: Tensor) -> Tensor:
        """The curves at moments (M,) of the loop, 0..1 -> (N, M, J + K), 0 at moment 0."""
        harmonics = torch.arange(1, self.curves.shape[2] + 1, device=moments.device)
        angle = 2 * math.pi * moments[:, None] * harmonics
        waves = torch.stack([angle.cos() - 1, angle.sin()], -1)
        return torch.einsum("njhs,mhs->nmj", self.curves.float(), waves)

    def at(self, moments: Tensor) -> tuple[Tensor, Tensor]:
        """Shifts (N, M, 2, h, w) and changes of colour (N, M, 4, h, w) at moments (M,)."""
        weights = self.weights(moments)
        count = self.fields.shape[1]
        shift = torch.einsum("nmj,njchw->nmchw", weights[..., :count], self.fields.float())
        change = self.tints[:, :, :4] * torch.sigmoid(self.tints[:, :, 4:])
        return shift, torch.einsum("nmk,nkchw->nmchw", weights[..., count:], change.float())


class Animator(nn.Module):
    """A picture (N, 4, H, W), premultiplied, in 0..1, and noise (N, z_dim) -> its `Motion` at H / 2 x W / 2.

    Args:
        widths: channels at H / 2, H / 4, H / 8 and H / 16.
        fields: number of fields of motion.
        tints: number of changes of colour.
        harmonics: of each curve.
        z_dim: length of the noise.
    """

    def __init__(
        self, widths: Sequence[int], fields: int = 8, tints: int = 4, harmonics: int = 6, z_dim: int = 16
    ) -> None:
        super().__init__()
        self.z_dim, self.fields, self.harmonics = z_dim, fields, harmonics
        self.stem = nn.Conv2d(4 * 4 + 2, widths[0], 3, 1, 1)
        self.downs = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(widths))
        self.middle = nn.Conv2d(2 * widths[-1], widths[-1], 3, 1, 1)
        self.style = nn.Sequential(nn.Linear(z_dim + widths[-1], 128), nn.LeakyReLU(0.1))
        self.ups = nn.ModuleList(Up(a, b) for a, b in zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.out = nn.Conv2d(widths[0], 2 * fields + 5 * tints, 3, 1, 1)
        self.curve = nn.Linear(128, (fields + tints) * harmonics * 2)
        with torch.no_grad():
            self.out.weight[: 2 * fields].mul_(0.1)
            self.out.weight[2 * fields :].mul_(0.3)

    def forward(self, picture: Tensor, z: Tensor) -> Motion:
        """See the class."""
        seen = [F.leaky_relu(self.stem(self.given(picture)), 0.1)]
        for down in self.downs:
            seen.append(F.leaky_relu(down(seen[-1]), 0.1))
        whole = seen[-1].mean((2, 3))
        style = self.style(torch.cat([z, whole], 1))
        around = whole[:, :, None, None].expand_as(seen[-1])
        x = F.leaky_relu(self.middle(torch.cat([seen[-1], around], 1)), 0.1)
        for up, finer in zip(self.ups, reversed(seen[:-1]), strict=True):
            x = up(x, finer, style)
        n, _, h, w = x.shape
        made = self.out(x)
        fields = made[:, : 2 * self.fields].view(n, self.fields, 2, h, w)
        tints = made[:, 2 * self.fields :].view(n, -1, 5, h, w)
        curves = self.curve(style).view(n, -1, self.harmonics, 2)
        falling = torch.arange(1, self.harmonics + 1, device=x.device).view(1, 1, -1, 1)
        return Motion(fields, tints, curves / falling)

    def given(self, picture: Tensor) -> Tensor:
        """The picture at half size with its finer pixels as channels, and where each of them is."""
        n, _, h, w = picture.shape
        down = torch.linspace(-1, 1, h // 2, device=picture.device).view(1, 1, -1, 1)
        across = torch.linspace(-1, 1, w // 2, device=picture.device).view(1, 1, 1, -1)
        place = [x.expand(n, 1, h // 2, w // 2).to(picture.dtype) for x in (across, down)]
        return torch.cat([F.pixel_unshuffle(picture * 2 - 1, 2), *place], 1)


class Up(nn.Module):
    """Twice the size beside the finer features, both scaled by the style: (N, b, 2 h, 2 w)."""

    def __init__(self, given: int, made: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(given + made, made, 3, 1, 1)
        self.style = nn.Linear(128, 2 * made)

    def forward(self, x: Tensor, finer: Tensor, style: Tensor) -> Tensor:
        """See the class."""
        x = F.interpolate(x, finer.shape[2:], mode="bilinear", align_corners=False)
        x = self.conv(torch.cat([x, finer], 1))
        scale, shift = self.style(style)[:, :, None, None].chunk(2, 1)
        return F.leaky_relu(x * (1 + scale) + shift, 0.1)


def moved(picture: Tensor, shift: Tensor, change: Tensor) -> Tensor:
    """Frames (N, M, 4, H, W) of a premultiplied picture (N, 4, H, W), from what `Motion.at` gives.

    The picture may be larger than what the network saw: shifts and changes are enlarged, its detail is kept.
    """
    n, m = shift.shape[:2]
    size = picture.shape[2:]
    flat, tint = (enlarged(x.flatten(0, 1), size) for x in (shift, change))
    ys = torch.linspace(-1 + 1 / size[0], 1 - 1 / size[0], size[0], device=picture.device)
    xs = torch.linspace(-1 + 1 / size[1], 1 - 1 / size[1], size[1], device=picture.device)
    grid = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), -1) + flat.permute(0, 2, 3, 1)
    still = picture[:, None].expand(-1, m, -1, -1, -1).flatten(0, 1)
    warped = F.grid_sample(still, grid, padding_mode="border", align_corners=False)
    return (warped + tint).view(n, m, -1, *size)


def strip(picture: Tensor, shift: Tensor, change: Tensor, top: int, bottom: int) -> Tensor:
    """Rows ``top`` to ``bottom`` of a frame (N, 4, rows, W) of a picture of any size.

    shift: (N, 2, h, w), change: (N, 4, h, w), as in ``moved``, of which this gives the same pixels.
    """
    height, width = picture.shape[2:]
    ys = (torch.arange(top, bottom, device=picture.device) + 0.5) * (2 / height) - 1
    xs = (torch.arange(width, device=picture.device) + 0.5) * (2 / width) - 1
    place = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), -1)[None].expand(len(picture), -1, -1, -1)
    flat, tint = (sampled(x, place) for x in (shift, change))
    return sampled(picture, place + flat.permute(0, 2, 3, 1)) + tint


def sampled(x: Tensor, place: Tensor) -> Tensor:
    """Bilinear, edges repeated."""
    return F.grid_sample(x, place.to(x.dtype), padding_mode="border", align_corners=False)


def enlarged(x: Tensor, size: torch.Size) -> Tensor:
    """Bilinear to a size."""
    return F.interpolate(x, size, mode="bilinear", align_corners=False)
