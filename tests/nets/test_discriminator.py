"""The discriminator and the baseline: shapes, conditions, and statistics across the batch."""

import pytest
import torch

from studio.nets.dcgan import DCDiscriminator, DCGenerator
from studio.nets.discriminator import Discriminator, group_deviation


def small(reconstruct: bool = True) -> Discriminator:
    torch.manual_seed(0)
    return Discriminator(32, 3, (8, 12, 16), (4,), reconstruct)


def test_scores_come_one_per_picture_and_the_rebuilt_ones_at_half_size() -> None:
    score, rebuilt = small().score_and_rebuild(torch.randn(4, 3, 32, 32), torch.zeros(4, 1, dtype=torch.long))
    assert score.shape == (4,)
    assert rebuilt.shape == (4, 3, 16, 16)


def test_a_discriminator_without_decoder_says_so() -> None:
    with pytest.raises(ValueError, match="without its decoder"):
        small(reconstruct=False).score_and_rebuild(
            torch.randn(4, 3, 32, 32), torch.zeros(4, 1, dtype=torch.long)
        )


def test_pictures_too_small_to_rebuild_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        Discriminator(16, 3, (8, 8))


def test_the_score_depends_on_the_label() -> None:
    x = torch.randn(4, 3, 32, 32)
    a, b = (small()(x, torch.full((4, 1), value)) for value in (0, 3))
    assert not torch.allclose(a, b)


def test_a_batch_of_copies_has_no_deviation_and_a_mixed_one_has() -> None:
    same = torch.ones(8, 2, 3, 3)
    assert group_deviation(same).max() < 1e-3
    assert group_deviation(torch.randn(8, 2, 3, 3)).min() > 0.1
    assert group_deviation(torch.randn(6, 2, 3, 3)).shape == (6, 1, 3, 3)


def test_neighbours_form_the_groups_whose_variety_is_measured() -> None:
    x = torch.cat([torch.ones(4, 2, 3, 3), torch.randn(4, 2, 3, 3)])
    assert group_deviation(x)[:4].max() < 1e-3 < group_deviation(x)[4:].min()


def test_the_baseline_makes_and_scores_pictures() -> None:
    labels = torch.tensor([[1], [0]])
    x = DCGenerator(32, 8, 4, 3, (4,))(torch.randn(2, 8), labels)
    assert x.shape == (2, 3, 32, 32)
    assert x.abs().max() <= 1
    assert DCDiscriminator(32, 3, 4, (4,))(x, labels).shape == (2,)
