"""Which pictures a batch takes, and which file each result goes to. Nothing that exists is ever a target."""

from __future__ import annotations

import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.engine.spec import Spec
from studio.engine.wording import WrongUse, no_such
from studio.model.errors import UserError
from studio.model.io.formats import FORMATS
from studio.model.media import Image, Mask

SAME = "same"
FALLBACK = ".png"
FIELDS = ("stem", "generator", "seed", "index")
MAX_FILES = 1_000_000


@dataclass(frozen=True)
class Wish:
    """A batch as a person asks for it.

    patterns: which names to take ("*.jpg"); every picture format that can be read if empty.
    naming: name of each result without its ending; {stem}, {generator}, {seed} and {index} are filled in.
    format: ending of the results such as "png"; "same" is the source's own where that can be written.
    others: further inputs of the generator, the same for every picture: name -> file.
    """

    generator: str
    source: Path
    target: Path
    params: Mapping[str, object] = field(default_factory=dict[str, object])
    patterns: tuple[str, ...] = ()
    recursive: bool = False
    naming: str = "{stem}"
    format: str = SAME
    others: Mapping[str, Path] = field(default_factory=dict[str, Path])


def slot_of(spec: Spec) -> str:
    """The input that the pictures of a folder go to; WrongUse when the generator takes or makes none."""
    pictures = [name for name, kind in spec.inputs.items() if kind is Image]
    if not pictures or spec.output not in (Image, Mask):
        raise WrongUse(f"{spec.title} does not make a picture from a picture.", "Choose another generator.")
    return "image" if "image" in pictures else pictures[0]


def check_wish(wish: Wish, spec: Spec) -> None:
    """WrongUse or UserError for what cannot work, before anything is read."""
    slot = slot_of(spec)
    spec.validate(wish.params)
    for name in wish.others:
        if name not in spec.inputs or name == slot:
            raise no_such("further input called", name, [other for other in spec.inputs if other != slot])
    missing = [name for name in spec.inputs if name != slot and name not in wish.others]
    if missing:
        raise WrongUse(f"{spec.title} also needs “{missing[0]}”.", f"Give it by --also {missing[0]}=FILE.")
    name_for(wish, Path("x"), 1)
    if wish.format != SAME:
        FORMATS.writer_for(Path(f"x.{wish.format.lstrip('.')}"))
    if not wish.source.is_dir():
        raise UserError(f"There is no folder “{wish.source}”.", "Choose the folder that has the pictures.")
    if wish.target.exists() and not wish.target.is_dir():
        raise UserError(f"“{wish.target}” is no folder.", "Choose a folder for the results.")


def find(wish: Wish) -> list[Path]:
    """The pictures, by path below the source folder; UserError when there are none.

    The target folder is left out when it lies inside the source, and so are hidden files.
    """
    target = wish.target.resolve()
    inside = target != wish.source.resolve()
    found = [
        path
        for path in set(candidates(wish))
        if not path.name.startswith(".")
        and path.is_file()
        and not (inside and path.resolve().is_relative_to(target))
    ]
    if not found:
        where = "in it or below" if wish.recursive else "in it"
        raise UserError(
            f"“{wish.source}” has no such pictures {where}.", "Look at the folder and the pattern."
        )
    if len(found) > MAX_FILES:
        raise UserError(f"There are more than {MAX_FILES:,} files.", "Divide them among several folders.")
    return sorted(found)


def candidates(wish: Wish) -> Iterator[Path]:
    """Every file whose name fits."""
    look = wish.source.rglob if wish.recursive else wish.source.glob
    for pattern in wish.patterns:
        yield from look(pattern)
    if not wish.patterns:
        suffixes = {suffix for known in FORMATS.readers() for suffix in known.suffixes}
        yield from (path for path in look("*") if path.suffix.lower() in suffixes)


def targets(wish: Wish, sources: list[Path], kept: Mapping[Path, Path]) -> dict[Path, Path]:
    """Source -> the file its result goes to: that of an earlier run, else a new one that is free."""
    taken = {path.resolve() for path in (*sources, *kept.values())}
    found: dict[Path, Path] = {}
    for index, source in enumerate(sources, 1):
        found[source] = kept.get(source) or free(wanted(wish, source, index), taken)
        taken.add(found[source].resolve())
    return found


def wanted(wish: Wish, source: Path, index: int) -> Path:
    """Where a result would go if nothing were in its way."""
    folder = wish.target / source.parent.relative_to(wish.source)
    return folder / (name_for(wish, source, index) + suffix_for(wish, source))


def name_for(wish: Wish, source: Path, index: int) -> str:
    """The name by the rule, without ending; WrongUse when the rule makes no file name."""
    try:
        name = string.Formatter().vformat(
            wish.naming,
            (),
            {
                "stem": source.stem,
                "generator": wish.generator,
                "seed": wish.params.get("seed", 0),
                "index": index,
            },
        )
    except (KeyError, ValueError, IndexError, AttributeError, TypeError):
        raise WrongUse(f"“{wish.naming}” is no rule for names.", naming_hint()) from None
    if not name.strip(". ") or any(mark in name for mark in '/\\\0:*?"<>|') or len(name) > 200:
        raise WrongUse(f"“{wish.naming}” makes no file name.", naming_hint())
    return name


def naming_hint() -> str:
    """What a rule may contain."""
    return "It may contain " + ", ".join(f"{{{name}}}" for name in FIELDS) + ", as in {stem}-{index:03d}."


def suffix_for(wish: Wish, source: Path) -> str:
    """The ending of a result."""
    if wish.format != SAME:
        return "." + wish.format.lstrip(".").lower()
    try:
        return source.suffix if not FORMATS.writer_for(source).layers else FALLBACK
    except UserError:
        return FALLBACK


def free(path: Path, taken: Collection[Path]) -> Path:
    """The path, numbered if something is there or will be."""
    number, tried = 1, path
    while tried.exists() or tried.resolve() in taken:
        number += 1
        tried = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return tried
