"""The style-based generator: shapes, truncation, demodulation, and pictures that wrap."""

import pytest
import torch
import torch.nn.functional as F

from studio.nets.style import Generator, ModulatedConv


def small(tileable: bool = False, conditions: tuple[int, ...] = (3, 2)) -> Generator:
    torch.manual_seed(0)
    return Generator(16, 8, 12, (8, 8, 4), 4, conditions, tileable, mapping_layers=2).eval()


def styles(net: Generator, n: int) -> torch.Tensor:
    return torch.randn(n, net.num_layers, net.w_dim, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("resolution", "channels"), [(16, (8, 8, 4)), (32, (8, 8, 8, 4)), (64, (8, 8, 8, 8, 4))]
)
def test_pictures_have_the_shape_and_range_the_file_promises(
    resolution: int, channels: tuple[int, ...]
) -> None:
    net = Generator(resolution, 8, 12, channels, 3, (5,), mapping_layers=2).eval()
    x = net(torch.randn(2, 8), torch.tensor([[0], [4]]))
    assert x.shape == (2, 3, resolution, resolution)
    assert x.abs().max() <= 1


@pytest.mark.parametrize(("resolution", "channels"), [(24, (8, 8, 4)), (8, (8, 4)), (32, (8, 8, 4))])
def test_sizes_that_do_not_fit_together_are_refused(resolution: int, channels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="channel counts"):
        Generator(resolution, 8, 12, channels, 3)


def test_truncation_zero_gives_the_mean_picture_and_one_leaves_the_style_alone() -> None:
    net = small()
    net.w_avg.normal_(generator=torch.Generator().manual_seed(2))
    z, labels = torch.randn(3, 8), torch.tensor([[0, 1], [1, 0], [2, 1]])
    mean = net.synthesize(net.w_avg.expand(1, net.num_layers, -1))
    assert torch.allclose(net(z, labels, psi=0.0), mean.expand(3, -1, -1, -1), atol=1e-5)
    assert torch.equal(net.truncate(net.map(z, labels), 1.0).isfinite(), torch.ones(3, 12, dtype=torch.bool))
    assert torch.allclose(net.truncate(net.map(z, labels), 1.0), net.map(z, labels), atol=1e-6)


def test_labels_change_the_style_and_an_unconditional_model_needs_none() -> None:
    net, z = small(), torch.randn(1, 8)
    assert not torch.allclose(net.map(z, torch.tensor([[0, 0]])), net.map(z, torch.tensor([[0, 1]])))
    assert small(conditions=())(z, torch.zeros(1, 0, dtype=torch.long)).shape == (1, 4, 16, 16)


def test_with_a_latent_start_the_first_map_follows_the_style() -> None:
    net = Generator(16, 8, 12, (8, 8, 4), 3, latent_start=True)
    maps = [x.first_map(torch.randn(2, 12)) for x in (net, small())]
    assert not torch.allclose(maps[0][0], maps[0][1])
    assert torch.equal(maps[1][0], maps[1][1])


def test_the_same_noise_generator_state_gives_the_same_pixels() -> None:
    net = small()
    for layer in [*net.layers, net.last]:
        torch.nn.init.ones_(layer.noise_strength)
    ws = styles(net, 2)
    first, again, other = (net.synthesize(ws, torch.Generator().manual_seed(s)) for s in (5, 5, 6))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_demodulation_equals_explicit_weights_for_each_sample() -> None:
    torch.manual_seed(0)
    layer, x, w = ModulatedConv(6, 5, 4), torch.randn(3, 6, 7, 7), torch.randn(3, 4)
    weights = layer.weight[None] * layer.affine(w)[:, None, :, None, None]
    weights = weights / (weights.square().sum(dim=(2, 3, 4), keepdim=True) + 1e-8).sqrt()
    expected = torch.cat([F.conv2d(x[i : i + 1], weights[i], padding=1) for i in range(3)])
    assert torch.allclose(layer(x, w), expected, atol=1e-5)


def test_a_tileable_picture_has_the_size_its_grid_asks_for() -> None:
    net = small(tileable=True)
    assert net.synthesize(styles(net, 1), grid=torch.randn(1, 8, 3, 7)).shape == (1, 4, 12, 28)
    assert net(torch.randn(1, 8), torch.zeros(1, 2, dtype=torch.long)).shape == (1, 4, 16, 16)


@pytest.mark.parametrize("axis", [2, 3])
def test_shifting_the_grid_by_a_cell_shifts_the_picture_by_its_stride(axis: int) -> None:
    net = small(tileable=True)
    ws, grid = styles(net, 1), torch.randn(1, 8, 4, 5)
    moved = net.synthesize(ws, grid=grid.roll(1, axis))
    assert torch.allclose(moved, net.synthesize(ws, grid=grid).roll(4, axis), atol=1e-5)


def test_a_learnt_start_does_not_wrap() -> None:
    assert small().start(torch.zeros(2, 5, 12), None, None).shape == (2, 8, 4, 4)
    assert small().excite is not None
    assert small(tileable=True).excite is None


def test_noise_given_as_maps_is_the_noise_a_generator_would_draw() -> None:
    net = small(tileable=True)
    for layer in [*net.layers, net.last]:
        torch.nn.init.ones_(layer.noise_strength)
    ws, grid = styles(net, 1), torch.randn(1, 8, 3, 5)
    rng = torch.Generator().manual_seed(3)
    maps = [torch.randn((1, 1, 3 * s, 5 * s), generator=rng) for s in net.noise_scales]
    drawn = net.synthesize(ws, torch.Generator().manual_seed(3), grid)
    assert torch.equal(net.synthesize(ws, maps, grid), drawn)
    assert not torch.allclose(net.synthesize(ws, None, grid), drawn)
