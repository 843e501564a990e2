"""Several processes train what one process trains."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from studio.train import checkpoint
from tests.train.test_trainer import STYLE

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("two_processes.py")
PLANS = {
    "heuristic": STYLE.replace("batch = 8", "batch = 16\nr2_gamma = 0.5\nadaptive = 0.6\nbfloat16 = false"),
    "pairs": STYLE.replace("batch = 8", 'batch = 16\nobjective = "relativistic"\nclip = 1\nbfloat16 = false'),
}


def run(processes: int, plan: Path, data: Path, out: Path) -> dict[str, object]:
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    words = [sys.executable, *(launch if processes > 1 else []), str(SCRIPT), str(plan), str(data), str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "1"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return checkpoint.load(out)


@pytest.mark.parametrize("name", sorted(PLANS))
def test_two_processes_train_what_one_trains(tmp_path: Path, stripes_folder: Path, name: str) -> None:
    plan = tmp_path / "recipe.toml"
    plan.write_text(PLANS[name], "utf-8")
    one, two = (run(n, plan, stripes_folder, tmp_path / f"{n}.pt") for n in (1, 2))
    assert (one["size"], two["size"]) == (1, 2)
    for place, gradient in one["gradients"].items():  # type: ignore[attr-defined]
        assert torch.allclose(gradient, two["gradients"][place], rtol=1e-3, atol=1e-6), place  # type: ignore[index]
    first, *later = zip(one["losses"], two["losses"], strict=True)  # type: ignore[call-overload]
    assert first[1] == pytest.approx(first[0], rel=1e-5, abs=1e-6)
    for alone, together in later:  # Adam's first steps make a whole step of a gradient that is rounding only
        assert together == pytest.approx(alone, rel=0.1, abs=0.02)
