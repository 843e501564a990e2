"""What part of the document tools act on."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from studio.model.geometry import Rect
from studio.model.outline import Polygon, outline
from studio.model.tiles import Array, TiledImage, TileMap

_outlines: WeakKeyDictionary[TileMap, list[Polygon]] = WeakKeyDictionary()


class Selection:
    """Coverage 0..255 per pixel, or nothing selected, which means that everything may be edited.

    Change it through `studio.model.edits`.
    """

    def __init__(self) -> None:
        self._image: TiledImage | None = None

    @property
    def is_empty(self) -> bool:
        """True when nothing is selected (and so nothing is protected)."""
        return self._image is None

    @property
    def bounds(self) -> Rect:
        """The smallest rectangle that holds all selected pixels; EMPTY when nothing is selected."""
        return self._image.bounds() if self._image else Rect.EMPTY

    def read(self, rect: Rect) -> npt.NDArray[np.uint8]:
        """How much of each pixel an edit may change: (h, w), 255 everywhere without a selection."""
        if self._image is None:
            return np.full((rect.h, rect.w), 255, np.uint8)
        return self._image.read(rect)

    def outline(self) -> list[Polygon]:
        """Closed polygons (n, 2) in document pixels around all that is at least half selected, and holes."""
        coverage = self.capture()
        if coverage is None:
            return []
        found = _outlines.get(coverage)
        if found is None:
            rect = self.bounds
            loops = outline(coverage.read(rect) >= 128)
            found = _outlines[coverage] = [np.add(loop, (rect.x, rect.y)) for loop in loops]
        return found

    def replace(self, rect: Rect, coverage: Array | None) -> None:
        """Select `coverage` (h, w uint8) at `rect` and nothing else; None or all zero deselects."""
        image = TiledImage(1, np.uint8)
        if coverage is not None:
            image.write(rect, coverage)
        self._image = None if image.bounds().is_empty else image

    def capture(self) -> TileMap | None:
        """The coverage as an immutable value; None when nothing is selected."""
        return self._image.snapshot() if self._image else None

    def restore(self, coverage: TileMap | None) -> None:
        """Go back to a captured value."""
        if coverage is not self.capture():
            self._image = TiledImage.of(coverage) if coverage else None
