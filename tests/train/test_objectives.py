"""Objectives against their closed forms, and the property that parts minimax from the heuristic."""

import math

import pytest
import torch

from studio.train.objectives import OBJECTIVES
from studio.train.penalties import zero_centred

REAL, FAKE = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])


def log_sigmoid(values: torch.Tensor) -> list[float]:
    return [-math.log(1 + math.exp(-v)) for v in values.tolist()]


def discriminator(name: str) -> float:
    return (OBJECTIVES[name].real(REAL) + OBJECTIVES[name].fake(FAKE)).item()


def test_logistic_losses_are_the_logarithms_of_goodfellow() -> None:
    expected = -sum(log_sigmoid(REAL)) / 2 - sum(log_sigmoid(-FAKE)) / 2
    assert discriminator("minimax") == pytest.approx(expected, rel=1e-5)
    assert OBJECTIVES["minimax"].generator(FAKE).item() == pytest.approx(
        sum(log_sigmoid(-FAKE)) / 2, rel=1e-5
    )
    heuristic = OBJECTIVES["nonsaturating"].generator(FAKE).item()
    assert heuristic == pytest.approx(-sum(log_sigmoid(FAKE)) / 2, rel=1e-5)


def test_hinge_and_least_squares() -> None:
    assert discriminator("hinge") == pytest.approx((0 + 2) / 2 + (1.5 + 0) / 2)
    assert OBJECTIVES["hinge"].generator(FAKE).item() == pytest.approx(1.25)
    assert discriminator("least-squares") == pytest.approx(2.5 + 4.625)
    assert OBJECTIVES["least-squares"].generator(FAKE).item() == pytest.approx((0.25 + 16) / 2)


def test_minimax_starves_the_generator_where_the_heuristic_feeds_it() -> None:
    gradients = {}
    for name in ("minimax", "nonsaturating"):
        score = torch.tensor([-12.0], requires_grad=True)
        OBJECTIVES[name].generator(score).backward()
        assert score.grad is not None
        gradients[name] = abs(score.grad.item())
    assert gradients["minimax"] < 1e-4
    assert gradients["nonsaturating"] > 0.99


def test_the_penalty_of_a_linear_score_is_half_its_squared_slope() -> None:
    slope = torch.randn(3, 4, 4)
    penalty = zero_centred(lambda x: (x * slope).sum(dim=(1, 2, 3)), torch.randn(5, 3, 4, 4))
    assert penalty.item() == pytest.approx(0.5 * slope.square().sum().item(), rel=1e-5)
