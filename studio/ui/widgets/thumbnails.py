"""Small pictures of pictures, on a chequered ground where they are transparent."""

from __future__ import annotations

from functools import cache

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.model.media import Image
from studio.ui.theme import colour

SQUARE = 4
LIGHT, DARK = QColor("#9a9aa0"), QColor("#86868c")


def fitted(width: int, height: int, side: int) -> QSize:
    """The largest size of that shape inside a square of ``side``, at least 1 x 1."""
    scale = side / max(width, height, 1)
    return QSize(max(1, round(width * scale)), max(1, round(height * scale)))


def quick_rgba(image: Image, side: int) -> np.ndarray:
    """(h, w, 4) uint8 with every n-th pixel, at least about 3 x ``side`` where there are that many."""
    step = max(1, max(image.width, image.height) // (side * 3))
    part = np.ascontiguousarray(image.pixels[::step, ::step])
    return Image(part).rgba8()


def pixmap_from(rgba: np.ndarray, size: QSize) -> QPixmap:
    """Straight (h, w, 4) uint8 at ``size``, over squares where it is transparent."""
    height, width, _ = rgba.shape
    data = np.ascontiguousarray(rgba)
    source = QImage(data.data, width, height, width * 4, QImage.Format.Format_RGBA8888)
    smooth = Qt.TransformationMode.SmoothTransformation
    scaled = source.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    pixmap = QPixmap(size)
    painter = QPainter(pixmap)
    draw_squares(painter, QRect(0, 0, size.width(), size.height()))
    painter.drawImage(0, 0, scaled)
    painter.end()
    return pixmap


def thumbnail(image: Image, side: int) -> QPixmap:
    """A picture inside a square of ``side`` pixels, in its own proportions."""
    return pixmap_from(quick_rgba(image, side), fitted(image.width, image.height, side))


def draw_squares(painter: QPainter, rect: QRect, square: int = SQUARE) -> None:
    """The ground that stands for transparency."""
    painter.save()
    painter.setBrushOrigin(rect.topLeft())
    painter.fillRect(rect, QBrush(_squares(square)))
    painter.restore()


@cache
def _squares(square: int) -> QImage:
    """The smallest part of the ground that repeats."""
    image = QImage(2 * square, 2 * square, QImage.Format.Format_RGB32)
    image.fill(LIGHT)
    with QPainter(image) as painter:
        for at in (0, square):
            painter.fillRect(at, at, square, square, DARK)
    return image


class Thumb(QWidget):
    """Shows a picture as large as there is room, in the middle."""

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self.pixmap = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(side, side)

    def show_image(self, image: Image | None) -> None:
        """Show a picture, or nothing."""
        ratio = self.devicePixelRatioF()
        self.pixmap = thumbnail(image, round(self._side * ratio)) if image is not None else QPixmap()
        self.pixmap.setDevicePixelRatio(ratio)
        self.update()

    def paintEvent(self, event: object) -> None:
        """The picture, or an empty frame."""
        painter = QPainter(self)
        if self.pixmap.isNull():
            painter.setPen(colour("edge"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            return
        size = self.pixmap.deviceIndependentSize()
        painter.drawPixmap(
            round((self.width() - size.width()) / 2), round((self.height() - size.height()) / 2), self.pixmap
        )
