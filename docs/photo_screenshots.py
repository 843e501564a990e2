"""Takes the pictures of retouching in docs/images/: `python docs/photo_screenshots.py PHOTO`.

PHOTO: seeding_by_Clements_Engelhardt.jpg (5312 x 2988, by Clemens Engelhardt, CC0-1.0) of the Debian package
lomiri-wallpapers-16.04. The blurred dandelion at the right is taken out, in the real window, by hand.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parent))

from screenshots import Tour, fresh_studio

BRUSH = 360.0
MIDDLE, AROUND = (4365.0, 2290.0), 210.0
FLOWER = [
    (MIDDLE[0] + AROUND * math.cos(turn / 2), MIDDLE[1] + AROUND * math.sin(turn / 2)) for turn in range(16)
]
STALK = [(4350.0, 2600.0), (4330.0, 2980.0)]
NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


def places(tour: Tour) -> list[QPoint]:
    """Where the hand goes on the canvas."""
    view = tour.window.area.canvas.view
    return [QPoint(*map(round, view.to_view(x, y))) for x, y in (*FLOWER, *STALK)]


def move(tour: Tour, at: QPoint) -> None:
    """The mouse moves with its button held."""
    viewport = tour.window.area.canvas.viewport
    none = Qt.MouseButton.NoButton
    everywhere = QPointF(viewport.mapToGlobal(at))
    QApplication.sendEvent(
        viewport, QMouseEvent(QEvent.Type.MouseMove, QPointF(at), everywhere, none, LEFT, NONE)
    )
    QTest.qWait(5)


def mark(tour: Tour) -> QPoint:
    """Paint over the flower; returns where the mouse is then, its button still held."""
    viewport = tour.window.area.canvas.viewport
    first, *others = places(tour)
    QTest.mousePress(viewport, LEFT, NONE, first)
    for place in others:
        move(tour, place)
    return others[-1]


def walk(tour: Tour, photo: Path) -> None:
    """Open, mark, let go, look while it is filled, compare."""
    app, canvas = tour.app, tour.window.area.canvas
    app.open_files([photo])
    tour.until(lambda: bool(app.documents))
    app.run_command("view.fit")
    app.tools.choose("inpaint")
    app.tools.set("inpaint", size=BRUSH, grow=24, feather=12)
    tour.idle()
    last = mark(tour)
    tour.take("retouch-mark")
    QTest.mouseRelease(canvas.viewport, LEFT, NONE, last)
    tour.until(lambda: not app.retouch.filling)
    tour.idle()
    tour.until(lambda: not app.retouch.waiting)
    tour.idle()
    tour.take("retouch-done")
    app.run_command("view.compare")
    canvas.divider.move_to(round(canvas.view.to_view(*MIDDLE)[0]) / canvas.viewport.width())
    tour.idle()
    tour.take("retouch-compare")


def main() -> int:
    """Take the pictures; returns the exit code."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    application = QApplication(sys.argv[:1])
    with fresh_studio(application) as tour:
        walk(tour, Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
