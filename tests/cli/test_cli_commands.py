"""The other commands, and the way to the window."""

import json
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

from studio.cli import main
from studio.engine.scaffold import write_plugin

ROOT = Path(__file__).resolve().parents[2]


class Window(types.ModuleType):
    """Stands for the module of the window: notes what it was called with."""

    def __init__(self, code: int = 0) -> None:
        super().__init__("studio.ui.app")
        self.calls: list[list[str]] = []
        self.code = code

    def run(self, arguments: list[str]) -> int:
        self.calls.append(arguments)
        return self.code


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Window:
    window = Window()
    monkeypatch.setitem(sys.modules, "studio.ui.app", window)
    return window


def test_no_arguments_open_the_window(window: Window) -> None:
    window.code = 3
    assert main([]) == 3
    assert window.calls == [[]]


def test_files_are_opened_in_the_window(window: Window, here: Path) -> None:
    (here / "a.png").touch()
    (here / "list.ora").touch()
    assert main(["a.png", "list.ora"]) == 0
    assert window.calls == [["a.png", "list.ora"]]


def test_a_file_that_does_not_exist_is_wrong_use(window: Window, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere.png"]) == 2
    assert "“nowhere.png” is neither a command nor a file." in capsys.readouterr().err
    assert window.calls == []


def test_a_window_that_cannot_load_fails_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "studio.ui.app", None)
    assert main([]) == 1
    assert "The window cannot open" in capsys.readouterr().err


@pytest.mark.usefixtures("models")
def test_the_list_is_json_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    (synthesis,) = [entry for entry in json.loads(capsys.readouterr().out) if entry["id"] == "synthesis"]
    assert {"id", "title", "inputs", "output", "params", "ready"} <= set(synthesis)
    assert synthesis["ready"] is True
    names = [param["name"] for param in synthesis["params"]]
    assert {"model", "seed", "class", "truncation", "count"} <= set(names)
    assert all(
        {"name", "type", "default", "min", "max", "choices", "description"} <= set(p)
        for p in synthesis["params"]
    )


def test_the_list_says_why_a_generator_is_not_ready(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("studio.app.places.RESOURCES", tmp_path)
    assert main(["list"]) == 0
    assert "[not ready: No model is installed.]" in capsys.readouterr().out
    assert main(["list", "--json"]) == 0
    (synthesis,) = [entry for entry in json.loads(capsys.readouterr().out) if entry["id"] == "synthesis"]
    assert synthesis["ready"] is False and "Put a .safetensors file" in synthesis["reason"]


def test_listing_and_showing_the_version_load_neither_torch_nor_qt() -> None:
    for words in (["list", "--json"], ["--version"], ["plugin", "list"]):
        code = f"import sys; from studio.cli import main; c = main({words!r})"
        code += "; print(c, {'torch', 'PySide6'} & set(sys.modules))"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert done.stdout.splitlines()[-1] == "0 set()"


def test_the_script_and_main_are_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "--version"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.startswith("Latent Studio ")


def test_devices_end_with_the_processor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[-1]["kind"] == "cpu"


def test_a_new_plugin_is_short_works_and_is_a_good_guest(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plugin", "new", "soft-grain", "--dir", "."]) == 0
    assert capsys.readouterr().out == "soft_grain.py\n"
    assert len((here / "soft_grain.py").read_text().splitlines()) <= 25
    assert main(["plugin", "check", "soft_grain.py", "--device", "cpu"]) == 0
    assert "A good guest." in capsys.readouterr().out


def test_a_bad_guest_is_told_what_is_wrong(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.py").write_text(
        "import random\n"
        "from studio.api import *\n"
        "import studio.engine.cache\n"
        "import numpy as np\n"
        "@generator(id='bad', title='Bad', output=Image)\n"
        "class Bad:\n"
        "    class Params(Params):\n"
        "        n: int = 3\n"
        "    def run(self, ctx, params):\n"
        "        a = np.random.rand(2, 2, 3).astype('float32')\n"
        "        for i in range(3):\n"
        "            a *= 3\n"
        "            yield Preview(Image(a), 1 - i / 3)\n"
        "        return Image(a)\n"
    )
    assert main(["plugin", "check", "bad.py", "--device", "cpu", "--json"]) == 1
    verdicts = {check["name"]: check["verdict"] for check in json.loads(capsys.readouterr().out)}
    failed = {name for name, verdict in verdicts.items() if verdict == "fail"}
    assert failed == {"names", "params", "pixels", "previews", "seed", "bounds"}
    assert verdicts["import"] == verdicts["result"] == "pass"


@pytest.mark.parametrize("head", ["import torch", "1 / 0", "def broken(:", "raise SystemExit"])
def test_a_plugin_that_cannot_be_imported_well_fails_the_check(here: Path, head: str) -> None:
    write_plugin("own", here)
    (here / "own.py").write_text(f"{head}\n{(here / 'own.py').read_text()}")
    assert main(["plugin", "check", "own.py", "--device", "cpu"]) == 1


def test_a_plugin_that_never_ends_is_stopped_by_the_check(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("studio.engine.conformance.RUN_LIMIT", 0.2)
    (here / "own.py").write_text(
        "from studio.api import *\n"
        "import numpy as np\n"
        "@generator(id='own', title='Own', output=Image)\n"
        "class Own:\n"
        "    'Never ends.'\n"
        "    def run(self, ctx, params):\n"
        "        while True:\n"
        "            yield Preview(Image(np.zeros((1, 1, 3), np.uint8)), 0.5)\n"
    )
    assert main(["plugin", "check", "own.py", "--device", "cpu"]) == 1
    assert "It gave no result within 0 s." in capsys.readouterr().out


def test_an_existing_plugin_is_not_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugin", "new", "own", "--dir", "."]) == 0
    (here / "own.py").write_text("mine")
    assert main(["plugin", "new", "own", "--dir", "."]) == 1
    assert (here / "own.py").read_text() == "mine"
    assert "exists already" in capsys.readouterr().err


def test_third_party_plugins_wait_for_consent(studio_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugin", "new", "own"]) == 0
    path = studio_home / "data" / "plugins" / "own.py"
    assert main(["list"]) == 0
    captured = capsys.readouterr()
    assert "The plugin “own” is off." in captured.err and "own " not in captured.out.replace("own.py", "")
    assert main(["plugin", "trust", str(path)]) == 0
    assert main(["plugin", "list"]) == 0
    assert "own              trusted" in capsys.readouterr().out


def test_training_runs_in_its_own_process(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--help"]) == 0
    assert "RECIPE" in capfd.readouterr().out.upper()


def test_a_benchmark_prints_one_object(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "speed.py").write_text(
        "def run(quick=False):\n    return {'quick': quick, 'peer_ratio': 2.0}\n"
    )
    monkeypatch.setattr("studio.cli.handover.ROOT", tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in [name for name in sys.modules if name.split(".")[0] == "benchmarks"]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["bench", "speed", "--quick", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"quick": True, "peer_ratio": 2.0}
    for name in ("benchmarks", "benchmarks.speed"):
        monkeypatch.delitem(sys.modules, name)


def test_without_benchmarks_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("studio.cli.handover.ROOT", tmp_path)
    assert main(["bench", "ui"]) == 1
    assert "The benchmarks are not installed." in capsys.readouterr().err


PATIENT = """
import pathlib, signal, sys, time
signal.signal(signal.SIGINT, lambda *_: (time.sleep(0.8), pathlib.Path("kept").touch(), sys.exit(5)))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(6))
pathlib.Path("ready").touch()
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a group of processes")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 5), (signal.SIGTERM, 6)])
def test_a_training_that_is_interrupted_has_time_to_keep_what_it_has_learnt(
    here: Path, number: signal.Signals, code: int
) -> None:
    """Ctrl+C reaches the whole group in a terminal; a request to end only the process it names."""
    (here / "patient.py").write_text(PATIENT)
    words = (
        "from studio.cli.handover import run_module; raise SystemExit(run_module('patient', [], 'studio x'))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(here)])}
    with subprocess.Popen([sys.executable, "-c", words], env=environment, start_new_session=True) as process:
        while not (here / "ready").exists():
            assert process.poll() is None
            time.sleep(0.02)
        if number is signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        assert process.wait(30) == code
    assert (here / "kept").exists() == (number is signal.SIGINT)


@pytest.mark.parametrize("name", ["eval", "export-samples"])
def test_the_help_of_a_command_in_a_process_of_its_own_calls_it_what_was_typed(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "-h"]) == 0
    assert f"studio {name}" in capfd.readouterr().out
