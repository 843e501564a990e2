"""The fixtures that keep tests apart: each kind of leak fails the test that leaks."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LEAKS = {
    "environment": "import os; os.environ['LEAKED'] = '1'",
    "folder": "import os; os.chdir('/')",
    "thread": "import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    "user_file": "import platformdirs; platformdirs.user_config_path('latent-studio').mkdir(parents=True)",
    "window": "global kept; from PySide6.QtWidgets import QWidget; kept = QWidget(); kept.show()",
    "slot": "from PySide6.QtCore import QTimer; QTimer.singleShot(0, lambda: 1 / 0); qtbot.wait(50)",
    "destructor": "\n    class Bad:\n        def __del__(self): raise ValueError\n    Bad()",
    "warning": "import warnings; warnings.warn('careful')",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says about one test per leak and one clean test, under this project's own settings."""
    folder = tmp_path_factory.mktemp("leaks")
    source = Path(__file__).with_name("conftest.py")
    shutil.copy(source, folder / "conftest.py")
    shutil.copy(source.parent.parent / "pyproject.toml", folder / "pyproject.toml")
    tests = {**LEAKS, "clean": "pass"}
    text = "".join(f"def test_{name}(qtbot): {body}\n" for name, body in tests.items())
    (folder / "test_leaks.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-rA", "--tb=no", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_fails_its_test(report: str, name: str) -> None:
    assert f"ERROR test_leaks.py::test_{name}" in report or f"FAILED test_leaks.py::test_{name}" in report


def test_a_leak_does_not_fail_its_neighbour(report: str) -> None:
    assert "PASSED test_leaks.py::test_clean" in report
    assert "ERROR test_leaks.py::test_clean" not in report
