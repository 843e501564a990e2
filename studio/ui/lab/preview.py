"""Pictures of a data set as the training will see them: cut or fitted to a square, small, mirrored."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.engine.dataset.looking import Broken, read_rgba
from studio.ui.widgets.thumbnails import draw_squares

LONGEST = 384
SIDE, GAP, ROWS = 72, 6, 2


def read_pictures(paths: Sequence[str]) -> Generator[int, None, list[QImage]]:
    """The pictures that can be read, small. For another thread; yields how many were read."""
    found: list[QImage] = []
    for number, path in enumerate(paths):
        try:
            found.append(to_image(read_rgba(path, LONGEST)))
        except Broken:
            continue
        yield number
    return found


def to_image(rgba: np.ndarray) -> QImage:
    """(h, w, 4) uint8 as Qt's picture, copied."""
    height, width, _ = rgba.shape
    data = np.ascontiguousarray(rgba)
    return QImage(data.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def as_seen(image: QImage, resolution: int, fit: str, mirrored: bool = False) -> QImage:
    """What the training makes of a picture, (resolution, resolution): "crop", "pad" or "stretch"."""
    size = QSize(resolution, resolution)
    smooth = Qt.TransformationMode.SmoothTransformation
    if fit == "crop":
        side = min(image.width(), image.height())
        box = QRect((image.width() - side) // 2, (image.height() - side) // 2, side, side)
        out = image.copy(box).scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    elif fit == "pad":
        inner = image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        out = QImage(size, QImage.Format.Format_RGBA8888)
        out.fill(Qt.GlobalColor.transparent if image_has_alpha(image) else Qt.GlobalColor.white)
        painter = QPainter(out)
        painter.drawImage((resolution - inner.width()) // 2, (resolution - inner.height()) // 2, inner)
        painter.end()
    else:
        out = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    return out.transformed(QTransform().scale(-1, 1)) if mirrored else out


def image_has_alpha(image: QImage) -> bool:
    """Whether anything in a picture is transparent, as far as its corners tell."""
    corners = (
        (0, 0),
        (image.width() - 1, 0),
        (0, image.height() - 1),
        (image.width() - 1, image.height() - 1),
    )
    return any(image.pixelColor(x, y).alpha() < 255 for x, y in corners)


class PreviewStrip(QWidget):
    """A few rows of pictures as the training sees them; every second one mirrored where that is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Pictures as the training sees them")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._images: list[QImage] = []
        self._tiles: list[QPixmap] = []
        self._wish: tuple[int, str, bool] = (64, "crop", False)
        self._keep_room()

    def show_images(self, images: Sequence[QImage]) -> None:
        """Show these pictures."""
        self._images = list(images)
        self._make()

    def show_wish(self, resolution: int, fit: str, flip: bool) -> None:
        """As a recipe would take them."""
        if (resolution, fit, flip) != self._wish:
            self._wish = resolution, fit, flip
            self._make()

    @property
    def tiles(self) -> list[QPixmap]:
        """What is shown."""
        return self._tiles

    def _make(self) -> None:
        resolution, fit, flip = self._wish
        side = round(SIDE * self.devicePixelRatioF())
        self._tiles = []
        for place, image in enumerate(self._images):
            small = as_seen(image, resolution, fit, flip and place % 2 == 1)
            tile = QPixmap(side, side)
            painter = QPainter(tile)
            draw_squares(painter, tile.rect(), 6)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, resolution >= side)
            painter.drawImage(tile.rect(), small)
            painter.end()
            tile.setDevicePixelRatio(self.devicePixelRatioF())
            self._tiles.append(tile)
        self._keep_room()
        self.update()

    def _columns(self) -> int:
        return max((self.width() + GAP) // (SIDE + GAP), 1)

    def _keep_room(self) -> None:
        """No more rows than there are pictures for."""
        rows = -(-len(self._tiles) // self._columns())
        self.setFixedHeight(min(max(rows, 1), ROWS) * (SIDE + GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may need another number of rows."""
        self._keep_room()

    def paintEvent(self, event: QPaintEvent) -> None:
        """As many as there is room for."""
        painter = QPainter(self)
        columns = self._columns()
        for place, tile in enumerate(self._tiles[: columns * ROWS]):
            row, column = divmod(place, columns)
            painter.drawPixmap(column * (SIDE + GAP), row * (SIDE + GAP), tile)
