"""Augmentation keeps shapes, is drawn anew for each picture, and lets gradients through."""

import pytest
import torch

from studio.train.diffaugment import POLICIES, augment


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
