"""The viewer: the frame under the playhead, as large as fits."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.app.video_desk import VideoDesk
from studio.ui.theme import colour
from studio.ui.timeline.frames import FrameMaker, Shown

LARGEST = 1280  # longer side of what is rendered for looking at, in pixels


class Viewer(QWidget):
    """Shows the newest frame that is ready; it is never waited for."""

    def __init__(self, desk: VideoDesk, maker: Callable[[Shown], FrameMaker]) -> None:
        super().__init__(accessibleName="Viewer")
        self._desk = desk
        self.image: QImage | None = None
        self.time: Fraction | None = None
        self.problem = ""
        self.maker = maker(self._show)
        self.setMinimumSize(240, 135)
        desk.changed.connect(self.refresh)
        desk.moved.connect(self.refresh)

    def sizeHint(self) -> QSize:
        """A comfortable picture."""
        return QSize(720, 405)

    def refresh(self) -> None:
        """Ask for the frame under the playhead."""
        score = self._desk.score
        area = self._area()
        ratio = self.devicePixelRatioF()
        share = min(1.0, LARGEST / max(area.width() * ratio, area.height() * ratio, 1))
        size = [max(1, round(length * ratio * share)) for length in (area.width(), area.height())]
        self.maker.ask(score, self._desk.playhead, (size[0], size[1]))

    def _show(self, image: QImage | None, time: Fraction | None, problem: str) -> None:
        self.image, self.time, self.problem = image, time, problem
        self.update()

    def _area(self) -> QRectF:
        """Where the picture lies."""
        score = self._desk.score
        scale = min(self.width() / score.width, self.height() / score.height)
        wide, high = score.width * scale, score.height * scale
        return QRectF((self.width() - wide) / 2, (self.height() - high) / 2, wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture over the backdrop."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), colour("backdrop"))
        if self.image is not None:
            painter.drawImage(self._area(), self.image)
        elif self.problem:
            painter.setPen(colour("text"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(40, 0, -40, 0), flags, self.problem)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size needs another frame."""
        super().resizeEvent(event)
        self.refresh()
