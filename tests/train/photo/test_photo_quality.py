"""The measures, the classic methods, and the files of a finished run."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from photo_plans import plan
from safetensors import safe_open
from torch import Tensor
from torchvision.models import mobilenet_v2

from studio.train import metrics
from studio.train.photo import baselines, evaluate, masks, patches, perceptual, publish, quality, tasks
from studio.train.photo.photographs import Photograph


def waves(size: int = 64) -> Tensor:
    """Stripes with a slope of colour: (1, 3, size, size)."""
    y, x = torch.meshgrid(torch.arange(float(size)), torch.arange(float(size)), indexing="ij")
    grey = 0.5 + 0.3 * torch.sin(x / 2) * torch.cos(y / 5)
    return torch.stack([grey, grey * 0.8, 1 - grey])[None]


def test_psnr_of_a_known_error() -> None:
    x = torch.full((1, 3, 8, 8), 0.5)
    assert quality.psnr(x, x + 0.1) == pytest.approx(20, abs=1e-3)


def test_white_and_black_have_the_luma_of_the_standard() -> None:
    y = quality.luma(torch.stack([torch.zeros(3, 1, 1), torch.ones(3, 1, 1)]))
    assert y.flatten().tolist() == pytest.approx([16, 235], abs=0.01)


def test_the_border_does_not_count() -> None:
    x = waves()
    spoilt = x.clone()
    spoilt[..., :4, :] = 0
    assert quality.psnr_luma(spoilt, x) > 100
    assert quality.ssim_luma(spoilt, x) == pytest.approx(1)


def test_ssim_falls_with_noise() -> None:
    x, noise = waves(), torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    found = [quality.ssim_luma(x + s * noise, x) for s in (0.02, 0.1)]
    assert 1 > found[0] > found[1] > 0


def test_only_the_hole_counts_inside() -> None:
    x, hole = waves(), torch.zeros(1, 1, 64, 64)
    hole[..., :8, :8] = 1
    assert quality.psnr_inside(torch.lerp(1 - x, x, hole), x, hole) > 100


def test_wiener_with_the_right_guess_sharpens() -> None:
    x = waves()
    line = torch.exp(-((torch.arange(-6.0, 7)) ** 2) / 2)
    kernel = (line[:, None] * line / line.sum() ** 2).expand(3, 1, 13, 13)
    soft = torch.nn.functional.conv2d(torch.nn.functional.pad(x, (6,) * 4, "reflect"), kernel, groups=3)
    assert quality.psnr(baselines.wiener(soft, 1, 0.01), x) > quality.psnr(soft, x) + 3


def test_patches_continue_a_pattern_better_than_a_mean() -> None:
    x = waves()
    hole = torch.from_numpy(masks.batch(np.random.default_rng(1), 1, 64, 0.1, 0.2))
    made = patches.fill(x * (1 - hole), hole)
    plain = torch.lerp(x, x.mean((2, 3), keepdim=True).expand_as(x), hole)
    assert quality.psnr_inside(made, x, hole) > quality.psnr_inside(plain, x, hole) + 2
    assert torch.equal(torch.lerp(made, x, hole), x)


@pytest.mark.parametrize("task", ["upscale", "deblur", "denoise", "inpaint"])
def test_a_finished_run_is_measured_and_published(
    task: str, pictures: list[Photograph], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(evaluate.SIDE, task, 48)
    monkeypatch.setattr(publish.sheets, "SHEET_SIDE", 24)
    settings = plan(task)
    net = tasks.build(settings)
    scores = evaluate.evaluate(settings, pictures, {"network": net, "same": net}, None)
    assert all(by["network"] == by["same"] for by in scores.values())
    state = {"ema": net.state_dict(), "images": 12, "cpu_seconds": 60.0}
    publish.publish(settings, folder, state, tmp_path / "out", scores)
    with safe_open(tmp_path / "out" / f"{task}.safetensors", "pt") as file:
        meta = file.metadata()
        assert set(file.keys()) == set(net.state_dict())
    assert meta["task"] == task
    assert json.loads(meta["config"]) == settings.network
    assert "**this network**" in (tmp_path / "out" / f"{task}.md").read_text("utf-8")
    again = evaluate.network(settings, tmp_path / "out" / f"{task}.safetensors")
    wanted = net.state_dict()
    assert all(torch.allclose(value, wanted[name], atol=2e-3) for name, value in again.state_dict().items())


def test_weights_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    net = tasks.build(plan("upscale"))
    torch.nn.init.constant_(net.get_parameter("tail.bias"), 1e9)
    with pytest.raises(ValueError, match=r"tail\.bias"):
        publish.save(tmp_path / "a.safetensors", net, {})
    assert not (tmp_path / "a.safetensors").exists()


def test_textures_are_compared_patch_by_patch(tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save(mobilenet_v2().state_dict(), tmp_path / "eye.pth")
    eye = perceptual.Perceptual(tmp_path / "eye.pth")
    sharp = torch.rand(1, 3, 320, 330)
    soft = torch.nn.functional.avg_pool2d(sharp, 5, 1, 2)
    assert eye.patches(sharp).shape == (5 * 5, 56)
    assert eye.patches(sharp[..., :60]).shape == (0, 56)
    assert metrics.frechet(eye.patches(sharp), eye.patches(sharp)) == pytest.approx(0, abs=1e-6)
    assert metrics.frechet(eye.patches(soft), eye.patches(sharp)) > 1e-3
    assert eye(sharp, sharp) == 0
    assert eye(soft, sharp) > 0


def test_weights_between_two_networks_give_answers_between_them() -> None:
    ends = [tasks.build(plan("upscale")) for _ in range(2)]
    for net, value in zip(ends, (0.0, 1.0), strict=True):
        torch.nn.init.constant_(net.get_parameter("tail.bias"), value)
    answers = [
        net(torch.full((1, 3, 8, 8), 0.5)).mean().item() for net in [*ends, evaluate.between(*ends, 0.25)]
    ]
    assert answers[2] == pytest.approx(0.75 * answers[0] + 0.25 * answers[1], abs=1e-5)
