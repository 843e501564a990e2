"""Holes as people make them: brush strokes and outlines of things."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw

Rng = np.random.Generator
Array = np.ndarray[Any, np.dtype[np.float32]]


def strokes(rng: Rng, size: int, draw: ImageDraw.ImageDraw) -> None:
    """One brush stroke of a few bends, round at the ends."""
    width = int(rng.uniform(0.06, 0.22) * size)
    point, angle = rng.uniform(0, size, 2), rng.uniform(0, 2 * np.pi)
    points = [tuple(point)]
    for _ in range(int(rng.integers(1, 6))):
        angle += rng.normal(0, 0.9)
        point = point + rng.uniform(0.08, 0.3) * size * np.array([np.cos(angle), np.sin(angle)])
        points.append(tuple(point))
    draw.line(points, fill=255, width=width, joint="curve")
    for x, y in points:
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def thing(rng: Rng, size: int, draw: ImageDraw.ImageDraw) -> None:
    """The outline of an object: a circle whose radius wanders, stretched and turned."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones(48)
    for order in range(1, 6):
        radius += rng.normal(0, 0.25 / order) * np.cos(order * angles + rng.uniform(0, 2 * np.pi))
    radius = np.clip(radius, 0.25, 2) * rng.uniform(0.14, 0.34) * size
    stretch, turn = rng.uniform(0.5, 1.0), rng.uniform(0, np.pi)
    shape = radius * (np.cos(angles) + 1j * stretch * np.sin(angles)) * np.exp(1j * turn)
    x, y = rng.uniform(0.1 * size, 0.9 * size, 2)
    draw.polygon([(x + p.real, y + p.imag) for p in shape], fill=255)


def hole(rng: Rng, size: int, low: float = 0.1, high: float = 0.4) -> Array:
    """A mask (size, size), 1 in the hole, which covers between ``low`` and ``high`` of it."""
    while True:
        image = Image.new("L", (size, size))
        draw = ImageDraw.Draw(image)
        shape = thing if rng.random() < 0.5 else strokes
        goal = rng.uniform(low, high)
        for _ in range(8):
            shape(rng, size, draw)
            mask = np.asarray(image, np.float32) / 255
            if mask.mean() >= goal * 0.7:
                break
        if low <= mask.mean() <= high:
            return (mask > 0.5).astype(np.float32)


def batch(rng: Rng, n: int, size: int, low: float = 0.1, high: float = 0.4) -> Array:
    """Masks (n, 1, size, size)."""
    return np.stack([hole(rng, size, low, high) for _ in range(n)])[:, None]
