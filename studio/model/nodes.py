"""Nodes of the layer tree, and their states as immutable values.

Setting attributes or pixels directly is for readers of files and for `studio.model.edits`; inside
`Document.edit` it becomes part of that undo step.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import numpy as np

from studio.model.geometry import Rect
from studio.model.provenance import Provenance
from studio.model.tiles import Array, TiledImage, TileMap

Depth = Literal["8", "16"]
_ids = itertools.count(1)


class Blend(StrEnum):
    """Blend modes of W3C Compositing and Blending Level 1, in its order."""

    NORMAL = "normal"
    MULTIPLY = "multiply"
    SCREEN = "screen"
    OVERLAY = "overlay"
    DARKEN = "darken"
    LIGHTEN = "lighten"
    COLOR_DODGE = "color-dodge"
    COLOR_BURN = "color-burn"
    HARD_LIGHT = "hard-light"
    SOFT_LIGHT = "soft-light"
    DIFFERENCE = "difference"
    EXCLUSION = "exclusion"
    HUE = "hue"
    SATURATION = "saturation"
    COLOR = "color"
    LUMINOSITY = "luminosity"


@dataclass(frozen=True, slots=True)
class NodeState:
    """Everything history keeps of one node. Pixels are snapshots, so equal states share them."""

    node: Node
    name: str
    visible: bool
    locked: bool
    opacity: float
    blend: Blend
    clip: bool
    offset: tuple[int, int] = (0, 0)
    pixels: TileMap | None = None
    mask: TileMap | None = None
    mask_enabled: bool = True
    provenance: Provenance | None = None
    children: tuple[NodeState, ...] = ()

    def walk(self) -> Iterator[NodeState]:
        """This state and all below it, bottom to top, children before their group."""
        for child in self.children:
            yield from child.walk()
        yield self

    def bounds(self) -> Rect:
        """Document rectangle that covers everything the node (or its children) can show; whole tiles."""
        own = self.pixels.tile_bounds().translated(*self.offset) if self.pixels else Rect.EMPTY
        return Rect.union_of([own, *(child.bounds() for child in self.children)])


class Node:
    """One entry of the layer tree. `opacity` is 0..1; `clip` limits it to the alpha of the node below."""

    def __init__(self, name: str) -> None:
        self.id = next(_ids)
        self.name = name
        self.visible = True
        self.locked = False
        self.opacity = 1.0
        self.blend = Blend.NORMAL
        self.clip = False
        self.parent: Group | None = None
        self._last: NodeState | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.name!r}>"

    @property
    def is_locked(self) -> bool:
        """True when the node or a group around it is locked."""
        return self.locked or (self.parent is not None and self.parent.is_locked)

    @property
    def is_shown(self) -> bool:
        """True when the node and all groups around it are visible."""
        return self.visible and (self.parent is None or self.parent.is_shown)

    @property
    def index(self) -> int:
        """Place among the parent's children, 0 at the bottom. The root has index 0."""
        return self.parent.children.index(self) if self.parent else 0

    def ancestors(self) -> Iterator[Group]:
        """The groups around this node, innermost first."""
        group = self.parent
        while group is not None:
            yield group
            group = group.parent

    def bounds(self) -> Rect:
        """Exact document rectangle outside of which the node has no content."""
        return Rect.EMPTY

    def content(self) -> dict[str, Any]:
        """The fields of `NodeState` that only this kind of node has."""
        return {}

    def capture(self) -> NodeState:
        """The present state; the same object as last time while nothing has changed."""
        state = NodeState(
            self, self.name, self.visible, self.locked, self.opacity, self.blend, self.clip, **self.content()
        )
        if state != self._last:
            self._last = state
        return self._last or state

    def restore(self, state: NodeState) -> None:
        """Go back to a captured state of this very node."""
        self.name, self.visible, self.locked = state.name, state.visible, state.locked
        self.opacity, self.blend, self.clip = state.opacity, state.blend, state.clip
        self._last = state


class _PixelNode(Node):
    """A node with pixels of its own; pixel (0, 0) lies at `offset` in the document."""

    pixels: TiledImage
    offset: tuple[int, int] = (0, 0)

    @property
    def depth(self) -> Depth:
        """Bits per channel."""
        return depth_of(self.pixels.dtype)

    def bounds(self) -> Rect:
        return self.pixels.bounds().translated(*self.offset)

    def read(self, rect: Rect) -> Array:
        """A copy of the pixels in a document rectangle, without layer mask or opacity."""
        return self.pixels.read(rect.translated(-self.offset[0], -self.offset[1]))

    def write(self, rect: Rect, pixels: Array) -> None:
        """Store pixels in a document rectangle."""
        self.pixels.write(rect.translated(-self.offset[0], -self.offset[1]), pixels)

    def content(self) -> dict[str, Any]:
        return {"pixels": self.pixels.snapshot(), "offset": self.offset}

    def restore(self, state: NodeState) -> None:
        super().restore(state)
        assert state.pixels is not None
        self.pixels.restore(state.pixels)
        self.offset = state.offset


class RasterLayer(_PixelNode):
    """Painted pixels: RGBA, straight alpha. `mask` (one channel, same offset) hides where it is 0."""

    def __init__(self, name: str, depth: Depth = "8") -> None:
        super().__init__(name)
        self.pixels = TiledImage(4, dtype_of(depth))
        self.mask: TiledImage | None = None
        self.mask_enabled = True

    def new_mask(self) -> TiledImage:
        """A layer mask that hides nothing, not yet attached."""
        return TiledImage(1, self.pixels.dtype, default=white_of(self.pixels.dtype))

    def content(self) -> dict[str, Any]:
        mask = self.mask.snapshot() if self.mask else None
        return super().content() | {"mask": mask, "mask_enabled": self.mask_enabled}

    def restore(self, state: NodeState) -> None:
        super().restore(state)
        self.mask_enabled = state.mask_enabled
        if state.mask is None or self.mask is None:
            self.mask = TiledImage.of(state.mask) if state.mask else None
        else:
            self.mask.restore(state.mask)


class GeneratedLayer(RasterLayer):
    """A raster layer that remembers how a generator made it."""

    def __init__(self, name: str, provenance: Provenance, depth: Depth = "8") -> None:
        super().__init__(name, depth)
        self.provenance = provenance

    def content(self) -> dict[str, Any]:
        return super().content() | {"provenance": self.provenance}

    def restore(self, state: NodeState) -> None:
        super().restore(state)
        assert state.provenance is not None
        self.provenance = state.provenance


class MaskLayer(_PixelNode):
    """One channel, white = selected. Not in the composite: an overlay, and an input for generators."""

    def __init__(self, name: str, depth: Depth = "8") -> None:
        super().__init__(name)
        self.pixels = TiledImage(1, dtype_of(depth))


class Group(Node):
    """Nodes composited on their own (isolated), then blended as one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._children: list[Node] = []

    @property
    def children(self) -> tuple[Node, ...]:
        """Bottom to top."""
        return tuple(self._children)

    def insert(self, index: int, node: Node) -> None:
        """Put a node without a parent at `index`. Raises ValueError if it has one, or would hold itself."""
        if node.parent is not None or node is self or node in list(self.ancestors()):
            raise ValueError(f"{node!r} cannot be put into {self!r}")
        self._children.insert(index, node)
        node.parent = self

    def append(self, node: Node) -> None:
        """Put a node without a parent on top."""
        self.insert(len(self._children), node)

    def remove(self, node: Node) -> None:
        """Take a child out. Raises ValueError if it is none."""
        self._children.remove(node)
        node.parent = None

    def walk(self) -> Iterator[Node]:
        """All nodes below, bottom to top, children before their group; not the group itself."""
        for child in self.children:
            if isinstance(child, Group):
                yield from child.walk()
            yield child

    def bounds(self) -> Rect:
        return Rect.union_of(child.bounds() for child in self.children)

    def content(self) -> dict[str, Any]:
        return {"children": tuple(child.capture() for child in self.children)}

    def restore(self, state: NodeState) -> None:
        super().restore(state)
        for child in self._children:
            child.parent = None if child.parent is self else child.parent
        self._children = [child.node for child in state.children]
        for child in state.children:
            child.node.restore(child)
            child.node.parent = self


PixelNode = RasterLayer | MaskLayer


def dtype_of(depth: Depth) -> np.dtype[Any]:
    """uint8 or uint16."""
    return np.dtype(np.uint8 if depth == "8" else np.uint16)


def depth_of(dtype: np.dtype[Any]) -> Depth:
    """The depth whose pixels have this dtype."""
    return "8" if dtype == np.uint8 else "16"


def white_of(dtype: np.dtype[Any]) -> int:
    """The value that stands for 1.0: 255 or 65535."""
    return int(np.iinfo(dtype).max)
