"""Training of the predictor, its measures, and the study of what predicting saves."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.nets.interpolate import warp
from studio.nets.predict import Predictor
from studio.train.photo.photographs import Crops, Photograph
from studio.train.video import clips, compression, motion
from studio.train.video.judge_prediction import by_network, repeated, sharpness
from studio.train.video.prediction import Prediction, ahead
from studio.train.video.recipe import Training, Versus, VideoRecipe, read
from studio.train.video.trainer import Trainer

PLAN = VideoRecipe(
    name="tiny",
    title="Tiny",
    task="predict",
    network={"width": 8},
    train=Training(
        cpu_minutes=1,
        batch=2,
        crop=32,
        ahead=2,
        weights={"pixel": 1, "edges": 0.3, "motion": 0.02},
        versus=Versus(width=4, levels=1, scales=2, weight=0.01),
    ),
)


def noise(side: int, seed: int = 0) -> np.ndarray:
    """Smooth colours that go on at the edges, (side, side, 3)."""
    y, x = np.mgrid[:side, :side][..., None] * 2 * np.pi / side
    waves = np.sin(2 * x + seed + np.arange(3)) + np.cos(3 * y + np.arange(3)) + np.sin(4 * x + 5 * y)
    return (127 + 40 * waves).astype(np.uint8)


def sliding(count: int, side: int = 40, pace: int = 2) -> np.ndarray:
    """Frames (count, side, side, 3) of a picture that slides to the right."""
    return np.stack([np.roll(noise(side), pace * n, axis=1) for n in range(count)])


def task() -> Prediction:
    stretch = clips.Stretch("a", sliding(24))
    crops = Crops([Photograph(str(seed), noise(64, seed)) for seed in range(3)], 48, 0)
    return Prediction(PLAN, clips.Sequences([stretch], 32), crops)


def test_a_run_with_critics_goes_on_where_it_stopped() -> None:
    whole = Trainer(task(), PLAN.train, 1)
    whole.step()
    state = copy.deepcopy(whole.state())
    again = Trainer(task(), PLAN.train, 1)
    again.restore(state)
    whole.cpu_seconds = again.cpu_seconds = 30.0
    first = again.step()
    assert first == whole.step() and {"pixel", "edges", "adversarial", "critics"} <= first.keys()


def test_frames_ahead_grow_with_training() -> None:
    assert [ahead(4, share) for share in (0.0, 0.1, 0.2, 0.5, 1.0)] == [1, 2, 3, 4, 4]


def test_motion_back_through_made_up_scenes_is_true() -> None:
    crops = Crops([Photograph("a", noise(64))], 48, 0)
    scene = motion.onward(motion.layers(np.random.default_rng(1), crops, 64)[:1], [0.0, 0.3, 0.6], 64)
    inner = (slice(None), slice(12, -12), slice(12, -12))
    for before, now, flow in zip(scene.frames, scene.frames[1:], scene.flows, strict=False):
        assert (warp(before[None], flow[None])[0] - now)[inner].abs().mean() < 0.01


def test_sharpness_falls_with_blur() -> None:
    real = torch.from_numpy(noise(64)).permute(2, 0, 1)[None].float() / 255
    blurred = torch.nn.functional.avg_pool2d(real, 5, 1, 2)
    assert sharpness(real, real) > sharpness(blurred, real) > sharpness(torch.zeros_like(real), real)


@pytest.mark.parametrize("step", [4, 16])
def test_a_good_prediction_takes_fewer_bits_at_the_same_quality(step: int) -> None:
    frames = [torch.from_numpy(f).permute(2, 0, 1)[None].float() / 255 for f in sliding(12, 64)]
    moved = compression.code(frames, lambda known: [torch.roll(known[-1], 2, 3)], step)
    still = compression.code(frames, lambda known: repeated(known, 1), step)
    alone = compression.code(frames, None, step)
    assert moved["bits"] < 0.7 * still["bits"] and moved["zlib"] < still["zlib"]
    rounding = 10 * np.log10(12 * 255**2 / step**2)
    assert all(way["psnr"] > rounding - 1 for way in (moved, still, alone))


def test_the_network_predicts_for_the_coder_at_any_size() -> None:
    frames = [torch.rand(1, 3, 21, 35) for _ in range(3)]
    (made,) = by_network(Predictor(width=8).eval(), 1)(frames)
    assert made.shape == frames[0].shape and made.min() >= 0 and made.max() <= 1


@pytest.mark.parametrize("name", ["predict", "predict-plain"])
def test_the_recipes_that_ship_can_be_read(name: str) -> None:
    root = Path(__file__).resolve().parents[2]
    plan = read(root / f"plugins/predict/recipes/{name}.toml")
    assert plan.task == "predict" and Predictor(**plan.network).onward


def test_groups_to_code_lie_evenly_and_qualities_between_steps_are_read_off() -> None:
    frames = np.zeros((40, 16, 16, 3), np.uint8) + np.arange(40, dtype=np.uint8)[:, None, None, None]
    groups = compression.excerpts([clips.Stretch("a", frames), clips.Stretch("a", frames[:30])], 3)
    first = [round(float(group[0].mean()) * 255) for group in groups]
    assert first == [0, 24, 12] and all(len(group) == compression.GROUP for group in groups)
    rows = np.array([[[40.0, 4.0, 5.0], [30.0, 2.0, 3.0], [35.0, 3.0, 4.0]]])
    assert compression.at_quality(rows, 37.5) == pytest.approx([3.5, 4.5])
