"""Commands whose work is done elsewhere: benchmarks and training."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.engine.runs import COMMAND
from studio.engine.wording import no_such
from studio.model.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
NO_BENCHMARK = {"__init__", "common"}


def run_module(module: str, arguments: Sequence[str], command: str) -> int:
    """Run ``python -m module`` with its own arguments in a process of its own; returns its exit code.

    command: what its help calls it. Ctrl+C reaches both processes: this one then waits, so that a training
    can keep what it has learnt. A request to end is handed on.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], env=os.environ | {COMMAND: command}
    )
    answers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: lambda *_: process.terminate()}
    before = {number: signal.signal(number, answer) for number, answer in answers.items()}
    try:
        return process.wait()
    finally:
        for number, answer in before.items():
            signal.signal(number, answer)


def benchmark(name: str, quick: bool) -> dict[str, Any]:
    """Run ``benchmarks/NAME.py``; UserError when the checkout has no such benchmark."""
    folder = ROOT / "benchmarks"
    if not folder.is_dir():
        raise UserError("The benchmarks are not installed.", "They come with the source of the studio.")
    names = [file.stem for file in sorted(folder.glob("*.py")) if file.stem not in NO_BENCHMARK]
    if name not in names:
        raise no_such("benchmark", name, names)
    sys.path.insert(0, str(ROOT))
    return importlib.import_module(f"benchmarks.{name}").run(quick=quick)
