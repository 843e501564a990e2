"""Painting display tiles in document coordinates without gaps between them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from studio.model.geometry import Rect
from studio.ui.canvas.tilecache import Piece

SMOOTH = QPainter.RenderHint.SmoothPixmapTransform
CROP = Qt.ClipOperation.IntersectClip
_OVERLAP = 1 / 32


def qrect(rect: Rect) -> QRectF:
    """The same rectangle for Qt."""
    return QRectF(rect.x, rect.y, rect.w, rect.h)


def draw_tiles(painter: QPainter, pieces: Iterable[Piece], axis_aligned: bool) -> None:
    """Paint pieces; turned ones overlap by a hair, or rounding would leave gaps of single pixels."""
    extra = 0.0 if axis_aligned else _OVERLAP
    for rect, image, part in pieces:
        painter.drawImage(QRectF(rect.x, rect.y, rect.w + extra, rect.h + extra), image, qrect(part))
