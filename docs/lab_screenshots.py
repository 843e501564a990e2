"""Takes the pictures of the lab and the explorer in docs/images/: `python docs/lab_screenshots.py PICTURES`.

PICTURES: a folder to learn from. Trains for a few minutes, in the real window, and opens what came of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parent))

from screenshots import Tour, fresh_studio

MINUTES = 4.0
PATIENCE_S = 1800.0


def until(condition: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Let window and trainer work until something holds, or for so long at most."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def train(tour: Tour, pictures: Path) -> None:
    """From a folder to a model in the generator panel."""
    tour.app.run_command("window.lab")
    page = tour.window.lab.page
    page.open_data(pictures)
    until(lambda: page.new.data.report is not None and page.new.data.preview.tiles)
    page.new.start_measuring()
    until(lambda: page.new.estimate.text() and not page.new.bar.isVisible())
    until(lambda: False, 0.5)
    tour.take("lab-data")
    page.new.form.set_values({"minutes": MINUTES, "name": "Faces"})
    page.new.start()
    until(lambda: page.view.runs and len(page.view.runs[0].sheets) > 1)
    until(lambda: not page.view.runs[0].info.state.active, 120)
    tour.take("lab-run")
    page.view.stop.click()
    until(lambda: not page.view.runs[0].info.state.active)
    page.view.open.click()
    until(lambda: tour.app.document is not None and not tour.app.generation.waiting)


def explore(tour: Tour) -> None:
    """A place on the map of a model that came with the studio."""
    tour.generate(model="characters", seed=11, scale=8)
    until(lambda: not tour.app.generation.waiting)
    tour.app.run_command("view.fit")
    tour.window.docks.show("explorer")
    panel = tour.window.docks.panel("explorer")
    panel.map.draw()
    until(lambda: len(panel.map.chart.spots) and not panel.map.bar.isVisible())
    chart = panel.map.chart
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=chart.place(0.4, 0.5).toPoint())
    until(lambda: not panel.guide.live.busy)
    until(lambda: False, 0.5)
    tour.take("explorer")


def main() -> None:
    """Take them all."""
    application = QApplication(sys.argv[:1])
    with fresh_studio(application) as tour:
        explore(tour)
        if len(sys.argv) > 1:
            train(tour, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
