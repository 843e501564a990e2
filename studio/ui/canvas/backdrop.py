"""Behind and between the pixels: checkerboard under transparency, and the pixel grid."""

from __future__ import annotations

import math
from functools import cache

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize
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


class PixelGrid:
    """Lines between the document's pixels where they are large enough for it (800 %).

    Painted once for each view and kept: drawing a hundred lines takes longer than all the rest of a paint.
    """

    def __init__(self) -> None:
        self._made_for: tuple[ViewTransform, Rect] | None = None
        self._image = QImage()

    def draw(self, painter: QPainter, view: ViewTransform, canvas: Rect, exposed: QRect) -> None:
        """Paint what of it lies in `exposed`; the painter is in viewport coordinates."""
        if view.zoom < GRID_FROM:
            self._made_for, self._image = None, QImage()
            return
        if self._made_for != (view, canvas):
            self._made_for, self._image = (view, canvas), _grid_image(view, visible_area(view, canvas))
        ratio = view.ratio
        part = QRectF(
            exposed.x() * ratio, exposed.y() * ratio, exposed.width() * ratio, exposed.height() * ratio
        )
        painter.drawImage(QRectF(exposed), self._image, part)


def _grid_image(view: ViewTransform, area: Rect) -> QImage:
    """The viewport in device pixels, clear but for the grid over document area `area`."""
    size = QSize(math.ceil(view.width * view.ratio), math.ceil(view.height * view.ratio))
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    if area.is_empty:
        return image
    with QPainter(image) as painter:
        painter.scale(view.ratio, view.ratio)
        (_rule if view.axis_aligned else _draw_lines)(painter, view, area)
    return image


def _rule(painter: QPainter, view: ViewTransform, area: Rect) -> None:
    """Lines along the screen's rows and columns, each one device pixel wide."""
    painter.resetTransform()
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    ends = [((x, area.y), (x, area.bottom)) for x in range(area.x, area.right + 1)]
    ends += [((area.x, y), (area.right, y)) for y in range(area.y, area.bottom + 1)]
    for start, end in ends:
        (x0, y0), (x1, y1) = view.to_view(*start), view.to_view(*end)
        left, right = sorted((math.floor(x0 * view.ratio), math.floor(x1 * view.ratio)))
        top, bottom = sorted((math.floor(y0 * view.ratio), math.floor(y1 * view.ratio)))
        painter.fillRect(left, top, max(1, right - left), max(1, bottom - top), GRID_COLOUR)


def _draw_lines(painter: QPainter, view: ViewTransform, area: Rect) -> None:
    """Lines at any angle."""
    columns = (QLineF(x, area.y, x, area.bottom) for x in range(area.x, area.right + 1))
    rows = (QLineF(area.x, y, area.right, y) for y in range(area.y, area.bottom + 1))
    pen = QPen(GRID_COLOUR, 1)
    pen.setCosmetic(True)
    painter.setTransform(view.qtransform(), True)
    painter.setPen(pen)
    painter.drawLines([*columns, *rows])


def visible_area(view: ViewTransform, canvas: Rect) -> Rect:
    """The document pixels that the viewport shows."""
    left, top, right, bottom = view.visible()
    if not all(map(math.isfinite, (left, top, right, bottom))):
        return Rect.EMPTY
    return Rect.around(left, top, right, bottom).intersect(canvas)
