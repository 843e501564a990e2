"""A hand that draws on a canvas, in document pixels."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.session import App
from studio.engine.jobs import Engine
from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import Node
from studio.ui.canvas.view import CanvasView

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
BLUE = (20, 60, 200, 255)


def no_engine() -> Engine:
    raise AssertionError("no test of the canvas needs an engine")


def flat(width: int, height: int, rgba: tuple[int, int, int, int] = BLUE) -> Image:
    return Image(np.full((height, width, 4), rgba, np.uint8))


@dataclass
class Hand:
    """Draws on a canvas in document pixels."""

    canvas: CanvasView
    bot: QtBot

    @property
    def app(self) -> App:
        return self.canvas.app

    @property
    def document(self) -> Document:
        assert self.app.document is not None
        return self.app.document

    @property
    def layer(self) -> Node:
        assert self.document.active is not None
        return self.document.active

    def at(self, x: float, y: float) -> QPoint:
        view_x, view_y = self.canvas.view.to_view(x, y)
        return QPoint(round(view_x), round(view_y))

    def press(self, x: float, y: float, held=NONE, button=Qt.MouseButton.LeftButton) -> None:
        QTest.mousePress(self.canvas.viewport, button, held, self.at(x, y))

    def move(self, x: float, y: float, held=NONE, button=Qt.MouseButton.LeftButton) -> None:
        self.move_to(self.at(x, y), held, button)

    def move_to(self, place: QPoint, held=NONE, button=Qt.MouseButton.LeftButton) -> None:
        """QTest's own would let go of the keys."""
        everywhere = QPointF(self.canvas.viewport.mapToGlobal(place))
        down = button if self.canvas.bench.gesture else Qt.MouseButton.NoButton
        kind, none = QEvent.Type.MouseMove, Qt.MouseButton.NoButton
        event = QMouseEvent(kind, QPointF(place), everywhere, none, down, held)
        QApplication.sendEvent(self.canvas.viewport, event)

    def release(self, x: float, y: float, held=NONE, button=Qt.MouseButton.LeftButton) -> None:
        QTest.mouseRelease(self.canvas.viewport, button, held, self.at(x, y))
        self.settle()

    def drag(self, *points: tuple[float, float], held=NONE, button=Qt.MouseButton.LeftButton) -> None:
        """All places are those at the beginning, whatever the view does on the way."""
        places = [self.at(*point) for point in points]
        QTest.mousePress(self.canvas.viewport, button, held, places[0])
        for place in places[1:]:
            self.move_to(place, held, button)
        QTest.mouseRelease(self.canvas.viewport, button, held, places[-1])
        self.settle()

    def click(self, x: float, y: float, held=NONE) -> None:
        self.drag((x, y), held=held)

    def key(self, key: Qt.Key, held=NONE) -> None:
        QTest.keyClick(self.canvas.viewport, key, held)
        self.settle()

    def key_down(self, key: Qt.Key) -> None:
        QTest.keyPress(self.canvas.viewport, key)

    def key_up(self, key: Qt.Key) -> None:
        QTest.keyRelease(self.canvas.viewport, key)

    def pen(self, kind: QTabletEvent.Type, x: float, y: float, pressure: float, eraser: bool = False) -> None:
        end = QPointingDevice.PointerType.Eraser if eraser else QPointingDevice.PointerType.Pen
        device = QPointingDevice(
            "pen", 1, QInputDevice.DeviceType.Stylus, end, QInputDevice.Capability.Pressure, 1, 1
        )
        at = QPointF(self.at(x, y))
        left = Qt.MouseButton.LeftButton
        down = Qt.MouseButton.NoButton if kind == QTabletEvent.Type.TabletRelease else left
        event = QTabletEvent(kind, device, at, at, pressure, 0, 0, 0, 0, 0, NONE, left, down)
        QApplication.sendEvent(self.canvas.viewport, event)

    def pen_stroke(self, *points: tuple[float, float, float], eraser: bool = False) -> None:
        self.pen(QTabletEvent.Type.TabletPress, *points[0], eraser)
        for point in points[1:]:
            self.pen(QTabletEvent.Type.TabletMove, *point, eraser)
        self.pen(QTabletEvent.Type.TabletRelease, *points[-1], eraser)
        self.settle()

    def settle(self) -> None:
        """Until everything is painted."""
        self.bot.waitUntil(lambda: not self.canvas.viewport.is_working)
        QApplication.processEvents()

    def pixel(self, x: int, y: int) -> tuple[int, ...]:
        """The composite's colour."""
        return tuple(int(value) for value in self.document.composite(Rect(x, y, 1, 1))[0, 0])

    def seen(self, x: float, y: float) -> QColor:
        """What the screen shows in the middle of a document pixel."""
        self.settle()
        return self.canvas.viewport.grab().toImage().pixelColor(self.at(x + 0.5, y + 0.5))

    def notices(self) -> list[str]:
        return [notice.sentence for notice in self.app.notices.items]
