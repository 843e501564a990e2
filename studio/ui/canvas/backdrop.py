"""Behind and between the pixels: checkerboard under transparency, and the pixel grid."""

from __future__ import annotations

import math
from functools import cache

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

from studio.model.geometry import Rect
from studio.ui.canvas.transform import ViewTransform

CHECK = 8
SHADES = {"light": (255, 232), "middle": (160, 136), "dark": (72, 60)}
GRID_FROM = 8.0
GRID_COLOUR = QColor(128, 128, 128, 110)


@cache
def checker(shade: str, ratio: float) -> QPixmap:
    """Two by two squares of `CHECK` logical pixels, in one of the shades "light", "middle", "dark"."""
    side = round(CHECK * ratio)
    light, dark = SHADES[shade]
    image = QImage(2 * side, 2 * side, QImage.Format.Format_RGB32)
    image.fill(QColor(light, light, light))
    painter = QPainter(image)
    for x, y in ((0, 0), (side, side)):
        painter.fillRect(x, y, side, side, QColor(dark, dark, dark))
    painter.end()
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def outline(view: ViewTransform, canvas: Rect) -> QPolygonF:
    """The corners of the document in the viewport."""
    corners = ((0, 0), (canvas.w, 0), (canvas.w, canvas.h), (0, canvas.h))
    return QPolygonF([QPointF(*view.to_view(x, y)) for x, y in corners])


def draw_checker(painter: QPainter, view: ViewTransform, canvas: Rect, shade: str) -> None:
    """Fill the document's area; the squares keep their size on the screen and move with the document."""
    brush = QBrush(checker(shade, view.ratio))
    polygon = outline(view, canvas)
    painter.save()
    painter.setPen(QPen(QColor(0, 0, 0, 0), 0))
    painter.setBrush(brush)
    painter.setBrushOrigin(QPointF(round(polygon[0].x()), round(polygon[0].y())))
    painter.drawPolygon(polygon)
    painter.restore()


def draw_pixel_grid(painter: QPainter, view: ViewTransform, area: Rect) -> None:
    """Lines between the pixels of document area `area`, when they are large enough for it (800 %)."""
    if view.zoom < GRID_FROM or area.is_empty:
        return
    columns = (QLineF(x, area.y, x, area.bottom) for x in range(area.x, area.right + 1))
    rows = (QLineF(area.x, y, area.right, y) for y in range(area.y, area.bottom + 1))
    pen = QPen(GRID_COLOUR, 1)
    pen.setCosmetic(True)
    painter.save()
    painter.setTransform(view.qtransform(), True)
    painter.setPen(pen)
    painter.drawLines([*columns, *rows])
    painter.restore()


def visible_area(view: ViewTransform, canvas: Rect) -> Rect:
    """The document pixels that the viewport shows."""
    left, top, right, bottom = view.visible()
    if not all(map(math.isfinite, (left, top, right, bottom))):
        return Rect.EMPTY
    return Rect.around(left, top, right, bottom).intersect(canvas)
