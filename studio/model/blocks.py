"""Pieces of a composite, and the memory of finished ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from studio.model.geometry import Rect
from studio.model.kernels import atop, faded, mix_later, over
from studio.model.native import Mixes, library
from studio.model.nodes import Blend
from studio.model.tiles import TILE, Array


class Block(NamedTuple):
    """RGBA pixels of a document rectangle; transparent around it.

    `pixels` may be part of a layer or shared with the cache, so they are written only when `owned`.
    `opaque` is True only if all alpha is at the maximum.
    """

    rect: Rect
    pixels: Array
    opaque: bool
    owned: bool = False

    def within(self, rect: Rect) -> Block | None:
        """The part inside `rect`, still shared; None when there is none."""
        if rect.contains(self.rect):
            return self
        part = self.rect.intersect(rect)
        return None if part.is_empty else Block(part, self.pixels[part.slices(self.rect)], self.opaque)

    def spread(self, rect: Rect, scratch: Scratch) -> Block:
        """An owned copy that fills `rect`."""
        if rect == self.rect and self.owned:
            return self
        scratch.finish()
        pixels = scratch.take(rect, self.pixels.dtype)
        if rect == self.rect:
            np.copyto(pixels, self.pixels)
            return Block(rect, pixels, self.opaque, owned=True)
        pixels.fill(0)
        pixels[self.rect.slices(rect)] = self.pixels
        return Block(rect, pixels, opaque=False, owned=True)

    def under(self, above: Block, blend: Blend, opacity: float, area: Rect, scratch: Scratch) -> Block:
        """This block with another one blended onto it; both lie in `area`."""
        if above.opaque and opacity == 1 and blend is Blend.NORMAL and above.rect.contains(self.rect):
            return above
        block = self.spread(self.rect if self.rect.contains(above.rect) else area, scratch)
        if block.opaque and blend is Blend.NORMAL and scratch.mixes and block.pixels.dtype == np.uint8:
            mix_later(scratch.mixes, block.part(above.rect), above.pixels, opacity)
            return block
        scratch.finish()
        over(block.part(above.rect), above.pixels, blend, opacity, block.opaque)
        return block

    def holding(self, above: Block, blend: Blend, opacity: float, scratch: Scratch) -> Block:
        """This block with another one blended onto it inside its own alpha."""
        inside = above.within(self.rect)
        if inside is None:
            return self
        block = self.spread(self.rect, scratch)
        scratch.finish()
        atop(block.part(inside.rect), inside.pixels, blend, opacity)
        return block

    def part(self, rect: Rect) -> Array:
        """The pixels of a rectangle inside this one, shared."""
        return self.pixels if rect == self.rect else self.pixels[rect.slices(self.rect)]

    def shared(self) -> Block:
        """The same pixels for others, who may not write to them."""
        return Block(self.rect, self.pixels, self.opaque)

    def fade(self, opacity: float, mask: Array | None = None) -> Block:
        """With its alpha multiplied by a number and a mask (h, w)."""
        if opacity == 1 and mask is None:
            return self
        return Block(self.rect, faded(self.pixels, opacity, mask), opaque=False, owned=True)


class Scratch:
    """Buffers of a tile's size that are used again: fresh memory costs as much as blending.

    `mixes`: blending that is left for later, where the C loop is there. `finish` it before looking at pixels
    that are owned.
    """

    def __init__(self) -> None:
        self.mixes = Mixes() if library() else None
        self._buffers: list[Array] = []
        self._used = 0

    def take(self, rect: Rect, dtype: np.dtype[Any]) -> Array:
        """(h, w, 4) for a rectangle no larger than a tile, full of rubbish, good until the next `reset`."""
        if self._used == len(self._buffers):
            self._buffers.append(np.empty(TILE * TILE * 4, np.uint16))
        buffer = self._buffers[self._used].view(dtype)
        self._used += 1
        return buffer[: rect.h * rect.w * 4].reshape(rect.h, rect.w, 4)

    def finish(self) -> None:
        """Do the blending that was left for later."""
        if self.mixes:
            self.mixes.run()

    def reset(self) -> None:
        """All buffers may be used again."""
        self._used = 0


class BlockCache:
    """Blocks by place, each true for one signature of its sources. Forgets the least recently used."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._used = 0
        self._blocks: OrderedDict[Hashable, tuple[Hashable, Block | None]] = OrderedDict()
        self._lock = Lock()

    def get(self, place: Hashable, signature: Hashable) -> tuple[Block | None] | None:
        """What is kept for a place, in a tuple (None inside: nothing is there), or None when out of date."""
        with self._lock:
            found = self._blocks.get(place)
            if found is None or found[0] != signature:
                return None
            self._blocks.move_to_end(place)
            return (found[1] and found[1].shared(),)

    def put(self, place: Hashable, signature: Hashable, block: Block | None) -> Block | None:
        """Keep a block, or a copy if it is work in progress; gives back what is kept, not to be written."""
        with self._lock:
            old = self._drop(place)
            kept = _copy(block, old) if block and block.owned else block
            self._blocks[place] = signature, kept
            self._used += _size(kept)
            while self._used > self._limit:
                self._drop(next(iter(self._blocks)))
            return kept and kept.shared()

    def _drop(self, place: Hashable) -> Block | None:
        _, block = self._blocks.pop(place, (None, None))
        self._used -= _size(block)
        return block


def _copy(block: Block, old: Block | None) -> Block:
    """A copy, in the memory of a block that is not needed any more if that fits: fresh memory is slow."""
    fits = (
        old
        and old.owned
        and old.pixels.shape == block.pixels.shape
        and old.pixels.dtype == block.pixels.dtype
    )
    pixels = old.pixels if old and fits else np.empty_like(block.pixels, order="C")
    np.copyto(pixels, block.pixels)
    return Block(block.rect, pixels, block.opaque, owned=True)


def _size(block: Block | None) -> int:
    """Bytes that only the cache holds."""
    return block.pixels.nbytes if block and block.owned else 0
