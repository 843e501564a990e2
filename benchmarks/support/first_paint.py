"""Runs in a started process: tells when its window has been painted, and when it is complete.

Complete means that every panel is filled and events are awaited again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QWidget

if TYPE_CHECKING:
    from studio.ui.app import Studio
    from studio.ui.main_window import MainWindow


class Watch(QObject):
    """Prints the two moments as JSON, with whether torch was loaded by the first, and ends the process."""

    def __init__(self, window: QWidget, complete: Callable[[], bool]) -> None:
        super().__init__(window)
        self._complete = complete
        self._told: dict[str, float | bool] = {}
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the first paint event."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._painted)
        return False

    def _painted(self) -> None:
        self._told = {"painted": time.time(), "torch": "torch" in sys.modules}
        self._look()

    def _look(self) -> None:
        if not self._complete():
            QTimer.singleShot(0, self._look)
            return
        print(json.dumps({**self._told, "complete": time.time()}), flush=True)
        QApplication.quit()


def watch_studio(studio: type[Studio]) -> None:
    """Make a studio tell of its window's first paint and of its panels."""
    show = studio.show

    def shown(self: Studio, files: Sequence[Path] = ()) -> None:
        Watch(self.window, lambda: filled(self.window))
        show(self, files)

    studio.show = shown


def filled(window: MainWindow) -> bool:
    """Whether the panels are there, the generator's form among them."""
    from studio.ui.panels.generator import GeneratorPanel

    panel = window.docks.panel("generator") if window.docks.filled else None
    return isinstance(panel, GeneratorPanel) and panel.form is not None


def show_bare() -> None:
    """Show an empty main window and tell of it."""
    application = QApplication(["bare"])
    window = QMainWindow()
    window.setCentralWidget(QLabel("Bare"))
    window.resize(1440, 900)
    Watch(window, lambda: True)
    window.show()
    application.exec()
