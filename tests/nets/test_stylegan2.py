"""The StyleGAN2 definition against the paper's, written out plainly: weights per sample, zeros in between."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy.signal import upfirdn
from torch import Tensor

from studio.nets.stylegan2 import Block, Dense, Generator, Layer, doubled

SMALL = {"z_dim": 8, "c_dim": 0, "w_dim": 12, "channels": [10, 8, 6], "mapping_layers": 3}


def made(**changes: object) -> Generator:
    torch.manual_seed(3)
    net = Generator(**(SMALL | changes))
    for name, parameter in net.named_parameters():
        if "noise_strength" in name or name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3)
    torch.nn.init.normal_(net.mapping.w_avg)
    return net.eval()


def dense(layer: Dense, x: Tensor, rate: float = 1.0) -> Tensor:
    return x @ (layer.weight * rate / math.sqrt(layer.weight.shape[1])).t() + layer.bias * rate


def filtered(x: Tensor, gain: float) -> Tensor:
    """Each pixel as the sum over the 4 x 4 filter, without any convolution."""
    line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    h, w = x.shape[2] - 3, x.shape[3] - 3
    return sum(gain * line[i] * line[j] * x[:, :, i : i + h, j : j + w] for i in range(4) for j in range(4))  # type: ignore[return-value]


def convolved(x: Tensor, weight: Tensor, up: bool) -> Tensor:
    """One sample (C, h, w) with weights of its own."""
    if not up:
        return F.conv2d(x[None], weight, padding=weight.shape[2] // 2)[0]
    h, w = x.shape[1:]
    wide = torch.zeros(x.shape[0], 2 * h - 1, 2 * w - 1)
    wide[:, ::2, ::2] = x
    full = F.conv2d(wide[None], weight.flip(2, 3), padding=2)
    return filtered(F.pad(full, (1, 1, 1, 1)), 4.0)[0]


def layer(part: Layer, x: Tensor, w: Tensor) -> Tensor:
    styles = dense(part.affine, w)
    samples = []
    for one, style in zip(x, styles, strict=True):
        weight = part.weight * style[None, :, None, None]
        weight = weight / weight.square().sum(dim=(1, 2, 3), keepdim=True).add(1e-8).sqrt()
        samples.append(convolved(one, weight, part.up))
    x = torch.stack(samples) + part.noise_const * part.noise_strength
    x = F.leaky_relu(x + part.bias[None, :, None, None], 0.2) * math.sqrt(2)
    return x.clamp(-part.clamp, part.clamp) if part.clamp else x


def block(part: Block, x: Tensor | None, image: Tensor | None, w: Tensor) -> tuple[Tensor, Tensor]:
    x = part.const[None].repeat(w.shape[0], 1, 1, 1) if x is None else layer(part.conv0, x, w)
    x = layer(part.conv1, x, w)
    styles = dense(part.torgb.affine, w) / math.sqrt(part.torgb.weight.shape[1])
    share = torch.stack(
        [
            convolved(one, part.torgb.weight * s[None, :, None, None], False)
            for one, s in zip(x, styles, strict=True)
        ]
    )
    share = share + part.torgb.bias[None, :, None, None]
    share = share.clamp(-part.torgb.clamp, part.torgb.clamp) if part.torgb.clamp else share
    if image is None:
        return x, share
    wide = torch.zeros(*image.shape[:2], 2 * image.shape[2], 2 * image.shape[3])
    wide[:, :, ::2, ::2] = image
    return x, share + filtered(F.pad(wide, (2, 1, 2, 1)), 4.0)


def mapped(net: Generator, z: Tensor, labels: Tensor) -> Tensor:
    x = z / z.square().mean(1, keepdim=True).add(1e-8).sqrt()
    if labels.shape[1]:
        y = dense(net.mapping.embed, labels)
        x = torch.cat([x, y / y.square().mean(1, keepdim=True).add(1e-8).sqrt()], 1)
    for i in range(net.mapping.layers):
        x = F.leaky_relu(dense(net.mapping.get_submodule(f"fc{i}"), x, 0.01), 0.2) * math.sqrt(2)
    return x


@torch.no_grad()
def compare(net: Generator, labels: Tensor) -> None:
    """Every block's features and picture, then the whole, equal the reference."""
    seen: dict[str, tuple[Tensor, Tensor]] = {}
    names = [f"b{resolution}" for resolution in net.synthesis.resolutions]
    for name in names:
        part = net.synthesis.get_submodule(name)
        part.register_forward_hook(lambda m, i, out, name=name: seen.update({name: out}))
    z = torch.randn(2, net.z_dim, generator=torch.Generator().manual_seed(1))
    whole = net(z, labels, psi=0.6)
    w = mapped(net, z, labels)
    w = net.mapping.w_avg + 0.6 * (w - net.mapping.w_avg)
    x = image = None
    for name in names:
        x, image = block(net.synthesis.get_submodule(name), x, image, w)
        for ours, theirs in zip(seen[name], (x, image), strict=True):
            assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-4), name
    assert torch.allclose(whole, image, rtol=1e-4, atol=1e-4)


def test_every_layer_equals_the_plain_definition() -> None:
    compare(made(), torch.zeros(2, 0))


def test_with_classes_and_bounded_activations() -> None:
    compare(made(c_dim=3, clamp=0.9, image_channels=1), torch.eye(3)[:2])


def test_doubling_is_scipy_s() -> None:
    """Zeros between the pixels and the filter (1 3 3 1) / 8 with gain 2 along each axis, edges cut alike."""
    x, line = np.random.default_rng(0).normal(size=(5, 6)), np.array([1.0, 3.0, 3.0, 1.0]) / 4
    whole = upfirdn(line, upfirdn(line, x, 2, axis=0), 2, axis=1)
    found = doubled(torch.from_numpy(x)[None, None])[0, 0]
    assert np.allclose(found.numpy(), whole[1:11, 1:13], atol=1e-12)


def test_truncation_ends_in_the_average_picture() -> None:
    net = made()
    with torch.no_grad():
        one, other = net(torch.randn(2, 8), torch.zeros(2, 0), psi=0.0)
    assert torch.allclose(one, other, atol=1e-4)
