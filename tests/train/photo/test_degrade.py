"""Blur, noise and holes are what their descriptions say."""

import numpy as np
import pytest
import torch

from studio.train.photo import blur, degrade, masks


def test_kernels_keep_the_light_and_reach_as_far_as_asked() -> None:
    rng = np.random.default_rng(0)
    for extent in (5.0, 10.0):
        kernel = blur.shake(rng, extent)
        rows, columns = np.nonzero(kernel > 1e-4)
        assert kernel.sum() == pytest.approx(1)
        assert extent - 1 <= max(np.ptp(rows), np.ptp(columns)) <= extent + 3
        middle = (kernel * np.arange(blur.SIZE)).sum(), (kernel.T * np.arange(blur.SIZE)).sum()
        assert middle == pytest.approx((blur.MARGIN, blur.MARGIN), abs=0.05)
    assert blur.disc(3).sum() == pytest.approx(1)


def test_a_kernel_of_one_point_changes_nothing() -> None:
    kernel = torch.zeros(1, blur.SIZE, blur.SIZE)
    kernel[0, blur.MARGIN, blur.MARGIN] = 1
    x = torch.rand(1, 3, 60, 50, generator=torch.Generator().manual_seed(0)) * 0.9 + 0.05
    m = blur.MARGIN
    assert torch.allclose(blur.apply(x, kernel), x[:, :, m:-m, m:-m], atol=1e-3)


def test_blur_adds_light_not_values() -> None:
    kernel = torch.zeros(1, blur.SIZE, blur.SIZE)
    kernel[0, blur.MARGIN, :] = 1 / blur.SIZE
    x = torch.zeros(1, 3, 25, 49)
    x[..., ::2] = 1
    middle = float(blur.apply(x, kernel).mean())
    assert middle == pytest.approx(0.5 ** (1 / 2.2), abs=0.03)


def test_small_pictures_are_of_eight_bits() -> None:
    small = degrade.shrink(torch.rand(1, 3, 32, 32), 4)
    assert small.shape == (1, 3, 8, 8)
    assert torch.equal((small * 255).round() / 255, small)


def test_jpeg_loses_more_at_lower_quality() -> None:
    x = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))
    loss = [float((degrade.jpeg(x, quality) - x).abs().mean()) for quality in (20, 90)]
    assert loss[0] > loss[1]


def test_holes_cover_what_is_asked_and_nothing_between() -> None:
    found = masks.batch(np.random.default_rng(0), 24, 64, 0.1, 0.4)
    assert set(np.unique(found)) == {0.0, 1.0}
    assert found.mean(axis=(1, 2, 3)).min() >= 0.1
    assert found.mean(axis=(1, 2, 3)).max() <= 0.4
