"""What a run leaves for people and for the studio: sample sheets, and a folder that is a plugin."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from studio.engine import runs
from studio.engine.recipe import Recipe
from studio.model.io.atomic import atomic_write
from studio.nets.dcgan import DCGenerator
from studio.nets.light import LightGenerator
from studio.nets.style import Generator, draw
from studio.train.datasets import Data
from studio.train.export import measure_styles, metadata, save_generator
from studio.train.sheets import sample, show, small, tile
from studio.train.trainer import Trainer

COLUMNS, ROWS = 6, 4
MOST_ROWS = 10
SEED = 0
MEASURED = 64  # real pictures whose variety is compared with

PLUGIN = '''\
"""Pictures from a training run. Written by the trainer; the weights beside it hold no code."""

import json
from pathlib import Path

from studio.api import Chunk, Field, Image, Params, UserError, generator

WEIGHTS = Path(__file__).with_name("model.safetensors")


class RunParams(Params):
    """What to draw."""

    truncation: float = Field(0.8, ge=0, le=1.5, title="Truncation")
    count: int = Field(1, ge=1, le=64, title="Count")


@generator(id={id!r}, title={title!r}, output=Image)
class Run:
    """Draws new pictures with a network trained on this computer."""

    Params = RunParams

    def load(self, ctx):
        from safetensors import safe_open

        from studio.nets.pictures import network

        try:
            with safe_open(WEIGHTS, "pt") as file:
                about = file.metadata()
                tensors = {{name: file.get_tensor(name) for name in file.keys()}}
        except OSError:
            raise UserError("This run has no weights yet.", "Train it longer.") from None
        self.about = {{key: json.loads(about[key]) for key in ("channels", "conditions")}}
        self.net = network(**json.loads(about["config"]))
        self.net.load_state_dict(tensors)
        self.net.eval().requires_grad_(False).to(ctx.device)

    def run(self, ctx, params):
        pictures = []
        for seed in range(params.seed, params.seed + params.count):
            ctx.check()
            pictures.append(self.picture(ctx, params, seed))
            if params.count > 1:
                yield Chunk(pictures[-1])
        return pictures[0] if params.count == 1 else tuple(pictures)

    def picture(self, ctx, params, seed):
        import torch

        rng = ctx.generator(seed)
        z = torch.randn((1, self.net.z_dim), generator=rng).to(ctx.device)
        weights = [torch.tensor(c["weights"]) for c in self.about["conditions"]]
        chosen = [[int(torch.multinomial(w, 1, generator=rng)) for w in weights]]
        labels = torch.tensor(chosen, dtype=torch.int64, device=ctx.device)
        with torch.inference_mode():
            w = self.net.truncate(self.net.map(z, labels), params.truncation)
            x = self.net.synthesize(w[:, None].expand(-1, self.net.num_layers, -1), rng)
        if self.about["channels"][-1] == "a":
            alpha = ((x[:, 3:] + 1) / 2).clamp(min=1 / 255)
            x = torch.cat([((x[:, :3] + 1) / alpha - 1).clamp(-1, 1), x[:, 3:]], 1)
        return ctx.image(x)
'''

CARD = """\
# {title}

Trained on this computer from the folder “{data}”: {count}.

- {resolution} x {resolution} pixels, channels {channels}
- {images:,} images seen in {minutes:.1f} processor minutes on {device}
- recipe: `recipe.toml`; kind: {kind}; objective {objective}; seed {seed}
- conditions: {conditions}
- licence: that of the pictures it was trained on, which only their owner knows
"""


class Exhibit:
    """The pictures drawn again and again while a run learns: always the same seeds and labels."""

    def __init__(self, data: Data, recipe: Recipe) -> None:
        self.data = data
        self.wide = recipe.style is not None and recipe.style.tileable
        self.columns, self.names, self.labels = plan(data, self.wide)
        step = max(1, len(data) // MEASURED)
        rows = np.arange(len(data))[::step][:MEASURED]
        places = (
            torch.rand(len(rows), 2, generator=torch.Generator().manual_seed(SEED)) if data.windows else None
        )
        self.variety = variety(data.pictures(rows, places)) if len(rows) > 1 else 0.0

    def draw(self, net: nn.Module) -> Tensor:
        """(N, C, S, S) in [-1, 1]; endless kinds are drawn at twice their window, which wraps."""
        training = net.training
        net.eval()
        made = fields(net, self.labels) if self.wide else sample(net, self.labels, SEED)
        net.train(training)
        return made

    def save(self, pictures: Tensor, folder: Path, images: int) -> None:
        """Write the sheet and how it is divided. OSError when the disk refuses."""
        folder.mkdir(parents=True, exist_ok=True)
        shown = show(pictures, self.data.channels)
        cell, rows = int(shown.shape[1]), math.ceil(len(shown) / self.columns)
        layout = {"columns": self.columns, "rows": rows, "cell": cell, "labels": self.names}
        with atomic_write(folder / runs.LAYOUT) as file:
            file.write(json.dumps(layout, ensure_ascii=False).encode())
        with atomic_write(folder / f"{images:08d}.png") as file:
            tile(shown, self.columns, gap=0).save(file, "PNG")


def plan(data: Data, wide: bool) -> tuple[int, list[str], Tensor]:
    """Columns, a name per row, and the labels (N, A) of a sheet: rows by the widest condition, if any."""
    if wide and not data.conditions:
        return 4, [], torch.zeros(8, 0, dtype=torch.long)
    if not data.conditions:
        return COLUMNS, [], torch.zeros(COLUMNS * ROWS, 0, dtype=torch.long)
    widest = max(range(len(data.conditions)), key=lambda i: len(data.conditions[i]["values"]))
    columns = 4 if wide else COLUMNS
    picks, rows, names = np.random.default_rng(SEED), [], []
    for value, name in enumerate(data.conditions[widest]["values"][:MOST_ROWS]):
        candidates = np.flatnonzero(data.labels[:, widest] == value)
        if len(candidates):
            rows.append(data.labels[picks.choice(candidates, columns)])
            names.append(str(name))
    return columns, names, torch.from_numpy(np.concatenate(rows))


@torch.no_grad()
def fields(net: nn.Module, labels: Tensor) -> Tensor:
    """Wrapping fields (N, C, 2R, 2R) of a tileable generator."""
    assert isinstance(net, Generator)
    rng, device = torch.Generator().manual_seed(SEED), net.w_avg.device
    w = net.map(draw(rng, (len(labels), net.z_dim)).to(device), labels.to(device))
    grid = draw(rng, (len(labels), net.grid_channels, 8, 8)).to(device)
    return net.synthesize(w[:, None].expand(-1, net.num_layers, -1), rng, grid)


def variety(pictures: Tensor) -> float:
    """How much pictures (N, C, H, W) differ from their mean: standard deviation over N, mean over places."""
    return pictures.float().std(dim=0, correction=0).mean().item()


def save_model(trainer: Trainer, folder: Path) -> None:
    """Renew the averaged generator, its card, and the plugin that draws with it.

    A DCGAN baseline is no generator of the studio's and leaves none. OSError when the disk refuses.
    """
    net = trainer.drawing()
    if isinstance(net, DCGenerator):
        return
    assert isinstance(net, Generator | LightGenerator)
    net = copy.deepcopy(net).cpu().eval()
    measure_styles(net, trainer.data)
    recipe, data = trainer.recipe, trainer.data
    texts = {
        "name": folder.name,
        "title": recipe.title,
        "licence": "that of its pictures",
        "data": data.names["name"],
    }
    config: dict[str, Any] = trainer.family.config
    meta = metadata(config, data, **texts) | {"images": str(trainer.images)}
    save_generator(folder / runs.MODEL, net, meta)
    small(tile(show(sample(net, plan(data, False)[2], SEED), data.channels), COLUMNS), folder / "model.png")
    write_text(folder / "model.md", card(trainer, config))
    write_text(folder / "plugin.py", PLUGIN.format(title=recipe.title, id=plugin_id(folder)))


def plugin_id(folder: Path) -> str:
    """The generator id of a run's folder: run- and what of its name an id may hold."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in folder.name.lower())
    return f"run-{kept.strip('-') or 'model'}"[:64]


def card(trainer: Trainer, config: dict[str, Any]) -> str:
    """What the model is and where it comes from."""
    data, train = trainer.data, trainer.settings
    names = [f"{c['name']} ({', '.join(map(str, c['values'][:20]))})" for c in data.conditions]
    return CARD.format(
        title=trainer.recipe.title,
        data=data.names["name"],
        count="1 picture" if len(data) == 1 else f"{len(data):,} pictures",
        resolution=data.resolution,
        channels=", ".join(data.channels),
        images=trainer.images,
        minutes=trainer.cpu_seconds / 60,
        device=trainer.team.name,
        kind=config.get("kind", "style"),
        objective=train.objective,
        seed=train.seed,
        conditions="; ".join(names) or "none",
    )


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with atomic_write(path) as file:
        file.write(text.encode())
