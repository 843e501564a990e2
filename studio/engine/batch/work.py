"""One picture of a batch: read, made, written. The same wherever it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from studio.engine.events import Finished, Priority, Request
from studio.model import provenance
from studio.model.errors import UserError
from studio.model.io import export_image, open_image
from studio.model.io.colour import space_of
from studio.model.media import Image, Mask, Media


class Stopped(Exception):
    """The batch was told to stop; the picture at hand is left for another time."""


@dataclass(frozen=True)
class Task:
    """What one worker needs to know of one picture; plain values, so that it can travel."""

    source: Path
    target: Path
    generator: str
    params: Mapping[str, Any]
    slot: str
    others: Mapping[str, tuple[Path, bool]]
    """Further inputs: name -> file, and whether it is a mask."""


@dataclass(frozen=True)
class Outcome:
    """How a picture went: its sentence is empty when all is well; ``stopped`` when it was not finished."""

    why: str = ""
    stopped: bool = False
    files: tuple[Path, ...] = ()
    seconds: float = 0.0


class Maker(Protocol):
    """Carries out one request after another and waits for each; may be used by several threads."""

    def make(self, request: Request) -> Finished:
        """The result. UserError when there is none, Stopped when it was told to stop."""
        ...

    def close(self) -> None:
        """Let go of threads and devices; what is running raises Stopped."""
        ...


Run = Callable[[Task], Outcome]


def process(task: Task, maker: Maker) -> Outcome:
    """Do one picture. Whatever goes wrong with it is its outcome, and no reason to stop the others."""
    try:
        source = open_image(task.source)
        inputs: dict[str, Media] = {task.slot: source}
        for name, (path, mask) in task.others.items():
            inputs[name] = as_mask(open_image(path)) if mask else open_image(path)
        done = maker.make(Request(task.generator, task.params, inputs, Priority.BATCH))
        return Outcome(files=write(done, source, task.target), seconds=done.seconds)
    except Stopped:
        return Outcome(stopped=True)
    except UserError as error:
        return Outcome(error.sentence)
    except Exception as error:
        return Outcome(f"It failed unexpectedly: {type(error).__name__}: {error}"[:400])


def as_mask(image: Image) -> Mask:
    """A picture as a mask: its alpha if it has one, else its lightness."""
    return Mask(image.array("uint8", 4)[..., 3] if image.has_alpha else image.array("uint8", 1)[..., 0])


def write(done: Finished, source: Image, target: Path) -> tuple[Path, ...]:
    """Write a result with its recipe, and with the source's EXIF, texts and profile; several are numbered."""
    values = done.value if isinstance(done.value, tuple) else (done.value,)
    pictures = [as_image(value) for value in values if isinstance(value, Image | Mask)]
    if not pictures:
        raise UserError("The generator made no picture.")
    target.parent.mkdir(parents=True, exist_ok=True)
    several = len(pictures) > 1
    names = [target.with_name(f"{target.stem}-{i:03d}{target.suffix}") for i in range(1, len(pictures) + 1)]
    files = tuple(names if several else [target])
    for picture, path in zip(pictures, files, strict=True):
        meta = {**kept(source.meta), **picture.meta, provenance.KEY: done.provenance.to_json()}
        export_image(Image(picture.pixels, profile(picture, source), meta), path)
    return files


def as_image(value: Image | Mask) -> Image:
    """Masks as grey pictures."""
    return value if isinstance(value, Image) else Image(value.pixels[..., None])


def kept(meta: Mapping[str, str]) -> dict[str, str]:
    """What of the source's metadata holds for the result: all but how the source itself was made."""
    return {key: text for key, text in meta.items() if key != provenance.KEY}


def profile(picture: Image, source: Image) -> bytes | None:
    """The result's own colour profile, else the source's if it describes as many colours."""
    wanted = "gray" if picture.channels == 1 else "rgb"
    return picture.icc or (source.icc if space_of(source.icc) == wanted else None)
