"""The benchmarks run as scripts call them, and compare with a peer. How fast is not for a test to say."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("startup", "ui", "canvas", "latent", "cancel", "melody", "train", "sr")


def numbers(value: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a report with its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from numbers(inner, f"{path}.{name}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_reports_ratios_to_a_peer_and_its_machine(name: str, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "main.py"), "bench", name, "--quick", "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    found = dict(numbers(report))
    assert report["benchmark"] == name
    assert report["machine"].keys() >= {"processor", "cores", "memory_gib", "python", "load_average"}
    assert all(math.isfinite(value) and value >= 0 for value in found.values())
    assert any(path.endswith("_ratio") for path in found)
    assert not report.get("torch_imported_before_window")
