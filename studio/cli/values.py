"""From the words of the command line to params and inputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from studio.engine.plugins import Spec
from studio.engine.wording import WrongUse, no_such
from studio.model.clip import Clip
from studio.model.errors import UserError
from studio.model.media import Image, Labels, Mask, Media, Text
from studio.model.melody import Melody

MAX_TEXT = 1 << 20


def pairs(words: Iterable[str], option: str) -> dict[str, str]:
    """``NAME=VALUE`` words as a dict; WrongUse for a word without ``=`` or a name given twice."""
    found: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise WrongUse(f"{option} needs NAME=VALUE, not “{word}”.")
        if name in found:
            raise WrongUse(f"{option} names “{name}” twice.")
        found[name] = value
    return found


def params_from(spec: Spec, words: Mapping[str, str]) -> dict[str, object]:
    """Words to values: lists from commas or JSON, ``none`` for nothing; pydantic does the rest."""
    schema = spec.params.model_json_schema(by_alias=True)["properties"]
    return {name: value_from(word, schema.get(name, {})) for name, word in words.items()}


def value_from(word: str, entry: Mapping[str, Any]) -> object:
    """One word as the kind of value that its field's JSON schema asks for."""
    kinds = [option.get("type") for option in entry.get("anyOf", [entry])]
    if word.lower() == "none" and "string" not in kinds:
        return None
    if "array" not in kinds:
        return json.loads(word) if "integer" in kinds and word.lstrip("-").isdigit() else word
    if word.lstrip().startswith("["):
        try:
            return json.loads(word)
        except ValueError:
            raise WrongUse(f"“{word}” is no list.", "Write 1,2,3 or [1,2,3].") from None
    return [part.strip() for part in word.split(",") if part.strip()]


def inputs_from(spec: Spec, words: Mapping[str, str]) -> dict[str, Media]:
    """``NAME=FILE`` to media read from the files; UserError for a file that cannot be read."""
    for name in words:
        if name not in spec.inputs:
            raise no_such(f"input of {spec.title} called", name, spec.inputs)
    return {name: READERS[spec.inputs[name]](Path(file)) for name, file in words.items()}


def read_image(path: Path) -> Image:
    """A picture from any format the studio reads."""
    from studio.model.io import open_image

    return open_image(path)


def read_mask(path: Path) -> Mask:
    """A mask from a picture: its alpha if it has one, else its lightness."""
    image = read_image(path)
    return Mask(image.array("uint8", 4)[..., 3] if image.has_alpha else image.array("uint8", 1)[..., 0])


def read_text(path: Path) -> Text:
    """UTF-8 text of at most 1 MiB."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_TEXT + 1)
        text = raw.decode("utf-8")
    except OSError as error:
        raise UserError(f"“{path}” cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UserError(f"“{path}” is no UTF-8 text.") from None
    if len(raw) > MAX_TEXT:
        raise UserError(f"“{path}” is too long.", "At most 1 MiB of text.")
    return Text(text)


def read_labels(path: Path) -> Labels:
    """Labels from a text file, one a line."""
    return Labels(tuple(line.strip() for line in read_text(path).value.splitlines() if line.strip()))


def read_melody(path: Path) -> Melody:
    """Music from a MIDI file."""
    from studio.app.music import files

    return files.read(path)


def read_clip(path: Path) -> Clip:
    """A clip from a video file or a folder of pictures."""
    from studio.model.clip_open import open_clip

    return open_clip(path)


READERS: dict[type[Media], Callable[[Path], Media]] = {
    Image: read_image,
    Mask: read_mask,
    Text: read_text,
    Labels: read_labels,
    Clip: read_clip,
    Melody: read_melody,
}
