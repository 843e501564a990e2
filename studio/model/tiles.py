"""Sparse images in copy-on-write tiles.

Pixels live in square tiles of `TILE` pixels. A missing tile stands for the image's `default` value (0:
transparent or black). A `TileMap` is an immutable view that shares the tiles; once a map can see a tile, the
image never writes into it again but copies it first. So a snapshot costs microseconds, undo swaps references,
and maps may be read from any thread.

One-channel images have arrays of shape (h, w), others (h, w, channels).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from studio.model.geometry import Rect

TILE: Final = 256
_stamps = itertools.count(1)

Array = npt.NDArray[Any]
Key = tuple[int, int]


class Kind(Enum):
    """What a tile's last channel (alpha, or the only one) holds."""

    EMPTY = "zero everywhere"
    OPAQUE = "the maximum everywhere"
    MIXED = "anything else"


class Tile:
    """One square of pixels. `stamp` is a number no other content has had; it changes with every write."""

    __slots__ = ("_box", "_kind", "data", "stamp")

    def __init__(self, data: Array) -> None:
        self.data = data
        self.stamp = 0
        self._kind: Kind | None = None
        self._box: Rect | None = None
        self.touch()

    def touch(self) -> None:
        """Call after writing into `data`: what was known about the content no longer holds."""
        self.stamp = next(_stamps)
        self._kind = self._box = None

    def look(self) -> None:
        """Find out `kind` and `box` now, on whatever thread this is."""
        self._kind, self._box = _kind(self.data), _box(self.data)

    @property
    def kind(self) -> Kind:
        """Empty, opaque or mixed; worked out once per content."""
        if self._kind is None:
            self._kind = _kind(self.data)
        return self._kind

    @property
    def box(self) -> Rect:
        """The smallest rectangle in the tile outside of which the last channel is 0."""
        if self._box is None:
            self._box = _box(self.data)
        return self._box


class _Tiles:
    """What images and their snapshots have in common: reading."""

    __slots__ = ("_tiles", "channels", "default", "dtype")

    def __init__(self, channels: int, dtype: npt.DTypeLike, default: float) -> None:
        self.channels = channels
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.default = default
        self._tiles: dict[Key, Tile] = {}

    @property
    def tiles(self) -> Mapping[Key, Tile]:
        """Stored tiles by column and row; a read-only view."""
        return MappingProxyType(self._tiles)

    @property
    def nbytes(self) -> int:
        """Bytes of the stored tiles, shared ones counted once."""
        return sum({id(tile): tile.data.nbytes for tile in self._tiles.values()}.values())

    def get(self, key: Key) -> Tile | None:
        """The tile in column key[0] and row key[1], if stored."""
        return self._tiles.get(key)

    def shape(self, width: int, height: int) -> tuple[int, ...]:
        """Array shape of a width x height piece."""
        return (height, width) if self.channels == 1 else (height, width, self.channels)

    def blank(self, width: int, height: int) -> Array:
        """A new array of that size full of the default value."""
        if self.default == 0:
            return np.zeros(self.shape(width, height), self.dtype)
        return np.full(self.shape(width, height), self.default, self.dtype)

    def read(self, rect: Rect) -> Array:
        """A copy of the pixels in `rect`, which may lie anywhere."""
        if rect.is_empty:
            return self.blank(0, 0)
        out: Array | None = None
        for key, part in split(rect):
            tile = self._tiles.get(key)
            if tile is None:
                continue
            if part == rect:
                return tile.data[part.slices(tile_rect(key))].copy()
            out = self.blank(rect.w, rect.h) if out is None else out
            out[part.slices(rect)] = tile.data[part.slices(tile_rect(key))]
        return self.blank(rect.w, rect.h) if out is None else out

    def peek(self, rect: Rect) -> Array:
        """Like `read`, but without a copy where one tile holds all of `rect`. Use at once, never write."""
        key = only_key(rect)
        tile = self._tiles.get(key) if key else None
        if key is None or tile is None:
            return self.read(rect)
        if rect.w == TILE and rect.h == TILE:
            return tile.data
        return tile.data[rect.slices(tile_rect(key))]

    def tile_bounds(self) -> Rect:
        """The rectangle that covers all stored tiles (cheap; see `bounds`)."""
        return cover(self._tiles)

    def bounds(self) -> Rect:
        """The smallest rectangle outside of which the last channel is 0 or nothing is stored."""
        boxes = ((key, tile.box) for key, tile in self._tiles.items())
        return Rect.union_of(
            box.translated(key[0] * TILE, key[1] * TILE) for key, box in boxes if not box.is_empty
        )


class TileMap(_Tiles):
    """An immutable snapshot of a `TiledImage`. Compared by identity; may be read from any thread."""

    __slots__ = ("__weakref__",)

    def __init__(self, channels: int, dtype: npt.DTypeLike, default: float, tiles: dict[Key, Tile]) -> None:
        super().__init__(channels, dtype, default)
        self._tiles = tiles


class TiledImage(_Tiles):
    """A mutable sparse image. `default` is the value of pixels never written (layer masks: the maximum)."""

    __slots__ = ("_owned", "_snapshot")

    def __init__(self, channels: int, dtype: npt.DTypeLike, default: float = 0) -> None:
        super().__init__(channels, dtype, default)
        self._owned: set[Key] = set()
        self._snapshot: TileMap | None = None

    @classmethod
    def of(cls, source: TileMap) -> TiledImage:
        """A new image with the content of a snapshot; shares its tiles until written."""
        image = cls(source.channels, source.dtype, source.default)
        image.restore(source)
        return image

    def snapshot(self) -> TileMap:
        """The present content as an immutable value; the same object until something is written."""
        if self._snapshot is None:
            for key in self._owned:
                self._tiles[key].data.flags.writeable = False
            self._owned.clear()
            self._snapshot = TileMap(self.channels, self.dtype, self.default, dict(self._tiles))
        return self._snapshot

    def restore(self, source: TileMap) -> None:
        """Take over a snapshot's content (references only)."""
        if source is self._snapshot:
            return
        self.channels, self.dtype, self.default = source.channels, source.dtype, source.default
        self._tiles = dict(source.tiles)
        self._owned.clear()
        self._snapshot = source

    def write(self, rect: Rect, pixels: npt.ArrayLike) -> None:
        """Store `pixels` (a number, or anything that broadcasts to the array shape of `rect`) at `rect`.

        Values are converted to the image's dtype without scaling. Tiles written whole that become all default
        are dropped.
        """
        if rect.is_empty:
            return
        source = np.broadcast_to(np.asarray(pixels, self.dtype), self.shape(rect.w, rect.h))
        for key, part in split(rect):
            piece = source[part.slices(rect)]
            if part.w == TILE and part.h == TILE:
                self._store(key, piece)
            else:
                self.writable(key)[part.slices(tile_rect(key))] = piece

    def fill(self, rect: Rect, value: npt.ArrayLike) -> None:
        """Set every pixel in `rect` to one value; whole tiles share a single block of memory."""
        solid = Tile(np.full(self.shape(TILE, TILE), value, self.dtype))
        solid.data.flags.writeable = False
        for key, part in split(rect):
            if part.w == TILE and part.h == TILE:
                self.put(key, None if self._is_blank(solid.data) else solid)
            else:
                self.writable(key)[part.slices(tile_rect(key))] = value

    def writable(self, key: Key) -> Array:
        """The tile's array for writing in place, made or copied first where needed. Write at once."""
        self._snapshot = None
        tile = self._tiles.get(key)
        if tile is None:
            self._tiles[key] = tile = Tile(self.blank(TILE, TILE))
        elif key not in self._owned:
            self._tiles[key] = tile = Tile(tile.data.copy())
        else:
            tile.touch()
        self._owned.add(key)
        return tile.data

    def put(self, key: Key, tile: Tile | None) -> None:
        """Store a tile that is shared with others (it will be copied before it is written), or drop one."""
        self._snapshot = None
        self._owned.discard(key)
        if tile is None:
            self._tiles.pop(key, None)
        else:
            self._tiles[key] = tile

    def clear(self) -> None:
        """Back to the default value everywhere."""
        self._tiles = {}
        self._owned.clear()
        self._snapshot = None

    def prune(self) -> None:
        """Drop the tiles written since the last snapshot that hold nothing but the default value."""
        for key in [key for key in self._owned if self._is_blank(self._tiles[key].data)]:
            self.put(key, None)

    def _store(self, key: Key, pixels: Array) -> None:
        if self._is_blank(pixels):
            self.put(key, None)
            return
        self._snapshot = None
        self._tiles[key] = Tile(np.array(pixels, self.dtype, order="C"))
        self._owned.add(key)

    def _is_blank(self, pixels: Array) -> bool:
        return not pixels.any() if self.default == 0 else bool((pixels == self.default).all())


def tile_rect(key: Key) -> Rect:
    """The pixels a tile holds."""
    return Rect(key[0] * TILE, key[1] * TILE, TILE, TILE)


def keys_in(rect: Rect) -> Iterator[Key]:
    """Keys of all tiles that share a pixel with `rect`, row by row."""
    if rect.is_empty:
        return iter(())
    columns = range(rect.x // TILE, (rect.right - 1) // TILE + 1)
    rows = range(rect.y // TILE, (rect.bottom - 1) // TILE + 1)
    return ((column, row) for row in rows for column in columns)


def only_key(rect: Rect) -> Key | None:
    """The key of the tile that holds all of a rectangle, if one does."""
    column, row = rect.x // TILE, rect.y // TILE
    alone = (rect.x + rect.w - 1) // TILE == column and (rect.y + rect.h - 1) // TILE == row
    return (column, row) if alone else None


def split(rect: Rect) -> Iterator[tuple[Key, Rect]]:
    """The parts of `rect` on each tile it touches."""
    return ((key, rect.intersect(tile_rect(key))) for key in keys_in(rect))


def cover(keys: Iterable[Key]) -> Rect:
    """The smallest rectangle that covers the given tiles."""
    found = list(keys)
    if not found:
        return Rect.EMPTY
    columns, rows = [key[0] for key in found], [key[1] for key in found]
    corner = min(columns) * TILE, min(rows) * TILE
    return Rect.from_edges(*corner, (max(columns) + 1) * TILE, (max(rows) + 1) * TILE)


def changed_keys(before: TileMap, after: TileMap) -> list[Key]:
    """Keys of tiles that are not the same object in both snapshots."""
    if before is after:
        return []
    old, new = before.tiles, after.tiles
    return [key for key in old.keys() | new.keys() if old.get(key) is not new.get(key)]


def _alpha_words(data: Array) -> tuple[Array, Any]:
    """The pixels as whole machine words, and the bits in such a word that hold the last channel."""
    if data.ndim == 2:
        words = data.view(f"u{data.itemsize}")
        return words, words.dtype.type(np.iinfo(words.dtype).max)
    word = np.dtype(f"u{data.itemsize * data.shape[2]}")
    pixel = np.zeros(data.shape[2], data.dtype)
    pixel[-1] = np.iinfo(data.dtype).max
    return data.view(word)[..., 0], pixel.view(word)[0]


def _kind(data: Array) -> Kind:
    words, bits = _alpha_words(data)
    if not np.bitwise_or.reduce(words, axis=None) & bits:
        return Kind.EMPTY
    every = np.bitwise_and.reduce(words, axis=None) & bits
    return Kind.OPAQUE if every == bits else Kind.MIXED


def _box(data: Array) -> Rect:
    words, bits = _alpha_words(data)
    used = words & bits
    rows, columns = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
    if not rows.size:
        return Rect.EMPTY
    return Rect.from_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
