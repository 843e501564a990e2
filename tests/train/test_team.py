"""Several processes train what one process trains."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.engine import runs
from studio.train import checkpoint
from studio.train.team import Team
from tests.train import two_processes
from tests.train.conftest import make_stripes
from tests.train.test_trainer import STYLE

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("two_processes.py")
BASE = STYLE.replace("bfloat16", "").replace("batch = 8", "batch = 16\nbfloat16 = false")
PLANS = {
    "heuristic": BASE.replace("batch = 16", "batch = 16\nr2_gamma = 0.5\nadaptive = 0.6"),
    "pairs": BASE.replace("batch = 16", 'batch = 16\nobjective = "relativistic"\nclip = 1'),
}
Result = dict[str, Any]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Result, Result]]:
    """What one process made of each plan, and what two made."""
    tmp_path = tmp_path_factory.mktemp("team")
    stripes_folder = make_stripes(tmp_path)
    words: list[str] = []
    for name, text in PLANS.items():
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
        words += [str(tmp_path / f"{name}.toml"), str(tmp_path / f"{name}-2.pt")]
        alone = tmp_path / f"{name}-1.pt"
        two_processes.steps(Team(cpu=True), stripes_folder, tmp_path / f"{name}.toml", alone)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [*launch, str(SCRIPT), str(stripes_folder), *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    load = checkpoint.load
    return {name: (load(tmp_path / f"{name}-1.pt"), load(tmp_path / f"{name}-2.pt")) for name in PLANS}


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """How far two tensors are apart, as a share of the larger one's size."""
    return float((a - b).norm() / max(a.norm(), b.norm(), torch.tensor(1e-6)))


def test_two_processes_have_the_gradients_of_one(results: dict[str, tuple[Result, Result]]) -> None:
    for plan, (one, two) in results.items():
        assert (one["size"], two["size"]) == (1, 2)
        for name in one["gradients"]:
            assert difference(one["gradients"][name], two["gradients"][name]) < 1e-4, (plan, name)


def test_two_processes_have_the_losses_of_one(results: dict[str, tuple[Result, Result]]) -> None:
    """To rounding, and as many steps as there are."""
    for plan, (one, two) in results.items():
        for step, (alone, together) in enumerate(zip(one["losses"], two["losses"], strict=True)):
            assert together == pytest.approx(alone, rel=1e-4, abs=1e-5), (plan, step)


def test_the_command_itself_runs_under_torchrun(tmp_path: Path) -> None:
    folder, plan, out = make_stripes(tmp_path), tmp_path / "plan.toml", tmp_path / "run"
    plan.write_text(PLANS["heuristic"], "utf-8")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    words = ["-m", "studio.train", str(plan), "--data", str(folder), "--out", str(out), "--steps", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*launch, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    status = runs.read_status(out)
    assert (status.state, status.images) == (runs.RunState.DONE, 32)
    assert status.device.startswith("2 x ")
