"""The network at any size: the course is found on small copies, the last frame is moved in full."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from studio.api import Context

if TYPE_CHECKING:
    from torch import Tensor

    from studio.nets.predict import Course, Past, Predictor

STRIP = 1 << 19  # pixels moved between two looks at the cancel flag


class Ahead:
    """The frames after two or more given ones of one size."""

    def __init__(self, ctx: Context, net: Predictor, frames: list[Tensor], side: int) -> None:
        """Frames (1, 3, H, W) in [0, 1], oldest first; side: of the copies, the longer, in pixels."""
        self.ctx, self.net, self.last = ctx, net, frames[-1]
        self.size = list(self.last.shape[2:])
        scale = min(1.0, side / max(self.size))
        self.small = [max(1, round(length * scale)) for length in self.size]
        self.frames = frames

    def made(self, count: int) -> Iterator[Tensor]:
        """Frame after frame, (1, 3, H, W), clamped to [0, 1]."""
        import torch

        from studio.nets.predict import still

        with torch.inference_mode():
            past = self.past()
        course = still(past)
        for _ in range(count):
            with torch.inference_mode():
                course = self.net.step(past, course)
                frame = self.moved(self.in_full(course))
            yield frame

    def past(self) -> Past:
        """Where everything in the small copies came from."""
        import torch.nn.functional as F

        from studio.nets.predict import MULTIPLE, look_back

        height, width = (MULTIPLE * math.ceil(length / MULTIPLE) for length in self.small)
        pad = (0, width - self.small[1], 0, height - self.small[0])
        copies = [F.pad(shrunk(frame, self.small), pad, mode="replicate") for frame in self.frames]
        return look_back(copies, self.ctx.check)

    def in_full(self, course: Course) -> Course:
        """A course of the small copy as one of the frame."""
        import torch.nn.functional as F

        from studio.nets.predict import Course

        parts = [x[..., : self.small[0], : self.small[1]] for x in course]
        if self.small == self.size:
            return Course(*parts)
        way, added, flow = (F.interpolate(x, self.size, mode="bilinear", align_corners=False) for x in parts)
        growth = way.new_tensor([self.size[1] / self.small[1], self.size[0] / self.small[0]]).view(1, 2, 1, 1)
        return Course(way * growth, added, flow * growth)

    def moved(self, course: Course) -> Tensor:
        """The last frame along a course, strip by strip."""
        import torch

        from studio.nets.predict import sampled

        rows, strips = max(1, STRIP // self.size[1]), list[torch.Tensor]()
        for top in range(0, self.size[0], rows):
            self.ctx.check()
            part = slice(top, top + rows)
            strips.append(sampled(self.last, course.way[:, :, part], top) + course.added[:, :, part])
        return torch.cat(strips, 2).clamp(0, 1)


def shrunk(frame: Tensor, size: list[int]) -> Tensor:
    """A smaller copy, antialiased; the frame itself where the size is its own."""
    import torch.nn.functional as F

    if list(frame.shape[2:]) == size:
        return frame
    return F.interpolate(frame, size, mode="bilinear", antialias=True, align_corners=False)
