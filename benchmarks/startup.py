"""From starting the process to a window that is painted and answers.

Beside it, in the same run and taking turns: a process that shows an empty `QMainWindow` and nothing else.
Both start as on any day but the first: Python keeps what it compiled, even where its environment says
otherwise, and one start of each goes before those that count.
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

BARE = """
from benchmarks.support.first_paint import show_bare
show_bare()
"""
STUDIO = """
import sys
from studio.cli import main, window

load = window.import_module

def watched(name):
    module = load(name)
    if name == window.WINDOW:
        from benchmarks.support.first_paint import watch_studio
        watch_studio(module.Studio)
    return module

window.import_module = watched
sys.exit(main([]))
"""


def run(quick: bool = False) -> Report:
    """Start both, in turns, eleven times; three times when `quick`."""
    times = 3 if quick else 11
    fresh_home()
    start(STUDIO)
    start(BARE)
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
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.time()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=PATIENCE_S
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout.splitlines()[-1])
    return {"painted": told["painted"] - begun, "complete": told["complete"] - begun, "torch": told["torch"]}
