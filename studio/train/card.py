"""The card of a shipped model: what it is, from what, how well it does, and where it fails."""

from __future__ import annotations

from typing import Any

from torch import nn

from studio.engine.recipe import Recipe
from studio.train.datasets import PictureSet

METRICS = ("frechet", "kernel", "precision", "recall", "copies")
HEAD = ("model", "processor min", "Fréchet", "kernel", "precision", "recall", "copies")

PROVENANCE = """\
- {title}; from {packages}, fetched by `python -m studio.train.fetch {name}`
- licence: {licence}
- {count:,} pictures trained on; held out: {held_out}"""

TRAINING = """\
- `python -m studio.train plugins/synthesis/recipes/{name}.toml --data DATA --out RUN`; seed {train.seed}
- {images:,} images seen in {minutes:.0f} processor minutes (two shared cores, no graphics card)
- {millions:.2f} million parameters; shipped: their average, half-life {train.ema_images:,.0f} images
- objective {train.objective}, R1 {train.r1_gamma:g} every {train.r1_every} steps, batch {train.batch}
- augmentation: {augment}
- to go on: the same command with `--resume --cpu-minutes N`, where RUN still holds `state.pt`"""

METHOD = """\
Every line compares {size:,} pictures with the {size:,} held-out ones (mean of {draws} draws, no
truncation), made for the held-out pictures' own labels, in the 64 features of a classifier of the
conditions trained on the training part only. Precision and recall take 3 neighbours. *Copies* is the
share of pictures nearer to a training picture than all but 5 % of the held-out ones are: 0.05 means no
more alike than held-out pictures. The floor takes training pictures of the same widest condition. *Named
right* is a second, independently trained classifier's accuracy on the made pictures; in the floor's line,
on the held-out pictures themselves. The DCGAN has like size and the same data, and is not shipped; this
is [its sheet](../../docs/images/{baseline}.png)."""


def card(
    plan: Recipe,
    about: dict[str, Any],
    data: PictureSet,
    net: nn.Module,
    state: dict[str, Any],
    scores: dict[str, Any] | None,
) -> str:
    """The whole card, in Markdown."""
    kind = "land" if getattr(net, "tileable", False) else "mixing"
    parts = [f"# {plan.title}", plan.card.use, f"![{plan.title}, contact sheet]({plan.name}.png)"]
    parts.append(f"The sheet is not curated: seed 0, truncation {plan.card.truncation:g}, a row per value.")
    parts.append(f"![{plan.title}, {kind}](../../docs/images/{plan.name}-{kind}.png)")
    parts += ["## What it takes and gives", interface(data, net), "## Data", provenance(about, data)]
    parts += ["## Training", training(plan, net, state), "## Measurements", measurements(data, scores)]
    parts += [
        "## Known failures",
        "\n".join(f"- {line}" for line in plan.card.failures) or "- none noted yet",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def interface(data: PictureSet, net: nn.Module) -> str:
    """Size, channels and conditions."""
    size = data.resolution
    lines = [f"- pictures of {size} x {size}, channels {', '.join(data.channels)}"]
    if data.channels[-1] == "a":
        lines.append(
            "- colours are premultiplied by alpha: divide by it before showing them on anything but black"
        )
    if getattr(net, "tileable", False):
        lines.append("- tileable: any multiple of a quarter of that size, and the edges wrap")
    lines += [f"- condition `{c['name']}`: {', '.join(c['values'])}" for c in data.conditions]
    return "\n".join(lines)


def provenance(about: dict[str, Any], data: PictureSet) -> str:
    """Where the data is from, under which licence, and what was held out."""
    packages = ", ".join(f"`{name}`" for name in about["packages"])
    return PROVENANCE.format(
        **{key: about[key] for key in ("title", "licence", "held_out")},
        packages=packages,
        name=data.names["name"],
        count=len(data),
    )


def training(plan: Recipe, net: nn.Module, state: dict[str, Any]) -> str:
    """Everything needed to do it again."""
    return TRAINING.format(
        name=plan.name,
        train=plan.train,
        images=state["images"],
        minutes=state["cpu_seconds"] / 60,
        millions=sum(p.numel() for p in net.parameters()) / 1e6,
        augment=", ".join(plan.train.augment) or "none",
    )


def measurements(data: PictureSet, scores: dict[str, Any] | None) -> str:
    """A table of scores beside the baseline and the floor, and how they were taken."""
    if scores is None:
        return "Not measured yet: these weights are provisional."
    names = [c["name"] for c in data.conditions]
    head = [*HEAD, *[f"{name} named right" for name in names]]
    rows = [row(name, entry, str(entry["cpu_minutes"])) for name, entry in scores["models"].items()]
    rows.append(row("floor: training pictures", scores["floor"], "–"))
    table = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in table) + "\n\n" + METHOD.format(**scores)


def row(name: str, entry: dict[str, Any], minutes: str) -> list[str]:
    """One line of the table."""
    values = [f"{entry[m]:.3f}" if m in entry else "–" for m in METRICS]
    return [name, minutes, *values, *[f"{100 * a:.0f} %" for a in entry["accuracy"]]]
