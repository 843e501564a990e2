"""The document as one immutable value, and what differs between two such values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import groupby

from studio.model.geometry import Rect
from studio.model.nodes import Node, NodeState
from studio.model.tiles import TILE, Key, Tile, TileMap, changed_keys

_LOOKS = ("visible", "opacity", "blend", "clip", "offset", "mask_enabled")


@dataclass(frozen=True, slots=True)
class DocumentState:
    """Everything undo brings back. Unchanged parts are shared between states."""

    root: NodeState
    active: Node | None
    selection: TileMap | None
    width: int
    height: int
    depth: str
    icc: bytes | None
    dpi: float
    meta: tuple[tuple[str, str], ...]

    @property
    def canvas(self) -> Rect:
        """The document's area."""
        return Rect(0, 0, self.width, self.height)

    def same_content(self, other: DocumentState) -> bool:
        """True when at most the choice of the active node differs."""
        return self == other or replace(self, active=other.active) == other

    def maps(self) -> Iterator[TileMap]:
        """All snapshots of pixels in this state."""
        for node in self.root.walk():
            yield from (found for found in (node.pixels, node.mask) if found)
        if self.selection:
            yield self.selection


@dataclass(frozen=True, slots=True)
class Difference:
    """What listeners need to hear after going from one state to another."""

    rects: tuple[Rect, ...]
    structure: bool
    active: bool
    selection: bool
    size: bool


def difference(before: DocumentState, after: DocumentState) -> Difference:
    """Compare two states of one document."""
    size = (before.width, before.height, before.depth) != (after.width, after.height, after.depth)
    old = {state.node: state for state in before.root.walk()}
    new = {state.node: state for state in after.root.walk()}
    areas = [area for node in old.keys() | new.keys() for area in _areas(old.get(node), new.get(node))]
    clipped = (area.intersect(after.canvas) for area in areas)
    rects = (after.canvas,) if size else tuple({area: None for area in clipped if not area.is_empty})
    structure = any(_structure(old.get(node), new.get(node)) for node in old.keys() | new.keys())
    return Difference(
        rects,
        structure or (before.meta, before.icc, before.dpi) != (after.meta, after.icc, after.dpi),
        before.active is not after.active,
        before.selection is not after.selection,
        size,
    )


def tile_changes(before: DocumentState, after: DocumentState) -> tuple[set[Tile], set[Tile]]:
    """Tiles only the first state holds, and tiles only the second holds."""
    if before.root is after.root and before.selection is after.selection:
        return set(), set()
    kept = {id(found) for found in before.maps()} & {id(found) for found in after.maps()}
    old = {tile for found in before.maps() if id(found) not in kept for tile in found.tiles.values()}
    new = {tile for found in after.maps() if id(found) not in kept for tile in found.tiles.values()}
    return old - new, new - old


def merge_tiles(keys: Iterable[Key]) -> list[Rect]:
    """Few rectangles that cover exactly the given tiles: runs in each row, equal runs stacked."""
    runs: list[Rect] = []
    for row, group in groupby(sorted(keys, key=lambda key: key[::-1]), key=lambda key: key[1]):
        for column in (key[0] for key in group):
            if runs and runs[-1].y == row * TILE and runs[-1].right == column * TILE:
                runs[-1] = Rect(runs[-1].x, runs[-1].y, runs[-1].w + TILE, TILE)
            else:
                runs.append(Rect(column * TILE, row * TILE, TILE, TILE))
    stacks: dict[tuple[int, int, int], Rect] = {}
    for run in runs:
        above = stacks.pop((run.x, run.w, run.y), Rect.EMPTY)
        whole = above.union(run)
        stacks[(whole.x, whole.w, whole.bottom)] = whole
    return list(stacks.values())


def _areas(old: NodeState | None, new: NodeState | None) -> list[Rect]:
    """Where the picture may look different because one node went from `old` to `new`."""
    if old is new:
        return []
    if old is None or new is None:
        return [state.bounds() for state in (old, new) if state]
    if any(getattr(old, name) != getattr(new, name) for name in _LOOKS):
        return [old.bounds().union(new.bounds()), *_sibling_areas(old, new)]
    return [*_pixel_areas(old, new), *_sibling_areas(old, new)]


def _pixel_areas(old: NodeState, new: NodeState) -> list[Rect]:
    keys: set[Key] = set()
    for before, after in ((old.pixels, new.pixels), (old.mask, new.mask)):
        if before and after:
            keys.update(changed_keys(before, after))
        elif before or after:
            return [new.bounds().union(old.bounds())]
    return [rect.translated(*new.offset) for rect in merge_tiles(keys)]


def _sibling_areas(old: NodeState, new: NodeState) -> list[Rect]:
    """For groups: children whose order changed, and clipped ones, which depend on the nodes below them."""
    if [_stacking(child) for child in old.children] == [_stacking(child) for child in new.children]:
        return []
    kept = [child.node for child in old.children if child.node in {after.node for after in new.children}]
    ordered = [child.node for child in new.children if child.node in set(kept)]
    moved = {node for node, other in zip(kept, ordered, strict=True) if node is not other}
    return [child.bounds() for child in (*old.children, *new.children) if child.clip or child.node in moved]


def _stacking(state: NodeState) -> tuple[Node, bool, bool]:
    return state.node, state.clip, state.visible


def _structure(old: NodeState | None, new: NodeState | None) -> bool:
    """Whether anything but the content of pixels differs, the children's own properties aside."""
    if old is new:
        return False
    if old is None or new is None or (old.mask is None) != (new.mask is None):
        return True
    if [child.node for child in old.children] != [child.node for child in new.children]:
        return True
    skipped = ("pixels", "mask", "children")
    return any(getattr(old, f.name) != getattr(new, f.name) for f in fields(old) if f.name not in skipped)
