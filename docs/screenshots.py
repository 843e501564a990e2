"""Takes the pictures of docs/images/ from the running studio: `make screenshots`.

Drives the real window with a fresh home folder, the way a person would: presses, strokes, keys.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.app.places import HOME_VARIABLE
from studio.model import edits
from studio.model.nodes import GeneratedLayer
from studio.ui.app import Studio
from studio.ui.main_window import MainWindow

FOLDER = Path(__file__).parent / "images"
SIZE = (1600, 1000)
PATIENCE_S = 120.0
GENERATOR = "synthesis"


class Tour:
    """One studio and the hand that works on it."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.app = studio.app

    @property
    def window(self) -> MainWindow:
        """The main window."""
        return self.studio.window

    def until(self, condition: Callable[[], bool]) -> None:
        """Let the studio work until the condition holds."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("the studio did not get there")
            QTest.qWait(5)

    def idle(self) -> None:
        """Until nothing runs and everything is painted."""
        self.until(lambda: not self.app.generation.waiting and not self.app.tasks.titles)
        self.until(lambda: not self.window.area.canvas.viewport.is_working)
        QTest.qWait(150)

    def take(self, name: str) -> None:
        """Save a picture of the window as it is now."""
        self.window.grab().save(str(FOLDER / f"{name}.png"))
        print(f"docs/images/{name}.png")

    def generate(self, **params: object) -> None:
        """Generate with these parameters, as if they had been set in the panel."""
        self.app.draft.keep_seed = True
        self.app.draft.load(GENERATOR, params)
        self.app.run_command("generate.run")

    def stroke(self, points: list[tuple[float, float]]) -> None:
        """Drag the mouse over the canvas along document positions."""
        canvas = self.window.area.canvas
        places = [QPoint(*map(round, canvas.view.to_view(x, y))) for x, y in points]
        button = Qt.MouseButton.LeftButton
        QTest.mousePress(canvas.viewport, button, Qt.KeyboardModifier.NoModifier, places[0])
        for place in places[1:]:
            QTest.mouseMove(canvas.viewport, place)
            QTest.qWait(2)
        QTest.mouseRelease(canvas.viewport, button, Qt.KeyboardModifier.NoModifier, places[-1])

    def close(self) -> None:
        """End without being asked."""
        for document in list(self.app.documents):
            self.app.remove_document(document)
        self.window.close()
        self.studio.close()


@contextmanager
def fresh_studio(application: QApplication) -> Iterator[Tour]:
    """A studio that was never used before."""
    with tempfile.TemporaryDirectory(prefix="latent-studio-pictures-") as home:
        os.environ[HOME_VARIABLE] = home
        tour = Tour(Studio(application))
        tour.window.resize(*SIZE)
        tour.window.docks.reset()
        tour.studio.show()
        tour.until(lambda: tour.window.docks.filled and "Engine" not in tour.window.status.device.text())
        tour.idle()
        try:
            yield tour
        finally:
            tour.close()


def wave(left: float, right: float, y: float, height: float) -> list[tuple[float, float]]:
    """Document positions along a wave."""
    steps = [left + (right - left) * step / 40 for step in range(41)]
    return [(x, y + height * math.sin(x / 40)) for x in steps]


def paint(tour: Tour) -> None:
    """A new layer under the portrait with two strokes of colour."""
    document = tour.app.need_document()
    portrait = document.active
    assert portrait is not None
    edits.add_layer(document, "raster", "Backdrop")
    edits.move_node(document, document.active or portrait, document.root, 0)
    tour.app.tools.choose("brush")
    tour.app.tools.set("brush", size=90.0, hardness=0.2)
    for colour, y in (((247, 178, 103, 255), 150), ((242, 112, 89, 255), 250), ((92, 75, 139, 255), 360)):
        tour.app.tools.set_foreground(colour)
        tour.stroke(wave(20, document.width - 20, y, 26))


def walk(tour: Tour) -> None:
    """Everything there is a picture of, in the order a newcomer meets it."""
    tour.take("first-run")
    tour.generate(seed=7, scale=8)
    tour.idle()
    tour.take("generated")
    paint(tour)
    tour.idle()
    tour.take("painting")
    tour.generate(seed=100, scale=4, count=24)
    tour.until(lambda: len(tour.app.results.items) >= 10)
    tour.take("generating")
    tour.idle()
    document = tour.app.need_document()
    document.active = next(node for node in document.walk() if isinstance(node, GeneratedLayer))
    tour.window.docks.show("latent")
    tour.idle()
    tour.take("latent")
    tour.window.docks.show("generator")
    tour.app.run_command("help.palette")
    QTest.keyClicks(tour.window.palette_box.search, "new")
    tour.idle()
    tour.take("palette")
    tour.window.palette_box.close_palette()
    tour.app.run_command("window.theme")
    tour.idle()
    tour.take("light-theme")


def main() -> int:
    """Take all pictures; returns the exit code."""
    FOLDER.mkdir(exist_ok=True)
    application = QApplication(sys.argv)
    with fresh_studio(application) as tour:
        walk(tour)
    return 0


if __name__ == "__main__":
    sys.exit(main())
