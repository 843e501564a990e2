"""Commands whose work is done elsewhere: benchmarks and training."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.engine.wording import no_such
from studio.model.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
NO_BENCHMARK = {"__init__", "common"}


def run_module(module: str, arguments: Sequence[str]) -> int:
    """Run ``python -m module`` with its own arguments in a process of its own; returns its exit code."""
    try:
        return subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
    except KeyboardInterrupt:
        return 130


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
