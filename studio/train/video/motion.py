"""Made-up motion with known answers: photographs slide, turn and grow, pieces of others move over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from torch import Tensor

from studio.train.photo.masks import thing
from studio.train.photo.photographs import Crops

Rng = np.random.Generator
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Layer:
    """A texture (4, S, S) with coverage, and how it lies on the screen at moment s: linear in s.

    place: centre in pixels; turn: radians; grow: logarithm of the size in screen pixels per texture pixel.
    Each is (value at 0, change until 1).
    """

    texture: Tensor
    place: tuple[Array, Array]
    turn: tuple[float, float]
    grow: tuple[float, float]

    def pose(self, s: float) -> tuple[Array, Array]:
        """Matrix (2, 2) and shift (2,) from texture to screen, pixels from the texture's centre."""
        angle, size = self.turn[0] + s * self.turn[1], np.exp(self.grow[0] + s * self.grow[1])
        c, d = size * np.cos(angle), size * np.sin(angle)
        shift = self.place[0] + s * self.place[1]
        return np.array([[c, -d], [d, c]], np.float32), shift.astype(np.float32)


@dataclass(frozen=True)
class Scene:
    """Frames (3, H, W) in [0, 1] at the moments asked for, and the known motion (2, H, W) between some."""

    frames: list[Tensor]
    flows: list[Tensor]


def speed(rng: Rng, mean: float, most: float) -> Array:
    """A random shift in pixels: any direction, small ones most often."""
    angle, length = rng.uniform(0, 2 * np.pi), min(rng.exponential(mean), most)
    return length * np.array([np.cos(angle), np.sin(angle)])


def layers(rng: Rng, crops: Crops, size: int) -> list[Layer]:
    """A background and one to three pieces over it."""
    middle = np.full(2, size / 2)
    drift = (middle, speed(rng, size / 24, size / 5))
    made = [Layer(opaque(crops.next()), drift, pair(rng, 0.3, 0.06), pair(rng, 0.05, 0.05, 0.1))]
    for _ in range(int(rng.integers(1, 4))):
        way = (rng.uniform(0, size, 2), speed(rng, size / 12, size / 3))
        piece = cut_out(rng, crops.next())
        made.append(Layer(piece, way, pair(rng, 1.0, 0.15), pair(rng, 0.2, 0.08, -0.4)))
    return made


def pair(rng: Rng, spread: float, change: float, middle: float = 0.0) -> tuple[float, float]:
    """A random value and a random change of it."""
    return float(rng.normal(middle, spread)), float(rng.normal(0, change))


def opaque(pixels: np.ndarray[Any, Any]) -> Tensor:
    """(S, S, 3) uint8 -> (4, S, S), covering everything."""
    colour = torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
    return torch.cat([colour, torch.ones_like(colour[:1])])


def cut_out(rng: Rng, pixels: np.ndarray[Any, Any]) -> Tensor:
    """A piece of a picture with a random outline, softened by about a pixel."""
    side = pixels.shape[0]
    mask = Image.new("L", (side, side))
    thing(rng, side, ImageDraw.Draw(mask))
    cover = torch.from_numpy(np.asarray(mask, np.float32) / 255)[None, None]
    return torch.cat([opaque(pixels)[:3], F.avg_pool2d(cover, 3, 1, 1)[0]])


def render(stack: list[Layer], moments: tuple[float, float, float], size: int) -> Scene:
    """The scene at three moments; motion from the second is exact wherever a layer is seen."""
    frames, seen, points = seen_at(stack, moments, size)
    flows = [motion(stack, seen[1], moments[1], to, points) for to in (moments[0], moments[2])]
    return Scene(frames, flows)


def onward(stack: list[Layer], moments: list[float], size: int) -> Scene:
    """The scene at many moments, with the motion from each but the first back to the one before."""
    frames, seen, points = seen_at(stack, moments, size)
    back = [motion(stack, seen[i], moments[i], moments[i - 1], points) for i in range(1, len(moments))]
    return Scene(frames, back)


def seen_at(
    stack: list[Layer], moments: Sequence[float], size: int
) -> tuple[list[Tensor], list[list[Tensor]], Array]:
    """Frames, the layers each is made of, and the places of the pixels (size, size, 2)."""
    y, x = np.mgrid[:size, :size] + 0.5
    points = np.stack([x, y], -1).astype(np.float32)
    seen = [[sample(layer, s, points) for layer in stack] for s in moments]
    return [over(parts) for parts in seen], seen, points


def sample(layer: Layer, s: float, points: Array) -> Tensor:
    """A layer (4, H, W) as it lies at moment s; a background's edges go on, a piece ends."""
    side = layer.texture.shape[1]
    matrix, shift = layer.pose(s)
    canon = (points - shift) @ np.linalg.inv(matrix).T
    grid = torch.from_numpy((canon / (side / 2)).astype(np.float32))
    return F.grid_sample(layer.texture[None], grid[None], padding_mode="border", align_corners=False)[0]


def over(parts: list[Tensor]) -> Tensor:
    """Layers from back to front as one frame (3, H, W)."""
    frame = parts[0][:3]
    for part in parts[1:]:
        frame = torch.lerp(frame, part[:3], part[3:])
    return frame


def motion(stack: list[Layer], parts: list[Tensor], s: float, to: float, points: Array) -> Tensor:
    """(2, H, W): where what is seen at moment s lies at another, in pixels from here."""
    flow = torch.zeros(2, *points.shape[:2])
    for layer, part in zip(stack, parts, strict=True):
        matrix, shift = layer.pose(s)
        other, goal = layer.pose(to)
        there = (points - shift) @ (other @ np.linalg.inv(matrix)).T + goal
        way = torch.from_numpy((there - points).astype(np.float32)).permute(2, 0, 1)
        flow = torch.where(part[3:] > 0.5, way, flow)
    return flow
