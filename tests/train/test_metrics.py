"""Metrics against sets whose distance is known."""

import pytest
import torch

from studio.train import metrics


def gaussian(n: int, mean: float = 0.0, std: float = 1.0, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 6, dtype=torch.double, generator=torch.Generator().manual_seed(seed)) * std + mean


def test_a_set_is_at_no_frechet_distance_from_itself() -> None:
    assert metrics.frechet(gaussian(500), gaussian(500)) == pytest.approx(0, abs=1e-9)


def test_frechet_of_two_gaussians_is_the_closed_form() -> None:
    a, b = gaussian(40_000), gaussian(40_000, mean=0.5, std=2.0, seed=1)
    assert metrics.frechet(a, b) == pytest.approx(6 * 0.25 + 6 * (1 + 4 - 2 * 2), rel=0.03)


def test_kernel_distance_is_about_zero_for_one_source_and_grows_with_the_gap() -> None:
    near = metrics.kernel_distance(gaussian(800), gaussian(800, seed=1))
    far = metrics.kernel_distance(gaussian(800), gaussian(800, mean=1.0, seed=1))
    assert abs(near) < 0.05
    assert far > 1


def test_precision_and_recall_of_identical_sets_are_one() -> None:
    assert metrics.precision_recall(gaussian(200), gaussian(200)) == (1.0, 1.0)


def test_a_narrow_generator_is_precise_but_recalls_little() -> None:
    precision, recall = metrics.precision_recall(gaussian(600), gaussian(600, std=0.3, seed=1))
    assert precision > 0.95
    assert recall < 0.5


def test_copies_are_told_from_pictures_of_the_same_source() -> None:
    training, held_out = gaussian(400), gaussian(200, seed=1)
    assert metrics.copy_rate(training[:100] + 1e-4, held_out, training) == 1.0
    assert metrics.copy_rate(gaussian(200, seed=2), held_out, training) < 0.2


def test_density_and_coverage_of_one_source_are_about_one() -> None:
    density, covered = metrics.density_coverage(gaussian(600), gaussian(600, seed=1))
    assert density == pytest.approx(1.0, abs=0.1)
    assert covered > 0.9


def test_a_narrow_generator_is_dense_but_covers_little() -> None:
    density, covered = metrics.density_coverage(gaussian(600), gaussian(600, std=0.2, seed=1))
    assert density > 1.5
    assert covered < 0.5


def test_copies_crowd_the_training_pictures_and_new_ones_do_not() -> None:
    training = gaussian(400)
    assert metrics.crowding(training[:100] + 1e-4, training) < 0.01
    assert metrics.crowding(gaussian(200, seed=2), training) == pytest.approx(1.0, abs=0.1)


def test_a_seam_is_seen_where_edges_do_not_meet() -> None:
    x = torch.linspace(0, 2 * torch.pi, 65)[:-1]
    wave = (x.sin()[:, None] + x.cos()[None]).expand(2, 3, 64, 64)
    ramp = x.expand(2, 3, 64, 64)
    assert metrics.seam(wave) == pytest.approx(1.0, abs=0.6)
    assert metrics.seam(ramp) > 30
