"""The real window, to measure: opened with fresh settings, painted by hand, closed afterwards."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from studio.app.tools import ToolId
from studio.model.document import Document

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QApplication

    from studio.ui.app import Studio
    from studio.ui.canvas.view import CanvasView


def without_screen() -> dict[str, str]:
    """Environment variables that let Qt draw into memory where there is no screen."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    needed = sys.platform == "linux" and not screen and "QT_QPA_PLATFORM" not in os.environ
    return {"QT_QPA_PLATFORM": "offscreen"} if needed else {}


def platform() -> str:
    """How Qt shows windows in this run: "xcb", "wayland", "offscreen", ..."""
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.platformName()


@cache
def fresh_home() -> tempfile.TemporaryDirectory[str]:
    """Keep settings and logs in a throw-away folder until this process ends."""
    folder = tempfile.TemporaryDirectory(prefix="latent-studio-bench-", ignore_cleanup_errors=True)
    os.environ["LATENT_STUDIO_HOME"] = folder.name
    return folder


@contextmanager
def studio_window() -> Generator[tuple[QApplication, Studio]]:
    """The studio as a person sees it, shown and settled."""
    os.environ.update(without_screen())
    fresh_home()
    from PySide6.QtWidgets import QApplication

    from studio.app.installed import installed_registry
    from studio.ui.app import Studio
    from studio.ui.app import settle as leave_garbage

    application = QApplication.instance() or QApplication(["bench"])
    assert isinstance(application, QApplication)
    studio = Studio(application, installed_registry()[0])
    studio.show()
    settle(application, 0.5)
    leave_garbage()
    try:
        yield application, studio
    finally:
        studio.window.hide()
        studio.close()
        settle(application, 0.1)


def settle(application: QApplication, seconds: float) -> None:
    """Let events run for a while."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        application.processEvents()
        time.sleep(0.002)


def wait_for_engine(application: QApplication, studio: Studio) -> None:
    """Until torch is loaded, which holds up everything once, shortly after the start."""
    studio.app.engine.warm_up()
    while not studio.app.engine.started:
        settle(application, 0.1)
    settle(application, 0.5)


def dabs_on_screen(document: Document, points: np.ndarray, size: float) -> list[float]:
    """Seconds from each pointer move to the end of painting it, in a window fitted to the document.

    points: (n, 2) document pixels; the brush is `size` pixels wide and stays down throughout.
    """
    from PySide6.QtCore import QPointF

    with studio_window() as (application, studio):
        wait_for_engine(application, studio)
        studio.app.add_document(document)
        studio.app.tools.set("brush", size=size, hardness=0.5, opacity=0.8)
        studio.app.tools.choose(ToolId.BRUSH)
        canvas = studio.window.area.canvas
        paint(application, canvas)
        place = canvas.view.qtransform()
        samples = []
        spots = [place.map(QPointF(x, y)) for x, y in points]
        send(canvas, "MouseButtonPress", spots[0])
        for spot in spots:
            start = time.perf_counter()
            send(canvas, "MouseMove", spot)
            paint(application, canvas)
            samples.append(time.perf_counter() - start)
        send(canvas, "MouseButtonRelease", spots[-1])
        settle(application, 0.2)
    return samples


def paint(application: QApplication, canvas: CanvasView) -> None:
    """Run events until every visible tile is up to date and painted."""
    application.processEvents()
    while canvas.viewport.is_working:
        application.processEvents()
    application.processEvents()


def send(canvas: CanvasView, kind: str, point: QPointF) -> None:
    """A mouse event of the left button, which is held until the release, at a position of the viewport."""
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    screen = canvas.viewport.mapToGlobal(point)
    held = Qt.MouseButton.NoButton if kind == "MouseButtonRelease" else left
    event = QMouseEvent(QEvent.Type[kind], point, screen, left, held, none)
    QApplication.sendEvent(canvas.viewport, event)
