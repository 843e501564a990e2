"""The document as the canvas shows it: composited tiles, masks in red, a layer in motion, job previews."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from time import perf_counter

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import MaskLayer, Node, RasterLayer, white_of
from studio.ui.canvas.floating import Floating, around
from studio.ui.canvas.pixels import Array, Bytes, tint, to_display, wrap
from studio.ui.canvas.profile import DisplayProfile
from studio.ui.canvas.tilecache import TileCache, level_for
from studio.ui.canvas.tiledraw import CROP, SMOOTH, draw_tiles, qrect
from studio.ui.canvas.transform import ViewTransform

MASK_COLOUR = (230, 60, 70)
MASK_STRENGTH = 0.5
FAR = 1e6  # beyond any viewport


class Picture:
    """Display tiles of one document; knows no widget. `floating` is the layer being moved or transformed."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.floating: Floating | None = None
        self._leaving: Floating | None = None
        self._previews: dict[int, tuple[QImage, Rect]] = {}
        self.reload()

    def reload(self) -> None:
        """Begin anew: the size, depth or profile of the document is another."""
        self.floating = self._leaving = None
        self._profile = DisplayProfile(self.document.icc)
        self._tiles = TileCache(self._read, self.document.canvas)
        self._without: TileCache | None = None

    @property
    def icc(self) -> bytes | None:
        """The document profile the tiles were made with."""
        return self._profile.icc

    def invalidate(self, rect: Rect) -> None:
        """The document has changed in `rect`."""
        self._tiles.invalidate(rect)
        if self._without:
            self._without.invalidate(rect)

    def compare(self, node: Node | None) -> None:
        """Make tiles of the document without a node too, until called with None."""
        read = (lambda rect: self._read_without([node], rect)) if node else None
        self._without = TileCache(read, self.document.canvas) if read else None

    def lift(self, node: Node) -> Floating:
        """Show `node` apart from the rest, under a matrix of its own, until `drop`."""
        self.floating = Floating(
            node, self.document.selection, self._read_without, self._read_node, self._tiles
        )
        return self.floating

    def drop(self) -> None:
        """Show the document as it is again; tiles that are out of date give way as they are redone."""
        self.floating, self._leaving = None, self.floating

    def set_preview(self, job: int, image: Image, rect: Rect) -> None:
        """Show a job's preview over the document, stretched to `rect`."""
        self._previews[job] = (wrap(to_display(image.rgba8())).copy(), rect)

    def clear_preview(self, job: int) -> Rect:
        """Take a job's preview away; returns where it was (EMPTY if there was none)."""
        return self._previews.pop(job, (None, Rect.EMPTY))[1]

    def work(
        self, view: ViewTransform, area: Rect, focus: tuple[float, float], deadline: float
    ) -> list[Rect]:
        """Redo what is out of date in `area`, until `deadline`; returns what looks different now."""
        level = level_for(view.zoom)
        done = (self.floating or self._tiles).work(level, area, focus, deadline)
        if self._without and (not done or perf_counter() < deadline):
            done += self._without.work(level, area, focus, deadline)
        return done

    def is_stale(self, view: ViewTransform, area: Rect) -> bool:
        """Whether anything in `area` is still to be redone."""
        stale = bool((self.floating or self._tiles).is_stale(level_for(view.zoom), area))
        if not stale:
            self._leaving = None
        return stale or bool(self._without and self._without.is_stale(level_for(view.zoom), area))

    def draw(
        self,
        painter: QPainter,
        view: ViewTransform,
        area: Rect,
        smooth: bool = True,
        split: float | None = None,
    ) -> None:
        """Paint document area `area`; the painter is in viewport coordinates and is left so.

        smooth: filter when zoomed out; from 200 % on, and at 100 %, pixels are always crisp.
        split: left of this x in the viewport the document is shown without the node of `compare`.
        """
        if self._without is None or split is None:
            self._draw_side(painter, view, area, smooth, None)
            return
        for side, tiles in ((QRectF(0, 0, split, FAR), self._without), (QRectF(split, 0, FAR, FAR), None)):
            painter.save()
            painter.setClipRect(side, CROP)
            self._draw_side(painter, view, area, smooth, tiles)
            painter.restore()

    def _draw_side(
        self, painter: QPainter, view: ViewTransform, area: Rect, smooth: bool, tiles: TileCache | None
    ) -> None:
        """Paint some tiles or, for None, the document as it is with what is in motion and previewed."""
        painter.save()
        painter.setTransform(view.qtransform(), True)
        painter.setClipRect(qrect(self.document.canvas), CROP)
        crisp = view.zoom >= 2.0 or (view.zoom == 1.0 and view.axis_aligned)
        painter.setRenderHint(SMOOTH, smooth and not crisp)
        floating = None if tiles else self.floating or self._left(view, area)
        if floating:
            floating.draw(painter, view, area)
        else:
            shown = tiles or self._tiles
            draw_tiles(painter, shown.visible(level_for(view.zoom), area), view.axis_aligned)
        for image, rect in () if tiles else self._previews.values():
            painter.drawImage(qrect(rect), image)
        painter.restore()

    def _left(self, view: ViewTransform, area: Rect) -> Floating | None:
        """What was in motion until just now, where the document's own tiles are not made yet."""
        return self._leaving if self._tiles.is_stale(level_for(view.zoom), area) else None

    def _read(self, rect: Rect) -> Bytes:
        out = self._display(self.document.composite(rect))
        for node in self.document.walk():
            if isinstance(node, MaskLayer) and node.is_shown:
                out = tint(out, node.read(rect), MASK_COLOUR, MASK_STRENGTH * node.opacity)
        return out

    def _read_without(self, hidden: Iterable[Node], rect: Rect) -> Bytes:
        with _hidden(hidden):
            return self._read(rect)

    def _read_node(self, node: Node, rect: Rect) -> Bytes:
        if isinstance(node, MaskLayer):
            return tint(np.zeros((rect.h, rect.w, 4), np.uint8), node.read(rect), MASK_COLOUR, MASK_STRENGTH)
        if isinstance(node, RasterLayer):
            return self._display(_masked(node, rect))
        below, above = around(node)
        return self._read_without([*below, *above], rect)

    def _display(self, rgba: Array) -> Bytes:
        return to_display(self._profile.to_srgb(rgba))


def _masked(layer: RasterLayer, rect: Rect) -> Array:
    """A layer's pixels with its layer mask taken into its alpha."""
    pixels = layer.read(rect)
    if layer.mask is not None and layer.mask_enabled:
        mask = layer.mask.read(rect.translated(-layer.offset[0], -layer.offset[1]))
        pixels[..., 3] = pixels[..., 3] * (mask / np.float32(white_of(mask.dtype)))
    return pixels


@contextmanager
def _hidden(nodes: Iterable[Node]) -> Generator[None]:
    """Composite without some nodes; nothing else may look at the document meanwhile."""
    shown = [node for node in nodes if node.visible]
    for node in shown:
        node.visible = False
    try:
        yield
    finally:
        for node in shown:
            node.visible = True
