"""Brush strokes."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from studio.model.brush import Brush, Path, Touch, dab
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.ink import erase, lay, unit_color
from studio.model.nodes import MaskLayer, Node, RasterLayer
from studio.model.tiles import Key, TiledImage, split, tile_rect

__all__ = ["Brush", "Stroke", "paint_target"]

_FAR: Final = 1e6  # pixels
_LOOSE: Final = 1.5  # announce touched tiles one by one when their union is this much larger


class Stroke:
    """One stroke from pen down to pen up.

    Dabs gather in a coverage buffer that cannot exceed the brush's opacity, and the touched pixels are made
    anew from the pixels before the stroke. The selection limits it. Until `end` or `cancel`, undo is refused.

    Args:
        on_mask: paint on the layer mask (with the colour's luminance) instead of the layer.

    Raises UserError when the node cannot be painted on.
    """

    def __init__(self, doc: Document, node: Node | None, brush: Brush, on_mask: bool = False) -> None:
        self._target = paint_target(node, on_mask)
        assert isinstance(node, RasterLayer | MaskLayer)
        self._document, self._brush, self._offset = doc, brush, node.offset
        self._area = doc.canvas.translated(-node.offset[0], -node.offset[1])
        self._color = unit_color(brush.color)
        self._path = Path(brush)
        self._edit = doc.edit("Erase" if brush.erase else "Brush stroke", quiet=True)
        self._base = self._target.snapshot()
        self._coverage = TiledImage(1, np.float32)
        self._touched: dict[Key, Rect] = {}

    def to(self, x: float, y: float, pressure: float = 1.0) -> Rect:
        """Go on to (x, y) in document pixels; returns and announces what changed.

        Positions that are not finite or far off the canvas are ignored.
        """
        self.reach(x, y, pressure)
        return self.show()

    def reach(self, x: float, y: float, pressure: float = 1.0) -> None:
        """Go on to (x, y) as `to` does, but leave the pixels for `show`: several points cost one drawing."""
        if not math.isfinite(pressure) or not max(abs(x), abs(y)) < _FAR:
            return
        dx, dy = self._offset
        for touch in self._path.to(x - dx, y - dy, min(max(pressure, 0.0), 1.0)):
            self._gather(touch, self._touched)

    def show(self) -> Rect:
        """Draw what was reached since the last time; returns and announces what changed."""
        dx, dy = self._offset
        touched, self._touched = self._touched, {}
        drawn = [rect.translated(dx, dy) for key, rect in touched.items() if self._draw(key, rect)]
        whole = Rect.union_of(drawn)
        loose = whole.area > _LOOSE * sum(rect.area for rect in drawn)
        for rect in drawn if loose else [whole] if drawn else []:
            self._document.changed.emit(rect)
        return whole

    def end(self) -> None:
        """Pen up: record the undo step."""
        self.show()
        self._edit.commit()

    def cancel(self) -> None:
        """Take the stroke back."""
        self._edit.cancel()

    def _gather(self, touch: Touch, touched: dict[Key, Rect]) -> None:
        """Add a dab to the coverage, and its parts to the touched rectangle of each tile."""
        rect, mask = dab(self._brush, touch, self._area)
        limit = np.float32(self._brush.limit(touch.pressure))
        mask *= np.float32(self._brush.flow)
        for key, part in split(rect):
            covered = self._coverage.writable(key)[part.slices(tile_rect(key))]
            more = (limit - covered) * mask[part.slices(rect)]
            np.maximum(covered, covered + more, out=covered)
            touched[key] = touched.get(key, Rect.EMPTY).union(part)

    def _draw(self, key: Key, rect: Rect) -> bool:
        """Make the pixels of `rect` in one tile anew; False when the selection protects all of them."""
        coverage = self._coverage.peek(rect)
        if not self._document.selection.is_empty:
            chosen = self._document.selection.read(rect.translated(*self._offset))
            coverage = coverage * (chosen * np.float32(1 / 255))
        if not coverage.any():
            return False
        base = self._base.peek(rect)
        pixels = erase(base, coverage) if self._brush.erase else lay(base, self._color, coverage)
        self._target.writable(key)[rect.slices(tile_rect(key))] = pixels
        return True


def paint_target(node: Node | None, on_mask: bool = False) -> TiledImage:
    """The pixels that painting on a node changes. UserError when it has none, or is locked or hidden."""
    if node is None:
        raise UserError("No layer is chosen.", "Choose a layer in the layers panel, or add one.")
    if node.is_locked:
        raise UserError(f"“{node.name}” is locked.", "Unlock it in the layers panel.")
    if not node.is_shown:
        raise UserError(f"“{node.name}” is hidden.", "Show it in the layers panel.")
    if on_mask:
        if not isinstance(node, RasterLayer) or node.mask is None:
            raise UserError(f"“{node.name}” has no layer mask.", "Add one in the layers panel.")
        return node.mask
    if not isinstance(node, RasterLayer | MaskLayer):
        raise UserError(f"“{node.name}” is a group.", "Choose a layer inside it.")
    return node.pixels
