"""Thumbnails of layers, made one at a time between other events, and only of layers whose pixels changed."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap

from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.nodes import MaskLayer, Node, RasterLayer
from studio.model.tiles import TILE, TiledImage
from studio.ui.widgets.thumbnails import fitted, pixmap_from

SIDE = 34
OVERSAMPLING = 2
PAUSE_MS = 150


class LayerThumbs(QObject):
    """The thumbnails of one document's layers. ``made(node id)`` follows when one is new."""

    made = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._document: Document | None = None
        self._pixmaps: dict[tuple[int, str], tuple[Hashable, QPixmap]] = {}
        self._waiting: dict[tuple[int, str], tuple[Node, TiledImage]] = {}
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self._work = QTimer(self, singleShot=True, interval=0)
        self._work.timeout.connect(self._make_one)

    def show_document(self, document: Document | None) -> None:
        """Forget everything and begin with another document."""
        self._document = document
        self._pixmaps.clear()
        self._waiting.clear()
        self._look()

    def pixmap(self, node: Node, part: str = "pixels") -> QPixmap | None:
        """The newest thumbnail of a layer, or of its "mask"; None until there is one."""
        found = self._pixmaps.get((node.id, part))
        return found[1] if found else None

    def look_soon(self, *_: object) -> None:
        """Pixels may have changed: look for that when things have calmed down."""
        if not self._pause.isActive():
            self._pause.start()

    def _look(self) -> None:
        document = self._document
        if document is None:
            return
        if document.open_edit is not None:
            self._pause.start()
            return
        parts = {(node.id, part): (node, image) for node in document.walk() for part, image in _parts(node)}
        self._pixmaps = {key: found for key, found in self._pixmaps.items() if key in parts}
        self._waiting = {
            key: found
            for key, found in parts.items()
            if key not in self._pixmaps or self._pixmaps[key][0] != self._stamp(*found)
        }
        self._work.start()

    def _make_one(self) -> None:
        if not self._waiting or self._document is None:
            return
        key = next(iter(self._waiting))
        node, image = self._waiting.pop(key)
        size = fitted(self._document.width, self._document.height, SIDE)
        rgba = sampled(image, _offset(node), self._document.canvas, size.width(), size.height())
        self._pixmaps[key] = (self._stamp(node, image), pixmap_from(rgba, size))
        self.made.emit(node.id)
        self._work.start()

    def _stamp(self, node: Node, image: TiledImage) -> Hashable:
        """Equal only while the picture is."""
        assert self._document is not None
        tiles = tuple((key, tile.stamp) for key, tile in image.tiles.items())
        return (_offset(node), self._document.width, self._document.height, tiles)


def _parts(node: Node) -> list[tuple[str, TiledImage]]:
    if isinstance(node, RasterLayer):
        mask = [("mask", node.mask)] if node.mask is not None else []
        return [("pixels", node.pixels), *mask]
    return [("pixels", node.pixels)] if isinstance(node, MaskLayer) else []


def _offset(node: Node) -> tuple[int, int]:
    return node.offset if isinstance(node, RasterLayer | MaskLayer) else (0, 0)


def sampled(image: TiledImage, offset: tuple[int, int], canvas: Rect, width: int, height: int) -> np.ndarray:
    """(height, width, 4) uint8: the canvas as this layer alone shows it, from a few of its pixels."""
    xs = _spread(width * OVERSAMPLING, canvas.w) - offset[0]
    ys = _spread(height * OVERSAMPLING, canvas.h) - offset[1]
    grid = _rgba8(picked(image, xs, ys)).astype(np.float32)
    alpha = grid[..., 3:] / 255
    shape = (height, OVERSAMPLING, width, OVERSAMPLING)
    weight = alpha.reshape(*shape, 1).mean((1, 3))
    color = (grid[..., :3] * alpha).reshape(*shape, 3).mean((1, 3)) / np.maximum(weight, 1 / 512)
    return np.concatenate([color, weight * 255], axis=2).round().clip(0, 255).astype(np.uint8)


def _spread(count: int, size: int) -> np.ndarray:
    """``count`` positions spread evenly over ``size`` pixels."""
    return ((np.arange(count) + 0.5) * size / count).astype(int)


def picked(image: TiledImage, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """The pixels at every y of ``ys`` and x of ``xs`` (both ascending), from the tiles that hold them."""
    out = image.blank(len(xs), len(ys))
    across = _by_tile(xs)
    for ty, rows, y in _by_tile(ys):
        for tx, columns, x in across:
            tile = image.get((tx, ty))
            if tile is not None:
                out[rows, columns] = tile.data[y[:, None], x]
    return out


def _by_tile(positions: np.ndarray) -> list[tuple[int, slice, np.ndarray]]:
    """Ascending positions tile by tile: its number, which of the positions lie in it, and where in it."""
    tiles, starts = np.unique(positions // TILE, return_index=True)
    ends = [*starts[1:].tolist(), len(positions)]
    return [
        (tile, slice(start, end), positions[start:end] - tile * TILE)
        for tile, start, end in zip(tiles.tolist(), starts.tolist(), ends, strict=True)
    ]


def _rgba8(samples: np.ndarray) -> np.ndarray:
    """(h, w) or (h, w, 4) of either depth to (h, w, 4) uint8; one channel becomes opaque grey."""
    if samples.dtype == np.uint16:
        samples = (samples >> 8).astype(np.uint8)
    if samples.ndim == 3:
        return samples
    opaque = np.full((*samples.shape, 1), 255, np.uint8)
    return np.concatenate([np.repeat(samples[..., None], 3, axis=2), opaque], axis=2)
