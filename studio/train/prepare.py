"""Turn unpacked packages into prepared data sets: one function per data set."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Array = np.ndarray[Any, Any]


def write(out: Path, images: Array, labels: Array, split: Array, names: dict[str, Any]) -> None:
    """Write a prepared data set as ``studio.train.datasets`` describes it."""
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "images.npy", images.astype(np.uint8))
    np.save(out / "labels.npy", labels.astype(np.int64))
    np.save(out / "split.npy", split.astype(np.uint8))
    (out / "names.json").write_text(json.dumps(names, indent=1, ensure_ascii=False), "utf-8")


def condition(name: str, values: Sequence[str], column: Array) -> dict[str, Any]:
    """One attribute: its values and how often each occurs."""
    counts = np.bincount(column, minlength=len(values)) / len(column)
    return {"name": name, "values": list(values), "weights": [round(float(c), 5) for c in counts]}


FASHION = (
    "t-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle-boot",
)


def read_idx(path: Path) -> Array:
    """An IDX file of unsigned bytes: magic 0 0 8 ndim, big-endian sizes, data."""
    raw = gzip.decompress(path.read_bytes())
    dims = raw[3]
    shape = np.frombuffer(raw, ">i4", dims, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def fashion(packages: dict[str, Path], out: Path) -> None:
    """Fashion-MNIST padded to 32 x 32; held out is its official test part."""
    root = packages["dataset-fashion-mnist"] / "usr/share/datasets/fashion-mnist"
    images = np.concatenate([read_idx(root / f"{part}-images-idx3-ubyte.gz") for part in ("train", "t10k")])
    labels = np.concatenate([read_idx(root / f"{part}-labels-idx1-ubyte.gz") for part in ("train", "t10k")])
    split = np.repeat([0, 1], [60_000, 10_000])
    images = np.pad(images, ((0, 0), (2, 2), (2, 2)))[..., None]
    names = {
        "name": "fashion",
        "channels": ["grey"],
        "conditions": [condition("garment", FASHION, labels[split == 0])],
    }
    write(out, images, labels[:, None], split, names)


STYLES = ("google", "twitter")
SKINS = {
    "": "yellow",
    "1F3FB": "light",
    "1F3FC": "medium-light",
    "1F3FD": "medium",
    "1F3FE": "medium-dark",
    "1F3FF": "dark",
}
FIGURES = ("figure", "woman", "man")
# The first rule whose word occurs in the short name (hyphens for underscores) decides; the rest is left out.
KINDS = {
    "portrait": ("|man|", "|woman|", "|adult|"),
    "child": ("|boy|", "|girl|", "|child|", "|baby|", "|angel|"),
    "elder": ("older",),
    "red-hair": ("red-haired",),
    "curly-hair": ("curly-haired",),
    "white-hair": ("white-haired",),
    "bald": ("bald",),
    "blond-hair": ("blond",),
    "beard": ("beard",),
    "head-dress": ("veil", "turban", "headscarf", "gua-pi-mao"),
    "formal": ("tuxedo", "office-worker", "judge", "teacher"),
    "builder": ("construction", "factory", "mechanic"),
    "farmer": ("farmer",),
    "cook": ("cook",),
    "student": ("student",),
    "performer": ("singer", "artist"),
    "technologist": ("technologist",),
    "scientist": ("scientist", "doctor", "health-worker"),
    "astronaut": ("astronaut",),
    "officer": ("pilot", "police", "|cop|", "guard"),
    "firefighter": ("firefighter",),
    "detective": ("detective", "sleuth"),
    "royal": ("prince", "crown"),
    "parent": ("pregnant", "feeding"),
    "gesture": (
        "tipping",
        "information-desk",
        "gesturing",
        "no-good",
        "ok-woman",
        "raising",
        "facepalming",
        "face-palm",
        "shrug",
        "deaf",
    ),
    "moody": ("frowning", "pouting"),
    "hero": ("superhero", "supervillain", "ninja"),
    "magical": ("mage", "fairy", "elf", "vampire", "mermaid", "merman", "merperson"),
    "santa": ("claus", "santa"),
    "undead": ("genie", "zombie"),
}
FACES = {
    "smiley": ("face-smiling", "face-affection", "face-tongue", "face-hat", "face-glasses", "face-hand"),
    "calm-face": ("face-neutral-skeptical", "face-sleepy"),
    "sad-face": ("face-concerned", "face-unwell", "face-negative"),
    "mask-face": ("face-costume",),
}
PEOPLE = ("person", "person-role", "person-gesture", "person-fantasy")


def kind_of(entry: dict[str, Any]) -> str | None:
    """The kind of picture an emoji is, by its subcategory and short name; None for those left out."""
    if entry["subcategory"].startswith("face-"):
        return next((kind for kind, subs in FACES.items() if entry["subcategory"] in subs), None)
    if entry["subcategory"] not in PEOPLE:
        return None
    name = "|" + entry["short_name"].replace("_", "-") + "|"
    return next((kind for kind, words in KINDS.items() if any(word in name for word in words)), None)


def figure_of(entry: dict[str, Any]) -> str:
    """Woman, man, or a figure drawn as neither."""
    name = entry["short_name"].replace("_", "-")
    words = set(name.replace("-", " ").split())
    if entry["subcategory"].startswith("face-"):
        return "figure"
    if words & {"woman", "female", "girl", "princess", "mrs", "mermaid", "bride", "breast"}:
        return "woman"
    return "man" if words & {"man", "male", "boy", "prince", "santa", "merman", "guardsman"} else "figure"


def portraits(entries: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """(code point file, skin, figure, kind) of every portrait, each skin variation by itself."""
    found = []
    for entry in entries:
        kind = kind_of(entry)
        if kind is not None:
            found.append((entry["image"], "yellow", figure_of(entry), kind))
            for code, variant in entry.get("skin_variations", {}).items():
                found.append((variant["image"], SKINS[code], figure_of(entry), kind))
    return found


def premultiplied(path: Path) -> Array:
    """(64, 64, 4) uint8 with the colours multiplied by alpha, so that clear pixels are all alike."""
    pixels = np.asarray(Image.open(path).convert("RGBA"), np.float32)
    pixels[..., :3] *= pixels[..., 3:] / 255
    return np.round(pixels).astype(np.uint8)


def characters(packages: dict[str, Path], out: Path) -> None:
    """Aligned emoji portraits in two drawing styles; a tenth of the code points, in both styles, is held
    out.
    """
    kinds = [*KINDS, *FACES]
    values = (STYLES, tuple(SKINS.values()), FIGURES, tuple(kinds))
    images, labels, codes = [], [], []
    for style in STYLES:
        root = packages[f"emoji-datasource-{style}"] / "package"
        for file, *words in portraits(json.loads((root / "emoji.json").read_text("utf-8"))):
            picture = root / "img" / style / "64" / file
            if picture.is_file():
                images.append(premultiplied(picture))
                labels.append([v.index(word) for v, word in zip(values, (style, *words), strict=True)])
                codes.append(file)
    split = np.array([zlib.crc32(code.encode()) % 10 == 0 for code in codes])
    table = np.array(labels)
    conditions = [
        condition(n, v, table[~split, i])
        for i, (n, v) in enumerate(zip(("style", "skin", "figure", "kind"), values, strict=True))
    ]
    write(
        out,
        np.stack(images),
        table,
        split,
        {"name": "characters", "channels": ["r", "g", "b", "a"], "conditions": conditions},
    )
