"""From a finished run to shipped files: ``python -m studio.train.music.publish --state FILE --name NAME``.

Writes ``NAME.safetensors`` in half precision and the card ``NAME.md`` with the numbers of
``studio.train.music.measure``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from safetensors.torch import save_file

from studio.nets.melody import Melody
from studio.train import checkpoint
from studio.train.fetch import manifest

ROWS = (
    "held-out likelihood",
    "pitch classes divergence",
    "pitch classes overlap",
    "intervals divergence",
    "intervals overlap",
    "lengths divergence",
    "lengths overlap",
    "repetition divergence",
    "repetition overlap",
    "in key",
    "complete bars",
    "repeated bars",
    "repeated rhythm",
    "known runs",
    "critic accuracy",
    "critic spread",
)
NAMES = {"melody-gan": "adversarial", "melody-mle": "likelihood", "held-out": "held-out tunes"}
CONFIG = {"dim": 128, "depth": 4, "heads": 4}


def save(state: dict[str, Any], path: Path, title: str) -> None:
    """Write the weights, checked to be finite in half precision, in one step."""
    net = Melody(**CONFIG)
    net.load_state_dict(state["net"])
    tensors = {name: value.half().contiguous() for name, value in net.state_dict().items()}
    if not all(value.isfinite().all() for value in tensors.values()):
        raise ValueError("not finite in half precision")
    about = manifest()["data"]["tunes"]
    texts = {"name": path.stem, "title": title, "licence": about["licence"], "data": about["title"]}
    meta = {"family": "melody", "format": "1", **texts, "config": json.dumps(CONFIG)}
    temporary = path.with_suffix(".part")
    save_file(tensors, temporary, meta)
    temporary.chmod(0o644)
    temporary.replace(path)


def table(scores: dict[str, Any]) -> str:
    """The numbers, a column for each set of tunes."""
    columns = [name for name in NAMES if name in scores]
    lines = ["| | " + " | ".join(NAMES[name] for name in columns) + " |", "| --- |" + " --- |" * len(columns)]
    for row in ROWS:
        cells = [f"{scores[name][row]:.3f}" if row in scores[name] else "" for name in columns]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(
    state: Annotated[Path, typer.Option(help="state.pt of the run")],
    name: Annotated[str, typer.Option(help="Name of the files")],
    title: Annotated[str, typer.Option(help="Title on the screen")],
    text: Annotated[Path, typer.Option(help="The card's own words; TABLE in it becomes the numbers")],
    scores: Annotated[Path, typer.Option(help="JSON of the measurements")],
    out: Annotated[Path, typer.Option(help="Where the files go")] = Path("resources/models"),
) -> None:
    """Write the shipped files of a finished run."""
    torch.set_num_threads(1)
    save(checkpoint.load(state), out / f"{name}.safetensors", title)
    numbers = table(json.loads(scores.read_text("utf-8")))
    (out / f"{name}.md").write_text(text.read_text("utf-8").replace("TABLE", numbers), "utf-8")


if __name__ == "__main__":
    typer.run(main)
