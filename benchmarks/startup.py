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

# Runs in the started process: tells when the window has been painted, and when it is complete, that is, when
# every panel is filled and events are awaited again.
WATCH = """
import json, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

class Watch(QObject):
    def __init__(self, complete):
        super().__init__()
        self.complete, self.told = complete, {}

    def eventFilter(self, window, event):
        if event.type() == QEvent.Type.Paint:
            window.removeEventFilter(self)
            QTimer.singleShot(0, self.painted)
        return False

    def painted(self):
        self.told = {"painted": time.time(), "torch": "torch" in sys.modules}
        self.look()

    def look(self):
        if self.complete():
            print(json.dumps({**self.told, "complete": time.time()}), flush=True)
            QApplication.quit()
        else:
            QTimer.singleShot(0, self.look)
"""
BARE = (
    WATCH
    + """
from PySide6.QtWidgets import QLabel, QMainWindow
application = QApplication(["bare"])
window = QMainWindow()
window.setCentralWidget(QLabel("Bare"))
window.resize(1440, 900)
watch = Watch(lambda: True)
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

def filled(window):
    return window.docks.filled and window.docks.panel("generator").form is not None

def shown(self, files=()):
    global watch
    watch = Watch(lambda: filled(self.window))
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
    fresh_home()
    start(STUDIO), start(BARE)
    pairs = [(start(STUDIO), start(BARE)) for _ in range(times)]
    painted, complete, bare = (
        [mine["painted"] for mine, _ in pairs],
        [mine["complete"] for mine, _ in pairs],
        [bare["complete"] for _, bare in pairs],
    )
    return {
        "benchmark": "startup",
        "window_painted": milliseconds(painted),
        "window_complete": milliseconds(complete),
        "bare_window": milliseconds(bare),
        "torch_imported_before_window": any(mine["torch"] for mine, _ in pairs),
        "painted_vs_bare_ratio": ratio(float(np.median(painted)), float(np.median(bare))),
        "complete_vs_bare_ratio": ratio(float(np.median(complete)), float(np.median(bare))),
        "windows": "offscreen" if without_screen() else "screen",
        "machine": machine(),
    }


def start(code: str) -> dict[str, float]:
    """Seconds until a started process has its window `painted` and `complete`; `torch`: whether loaded."""
    environment = {**os.environ, **without_screen()}
    begun = time.time()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=PATIENCE_S
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout.splitlines()[-1])
    return {"painted": told["painted"] - begun, "complete": told["complete"] - begun, "torch": told["torch"]}
