"""The loop: it learns, it goes on from a checkpoint bit for bit, and an adversary joins when asked."""

from pathlib import Path

import numpy as np
import pytest
import torch
from photo_plans import plan

from studio.model.errors import UserError
from studio.train import checkpoint
from studio.train.photo import opponent, recipe, tasks, trainer
from studio.train.photo.photographs import Photograph

VERSUS = {"width": 4, "levels": 2, "weight": 0.1, "matching": 0.1, "r1_gamma": 0.1, "r1_every": 2}


@pytest.mark.parametrize(
    ("task", "objective"),
    [("upscale", "hinge"), ("deblur", "hinge"), ("denoise", "relativistic"), ("inpaint", "relativistic")],
)
def test_a_restored_run_goes_on_as_if_nothing_had_happened(
    task: str, objective: str, pictures: list[Photograph], tmp_path: Path
) -> None:
    settings = plan(task, adversary=VERSUS | {"objective": objective}, frequency=0.1)
    run = trainer.Trainer(settings, pictures, 1)
    run.step()
    run.cpu_seconds = 1.0  # the learning rate follows the time spent
    checkpoint.save(tmp_path / "state.pt", run.state())
    wanted = run.step()
    run.close()
    other = trainer.Trainer(settings, pictures, 1)
    other.restore(checkpoint.load(tmp_path / "state.pt"))
    assert other.step() == wanted
    other.close()


def test_the_error_falls(pictures: list[Photograph]) -> None:
    run = trainer.Trainer(plan("denoise", rate=5e-3, warmup=0), pictures, 1)
    losses = [run.step()["pixel"] for _ in range(25)]
    run.close()
    assert np.mean(losses[-8:]) < 0.8 * np.mean(losses[:4])


def test_the_adversary_waits_for_its_time(pictures: list[Photograph]) -> None:
    run = trainer.Trainer(plan("deblur", adversary=VERSUS | {"after": 0.5}), pictures, 1)
    assert "adversarial" not in run.step()
    run.cpu_seconds = 40.0
    assert "adversarial" in run.step()
    run.close()


def test_weights_are_taken_over_where_shapes_agree(pictures: list[Photograph]) -> None:
    run = trainer.Trainer(plan("upscale"), pictures, 1)
    weights = {n: torch.ones_like(w) for n, w in run.net.state_dict().items()} | {"tail.bias": torch.ones(5)}
    assert trainer.start(run, weights) == len(weights) - 1
    run.close()
    assert float(run.ema.state_dict()["head.bias"].min()) == 1


def test_patches_that_touch_no_hole_count_as_real() -> None:
    hole = torch.zeros(1, 1, 8, 8)
    hole[..., :4] = 1
    score = torch.tensor([[[[-2.0, 2.0]]]])
    assert float(opponent.hinge_made(score, hole)) == 0
    assert float(opponent.hinge_made(-score, hole)) == 3


def test_relativistic_pairs_teach_nothing_where_both_are_the_same() -> None:
    rival = opponent.Opponent(recipe.Adversary(**VERSUS), holes=False)
    same, other = torch.rand(2, 2, 3, 32, 32)
    norms = []
    for made in (same, other):
        found, _ = rival.pair(same, made)
        norms.append(max(float(g.abs().max()) for g in found if g is not None))
    assert norms[0] < 1e-2 * norms[1]


def test_only_the_hole_is_replaced() -> None:
    target, hole = torch.rand(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    hole[..., :4] = 1
    seen = tasks.laid(torch.zeros(1, 3, 8, 8), tasks.Batch((target,), target, hole))
    assert torch.equal(seen[..., 4:], target[..., 4:])
    assert float(seen[..., :4].max()) == 0


def test_every_recipe_of_the_studio_can_be_read_and_built() -> None:
    folders = [Path("plugins") / name / "recipes" for name in ("upscale", "restore", "inpaint")]
    photo = [recipe.read(path) for folder in folders for path in sorted(folder.glob("*.toml"))]
    assert {p.name for p in photo} >= {"upscale-x4-psnr", "upscale-x4-gan", "inpaint", "deblur", "denoise"}
    for settings in photo:
        millions = sum(p.numel() for p in tasks.build(settings).parameters()) / 1e6
        assert millions < 6


def test_a_wrong_recipe_is_answered_by_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "a"\n', "utf-8")
    with pytest.raises(UserError, match="not a valid recipe"):
        recipe.read(tmp_path / "a.toml")
