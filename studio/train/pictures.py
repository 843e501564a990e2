"""Any folder of pictures as training data: listed by name alone, decoded when a batch needs them.

Pictures of any size, depth and colour become squares of the recipe's resolution; what cannot be decoded is
stepped over and remembered. Decoded squares are kept up to a budget of memory.
"""

from __future__ import annotations

import csv
import os
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from studio.engine.recipe import Pictures
from studio.model.errors import UserError
from studio.train.datasets import Data, PictureSet, load

SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm", ".jp2"}
LABELS = "labels.csv"
MAX_PIXELS = 200_000_000
MAX_BROKEN = 1000
LARGEST = 4096  # longest side kept of a picture that windows are cut from
CACHE = 1 << 30
LOOKED_AT = 24  # pictures opened to decide about alpha and colour
Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Labels = np.ndarray[Any, np.dtype[np.int64]]


def listing(folder: Path) -> list[str]:
    """Names of the pictures below a folder, relative to it and sorted; nothing is opened.

    Raises:
        UserError: when there is none, or no such folder.
    """
    if not folder.is_dir():
        raise UserError(
            f"There is no folder “{folder}”.",
            "Name the folder that the pictures are in.",
        )
    found: list[str] = []
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        base = os.path.relpath(root, folder)
        prefix = "" if base == "." else base + os.sep
        found += [prefix + f for f in files if f[f.rfind(".") :].lower() in SUFFIXES and f[0] != "."]
    if not found:
        kinds = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        raise UserError(f"“{folder.name}” holds no pictures.", f"Put pictures into it: {kinds}.")
    return sorted(found)


def by_folder(names: Sequence[str]) -> tuple[Labels, list[dict[str, Any]]]:
    """The first folder in each name as the condition “class”."""
    kinds = [name.partition(os.sep)[0] if os.sep in name else "" for name in names]
    values = sorted(set(kinds))
    if len(values) < 2:
        raise UserError("There are no classes to learn.", "Put the pictures of each class into a sub-folder.")
    values = [value or "other" for value in values]
    where = {value: i for i, value in enumerate(values)}
    labels = np.array([[where[kind or "other"]] for kind in kinds], np.int64)
    return labels, [condition("class", values, labels[:, 0])]


def by_table(folder: Path, names: Sequence[str]) -> tuple[list[str], Labels, list[dict[str, Any]]]:
    """The pictures that ``labels.csv`` names, and its columns as conditions.

    The first column is the file's name relative to the folder, the first line names the columns.
    """
    rows = table(folder / LABELS)
    columns = [name for name in rows[0] if name != "file"]
    known = set(names)
    kept = [row for row in rows if row["file"].replace("/", os.sep) in known]
    if not kept or not columns:
        raise UserError(
            f"{LABELS} names none of the pictures.", "Its columns must be file and one per condition."
        )
    values = {column: sorted({row[column] for row in kept}) for column in columns}
    labels = np.array([[values[c].index(row[c]) for c in columns] for row in kept], np.int64)
    taken: set[str] = set()
    for column in columns:  # a value names one condition only
        values[column] = [f"{column} {value}" if value in taken else value for value in values[column]]
        taken |= set(values[column])
    made = [condition(column, values[column], labels[:, i]) for i, column in enumerate(columns)]
    return [row["file"].replace("/", os.sep) for row in kept], labels, made


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file with a column ``file``; UserError otherwise."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.DictReader(file) if row.get("file")]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path.name} cannot be read.", str(error)) from None
    if not rows or any(None in row.values() for row in rows):
        raise UserError(f"{path.name} is no table of labels.", "First line: file, then a name per condition.")
    return rows


def condition(name: str, values: Sequence[str], column: Labels) -> dict[str, Any]:
    """One attribute: its name, the values' names, and how often each occurs."""
    share = np.bincount(column, minlength=len(values)) / len(column)
    return {"name": name, "values": list(values), "weights": share.round(6).tolist()}


class PictureFolder:
    """Pictures of a folder, square and of one kind; see ``studio.train.datasets.Data``.

    ``broken`` names the files that could not be decoded, each stood in for by another picture.
    """

    def __init__(
        self, folder: Path, plan: Pictures, names: Sequence[str], labels: Labels, about: Any
    ) -> None:
        self.folder, self.plan, self.files, self.labels = folder, plan, list(names), labels
        self.broken: list[str] = []
        self._kept: OrderedDict[int, Pixels] = OrderedDict()
        self._bytes = 0
        self.names = {"name": folder.name, "channels": self._channels(), "conditions": about}

    def __len__(self) -> int:
        return len(self.files)

    @property
    def resolution(self) -> int:
        """Side of the pictures in pixels."""
        return self.plan.resolution

    @property
    def channels(self) -> list[str]:
        """What each channel holds; colours are premultiplied where there is alpha."""
        return list(self.names["channels"])

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """Attributes in label order: name and value names."""
        return list(self.names["conditions"])

    @property
    def windows(self) -> bool:
        """Whether batches are cut at random places instead of whole pictures."""
        return self.plan.sampling == "windows"

    def _channels(self) -> list[str]:
        if self.plan.channels == "auto":
            step = max(1, len(self.files) // LOOKED_AT)
            clear = any(has_clear_pixels(self.folder / name) for name in self.files[::step][:LOOKED_AT])
            return ["r", "g", "b", "a"] if clear and not self.windows else ["r", "g", "b"]
        return {"rgb": ["r", "g", "b"], "rgba": ["r", "g", "b", "a"], "grey": ["grey"]}[self.plan.channels]

    def pictures(self, rows: Any, places: Tensor | None = None) -> Tensor:
        """Float pictures (n, C, R, R) in [-1, 1]; ``places`` (n, 2) in 0..1 say where windows are cut."""
        rows = range(len(self))[rows] if isinstance(rows, slice) else rows
        corners = [None] * len(rows) if places is None else places.tolist()
        squares = [self.square(int(row), corner) for row, corner in zip(rows, corners, strict=True)]
        x = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2)
        return x.float() / 127.5 - 1

    def square(self, row: int, corner: Sequence[float] | None) -> Pixels:
        """One picture (R, R, C): whole, or the window whose corner is at these shares of the free room."""
        pixels, size = self.decoded(row), self.plan.resolution
        if not self.windows:
            return pixels
        y, x = corner or (0.5, 0.5)
        top, left = int(y * (pixels.shape[0] - size + 1)), int(x * (pixels.shape[1] - size + 1))
        return pixels[min(top, pixels.shape[0] - size) :, min(left, pixels.shape[1] - size) :][:size, :size]

    def decoded(self, row: int) -> Pixels:
        """A picture from memory or file; one that cannot be decoded gives way to the next that can."""
        if row in self._kept:
            self._kept.move_to_end(row)
            return self._kept[row]
        for step in range(min(len(self.files), MAX_BROKEN)):
            name = self.files[(row + step) % len(self.files)]
            try:
                pixels = decode(self.folder / name, self.plan, len(self.channels))
            except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
                if name not in self.broken and len(self.broken) < MAX_BROKEN:
                    self.broken.append(name)
                continue
            self._keep(row, pixels)
            return pixels
        raise UserError(
            "None of the pictures can be read.", f"Look at “{self.broken[0]}” in another program."
        )

    def _keep(self, row: int, pixels: Pixels) -> None:
        self._kept[row] = pixels
        self._bytes += pixels.nbytes
        while self._bytes > CACHE and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes


def has_clear_pixels(path: Path) -> bool:
    """Whether a picture can be decoded and is not solid everywhere."""
    try:
        with Image.open(path) as image:
            if "A" not in image.getbands() and "transparency" not in image.info:
                return False
            check_size(image)
            return bool(np.asarray(image.convert("RGBA"))[..., 3].min() < 255)
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        return False


def check_size(image: Image.Image) -> None:
    """ValueError for a picture too large to decode."""
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"{image.width} x {image.height} pixels are too many")


def decode(path: Path, plan: Pictures, channels: int) -> Pixels:
    """A file as (H, W, channels): square for whole pictures, at least R on each side for windows."""
    size = plan.resolution
    with Image.open(path) as image:
        check_size(image)
        if plan.sampling == "whole":
            image.draft("RGB", (2 * size, 2 * size))
        image = in_mode(ImageOps.exif_transpose(image), channels)
    if plan.sampling == "windows":
        scale = max(size / min(image.size), min(plan.zoom, LARGEST / max(image.size)))
        wanted = [max(size, round(side * scale)) for side in image.size]
        image = image if tuple(wanted) == image.size else image.resize(wanted, resampling(scale))
        return unlayered(image)
    return unlayered(squared(image, size, plan.fit))


def in_mode(image: Image.Image, channels: int) -> Image.Image:
    """Grey, RGB, or RGBA with premultiplied colours (mode "RGBa"), whatever it was; 16 bits become 8."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image, np.float32)
        top = 65535.0 if image.mode != "F" else max(1.0, float(np.nanmax(values)))
        image = Image.fromarray((np.nan_to_num(values) / top * 255).clip(0, 255).astype(np.uint8))
    if channels == 4:
        return image.convert("RGBA").convert("RGBa")
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, (255, 255, 255, 255)), rgba)
    return image.convert("L" if channels == 1 else "RGB")


def squared(image: Image.Image, size: int, fit: str) -> Image.Image:
    """A square of ``size``: the middle cut out, the whole on the edge's colour, or the whole stretched."""
    if fit == "crop":
        return ImageOps.fit(image, (size, size), resampling(size / min(image.size)))
    if fit == "stretch":
        return image.resize((size, size), resampling(size / min(image.size)))
    inside = ImageOps.contain(image, (size, size), resampling(size / max(image.size)))
    sheet = Image.new(image.mode, (size, size), inside.getpixel((0, 0)) or 0)
    sheet.paste(inside, ((size - inside.width) // 2, (size - inside.height) // 2))
    return sheet


def resampling(scale: float) -> Image.Resampling:
    """Area averages when shrinking, so that nothing aliases; Lanczos when enlarging."""
    return Image.Resampling.BOX if scale < 0.5 else Image.Resampling.LANCZOS


def unlayered(image: Image.Image) -> Pixels:
    """(H, W, C) numbers of an image."""
    pixels = np.array(image, np.uint8)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def open_folder(folder: Path, plan: Pictures) -> PictureFolder:
    """Index a folder of pictures as a recipe says. UserError when nothing can be learnt from it."""
    names = listing(folder)
    labels, about = np.zeros((len(names), 0), np.int64), []
    if plan.labels == "folders":
        labels, about = by_folder(names)
    elif plan.labels == "csv":
        names, labels, about = by_table(folder, names)
    return PictureFolder(folder, plan, names, labels, about)


def part(data: PictureFolder, share: float, held_out: bool) -> PictureFolder:
    """The training part, or the held-out ``share``: decided by each file's name, whatever else is there."""
    marks = [zlib.crc32(name.encode()) % 10_000 < share * 10_000 for name in data.files]
    rows = [i for i, mark in enumerate(marks) if mark == held_out]
    if not rows:
        raise UserError("Too few pictures to hold some out.", "Set hold_out to 0 in the recipe.")
    names = [data.files[i] for i in rows]
    return PictureFolder(data.folder, data.plan, names, data.labels[rows], data.conditions)


def open_data(folder: Path, plan: Pictures | None, held_out: bool = False) -> Data:
    """The training (or held-out) part of a prepared data set or of a folder of pictures."""
    if (folder / "images.npy").is_file() or plan is None:
        return load(folder, held_out)
    data = open_folder(folder, plan)
    return part(data, plan.hold_out, held_out) if plan.hold_out or held_out else data


def in_memory(data: Data, most: int, seed: int = 0) -> PictureSet:
    """Up to ``most`` pictures as one array: for feature networks and metrics."""
    if isinstance(data, PictureSet) and len(data) <= most:
        return data
    rng = torch.Generator().manual_seed(seed)
    rows, places = np.arange(len(data)), None
    if data.windows:
        rows = torch.randint(len(data), (most,), generator=rng).numpy()
        places = torch.rand(most, 2, generator=rng)
    elif len(data) > most:
        rows = torch.randperm(len(data), generator=rng)[:most].numpy()
    x = ((data.pictures(rows, places) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return PictureSet(x.permute(0, 2, 3, 1).numpy(), data.labels[rows], data.names)
