"""Augmentation keeps shapes, is drawn anew for each picture, and lets gradients through."""

import pytest
import torch

from studio.train.diffaugment import POLICIES, Adaptive, augment


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_gradients_flow_through_every_policy(name: str) -> None:
    x = torch.randn(4, 3, 16, 16, requires_grad=True)
    augment(x, (name,), torch.Generator().manual_seed(0)).square().sum().backward()
    assert x.grad is not None
    assert (x.grad.abs().sum(dim=(1, 2, 3)) > 0).all()


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_each_picture_is_changed_in_its_own_way_and_a_seed_repeats_it(name: str) -> None:
    x = torch.randn(1, 3, 16, 16).expand(8, -1, -1, -1)
    first, again = (augment(x, (name,), torch.Generator().manual_seed(3)) for _ in range(2))
    assert first.shape == x.shape
    assert torch.equal(first, again)
    assert any(not torch.equal(first[0], other) for other in first[1:])


def test_no_policy_changes_nothing() -> None:
    x = torch.randn(2, 3, 16, 16)
    assert torch.equal(augment(x, (), torch.Generator()), x)


def test_cutout_blanks_at_most_a_third_of_each_side() -> None:
    kept = augment(torch.ones(16, 1, 18, 18), ("cutout",), torch.Generator().manual_seed(0))
    assert (kept == 0).sum(dim=(2, 3)).max() <= 49
    assert (kept == 0).any()


def fed(adaptive: Adaptive, sign: float, batches: int, batch: int = 50) -> float:
    """The share of augmented pictures after so many batches whose scores' signs have this mean."""
    for _ in range(batches):
        adaptive.see(sign * batch, batch)
    return adaptive.share


def test_more_is_augmented_the_surer_the_discriminator_is_and_less_when_it_is_not() -> None:
    """A target of 0.6 holds four in five real pictures above 0; the share moves by 1 in 50,000 images."""
    adaptive = Adaptive(0.6)
    assert adaptive.share == 0.0
    assert fed(adaptive, 0.9, 100) == pytest.approx(5_000 / 50_000)
    assert fed(adaptive, 0.3, 40) == pytest.approx(3_000 / 50_000)
    assert fed(adaptive, -1.0, 400) == 0.0
    assert fed(adaptive, 1.0, 2000) == 1.0


def test_without_a_target_every_picture_is_augmented() -> None:
    assert fed(Adaptive(0.0), -1.0, 100) == 1.0


def test_only_the_share_is_augmented() -> None:
    x = torch.randn(4000, 1, 8, 8)
    changed = augment(x, ("brightness",), torch.Generator().manual_seed(0), 0.25)
    moved = (changed != x).flatten(1).any(1).double().mean()
    assert moved.item() == pytest.approx(0.25, abs=0.03)


def test_adaptive_augmentation_goes_on_where_it_was_kept() -> None:
    first, second = Adaptive(0.6), Adaptive(0.6)
    fed(first, 0.9, 6)
    second.restore(first.state())
    assert fed(first, 0.7, 7) == fed(second, 0.7, 7) > 0
