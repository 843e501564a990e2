"""Where there is something to fill: the mask checked, cut into parts that are filled one after another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio.api import Image, Mask, UserError

Bools = NDArray[np.bool_]
Unit = NDArray[np.float32]
FAINT = 4 / 255  # a mask this dark is black: compression and soft brushes leave traces
LOOK = 768  # longest side at which the shape of a hole is looked at
MOST_PARTS = 48
LARGEST = 1536  # side of a part in pixels; larger holes are filled part by part
CONTEXT = 48  # pixels of surroundings on each side, at the scale at which the network works


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels, ends excluded."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """For indexing arrays."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    def grown(self, by: int, height: int, width: int) -> Box:
        """Larger on every side, inside a picture."""
        top, left = max(0, self.top - by), max(0, self.left - by)
        return Box(top, left, min(height, self.bottom + by), min(width, self.right + by))

    def moved(self, down: int, right: int) -> Box:
        """The box elsewhere."""
        return Box(self.top + down, self.left + right, self.bottom + down, self.right + right)

    def inside(self, outer: Box) -> Box:
        """The same box, counted from the corner of a larger one."""
        return self.moved(-outer.top, -outer.left)

    def around(self, other: Box) -> Box:
        """The smallest box that holds both."""
        top, left = min(self.top, other.top), min(self.left, other.left)
        return Box(top, left, max(self.bottom, other.bottom), max(self.right, other.right))


@dataclass(frozen=True)
class Cover:
    """How much of each pixel in a box is filled: ``share`` (h, w) float32 in 0..1; nothing outside of it."""

    box: Box
    share: Unit


@dataclass(frozen=True)
class Part:
    """A piece of work: the box to fill, and how thick the hole is there, in pixels."""

    box: Box
    thickness: float

    def scale(self, comfort: float) -> float:
        """How much to shrink it so that the network sees a hole of a size it knows, at most 1."""
        return min(1.0, comfort / max(self.thickness, 1.0))

    def crop(self, scale: float, height: int, width: int) -> Box:
        """The box with the surroundings that the network needs to see."""
        return self.box.grown(round(max(CONTEXT / scale, 1.25 * self.thickness)), height, width)


def coverage(mask: Mask, image: Image, grow: int, feather: int) -> Cover:
    """The mask, widened and then softened outwards.

    UserError for a mask that is empty, covers everything, has another size or holds no numbers.
    """
    if (mask.width, mask.height) != (image.width, image.height):
        raise UserError(
            f"The mask has {mask.width} x {mask.height} pixels, the picture {image.width} x {image.height}.",
            "Both must have the same size.",
        )
    if mask.pixels.dtype == np.float32 and not np.isfinite(mask.pixels).all():
        raise UserError(
            "Some values of the mask are not numbers.", "Paint the mask anew, or save it as a PNG."
        )
    faint = FAINT if mask.pixels.dtype == np.float32 else round(255 * FAINT)
    box = box_of(mask.pixels > faint)
    if box is None:
        raise UserError("The mask is empty.", "Paint white where the picture is to be filled.")
    box = box.grown(grow + feather, mask.height, mask.width)
    unit = Mask(mask.pixels[box.slices]).array("float32").clip(0, 1)
    soft = softened(widened(np.where(unit > FAINT, unit, np.float32(0)), grow), feather)
    if box.size == (mask.height, mask.width) and (soft > 0).all():
        raise UserError(
            "The mask covers the whole picture, so there is nothing to fill it from.",
            "Leave some of the picture black in the mask.",
        )
    return Cover(box, soft)


def box_of(place: Bools) -> Box | None:
    """The smallest box around all that is true; None if nothing is."""
    rows, columns = (np.flatnonzero(place.any(axis)) for axis in (1, 0))
    if not len(rows):
        return None
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def widened(unit: Unit, by: int) -> Unit:
    """Every covered place made wider by a radius in pixels."""
    if by == 0:
        return unit.astype(np.float32)
    from scipy.ndimage import distance_transform_edt

    distance = distance_transform_edt(unit < 0.5) if (unit >= 0.5).any() else np.full(unit.shape, np.inf)
    return np.maximum(unit, (np.asarray(distance) <= by)).astype(np.float32)


def softened(unit: Unit, by: int) -> Unit:
    """The edge runs out over so many pixels outwards; what is covered stays so."""
    if by == 0:
        return unit
    from scipy.ndimage import distance_transform_edt

    distance = np.asarray(distance_transform_edt(unit < 1), np.float32)
    ramp = (1 - distance / (by + 1)).clip(0, 1)
    return np.maximum(unit, ramp * ramp * (3 - 2 * ramp))


def parts_of(hole: Bools) -> list[Part]:
    """Pieces of work that together cover a hole: one per separate place, large ones cut."""
    from scipy.ndimage import binary_dilation, distance_transform_edt, find_objects, label

    step = -(-max(hole.shape) // LOOK)
    small = reduced(hole, step)
    depth = np.asarray(distance_transform_edt(np.pad(small, 1)))[1:-1, 1:-1]
    near = binary_dilation(small, iterations=max(1, round(16 / step)))
    places, count = cast("tuple[Any, int]", label(near))
    found = find_objects(places) if count <= MOST_PARTS else [(slice(0, None), slice(0, None))]
    boxes: list[Part] = []
    for at in found:
        held = small[at] & ((places[at] == len(boxes) + 1) if count <= MOST_PARTS else True)
        thickness = 2 * float((depth[at] * held).max()) * step
        box = box_of(held)
        assert box is not None  # a place has pixels
        box = box.moved(at[0].start, at[1].start)
        bottom, right = min(hole.shape[0], box.bottom * step), min(hole.shape[1], box.right * step)
        boxes.append(Part(Box(box.top * step, box.left * step, bottom, right), thickness))
    return [cut for part in boxes for cut in pieces(part)]


def reduced(hole: Bools, step: int) -> Bools:
    """Every step x step pixels as one: whether any of them is part of the hole."""
    height, width = (-(-size // step) * step for size in hole.shape)
    padded = np.zeros((height, width), np.bool_)
    padded[: hole.shape[0], : hole.shape[1]] = hole
    return padded.reshape(height // step, step, width // step, step).any(axis=(1, 3))


def pieces(part: Part) -> list[Part]:
    """A part cut into boxes of a side that can be worked on at once."""
    side = round(max(LARGEST, 3 * part.thickness))
    box = part.box
    (height, width) = box.size
    rows, columns = -(-height // side), -(-width // side)
    tops = np.linspace(box.top, box.bottom, rows + 1).round().astype(int).tolist()
    lefts = np.linspace(box.left, box.right, columns + 1).round().astype(int).tolist()
    return [
        Part(Box(tops[r], lefts[c], tops[r + 1], lefts[c + 1]), part.thickness)
        for r, c in product(range(rows), range(columns))
    ]
