"""What comes next in a clip: the last frame is moved on along the motion of the frames before it.

Trained with the losses of Mathieu, Couprie and LeCun (2015). Their network draws pixels; this one starts from
motion that is measured, not learnt (`studio.nets.flow`), corrects where it leads, and adds only what was not
to be seen. However many frames ahead, the last given frame is sampled once, so nothing blurs by being moved
again and again, and the same answer serves at any resolution.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.nets.flow import flow_between
from studio.nets.interpolate import block, enlarged, warp

CONTEXT = 3  # frames that are looked at
MULTIPLE = 8  # what the sides of frames must be divisible by


class Course(NamedTuple):
    """How a frame ahead is made of the last given one.

    way: (N, 2, H, W) from each pixel to where it was in that frame, in pixels, x then y. added: (N, 3, H, W)
    what is put on top of the moved frame. flow: (N, 2, H, W) from each pixel to where it was one frame ago.
    """

    way: Tensor
    added: Tensor
    flow: Tensor


class Past(NamedTuple):
    """What the given frames tell, seen from the last one.

    last: that frame, (N, 3, H, W). flow: back to the frame before it, (N, 2, H, W), in pixels. change: how
    that differs from the motion one frame earlier. doubt: how the frame before differs after moving it.
    """

    last: Tensor
    flow: Tensor
    change: Tensor
    doubt: Tensor


class Predictor(nn.Module):
    """The frames after the given ones.

    Args:
        width: channels at half size; twice as many at a quarter, and three times as many at an eighth.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.onward = Onward(width)

    def forward(self, context: list[Tensor], count: int) -> list[Tensor]:
        """Two or ``CONTEXT`` frames (N, 3, H, W) in [0, 1], oldest first -> ``count`` frames, not clamped.

        H and W must be multiples of ``MULTIPLE``.
        """
        past = look_back(context)
        return [follow(past.last, course) for course in self.courses(past, count)]

    def courses(self, past: Past, count: int) -> list[Course]:
        """How each of the frames ahead is made."""
        course, made = still(past), []
        for _ in range(count):
            course = self.step(past, course)
            made.append(course)
        return made

    def step(self, past: Past, course: Course) -> Course:
        """One frame further."""
        guess = further(course, warp(course.flow, course.flow))
        seen = warp(torch.cat([past.last, past.doubt, past.change], 1), guess.way)
        raw = self.onward(guess, seen)
        made = further(course, guess.flow + raw[:, :2])
        return Course(made.way, made.added + raw[:, 2:], made.flow)


class Onward(nn.Module):
    """Corrects a guessed course, from what is seen along it, (N, 8, H, W): the last frame, its doubt and its
    change of motion. -> (N, 5, H, W): what to change in the motion, in pixels, and what to add.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.begin = block((3 + 3 + 3) * 4 + 6, width)
        self.down = block(width, 2 * width, stride=2)
        self.quarter = block(2 * width, 2 * width)
        self.deeper = block(2 * width, 3 * width, stride=2)
        self.eighth = nn.Sequential(block(3 * width, 3 * width), block(3 * width, 2 * width))
        self.rise = block(4 * width, width)
        self.end = block(2 * width, width)
        self.out = nn.Conv2d(width, 20, 3, 1, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, guess: Course, seen: Tensor) -> Tensor:
        """See the class."""
        motion = F.avg_pool2d(torch.cat([guess.flow, guess.way, seen[:, 6:]], 1), 2) / 8
        frames = torch.cat([seen[:, :3] + guess.added - 0.5, seen[:, 3:6] * 4, guess.added], 1)
        fine = self.begin(torch.cat([F.pixel_unshuffle(frames, 2), motion], 1))
        quarter = self.quarter(self.down(fine))
        eighth = self.eighth(self.deeper(quarter))
        back = self.rise(torch.cat([quarter, enlarged(eighth, quarter.shape[2:])], 1))
        both = torch.cat([fine, enlarged(back, fine.shape[2:])], 1)
        return F.pixel_shuffle(self.out(self.end(both)), 2).float()


def look_back(context: list[Tensor], look: Callable[[], object] = bool) -> Past:
    """Where everything in the last of two or ``CONTEXT`` frames came from; two are taken to move steadily.

    ``look`` is called between the steps and may raise to end them.
    """
    *older, before, last = context
    flow = flow_between(last, before, look)
    doubt = warp(before, flow) - last
    if not older:
        return Past(last, flow, torch.zeros_like(flow), doubt)
    return Past(last, flow, flow - warp(flow_between(before, older[-1], look), flow), doubt)


def still(past: Past) -> Course:
    """No way gone yet."""
    return Course(torch.zeros_like(past.flow), torch.zeros_like(past.last), past.flow)


def further(course: Course, flow: Tensor) -> Course:
    """The way of one frame, and on from there the way known so far."""
    before = warp(torch.cat([course.way, course.added], 1), flow)
    return Course(flow + before[:, :2], before[:, 2:], flow)


def follow(frame: Tensor, course: Course) -> Tensor:
    """The last given frame (N, 3, H, W) as it will be seen."""
    return warp(frame, course.way) + course.added


def sampled(frame: Tensor, way: Tensor, top: int = 0) -> Tensor:
    """Rows of a frame (1, 3, H, W) seen through a way (1, 2, h, W) that begins at row ``top``: bicubic."""
    height, width = frame.shape[2:]
    ys = torch.arange(top, top + way.shape[2], device=way.device, dtype=torch.float32).view(1, -1, 1)
    xs = torch.arange(width, device=way.device, dtype=torch.float32).view(1, 1, -1)
    across = (xs + way[:, 0]).clamp(0, width - 1) * (2 / width) + (1 / width - 1)
    down = (ys + way[:, 1]).clamp(0, height - 1) * (2 / height) + (1 / height - 1)
    grid = torch.stack([across, down], -1)
    return F.grid_sample(frame, grid, mode="bicubic", padding_mode="border", align_corners=False)
