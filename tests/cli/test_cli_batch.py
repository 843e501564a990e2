"""`studio batch`, also when it is killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from studio.app import places
from studio.cli import main

PLUGIN = Path(__file__).parents[1] / "batch" / "plugins" / "turn.py"
MAIN = Path(__file__).parents[2] / "main.py"


@pytest.fixture
def turn(studio_home: Path) -> None:
    """The generators for tests, installed and trusted."""
    places.plugins_dir().mkdir(parents=True)
    shutil.copy(PLUGIN, places.plugins_dir())
    assert main(["plugin", "trust", str(places.plugins_dir() / PLUGIN.name)]) == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six small pictures."""
    made = tmp_path / "in"
    made.mkdir()
    for number in range(6):
        Pillow.fromarray(np.full((8, 9 + number, 3), number * 20, np.uint8)).save(made / f"{number}.png")
    return made


def test_exit_codes(turn: None, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["batch", "turn", "--in", str(folder), "--out", "good", "--jobs", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6
    words = ["batch", "turn", "--in", str(folder), "--out", "some", "--set", "least=11", "--json"]
    assert main(words) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["done"], said["failed"], said["left"]) == (4, 2, 0)
    assert {p["why"] for p in said["pictures"] if p["stage"] == "failed"} == {"The picture is too small."}
    assert main(["batch", "turn", "--in", str(folder), "--out", "good"]) == 2
    assert main(["batch", "synthesis", "--in", str(folder), "--out", "other"]) == 2
    assert main(["batch", "turn", "--in", "nowhere", "--out", "other"]) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_killed_at_any_moment_it_goes_on(
    turn: None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["batch", "turn", "--in", str(folder), "--out", "out", "--set", "wait=0.3"]
    killed = subprocess.Popen([sys.executable, str(MAIN), *command], stdout=subprocess.DEVNULL)
    patience = time.monotonic() + 60
    while len(list(Path("out").glob("*.png"))) < 2 and time.monotonic() < patience:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    before = {path.name: path.stat().st_mtime_ns for path in Path("out").glob("*.png")}
    assert 2 <= len(before) < 6
    assert main([*command, "--resume"]) == 0
    made = {path.name for path in Path("out").glob("*.png")}
    assert made == {f"{number}.png" for number in range(6)}
    for number in range(6):
        with Pillow.open(Path("out") / f"{number}.png") as picture:
            assert picture.getpixel((0, 0)) == (255 - number * 20,) * 3
