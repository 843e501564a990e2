"""Discriminator for small data: residual trunk behind a pixel-unshuffle, projection head, reconstruction
head.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.style import icnr_, lrelu


class DownBlock(nn.Module):
    """Residual block that halves height and width: (N, c_in, h, w) -> (N, c_out, h/2, w/2)."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv = conv(c_in, c_in)
        self.down = conv(c_in, c_out, stride=2)
        self.skip = conv(c_in, c_out, size=1)

    def forward(self, x: Tensor) -> Tensor:
        y = lrelu(self.down(lrelu(self.conv(x))))
        return (y + self.skip(F.avg_pool2d(x, 2))) * math.sqrt(0.5)


class Decoder(nn.Module):
    """Rebuilds a picture from 8 x 8 features (Liu et al. 2021): keeps D's features descriptive on small
    data.
    """

    def __init__(self, c_in: int, width: int, doublings: int, out_channels: int) -> None:
        super().__init__()
        widths = [c_in] + [width] * (doublings - 1)
        self.ups = nn.ModuleList(conv(a, b * 4) for a, b in pairwise(widths))
        self.last = conv(widths[-1], out_channels * 4)
        for layer in [*self.ups, self.last]:
            assert isinstance(layer, nn.Conv2d)
            icnr_(layer.weight)

    def forward(self, x: Tensor) -> Tensor:
        for up in self.ups:
            x = lrelu(F.pixel_shuffle(up(x), 2))
        return F.pixel_shuffle(self.last(x), 2)


class Discriminator(nn.Module):
    """Scores how real a picture looks given its labels (projection head of Miyato and Koyama 2018).

    Args:
        resolution: R of the pictures.
        in_channels: picture channels.
        channels: feature channels at R/2, R/4, .. 4.
        conditions: number of values of each attribute.
        reconstruct: add the decoder from the 8 x 8 features back to R/2.
    """

    def __init__(
        self,
        resolution: int,
        in_channels: int,
        channels: Sequence[int],
        conditions: Sequence[int] = (),
        reconstruct: bool = True,
    ) -> None:
        super().__init__()
        doublings = int(math.log2(resolution // 4))
        if len(channels) != doublings:
            raise ValueError(f"resolution {resolution} needs {doublings} channel counts")
        if reconstruct and resolution < 32:
            raise ValueError("rebuilding pictures from 8 x 8 features needs a resolution of at least 32")
        self.stem = conv(in_channels * 4, channels[0])
        self.blocks = nn.ModuleList(DownBlock(a, b) for a, b in pairwise(channels))
        last = channels[-1]
        self.mix = conv(last + 1, last)
        self.dense = nn.Linear(last * 16, last)
        self.score = nn.Linear(last, 1)
        nn.init.normal_(self.dense.weight, std=1 / math.sqrt(last * 16))
        nn.init.normal_(self.score.weight, std=1 / math.sqrt(last))
        self.embed = nn.ModuleList(nn.Embedding(n, last) for n in conditions)
        self.decoder = Decoder(channels[-2], 32, doublings - 2, in_channels) if reconstruct else None

    def features(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, R, R) -> features at 8 x 8 and at 4 x 4."""
        x = lrelu(self.stem(F.pixel_unshuffle(x, 2)))
        for block in self.blocks[:-1]:
            x = block(x)
        return x, self.blocks[-1](x)

    def head(self, x: Tensor, labels: Tensor) -> Tensor:
        """4 x 4 features -> one score per picture, (N,)."""
        x = lrelu(self.mix(torch.cat([x, group_deviation(x)], dim=1)))
        x = lrelu(self.dense(x.flatten(1)))
        score = self.score(x).squeeze(1)
        for i, table in enumerate(self.embed):
            score = score + (x * table(labels[:, i])).sum(1) / math.sqrt(x.shape[1])
        return score

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """(N, C, R, R) in [-1, 1], (N, A) int64 -> (N,) scores, higher is more real."""
        return self.head(self.features(x)[1], labels).float()

    def score_and_rebuild(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (N,) and the pictures rebuilt at half size, (N, C, R/2, R/2)."""
        if self.decoder is None:
            raise ValueError("this discriminator was built without its decoder")
        mid, last = self.features(x)
        return self.head(last, labels).float(), self.decoder(mid)


def conv(c_in: int, c_out: int, size: int = 3, stride: int = 1) -> nn.Conv2d:
    """Convolution that keeps size (or divides it by the stride) and variance at the start."""
    layer = nn.Conv2d(c_in, c_out, size, stride, padding=size // 2)
    nn.init.normal_(layer.weight, std=1 / math.sqrt(c_in * size * size))
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def group_deviation(x: Tensor, group: int = 4) -> Tensor:
    """Mini-batch standard deviation (Karras et al. 2018): (N, C, h, w) -> (N, 1, h, w), mean over channels
    and places.

    Neighbouring rows form a group; N that is no multiple of ``group`` is taken as one group.
    """
    n, c, h, w = x.shape
    group = group if n % group == 0 else n
    y = x.float().reshape(-1, group, c, h, w)
    deviation = (y.var(1, correction=0) + 1e-8).sqrt().mean(dim=(1, 2, 3))
    return deviation.repeat_interleave(group)[:, None, None, None].expand(n, 1, h, w).to(x.dtype)
