"""Loading torch's libraries ahead of torch."""

import subprocess
import sys

import pytest

from studio.engine import preload

CODE = """
import sys
from studio.engine.preload import preload_torch
preload_torch()
assert "torch" not in sys.modules
with open("/proc/self/maps") as maps:
    assert "libtorch_python.so" in maps.read()
import torch
assert torch.ones(2).sum() == 2
preload_torch()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux loads them ahead")
def test_torch_works_after_its_libraries_were_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_without_torch_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preload, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(preload.ctypes, "CDLL", pytest.fail)
    preload.preload_torch()
