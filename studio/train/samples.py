"""``studio export-samples MODEL --count N --out DIR|FILE.tar``: labelled pictures of a trained generator.

A folder gets a sub-folder per value of the widest condition and a ``labels.csv`` with all of them, as
``studio train`` reads them; a name that ends in .tar becomes a WebDataset: NNNNNNNN.png, .cls and .json.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import csv
import io
import json
import shutil
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from PIL import Image

from studio.engine.networks import build
from studio.engine.weights import ModelInfo, WeightsStore, read_info, stamp_of
from studio.model.errors import UserError
from studio.nets.pictures import network
from studio.train import entry
from studio.train.sheets import sample_batch

SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "models"
BATCH, PACE = 64, 16
MOST = 10_000_000


@dataclass(frozen=True)
class Sample:
    """One made picture, its number, and its value index per condition."""

    number: int
    image: Image.Image
    labels: tuple[int, ...]


def find(word: str) -> ModelInfo:
    """A model by the folder of its run, its file, or its name among those that come with the studio."""
    path = Path(word)
    if (path / "model.safetensors").is_file():
        path = path / "model.safetensors"
    info = read_info(stamp_of(path)) if path.is_file() else WeightsStore([SHIPPED]).find("style", word)
    if info.family != "style":
        raise UserError(f"“{word}” draws no pictures from labels.", "Name a model of the family “style”.")
    return info


def chosen(info: ModelInfo, words: str, count: int, rng: torch.Generator) -> list[tuple[int, ...]]:
    """``count`` rows of labels as they stood together in training, all with the values asked for."""
    wanted = {word.strip() for word in words.split(",") if word.strip()}
    known = {value for condition in info.conditions for value in condition.values}
    if wanted - known:
        unknown = ", ".join(sorted(wanted - known))
        raise UserError(f"“{info.name}” knows no “{unknown}”.", f"It knows: {', '.join(sorted(known))}.")
    if not info.conditions:
        return [()] * count
    rows = [row for row in info.combinations if wanted <= set(names(info, row[:-1]))]
    if not rows:
        raise UserError("No picture it learnt from had all of these.", "Ask for fewer at once.")
    shares = torch.tensor([float(row[-1]) for row in rows])
    picks = torch.multinomial(shares, count, replacement=True, generator=rng).tolist()
    return [tuple(rows[i][:-1]) for i in picks]


def names(info: ModelInfo, labels: tuple[int, ...]) -> list[str]:
    """The values' names of a row of labels."""
    return [c.values[i] for c, i in zip(info.conditions, labels, strict=True)]


def draw(info: ModelInfo, rows: list[tuple[int, ...]], seed: int, psi: float) -> Iterator[Sample]:
    """A picture for each row of labels."""
    net: Any = build(network, info, WeightsStore().load(info))
    channels = list(info.header.json("channels", ["r", "g", "b"]))
    rng = torch.Generator().manual_seed(seed)
    for first in range(0, len(rows), BATCH):
        part = rows[first : first + BATCH]
        labels = torch.tensor(part, dtype=torch.int64).reshape(len(part), len(info.conditions))
        with torch.inference_mode():
            made = sample_batch(net, labels, rng, psi)
        for i, pixels in enumerate(made.permute(0, 2, 3, 1).numpy()):
            yield Sample(first + i, image_of(pixels, channels), part[i])


def image_of(pixels: np.ndarray[Any, Any], channels: list[str]) -> Image.Image:
    """(H, W, C) in [-1, 1] as a picture with straight alpha; a height channel is left out."""
    unit = (pixels.clip(-1, 1) + 1) / 2
    if channels[-1] == "height":
        unit = unit[..., :-1]
    if channels[-1] == "a":
        unit[..., :3] = (unit[..., :3] / unit[..., 3:].clip(min=1 / 255)).clip(0, 1)
    whole = (unit * 255 + 0.5).astype(np.uint8)
    return Image.fromarray(whole[..., 0] if whole.shape[2] == 1 else whole)


def told(made: Iterator[Sample]) -> Iterator[Sample]:
    """The same pictures, their number printed now and then."""
    for sample in made:
        yield sample
        if (sample.number + 1) % PACE == 0:
            sys.stdout.write(f"{sample.number + 1}\n")
            sys.stdout.flush()


def widest(info: ModelInfo) -> int | None:
    """The condition with most values, if there is any."""
    counts = [len(condition.values) for condition in info.conditions]
    return counts.index(max(counts)) if counts else None


def to_folder(info: ModelInfo, samples: Iterator[Sample], folder: Path) -> int:
    """Write a labelled folder; returns how many pictures. OSError when the disk refuses."""
    folder.mkdir(parents=True, exist_ok=True)
    kind, count = widest(info), 0
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", *(condition.name for condition in info.conditions)])
        for made in samples:
            values = names(info, made.labels)
            home = folder / safe(values[kind]) if kind is not None else folder
            home.mkdir(exist_ok=True)
            path = home / f"{made.number:08d}.png"
            made.image.save(path)
            table.writerow([path.relative_to(folder).as_posix(), *values])
            count += 1
    return count


def safe(name: str) -> str:
    """A value's name as a folder's."""
    return "".join(c if c.isalnum() or c in " -_." else "-" for c in name).strip(" .") or "other"


def to_tar(info: ModelInfo, samples: Iterator[Sample], path: Path) -> int:
    """Write a WebDataset beside its place and rename it; returns how many pictures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, kind, count = path.with_suffix(".part"), widest(info), 0
    with tarfile.open(temporary, "w") as tar:
        for made in samples:
            file = io.BytesIO()
            made.image.save(file, "PNG")
            add(tar, f"{made.number:08d}.png", file.getvalue())
            if kind is not None:
                values = {c.name: v for c, v in zip(info.conditions, names(info, made.labels), strict=True)}
                add(tar, f"{made.number:08d}.cls", str(made.labels[kind]).encode())
                add(tar, f"{made.number:08d}.json", json.dumps(values, ensure_ascii=False).encode())
            count += 1
    temporary.replace(path)
    return count


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """One file of an archive."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def main(
    model: Annotated[str, typer.Argument(help="A run's folder, a weights file, or a shipped model's name")],
    out: Annotated[Path, typer.Option(help="A folder, or a file that ends in .tar (WebDataset)")],
    count: Annotated[int, typer.Option(min=1, max=MOST)] = 1000,
    classes: Annotated[str, typer.Option("--class", help="Only these values, separated by commas")] = "",
    truncation: Annotated[float, typer.Option(min=0, max=1.5, help="1 for all variety")] = 1.0,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else")] = False,
    progress: Annotated[bool, typer.Option("--progress", help="Print how many there are so far")] = False,
) -> None:
    """Write labelled pictures of a trained generator, to train something else with."""
    torch.set_flush_denormal(True)
    try:
        info = find(model)
        rows = chosen(info, classes, count, torch.Generator().manual_seed(seed))
        made = draw(info, rows, seed + 1, truncation)
        made = told(made) if progress else made
        written = (to_tar if out.suffix == ".tar" else to_folder)(info, made, out)
        for card in [info.card_path] if info.card_path and out.suffix != ".tar" else []:
            shutil.copyfile(card, out / "MODEL.md")
    except UserError as error:
        sys.stderr.write(f"{error.sentence} {error.hint}".rstrip() + "\n")
        raise typer.Exit(2) from None
    except OSError as error:
        sys.stderr.write(f"“{out}” cannot be written: {error.strerror}.\n")
        raise typer.Exit(2) from None
    typer.echo(
        json.dumps({"out": str(out), "pictures": written}) if as_json else f"{written} pictures in {out}"
    )


if __name__ == "__main__":
    entry.start(main)
