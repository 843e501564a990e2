"""Line icons from resources/icons, drawn in the colour of the theme at any size."""

from __future__ import annotations

import logging
from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from studio.app.places import RESOURCES

FOLDER = RESOURCES / "icons"
log = logging.getLogger(__name__)


class Colours:
    """The colours icons are drawn in now; the theme sets them."""

    normal = QColor("#d0d0d6")
    disabled = QColor("#6f6f78")
    selected = QColor("#ffffff")


class LineIcon(QIconEngine):
    """Draws one SVG line drawing: its black is replaced by the colour of the icon's state."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source
        self._drawn: dict[tuple[int, int, str], QPixmap] = {}

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw into `rect`, sharp at the device's pixel ratio."""
        ratio = painter.device().devicePixelRatio()
        pixels = QSize(round(rect.width() * ratio), round(rect.height() * ratio))
        painter.drawPixmap(rect, self.pixmap(pixels, mode, state))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The drawing at `size` device pixels."""
        if size.isEmpty():
            return QPixmap()
        colour = _colour(mode)
        key = (size.width(), size.height(), colour.name())
        if key not in self._drawn:
            self._drawn[key] = _draw(self._source, size, colour)
        return self._drawn[key]

    def clone(self) -> QIconEngine:
        """Another engine for the same drawing."""
        return LineIcon(self._source)


def _colour(mode: QIcon.Mode) -> QColor:
    if mode is QIcon.Mode.Disabled:
        return Colours.disabled
    return Colours.selected if mode is QIcon.Mode.Selected else Colours.normal


def _draw(source: str, size: QSize, colour: QColor) -> QPixmap:
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    side = min(size.width(), size.height())
    corner = QPoint((size.width() - side) // 2, (size.height() - side) // 2)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(recoloured(source, colour).encode())).render(
        painter, QRectF(corner.x(), corner.y(), side, side)
    )
    painter.end()
    return pixmap


def recoloured(source: str, colour: QColor) -> str:
    """The drawing with its black replaced."""
    return source.replace("#000", colour.name())


@cache
def source(name: str) -> str:
    """The SVG text of an icon; that of "missing" when there is none of that name."""
    try:
        return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    except OSError:
        log.warning("There is no icon named %s.", name)
        return (FOLDER / "missing.svg").read_text(encoding="utf-8")


class IconLabel(QWidget):
    """An icon that is only looked at; it follows the theme."""

    def __init__(self, name: str, size: int = 20, mode: QIcon.Mode = QIcon.Mode.Normal) -> None:
        super().__init__()
        self.setFixedSize(size, size)
        self._mode = mode
        self.show_icon(name)

    def show_icon(self, name: str) -> None:
        """Show another icon."""
        self._icon = icon(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon in the colour of the theme."""
        self._icon.paint(QPainter(self), self.rect(), mode=self._mode)


@cache
def icon(name: str) -> QIcon:
    """The icon of that name in the colours of the theme; it follows when the theme changes."""
    return QIcon(LineIcon(source(name)))
