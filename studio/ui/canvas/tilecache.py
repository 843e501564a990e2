"""What the canvas paints: composited tiles in Qt's format, in halving sizes, refreshed in small steps.

Level 0 holds the document pixel for pixel; each further level half the size of the one before. A tile
remembers which part of it is out of date; until that is redone its old content is still shown.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from PySide6.QtGui import QImage

from studio.model.geometry import Rect
from studio.model.tiles import TILE, keys_in, tile_rect
from studio.ui.canvas.pixels import Bytes, halve, is_opaque, wrap

TOP_LEVEL = 6
STEP_SECONDS = 0.003
LIMIT_BYTES = 512 << 20

Key = tuple[int, int, int]
Piece = tuple[Rect, QImage, Rect]  # (document rectangle, image, part of the image)


def level_for(zoom: float) -> int:
    """The level whose pixels are the smallest not smaller than a device pixel (0 when zoomed in)."""
    return min(TOP_LEVEL, max(0, math.floor(-math.log2(zoom) + 1e-9)))


def scaled(rect: Rect, level: int) -> Rect:
    """A document rectangle in the pixels of a level, rounded outward."""
    size = 1 << level
    return Rect.around(rect.x / size, rect.y / size, rect.right / size, rect.bottom / size)


def in_document(rect: Rect, level: int) -> Rect:
    """A rectangle of level pixels in document pixels."""
    return Rect(rect.x << level, rect.y << level, rect.w << level, rect.h << level)


@dataclass(eq=False)
class Tile:
    """One square of TILE pixels. `stale` is the part to redo, in the pixels of its level."""

    stale: Rect
    pixels: Bytes = field(default_factory=lambda: np.zeros((TILE, TILE, 4), np.uint8))
    ready: bool = False
    opaque: bool = False

    def __post_init__(self) -> None:
        self.images = (wrap(self.pixels), wrap(self.pixels, opaque=True))

    @property
    def image(self) -> QImage:
        """The content for painting; paints faster where it is opaque."""
        return self.images[self.opaque]


class TileCache:
    """Display tiles of one picture.

    Args:
        read: a document rectangle as (h, w, 4) premultiplied bytes in Qt's order.
        canvas: the document's area; everything outside stays transparent.
        limit_bytes: the tiles used longest ago go when there are more.
    """

    def __init__(self, read: Callable[[Rect], Bytes], canvas: Rect, limit_bytes: int = LIMIT_BYTES) -> None:
        self._read = read
        self.canvas = canvas
        self._most = max(64, limit_bytes // (TILE * TILE * 4))
        self._tiles: OrderedDict[Key, Tile] = OrderedDict()
        self._pixels_per_step = 64 * 64
        self._step_cost = 0.0

    def invalidate(self, rect: Rect) -> None:
        """The document has changed in `rect`."""
        rect = rect.intersect(self.canvas)
        if rect.is_empty:
            return
        for level in range(TOP_LEVEL + 1):
            area = scaled(rect, level)
            for place in keys_in(area):
                tile = self._tiles.get((level, *place))
                if tile is not None:
                    tile.stale = tile.stale.union(area.intersect(tile_rect(place)))

    def visible(self, level: int, area: Rect, other: TileCache | None = None) -> Iterator[Piece]:
        """What there is to paint of document area `area`.

        Where a tile has not been made yet, that of `other` or a coarser one stands in for it.
        """
        for column, row in keys_in(scaled(area.intersect(self.canvas), level)):
            key = (level, column, row)
            found = self._ready(key) or (other and other._ready(key))
            if found:
                yield in_document(tile_rect((column, row)), level), found.image, Rect(0, 0, TILE, TILE)
            else:
                yield from self._stand_in(level, column, row)

    def stale(self, level: int, area: Rect) -> list[Key]:
        """Tiles of `area` that are missing or out of date in any part."""
        keys = ((level, *place) for place in keys_in(scaled(area.intersect(self.canvas), level)))
        return [key for key in keys if (tile := self._tiles.get(key)) is None or not tile.stale.is_empty]

    def is_stale(self, level: int, area: Rect) -> bool:
        """Whether anything in `area` is missing or out of date."""
        return bool(self.stale(level, area))

    def work(self, level: int, area: Rect, focus: tuple[float, float], deadline: float) -> list[Rect]:
        """Redo stale tiles of document area `area`, those nearest to `focus` first, until `deadline`.

        deadline: in `time.perf_counter` seconds; a step that would probably end later is left for the next
            time, except the first.
        Returns the document rectangles that look different now.
        """
        size = TILE << level
        keys = sorted(
            self.stale(level, area),
            key=lambda key: math.hypot((key[1] + 0.5) * size - focus[0], (key[2] + 0.5) * size - focus[1]),
        )
        done: list[Rect] = []
        start = perf_counter()
        for part in (part for key in keys for part in self._steps(key)):
            done += [part] if part else []
            end = perf_counter()
            self._step_cost = max(end - start, 0.9 * self._step_cost)
            if end + self._step_cost >= deadline:
                break
            start = end
        return done

    def finish(self, level: int, area: Rect) -> None:
        """Redo everything stale in `area` at once (for tests and pictures of the window)."""
        self.work(level, area, (0.0, 0.0), math.inf)

    def _ready(self, key: Key) -> Tile | None:
        tile = self._tiles.get(key)
        if tile is None or not tile.ready:
            return None
        self._tiles.move_to_end(key)
        return tile

    def _stand_in(self, level: int, column: int, row: int) -> Iterator[Piece]:
        for up in range(1, TOP_LEVEL - level + 1):
            tile = self._ready((level + up, column >> up, row >> up))
            if tile:
                size = TILE >> up
                x, y = (column - (column >> up << up)) * size, (row - (row >> up << up)) * size
                yield in_document(tile_rect((column, row)), level), tile.image, Rect(x, y, size, size)
                return

    def _steps(self, key: Key) -> Iterator[Rect | None]:
        """Bring one tile up to date; yields what each step changed there, in document pixels."""
        tile = self._tile(key)
        level = key[0]
        while not tile.stale.is_empty:
            part = self._next_part(tile.stale) if level == 0 else tile.stale
            if level > 0:
                for child in keys_in(Rect(part.x * 2, part.y * 2, part.w * 2, part.h * 2)):
                    yield from (None for _ in self._child_steps((level - 1, *child)))
            self._redo(key, tile, part)
            yield in_document(part, level)

    def _child_steps(self, key: Key) -> Iterator[Rect | None]:
        inside = tile_rect(key[1:]).intersect(scaled(self.canvas, key[0]))
        return iter(()) if inside.is_empty else self._steps(key)

    def _next_part(self, stale: Rect) -> Rect:
        rows = max(8, self._pixels_per_step // stale.w)
        return Rect(stale.x, stale.y, stale.w, min(stale.h, rows))

    def _redo(self, key: Key, tile: Tile, part: Rect) -> None:
        whole = tile_rect(key[1:])
        pixels = self._composited(part) if key[0] == 0 else self._reduced(key[0], part)
        tile.pixels[part.slices(whole)] = pixels
        rest = Rect.from_edges(tile.stale.x, part.bottom, tile.stale.right, tile.stale.bottom)
        tile.stale = rest if not rest.is_empty else Rect.EMPTY
        if tile.stale.is_empty:
            tile.ready = True
            tile.opaque = is_opaque(tile.pixels)
        elif tile.opaque:
            tile.opaque = is_opaque(pixels)

    def _composited(self, part: Rect) -> Bytes:
        start = perf_counter()
        out = self._read(part)
        rate = part.area / max(1e-6, perf_counter() - start)
        self._pixels_per_step = max(2048, int(0.5 * self._pixels_per_step + 0.5 * rate * STEP_SECONDS))
        return out

    def _reduced(self, level: int, part: Rect) -> Bytes:
        source = Rect(part.x * 2, part.y * 2, part.w * 2, part.h * 2)
        out = np.zeros((source.h, source.w, 4), np.uint8)
        for child in keys_in(source):
            tile = self._tiles.get((level - 1, *child))
            piece = source.intersect(tile_rect(child))
            if tile is not None:
                out[piece.slices(source)] = tile.pixels[piece.slices(tile_rect(child))]
        return halve(out)

    def _tile(self, key: Key) -> Tile:
        tile = self._tiles.get(key)
        if tile is None:
            inside = tile_rect(key[1:]).intersect(scaled(self.canvas, key[0]))
            tile = self._tiles[key] = Tile(inside)
            if len(self._tiles) > self._most:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end(key)
        return tile
