"""Compositing of the layer tree, tile by tile.

Work is saved in three ways, none of which changes a single pixel of the result: what an opaque layer hides is
not looked at, where a layer is empty nothing is done, and the composite of everything below the active node
(and of whole groups elsewhere) is kept per tile under a signature of all that went into it. As every content
of a tile has a number of its own, nothing ever has to be declared invalid.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

import numpy as np

from studio.model.blocks import Block, BlockCache, Scratch
from studio.model.cores import each
from studio.model.geometry import Rect
from studio.model.nodes import Blend, Group, MaskLayer, Node, RasterLayer, dtype_of
from studio.model.tiles import TILE, Array, Key, Kind, TiledImage, keys_in, only_key, split, tile_rect

if TYPE_CHECKING:
    from studio.model.document import Document

CACHE_BYTES: Final = 512 << 20
RUN: Final = 16  # tiles that one thread composites in one go
MANY: Final = 2 * RUN  # fewer are not worth starting threads for


@dataclass(frozen=True, slots=True)
class Run:
    """A visible node and those clipped to it; `solid` nodes hide all below where they are opaque."""

    base: Node
    clipped: tuple[Node, ...]
    solid: bool


Look = tuple[Kind, Rect]
"""What a layer holds in a rectangle, and outside of which part of it there is nothing."""

Shown = tuple[Run, Look | None]
"""A run that is not known to be empty, with the look of its base if that is a layer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to composite a group: its runs bottom to top; the first `kept` of them are cached as one."""

    runs: Sequence[Run]
    kept: int


class Compositor:
    """Composites one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._cache = BlockCache(CACHE_BYTES)
        self._scratch = Scratch()
        self._scratches = threading.local()

    def composite(self, node: Node, rect: Rect, out: Array | None = None) -> Array:
        """A node (root: everything) without its own opacity and blend mode: (h, w, 4), 0 off the canvas.

        `out` takes the result if given: an array of that shape and the document's dtype.
        """
        if out is None:
            out = np.empty((max(rect.h, 0), max(rect.w, 0), 4), dtype_of(self._document.depth))
        if not self._document.canvas.contains(rect):
            out[...] = 0
        parts = list(split(rect.intersect(self._document.canvas)))
        walk = Pass(self._cache, self._document.active, self._document.fleeting)
        if len(parts) < MANY:
            self._composite_parts(walk, node, parts, rect, out, self._scratch)
        else:
            runs = [parts[first : first + RUN] for first in range(0, len(parts), RUN)]
            for _ in each(lambda run: self._composite_run(walk, node, run, rect, out), runs):
                pass
        return out

    def _composite_run(
        self, walk: Pass, node: Node, parts: Sequence[tuple[Key, Rect]], rect: Rect, out: Array
    ) -> None:
        """In one of several threads, each with buffers of its own."""
        if not hasattr(self._scratches, "own"):
            self._scratches.own = Scratch()
        self._composite_parts(walk, node, parts, rect, out, self._scratches.own)

    def _composite_parts(
        self,
        walk: Pass,
        node: Node,
        parts: Sequence[tuple[Key, Rect]],
        rect: Rect,
        out: Array,
        scratch: Scratch,
    ) -> None:
        """Put the parts of some tiles into `out`, which covers `rect`."""
        for key, part in parts:
            scratch.reset()
            block = walk.source(node, key, part, scratch)
            scratch.finish()
            if block is None or block.rect != part:
                out[part.slices(rect)] = 0
            if block is not None:
                out[block.rect.slices(rect)] = block.pixels


class Pass:
    """One walk over some tiles while the tree stands still; several threads may take part.

    fleeting: keep no composites; nobody will come back for them.
    """

    def __init__(self, cache: BlockCache, active: Node | None, fleeting: bool) -> None:
        self._cache = cache
        self._fleeting = fleeting
        self._path: set[Node] = {active, *active.ancestors()} if active else set()
        self._plans: dict[Group, Plan] = {}

    def source(self, node: Node, key: Key, part: Rect, scratch: Scratch) -> Block | None:
        """What a node shows in `part` of tile `key`, before its opacity and blend mode; None: nothing."""
        if isinstance(node, Group):
            return self._group(node, key, part, scratch)
        return _layer(node, part) if isinstance(node, RasterLayer) else None

    def _group(self, group: Group, key: Key, part: Rect, scratch: Scratch) -> Block | None:
        plan = self._plan(group)
        shown, hides = _seen(plan.runs[plan.kept :], part)
        below = None if hides or not plan.kept else self._kept(group, plan.runs[: plan.kept], key, scratch)
        return self._stack(shown, key, part, below and below.within(part), scratch)

    def _stack(
        self, shown: Sequence[Shown], key: Key, part: Rect, below: Block | None, scratch: Scratch
    ) -> Block | None:
        for run, look in shown:
            above = self._run(run, look, key, part, scratch)
            if above is None:
                continue
            base = run.base
            if below is None:
                scratch.finish()
                below = above.fade(base.opacity)
            else:
                below = below.under(above, base.blend, base.opacity, part, scratch)
        return below

    def _run(self, run: Run, look: Look | None, key: Key, part: Rect, scratch: Scratch) -> Block | None:
        base = run.base
        block = (
            _layer(base, part, look)
            if isinstance(base, RasterLayer)
            else self.source(base, key, part, scratch)
        )
        for node in run.clipped:
            above = block and self.source(node, key, part, scratch)
            if block and above:
                block = block.holding(above, node.blend, node.opacity, scratch)
        return block

    def _kept(self, group: Group, runs: Sequence[Run], key: Key, scratch: Scratch) -> Block | None:
        """The composite of some runs on a whole tile, from the cache if it is still true."""
        signature = tuple(found for run in runs if (found := self._signature(run, key)))
        place = group.id, key
        found = self._cache.get(place, signature)
        if found is not None:
            return found[0]
        whole = tile_rect(key)
        block = self._stack(_seen(runs, whole)[0], key, whole, None, scratch)
        scratch.finish()
        return self._cache.put(place, signature, block)

    def _signature(self, run: Run, key: Key) -> Hashable:
        """A value that differs whenever the run may look different in a tile; None when it shows nothing."""
        base = self._mark(run.base, key)
        return base and (base, *(self._mark(node, key) for node in run.clipped))

    def _mark(self, node: Node, key: Key) -> Hashable:
        if isinstance(node, Group):
            inner = tuple(found for run in self._plan(node).runs if (found := self._signature(run, key)))
            return (node.id, node.opacity, node.blend, inner) if inner else None
        assert isinstance(node, RasterLayer)
        where = tile_rect(key).translated(-node.offset[0], -node.offset[1])
        stamps = _stamps(node.pixels, where)
        if not any(stamps):
            return None
        mask = _stamps(node.mask, where) if node.mask and node.mask_enabled else None
        return node.id, node.opacity, node.blend, node.offset, stamps, mask

    def _plan(self, group: Group) -> Plan:
        plan = self._plans.get(group)
        if plan is None:
            runs = runs_of(group)
            off_path = takewhile(lambda run: self._path.isdisjoint((run.base, *run.clipped)), runs)
            plan = self._plans[group] = Plan(runs, 0 if self._fleeting else sum(1 for _ in off_path))
        return plan


def runs_of(group: Group) -> list[Run]:
    """A group's visible nodes, each with those clipped to it, bottom to top.

    Hidden nodes hide what is clipped to them. A clipped node with nothing below stands on its own.
    """
    bases: list[tuple[Node, list[Node]]] = []
    for node in group.children:
        if isinstance(node, MaskLayer):
            continue
        if node.clip and bases:
            bases[-1][1].append(node)
        else:
            bases.append((node, []))
    shown = [(base, tuple(n for n in clipped if n.visible)) for base, clipped in bases if base.visible]
    return [Run(base, clipped, _solid(base)) for base, clipped in shown]


def _solid(node: Node) -> bool:
    """True for layers whose opaque pixels hide all below."""
    plain = isinstance(node, RasterLayer) and not (node.mask is not None and node.mask_enabled)
    return plain and node.opacity == 1 and node.blend is Blend.NORMAL


def _seen(runs: Sequence[Run], part: Rect) -> tuple[list[Shown], bool]:
    """The runs that show in `part`, bottom to top, and whether the first of them hides all below."""
    shown: list[Shown] = []
    for run in reversed(runs):
        base = run.base
        look = _look(base.pixels, _inside(base, part)) if isinstance(base, RasterLayer) else None
        if look and look[0] is Kind.EMPTY:
            continue
        shown.append((run, look))
        if run.solid and look and look[0] is Kind.OPAQUE:
            return shown[::-1], True
    return shown[::-1], False


def _inside(node: RasterLayer, rect: Rect) -> Rect:
    """A document rectangle in the layer's own pixels."""
    left, top = node.offset
    return rect.translated(-left, -top)


def _layer(node: RasterLayer, part: Rect, look: Look | None = None) -> Block | None:
    """A layer's pixels in `part` with its layer mask, no larger than needed when that is easily known."""
    kind, box = look or _look(node.pixels, _inside(node, part))
    if kind is Kind.EMPTY:
        return None
    block = Block(box.translated(*node.offset), node.pixels.peek(box), kind is Kind.OPAQUE)
    if node.mask is None or not node.mask_enabled:
        return block
    match _look(node.mask, box)[0]:
        case Kind.EMPTY:
            return None
        case Kind.OPAQUE:
            return block
        case Kind.MIXED:
            return block.fade(1, node.mask.peek(box))


def _look(image: TiledImage, rect: Rect) -> Look:
    """What `rect` holds, and outside of which part of it there is nothing (exact only for whole tiles)."""
    bare = Kind.EMPTY if image.default == 0 else Kind.OPAQUE
    key = only_key(rect)
    if key is None:
        kinds = {tile.kind if (tile := image.get(key)) else bare for key in keys_in(rect)}
        return (kinds.pop() if len(kinds) == 1 else Kind.MIXED), rect
    tile = image.get(key)
    if tile is None:
        return bare, rect
    if tile.kind is Kind.MIXED and rect.w == TILE and rect.h == TILE:
        return Kind.MIXED, tile.box.translated(rect.x, rect.y)
    return tile.kind, rect


def _stamps(image: TiledImage, rect: Rect) -> tuple[int, ...]:
    return tuple(tile.stamp if (tile := image.get(key)) else 0 for key in keys_in(rect))
