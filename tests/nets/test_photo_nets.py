"""The photo networks: sizes, what they start from, and what may reach where."""

import pytest
import torch
from torch import Tensor

from studio.nets.inpaint import Inpainter
from studio.nets.patch import PatchDiscriminator, matching
from studio.nets.restore import Restorer
from studio.nets.upscale import Upscaler


def picture(height: int, width: int) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (9, 23), (1, 5)])
def test_upscaler_enlarges_any_size_by_its_scale(height: int, width: int) -> None:
    assert Upscaler(2, 8, 2)(picture(height, width)).shape == (1, 3, 2 * height, 2 * width)
    assert Upscaler(4, 8, 2)(picture(height, width)).shape == (1, 3, 4 * height, 4 * width)


def test_without_detail_the_upscaler_is_bicubic() -> None:
    net, x = Upscaler(4, 8, 2), picture(12, 12)
    torch.nn.init.zeros_(net.tail.weight)
    wanted = torch.nn.functional.interpolate(x, scale_factor=4, mode="bicubic")
    assert torch.allclose(net(x), wanted, atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (17, 30)])
def test_restorer_keeps_the_size_and_starts_near_its_input(height: int, width: int) -> None:
    x = picture(height, width)
    y = Restorer(8, [1, 1], 1, [1, 1])(x)
    assert y.shape == x.shape
    assert (y - x).abs().mean() < 0.2


def test_restorer_refuses_unequal_ways_down_and_up() -> None:
    with pytest.raises(ValueError, match="as many levels"):
        Restorer(8, [1, 1], 1, [1])


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 50)])
def test_inpainter_answers_at_any_size(height: int, width: int) -> None:
    mask = torch.zeros(1, 1, height, width)
    mask[:, :, 8:20, 8:20] = 1
    net = Inpainter(4, 2, 4, noise_channels=2)
    noise = torch.randn(1, *net.noise_shape(height, width))
    assert net(picture(height, width), mask, noise).shape == (1, 3, height, width)


def test_what_is_under_the_mask_is_not_seen() -> None:
    net, mask = Inpainter(4, 2, 4), torch.zeros(1, 1, 32, 32)
    mask[:, :, 8:20, 8:20] = 1
    x = picture(32, 32)
    assert torch.equal(net(x, mask), net(torch.where(mask > 0, torch.rand_like(x), x), mask))


def test_every_place_is_seen_from_the_hole() -> None:
    net, mask = Inpainter(4, 1, 4), torch.zeros(1, 1, 64, 64)
    mask[:, :, 56:, 56:] = 1
    x = picture(64, 64).requires_grad_()
    (gradient,) = torch.autograd.grad(net(x, mask)[:, :, 60, 60].sum(), x)
    assert gradient[0, :, 0, 0].abs().sum() > 0


def test_patch_discriminator_scores_patches_and_its_features_match_themselves() -> None:
    score, features = PatchDiscriminator(4, 4, 3)(torch.rand(2, 4, 32, 32))
    assert score.shape == (2, 1, 4, 4)
    features = [f.detach() for f in features]
    assert float(matching(features, features)) == 0
    assert float(matching(features, [f + 1 for f in features])) > 0
