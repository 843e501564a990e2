"""From starting the process to a window that is painted and answers.

Beside it, in the same run and taking turns: a process that shows an empty `QMainWindow` and nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import numpy as np

from benchmarks.support.measure import Report, machine, milliseconds, ratio
from benchmarks.support.window import fresh_home, without_screen

PATIENCE_S = 60

# Runs in the started process: tells when the window has been painted and events are awaited again.
WATCH = """
import json, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

class Watch(QObject):
    def eventFilter(self, window, event):
        if event.type() == QEvent.Type.Paint:
            window.removeEventFilter(self)
            QTimer.singleShot(0, self.tell)
        return False

    def tell(self):
        print(json.dumps({"ready": time.time(), "torch": "torch" in sys.modules}), flush=True)
        QApplication.quit()

watch = Watch()
"""
BARE = (
    WATCH
    + """
from PySide6.QtWidgets import QLabel, QMainWindow
application = QApplication(["bare"])
window = QMainWindow()
window.setCentralWidget(QLabel("Bare"))
window.resize(1440, 900)
window.installEventFilter(watch)
window.show()
application.exec()
"""
)
STUDIO = (
    WATCH
    + """
from studio.ui import app as face
show = face.Studio.show

def shown(self, files=()):
    self.window.installEventFilter(watch)
    show(self, files)

face.Studio.show = shown
from studio.cli import main
sys.exit(main([]))
"""
)


def run(quick: bool = False) -> Report:
    """Start both, in turns, eleven times; three times when `quick`."""
    times = 3 if quick else 11
    mine: list[float] = []
    bare: list[float] = []
    fresh_home()
    start(STUDIO), start(BARE)
    torch = False
    for _ in range(times):
        seconds, loaded = start(STUDIO)
        torch = torch or loaded
        mine.append(seconds)
        bare.append(start(BARE)[0])
    return {
        "benchmark": "startup",
        "window": milliseconds(mine),
        "bare_window": milliseconds(bare),
        "torch_imported_before_window": torch,
        "window_vs_bare_ratio": ratio(float(np.median(mine)), float(np.median(bare))),
        "windows": "offscreen" if without_screen() else "screen",
        "machine": machine(),
    }


def start(code: str) -> tuple[float, bool]:
    """Seconds from starting a process to its ready window, and whether torch was imported by then."""
    environment = {**os.environ, **without_screen()}
    begun = time.time()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=PATIENCE_S
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout.splitlines()[-1])
    return told["ready"] - begun, told["torch"]
