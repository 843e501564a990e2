"""The network at any size: motion is found on a small copy, the frames themselves are moved at full size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from studio.api import Context, Image

if TYPE_CHECKING:
    from torch import Tensor


class Pair:
    """Two frames of one size, prepared once for all moments between them."""

    def __init__(self, net: Any, first: Tensor, last: Tensor, side: int) -> None:
        """Frames (1, 3, H, W) in [0, 1]; side: of the copy that motion is found on, the longer, in pixels."""
        import torch.nn.functional as F

        from studio.nets.interpolate import Interpolator, levels_for, multiple

        self.net, self.first, self.last = net, first, last
        self.size = first.shape[2:]
        scale = min(1.0, side / max(self.size))
        small = [max(1, round(length * scale)) for length in self.size]
        self.levels = levels_for(max(small))
        own = isinstance(net, Interpolator)
        step = multiple(self.levels) if own else net.multiple
        self.padded = [step * math.ceil(length / step) for length in small]
        pad = (0, self.padded[1] - small[1], 0, self.padded[0] - small[0])
        self.small = small
        self.copies = [F.pad(shrunk(frame, small), pad, mode="replicate") for frame in (first, last)]
        self.pyramids = [net.pyramid(copy, self.levels) for copy in self.copies] if own else []

    def at(self, moment: float) -> Tensor:
        """The frame (1, 3, H, W) at a moment from 0 to 1."""
        import torch
        import torch.nn.functional as F

        from studio.nets.interpolate import compose

        t = torch.tensor([moment], device=self.first.device)
        flow, raw = self.net.estimate(*self.copies, *self.pyramids, t)[:2]
        if not self.pyramids:
            t = torch.full_like(t, 0.5)  # imported networks weigh the frames by themselves
        flow, raw = (x[..., : self.small[0], : self.small[1]] for x in (flow, raw))
        if tuple(self.small) != tuple(self.size):
            flow, raw = (
                F.interpolate(x, self.size, mode="bilinear", align_corners=False) for x in (flow, raw)
            )
            growth = flow.new_tensor([self.size[1] / self.small[1], self.size[0] / self.small[0]] * 2)
            flow = flow * growth.view(1, 4, 1, 1)
        return compose(self.first, self.last, flow, raw, t)[0]


def shrunk(frame: Tensor, size: list[int]) -> Tensor:
    """A smaller copy, antialiased; the frame itself where the size is its own."""
    import torch.nn.functional as F

    if list(frame.shape[2:]) == size:
        return frame
    return F.interpolate(frame, size, mode="bilinear", antialias=True, align_corners=False)


def tensor(ctx: Context, image: Image) -> Tensor:
    """(1, 3, H, W) in [0, 1] on the device."""
    return ctx.tensor(image) * 0.5 + 0.5


def picture(ctx: Context, frame: Tensor) -> Image:
    """The way back."""
    return ctx.image(frame.clamp(0, 1) * 2 - 1)
