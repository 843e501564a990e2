"""Training of video models: true motion, shots kept apart, and runs that go on as if never interrupted."""

import copy
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.model.errors import UserError
from studio.nets.interpolate import warp
from studio.train.photo.photographs import Crops, Photograph
from studio.train.video import clips, motion
from studio.train.video.interpolation import Interpolation, motion_error
from studio.train.video.recipe import Training, VideoRecipe, read
from studio.train.video.trainer import Trainer

PLAN = VideoRecipe(
    name="tiny",
    title="Tiny",
    task="interpolate",
    network={"features": 8, "width": 8, "detail": 8, "radius": 1},
    train=Training(cpu_minutes=1, batch=2, crop=32, weights={"pixel": 1, "blend": 0.3, "motion": 0.02}),
)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth colours."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.uniform(0, 255, (1, 3, height // 8, width // 8)))
    fine = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 255)
    return fine[0].permute(1, 2, 0).byte().numpy()


def crops() -> Crops:
    return Crops([Photograph(str(seed), noise(64, 64, seed)) for seed in range(3)], 48, 0)


def task() -> Interpolation:
    frames = np.stack([np.roll(noise(40, 40), 2 * n, axis=1) for n in range(12)])
    return Interpolation(PLAN, clips.Sequences([clips.Stretch("a", frames)], 32), crops())


def test_made_up_motion_is_true() -> None:
    rng = np.random.default_rng(1)
    scene = motion.render(motion.layers(rng, crops(), 64)[:1], (0.0, 0.4, 1.0), 64)
    for other, flow in zip((scene.frames[0], scene.frames[2]), scene.flows, strict=True):
        back = warp(other[None], flow[None])[0]
        inner = (slice(None), slice(12, -12), slice(12, -12))
        assert (back - scene.frames[1])[inner].abs().mean() < 0.01


def test_motion_errors_are_in_pixels_of_the_frame() -> None:
    real = torch.full((1, 4, 32, 32), 8.0)
    assert motion_error(torch.full((1, 4, 8, 8), 2.0), real) == 0
    assert motion_error(torch.full((1, 4, 4, 4), 1.0), real) == 0
    assert motion_error(torch.zeros(1, 4, 8, 8), real) == 8


def test_cuts_are_found_and_parts_kept_apart() -> None:
    dark, light = np.zeros((20, 32, 32, 3), np.uint8), np.full((20, 32, 32, 3), 230, np.uint8)
    frames = np.concatenate([dark, light])
    assert clips.cuts(frames) == [20]
    assert clips.split([20], 40, Fraction(3, 4)) == [(0, 20, False), (20, 30, False), (30, 40, True)]
    assert clips.split([20], 40, Fraction(0)) == [(0, 20, True), (20, 40, True)]


def test_a_run_goes_on_where_it_stopped() -> None:
    whole = Trainer(task(), PLAN.train, 1)
    whole.step()
    state = copy.deepcopy(whole.state())
    again = Trainer(task(), PLAN.train, 1)
    again.restore(state)
    whole.cpu_seconds = again.cpu_seconds = 1.0
    assert again.step() == whole.step()
    assert again.steps == 2 and again.images == 4


def test_what_is_no_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name = 3")
    with pytest.raises(UserError, match="not a valid recipe"):
        read(tmp_path / "bad.toml")
    with pytest.raises(UserError, match="no prepared clips"):
        clips.load(tmp_path)


def test_the_recipe_that_ships_can_be_read() -> None:
    root = Path(__file__).resolve().parents[2]
    assert read(root / "plugins/interpolate/recipes/interpolate.toml").task == "interpolate"
