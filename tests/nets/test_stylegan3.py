"""The StyleGAN3 definition against the paper's, written out plainly: weights per sample, filters as sums."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.signal import upfirdn
from torch import Tensor

from studio.engine.importers.stylegan3 import bands, number
from studio.nets.stylegan3 import Generator, Input, Layer, filtered, spread

GIVEN = {"img_resolution": 16, "num_layers": 4, "num_critical": 2, "margin_size": 3}


def layers(widths: tuple[int, ...], radial: bool, kernel: int = 3, filter_size: int = 6) -> list[list[int]]:
    """The plans of the layers of a small network, by the paper's rules."""
    known, found = bands(GIVEN), []
    for i, width in enumerate(widths):
        before, last = max(i - 1, 0), i == len(widths) - 1
        between = max(known.rates[before], known.rates[i]) * (1 if last else 2)
        up, down, k = between // known.rates[before], between // known.rates[i], 1 if last else kernel
        up_taps = 1 if last or up == 1 else filter_size * up
        down_taps = 1 if last or down == 1 else filter_size * down
        total = (known.sizes[i] - 1) * down + 1 - (known.sizes[before] + k - 1) * up + up_taps + down_taps - 2
        low, c_in = (total + up) // 2, widths[before]
        round_ = int(radial and i < len(widths) - 2 and down_taps > 1)
        found.append([c_in, width, known.sizes[i], k, up, down, low, total - low, up_taps, down_taps, round_])
    return found


def made(radial: bool = False, c_dim: int = 0, kernel: int = 3) -> Generator:
    torch.manual_seed(2)
    known, widths = bands(GIVEN), (8, 8, 6, 6, 3)
    start = [8, known.sizes[0], known.rates[0], known.cutoffs[0]]
    net = Generator(8, c_dim, 12, start, layers(widths, radial, kernel), 2)
    for name, tensor in [*net.named_parameters(), *net.named_buffers()]:
        if name.endswith(("bias", "w_avg")):
            torch.nn.init.normal_(tensor, std=0.3)
        elif name.endswith("magnitude_ema"):
            tensor.fill_(1.7)
        elif name.endswith("_filter"):
            tensor.copy_(torch.rand_like(tensor) / tensor.numel())
    torch.nn.init.normal_(net.synthesis.input.affine.weight, std=0.5)
    return net.eval()


def dense(layer, x: Tensor) -> Tensor:
    return x @ (layer.weight / math.sqrt(layer.weight.shape[1])).t() + layer.bias


def summed(x: Tensor, line: Tensor | None) -> Tensor:
    """A filter as the sum over its taps, without any convolution."""
    if line is None:
        return x
    plane = line if line.ndim == 2 else torch.outer(line, line)
    plane, k = plane.flip(0, 1), len(line)
    h, w = x.shape[2] - k + 1, x.shape[3] - k + 1
    return sum(plane[i, j] * x[:, :, i : i + h, j : j + w] for i in range(k) for j in range(k))


def layer(part: Layer, x: Tensor, w: Tensor) -> Tensor:
    plan, samples = part.plan, []
    for one, style in zip(x, dense(part.affine, w), strict=True):
        if part.last:
            weight = part.weight * style[None, :, None, None] / math.sqrt(part.weight[0].numel())
        else:
            weight = part.weight / part.weight.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
            weight = weight * (style / style.square().mean().sqrt())[None, :, None, None]
            weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        weight = weight / part.magnitude_ema.sqrt()
        samples.append(F.conv2d(one[None], weight, padding=plan.kernel - 1)[0] + part.bias[:, None, None])
    x = torch.stack(samples)
    wide = torch.zeros(*x.shape[:2], x.shape[2] * plan.up, x.shape[3] * plan.up)
    wide[:, :, :: plan.up, :: plan.up] = x
    low, high = plan.pad_low, plan.pad_high
    x = summed(F.pad(wide, (low, high, low, high)), part.up_filter) * plan.up**2
    x = x if part.last else F.leaky_relu(x, 0.2) * math.sqrt(2)
    return summed(x.clamp(-part.clamp, part.clamp), part.down_filter)[:, :, :: plan.down, :: plan.down]


def waves(part: Input, w: Tensor) -> Tensor:
    """Pixel by pixel: sines of the turned and shifted place."""
    turn = dense(part.affine, w)
    out = torch.zeros(len(w), len(part.weight), part.size, part.size)
    for n, (cosine, sine, dx, dy) in enumerate(turn / turn[:, :2].norm(dim=1, keepdim=True)):
        shift = torch.stack([-dx, -dy])
        matrix = torch.stack([torch.stack([cosine, -sine]), torch.stack([sine, cosine])])
        freqs, phases = part.freqs @ matrix, part.phases + part.freqs @ matrix @ shift
        share = 1 - (freqs.norm(dim=1) - part.bandwidth) / (part.rate / 2 - part.bandwidth)
        for row in range(part.size):
            for column in range(part.size):
                place = (torch.tensor([column, row]) + 0.5 - part.size / 2) / part.rate
                values = torch.sin(2 * math.pi * (freqs @ place + phases)) * share.clamp(0, 1)
                out[n, :, row, column] = part.weight @ values / math.sqrt(len(values))
    return out


@torch.no_grad()
def compare(net: Generator, labels: Tensor) -> None:
    z = torch.randn(2, net.z_dim, generator=torch.Generator().manual_seed(1))
    w = net.truncate(net.mapping(z, labels), 0.7)
    x = net.synthesis.input(w)
    assert torch.allclose(x, waves(net.synthesis.input, w), atol=1e-4)
    for name, size in zip(net.synthesis.names, bands(GIVEN).sizes, strict=True):
        part = net.synthesis.get_submodule(name)
        ours, theirs = part(x, w), layer(part, x, w)
        assert ours.shape[2:] == (size, size), name
        assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-4), name
        x = ours
    assert torch.allclose(net(z, labels, 0.7), x * 0.25, atol=1e-5)


def test_every_layer_equals_the_plain_definition() -> None:
    compare(made(), torch.zeros(2, 0))


def test_with_classes_and_round_filters() -> None:
    net = made(radial=True, c_dim=2)
    assert any(part.plan.radial for part in net.modules() if isinstance(part, Layer))
    compare(net, torch.eye(2))


def test_the_variant_that_turns_has_kernels_of_one_pixel_and_round_filters() -> None:
    net = made(radial=True, kernel=1)
    assert {part.plan.kernel for part in net.modules() if isinstance(part, Layer)} == {1}
    compare(net, torch.zeros(2, 0))


@pytest.mark.parametrize(("up", "down"), [(1, 1), (2, 1), (4, 2), (2, 4)])
def test_resampling_is_scipy_s(up: int, down: int) -> None:
    """Zeros between the pixels, a filter that is not symmetric, and every so many of the results."""
    rng = np.random.default_rng(0)
    x, line = rng.normal(size=(9, 7)), rng.normal(size=6)
    expected = upfirdn(line, upfirdn(line, x, up, axis=0), up, axis=1)[::down, ::down]
    low, high = len(line) - 1, len(line) - up
    wide = F.pad(spread(torch.from_numpy(x)[None, None], up), (low, high, low, high))
    found = filtered(wide, torch.from_numpy(line))[0, 0, ::down, ::down]
    assert np.allclose(found.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("given", [{"lrelu_upsampling": 2048}, {"margin_size": 2000}, {"num_layers": 1e9}])
def test_arguments_that_would_make_huge_maps_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        for name in given:
            number(given, name)


def test_the_paper_s_network_has_the_paper_s_sizes() -> None:
    known = bands({"img_resolution": 1024})
    assert known.sizes == [36, 36, 52, 52, 84, 148, 148, 276, 276, 532, 1044, 1044, 1044, 1024, 1024]
    assert (known.rates[0], known.rates[-1], known.cutoffs[0], known.cutoffs[-1]) == (16, 1024, 2.0, 512.0)
