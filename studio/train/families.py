"""What differs between the families of networks when they are trained: how to build them and how to make a
picture.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from studio.engine.recipe import BaselineNet, LightNet, Recipe, StyleNet, Training
from studio.model.errors import UserError
from studio.nets.dcgan import DCDiscriminator, DCGenerator
from studio.nets.discriminator import Discriminator
from studio.nets.light import LightGenerator
from studio.nets.style import Generator, ModulatedConv, draw
from studio.train.datasets import Data


class Family(Protocol):
    """Networks of one kind, as the trainer sees them."""

    generator: nn.Module
    discriminator: nn.Module

    def make(self, net: Any, labels: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Training pictures (N, C, R, R) of the generator ``net`` for labels (N, A), and their mean style."""
        ...

    def follow(self, means: list[Tensor]) -> None:
        """Take note of the mean styles of the parts of a batch."""
        ...

    def groups_g(self, train: Training) -> list[dict[str, Any]]:
        """Parameter groups of the generator, each with its learning rate."""
        ...

    def groups_d(self, train: Training) -> list[dict[str, Any]]:
        """Parameter groups of the discriminator, each with its learning rate."""
        ...

    def score_real(self, real: Tensor, labels: Tensor) -> tuple[Tensor, Tensor | None]:
        """Scores of real pictures, and the pictures rebuilt at half size where the family does that."""
        ...


class StyleFamily:
    """The style-based generator with mixing and per-layer noise."""

    def __init__(self, net: StyleNet, train: Training, data: Data) -> None:
        self.config = generator_config(net, data)
        sizes = self.config["conditions"]
        self.generator = Generator(**self.config)
        self.rebuild = train.reconstruction > 0 and data.resolution >= 32
        self.discriminator = Discriminator(
            data.resolution, len(data.channels), net.d_channels, sizes, self.rebuild
        )
        self.mixing = train.mixing

    def make(self, net: Any, labels: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pictures with two styles each in a share of the batch."""
        n = len(labels)
        z = draw(rng, (2 * n, net.z_dim)).to(labels.device)
        w = net.map(z, labels.repeat(2, 1))
        ws = mix(w[:n], w[n:], net.num_layers, self.mixing, rng)
        return picture(net, ws, rng), w.detach().float().mean(0)

    def follow(self, means: list[Tensor]) -> None:
        """Track the mean style, for truncation."""
        self.generator.w_avg.lerp_(torch.stack(means).mean(0), 0.005)

    def groups_g(self, train: Training) -> list[dict[str, Any]]:
        """The mapping network learns a hundred times slower than the rest (Karras et al. 2019).

        So do the noise strengths where the recipe says so: on small data early noise is taken for texture.
        """
        mapping = equalised(self.generator.mapping.layers, train.lr_g * train.mapping_lr)
        noise = [p for name, p in self.generator.named_parameters() if name.endswith("noise_strength")]
        slow = {id(p) for group in mapping for p in group["params"]} | {id(p) for p in noise}
        noisy = {"params": noise, "lr": train.lr_g * train.noise_lr}
        return [*mapping, noisy, *equalised(self.generator, train.lr_g, skip=slow)]

    def groups_d(self, train: Training) -> list[dict[str, Any]]:
        return equalised(self.discriminator, train.lr_d)

    def score_real(self, real: Tensor, labels: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.rebuild:
            return self.discriminator.score_and_rebuild(real, labels)
        return self.discriminator(real, labels), None


class LightFamily:
    """The light generator for few pictures, with the discriminator that rebuilds what it sees."""

    def __init__(self, net: LightNet, train: Training, data: Data) -> None:
        sizes = condition_sizes(data)
        self.config = {
            "kind": "light",
            "resolution": data.resolution,
            "z_dim": net.z_dim,
            "width": net.width,
            "most": net.most,
            "out_channels": len(data.channels),
            "conditions": sizes,
        }
        plain = {key: value for key, value in self.config.items() if key != "kind"}
        self.generator = LightGenerator(**plain)
        self.rebuild = train.reconstruction > 0 and data.resolution >= 32
        doublings = int(math.log2(data.resolution // 4))
        widths = [min(net.most, net.d_width * 2**i) for i in range(doublings)]
        self.discriminator = Discriminator(data.resolution, len(data.channels), widths, sizes, self.rebuild)
        self.mixing = train.mixing

    def make(self, net: Any, labels: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pictures with two latents each in a share of the batch."""
        n = len(labels)
        z = draw(rng, (2 * n, net.z_dim)).to(labels.device)
        w = net.map(z, labels.repeat(2, 1))
        ws = mix(w[:n], w[n:], net.num_layers, self.mixing, rng)
        return net.synthesize(ws, rng), w.detach().float().mean(0)

    def follow(self, means: list[Tensor]) -> None:
        """Track the mean latent, for truncation."""
        self.generator.w_avg.lerp_(torch.stack(means).mean(0), 0.005)

    def groups_g(self, train: Training) -> list[dict[str, Any]]:
        return [{"params": list(self.generator.parameters()), "lr": train.lr_g}]

    def groups_d(self, train: Training) -> list[dict[str, Any]]:
        return [{"params": list(self.discriminator.parameters()), "lr": train.lr_d}]

    def score_real(self, real: Tensor, labels: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.rebuild:
            return self.discriminator.score_and_rebuild(real, labels)
        return self.discriminator(real, labels), None


class BaselineFamily:
    """DCGAN."""

    def __init__(self, net: BaselineNet, data: Data) -> None:
        sizes, count = condition_sizes(data), len(data.channels)
        self.config = {
            "resolution": data.resolution,
            "z_dim": net.z_dim,
            "width": net.width,
            "out_channels": count,
        }
        self.config["conditions"] = sizes
        self.generator = DCGenerator(**self.config)
        self.discriminator = DCDiscriminator(data.resolution, count, net.d_width, sizes)

    def make(self, net: Any, labels: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        z = draw(rng, (len(labels), net.z_dim)).to(labels.device)
        pictures = self.generator(z, labels)
        return pictures, torch.zeros(0)

    def follow(self, means: list[Tensor]) -> None:
        """DCGAN has no style to track."""

    def groups_g(self, train: Training) -> list[dict[str, Any]]:
        return [{"params": list(self.generator.parameters()), "lr": train.lr_g}]

    def groups_d(self, train: Training) -> list[dict[str, Any]]:
        return [{"params": list(self.discriminator.parameters()), "lr": train.lr_d}]

    def score_real(self, real: Tensor, labels: Tensor) -> tuple[Tensor, Tensor | None]:
        return self.discriminator(real, labels), None


def equalised(module: nn.Module, rate: float, skip: Collection[int] = ()) -> list[dict[str, Any]]:
    """Equalised learning rates (Karras et al. 2018) as parameter groups: convolutions and dense layers learn
    at
    ``rate / sqrt(fan in)``, which under Adam is the same as unit weights scaled at run time, without the
    scaling."""
    groups: dict[int, list[nn.Parameter]] = {}
    for owner in module.modules():
        for name, parameter in owner.named_parameters(recurse=False):
            if id(parameter) not in skip:
                groups.setdefault(fan_in(owner, name, parameter), []).append(parameter)
    return [{"params": parameters, "lr": rate / math.sqrt(fan)} for fan, parameters in groups.items()]


def fan_in(owner: nn.Module, name: str, parameter: Tensor) -> int:
    """Inputs summed per output for a weight; 1 for biases, embeddings, constants and noise strengths."""
    weighted = isinstance(owner, nn.Conv2d | nn.Linear | ModulatedConv) and name == "weight"
    return parameter[0].numel() if weighted else 1


def build(recipe: Recipe, data: Data) -> StyleFamily | LightFamily | BaselineFamily:
    """The networks a recipe asks for, freshly initialised from its seed.

    Raises:
        UserError: when its sizes do not go together.
    """
    torch.manual_seed(recipe.train.seed)
    try:
        return family(recipe, data)
    except ValueError as error:
        sentence = f"The recipe's networks cannot draw {data.resolution} x {data.resolution} pixels."
        raise UserError(sentence, f"{error}.") from None


def family(recipe: Recipe, data: Data) -> StyleFamily | LightFamily | BaselineFamily:
    """The family that a recipe names."""
    if recipe.light is not None:
        return LightFamily(recipe.light, recipe.train, data)
    if recipe.style is not None:
        return StyleFamily(recipe.style, recipe.train, data)
    assert recipe.baseline is not None
    return BaselineFamily(recipe.baseline, data)


def generator_config(net: StyleNet, data: Data) -> dict[str, Any]:
    """Constructor arguments of the generator, as they go into the weights file."""
    return {
        "resolution": data.resolution,
        "z_dim": net.z_dim,
        "w_dim": net.w_dim,
        "channels": list(net.channels),
        "out_channels": len(data.channels),
        "conditions": condition_sizes(data),
        "tileable": net.tileable,
        "mapping_layers": net.mapping_layers,
        "latent_start": net.latent_start,
    }


def condition_sizes(data: Data) -> list[int]:
    """Number of values of each condition attribute."""
    return [len(c["values"]) for c in data.conditions]


def picture(generator: Generator | LightGenerator, ws: Tensor, rng: torch.Generator) -> Tensor:
    """Styles (N, L, D) -> pictures (N, C, R, R).

    Of a tileable model, a window at a random place in a field one cell larger: a window that wrapped would
    look unlike any piece of the world.
    """
    if not generator.tileable:
        return generator.synthesize(ws, rng)
    size = generator.resolution
    grid = draw(rng, (len(ws), generator.grid_channels, 5, 5)).to(ws.device)
    field = generator.synthesize(ws, rng, grid)
    top, left = torch.randint(0, size // 4 + 1, (2,), generator=rng).tolist()
    return field[:, :, top : top + size, left : left + size]


def mix(first: Tensor, second: Tensor, layers: int, share: float, rng: torch.Generator) -> Tensor:
    """Style mixing regularisation: from a random layer on, ``share`` of the rows take the second style.

    Two (N, D) styles -> (N, layers, D).
    """
    n = len(first)
    cut = torch.randint(1, layers, (n, 1), generator=rng)
    cut = torch.where(torch.rand(n, 1, generator=rng) < share, cut, layers)
    chosen = (torch.arange(layers) < cut)[:, :, None].to(first.device)
    return torch.where(chosen, first[:, None], second[:, None])
