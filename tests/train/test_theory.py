"""What the theory of the objectives promises, on distributions where the answer is known in closed form."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from studio.train.objectives import (
    OBJECTIVES,
    cross_entropy,
    negative_log_likelihood,
    relativistic,
)
from studio.train.penalties import one_centred, zero_centred

P = torch.tensor([0.5, 0.25, 0.15, 0.1], dtype=torch.double)
Q = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.double)


def minimised(loss: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
    """The point at which a smooth convex loss is least."""
    x = start.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([x], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-14)

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss(x)
        value.backward()
        return value

    optimiser.step(closure)
    return x.detach()


def entropy(p: Tensor) -> float:
    return -(p * p.log()).sum().item()


def divergence(p: Tensor, q: Tensor) -> float:
    """KL(p || q)."""
    return (p * (p / q).log()).sum().item()


def test_cross_entropy_is_entropy_plus_divergence() -> None:
    assert cross_entropy(P, Q).item() == pytest.approx(entropy(P) + divergence(P, Q), rel=1e-12)
    assert cross_entropy(P, P).item() == pytest.approx(entropy(P), rel=1e-12)
    assert cross_entropy(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5])).item() == pytest.approx(
        math.log(2)
    )


def test_likelihood_and_cross_entropy_have_the_same_minimiser_and_it_is_p() -> None:
    observed = torch.arange(4).repeat_interleave((P * 100).long())  # as often as P says
    start = torch.zeros(4, dtype=torch.double)

    def likelihood(logits: Tensor) -> Tensor:
        return negative_log_likelihood(logits.log_softmax(0).expand(len(observed), -1), observed)

    by_likelihood = minimised(likelihood, start).softmax(0)
    by_entropy = minimised(lambda logits: cross_entropy(P, logits.softmax(0)), start).softmax(0)
    assert torch.allclose(by_likelihood, P, atol=1e-6)
    assert torch.allclose(by_likelihood, by_entropy, atol=1e-6)
    assert likelihood(P.log()).item() == pytest.approx(entropy(P), rel=1e-9)


def weighted(name: str, score: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    """D's loss over four points where real and made pictures fall with known probabilities."""
    game = OBJECTIVES[name]
    return sum((r * game.real(s) + f * game.fake(s) for r, f, s in zip(real, fake, score, strict=True)))  # type: ignore[return-value]


@pytest.mark.parametrize("name", ["minimax", "nonsaturating"])
def test_the_best_discriminator_is_p_over_p_plus_q(name: str) -> None:
    best = minimised(lambda s: weighted(name, s, P, Q), torch.zeros(4, dtype=torch.double))
    assert torch.allclose(best.sigmoid(), P / (P + Q), atol=1e-6)


def test_the_best_least_squares_discriminator_is_p_over_p_plus_q_itself() -> None:
    best = minimised(lambda s: weighted("least-squares", s, P, Q), torch.zeros(4, dtype=torch.double))
    assert torch.allclose(best, P / (P + Q), atol=1e-6)


def test_the_value_of_the_game_is_minus_log_four_where_p_is_q_and_twice_jensen_shannon_above() -> None:
    for q, expected in ((P, 0.0), (Q, None)):
        best = minimised(lambda s, q=q: weighted("minimax", s, P, q), torch.ones(4, dtype=torch.double))
        value = -weighted("minimax", best, P, q).item()
        middle = (P + q) / 2
        jensen_shannon = (divergence(P, middle) + divergence(q, middle)) / 2
        assert value == pytest.approx(-math.log(4) + 2 * jensen_shannon, abs=1e-9)
        assert expected is None or value == pytest.approx(-math.log(4), abs=1e-9)


@pytest.mark.parametrize("confidence", [4.0, 8.0, 16.0])
def test_minimax_gradients_vanish_with_a_confident_discriminator_and_heuristic_ones_do_not(
    confidence: float,
) -> None:
    sizes = {}
    for name in ("minimax", "nonsaturating"):
        offset = torch.zeros(1, requires_grad=True)  # of a generator G(z) = z + offset, D(x) = x - confidence
        z = torch.linspace(-0.5, 0.5, 21)
        OBJECTIVES[name].generator(z + offset - confidence).backward()
        assert offset.grad is not None
        sizes[name] = abs(offset.grad.item())
    assert sizes["minimax"] < 1.1 * math.exp(-confidence)
    assert sizes["nonsaturating"] > 1 - 1.1 * math.exp(-confidence)


def test_the_hinge_gives_every_violator_the_same_push_and_the_satisfied_none() -> None:
    score = torch.tensor([-3.0, 0.5, 2.0], requires_grad=True)
    OBJECTIVES["hinge"].real(score).backward()
    assert score.grad is not None
    assert (score.grad * 3).tolist() == [-1.0, -1.0, 0.0]


def test_relativistic_pairs_see_differences_only() -> None:
    real, fake = torch.tensor([1.0, 2.0]), torch.tensor([0.5, 3.0])
    assert relativistic(real + 7, fake + 7).item() == pytest.approx(relativistic(real, fake).item())
    assert relativistic(real, real).item() == pytest.approx(math.log(2))
    assert relativistic(real, fake).item() + relativistic(fake, real).item() > 2 * math.log(2)


def test_the_wasserstein_critic_measures_how_far_two_points_are_apart() -> None:
    """With slope 1 (Kantorovich and Rubinstein) the critic's gain is the distance."""
    real, fake = torch.full((8, 1, 1, 1), 2.0), torch.full((8, 1, 1, 1), -1.0)
    critic = nn.Linear(1, 1).double()
    nn.init.constant_(critic.weight, 0.1)  # a penalty of |slope| has a second, worse minimum below 0

    def score(x: Tensor) -> Tensor:
        return critic(x.flatten(1).double()).squeeze(1)

    optimiser = torch.optim.Adam(critic.parameters(), 0.02)
    rng, game = torch.Generator().manual_seed(0), OBJECTIVES["wasserstein"]
    for _ in range(400):
        loss = game.real(score(real)) + game.fake(score(fake)) + 100 * one_centred(score, real, fake, rng)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (score(real) - score(fake)).mean().item() == pytest.approx(3.0, rel=0.03)


class Smooth(nn.Module):
    """A score with curvature: (N, 1, 3, 3) -> (N,)."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(9, 6).double(), nn.Linear(6, 1).double()

    def forward(self, x: Tensor) -> Tensor:
        return self.b(torch.tanh(self.a(x.flatten(1)))).squeeze(1)


def by_differences(score: Smooth, x: Tensor, step: float = 1e-4) -> Tensor:
    """The squared gradient norm (N,) by central differences along every pixel."""
    total = torch.zeros(len(x), dtype=torch.double)
    for i in range(x[0].numel()):
        shift = torch.zeros_like(x).flatten(1)
        shift[:, i] = step
        shift = shift.view_as(x)
        total += ((score(x + shift) - score(x - shift)) / (2 * step)).square()
    return total


@pytest.fixture
def smooth() -> Smooth:
    torch.manual_seed(0)
    return Smooth()


def points(seed: int) -> Tensor:
    return torch.randn(5, 1, 3, 3, dtype=torch.double, generator=torch.Generator().manual_seed(seed))


def test_zero_centred_penalties_are_what_differences_say(smooth: Smooth) -> None:
    expected = 0.5 * by_differences(smooth, points(1)).mean()
    assert zero_centred(smooth, points(1)).item() == pytest.approx(expected.item(), rel=1e-6)


def test_the_one_centred_penalty_is_what_differences_say(smooth: Smooth) -> None:
    share = torch.rand(5, 1, 1, 1, generator=torch.Generator().manual_seed(4)).double()
    between = points(1).lerp(points(2), share)
    expected = (by_differences(smooth, between).sqrt() - 1).square().mean()
    rng = torch.Generator().manual_seed(4)
    assert one_centred(smooth, points(1), points(2), rng).item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize("name", ["zero", "one"])
def test_a_penalty_pushes_weights_the_way_differences_say(smooth: Smooth, name: str) -> None:
    def penalty() -> Tensor:
        if name == "zero":
            return zero_centred(smooth, points(1))
        return one_centred(smooth, points(1), points(2), torch.Generator().manual_seed(4))

    weight, step = smooth.a.weight, 1e-5
    (found,) = torch.autograd.grad(penalty(), weight)
    for place in ((0, 0), (3, 5), (5, 8)):
        with torch.no_grad():
            weight[place] += step
        above = penalty().item()
        with torch.no_grad():
            weight[place] -= 2 * step
        below = penalty().item()
        with torch.no_grad():
            weight[place] += step
        assert found[place].item() == pytest.approx((above - below) / (2 * step), rel=1e-4, abs=1e-9)
