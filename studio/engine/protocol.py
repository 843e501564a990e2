"""What a plugin is made of: the decorator, its params, and what its ``run`` yields."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field

from studio.model.errors import UserError
from studio.model.media import Media

API_VERSION = 1
SEED_LIMIT = 2**31 - 1
DECLARATION = "__studio_generator__"
AUTHOR = "This is a fault of the plugin: tell its author."
C = TypeVar("C", bound=type)


class Params(BaseModel):
    """Base of every generator's params: frozen, unknown names refused, no infinities or not-a-numbers."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True, validate_by_alias=True
    )

    seed: int = Field(
        default=0,
        ge=0,
        le=SEED_LIMIT,
        title="Seed",
        description="Same seed, same result.",
        json_schema_extra={"widget": "seed"},
    )


@dataclass(frozen=True)
class Preview:
    """Yielded to show the result so far; ``progress`` is the share of the work done, 0..1.

    size: width and height of the finished picture, for previews that are smaller than it.
    """

    value: Media
    progress: float = 0.0
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Chunk:
    """Yielded when a part of the result is final: one of several pictures, some frames, some notes."""

    value: Media


@dataclass(frozen=True)
class Readiness:
    """Whether a generator can run now; if not, why, and what to do about it."""

    ok: bool
    sentence: str = ""
    hint: str = ""


class PluginError(UserError):
    """A plugin breaks the rules of the API; the sentence tells its author which."""


@dataclass(frozen=True)
class Declaration:
    """What the decorator was told, checked."""

    id: str
    title: str
    summary: str
    inputs: Mapping[str, type[Media]]
    output: type[Media]
    family: str | None
    version: str
    api: int
    params: type[Params] = field(default=Params)
    optional: frozenset[str] = frozenset()


def generator(
    *,
    id: str,
    title: str,
    output: type[Media],
    inputs: Mapping[str, type[Media]] | None = None,
    family: str | None = None,
    version: str = "1",
    api: int = API_VERSION,
) -> Callable[[C], C]:
    """Register a class as a generator.

    Args:
        id: name in scripts and files: lower-case letters, digits and dashes, starting with a letter.
        title: name on the screen. The first line of the class's docstring is its summary.
        inputs: name -> Image, Mask, Text, Labels, ...; handed to ``run`` under these names. One whose
            argument there has a default may be left out.
        output: what ``run`` returns (one, or a tuple of several).
        family: family of weights it needs; the param ``model`` then chooses among the installed ones.
        version: goes into the provenance of results; change it when the same params give other pixels.
        api: version of the plugin API it was written for.

    Raises PluginError when the class cannot work.
    """

    def declare(cls: C) -> C:
        params = getattr(cls, "Params", Params)
        summary = (inspect.getdoc(cls) or "").partition("\n")[0]
        given = dict(inputs or {})
        made = Declaration(
            id, title, summary, given, output, family, version, api, params, optional_of(cls, given)
        )
        check_declaration(made, cls)
        setattr(cls, DECLARATION, made)
        return cls

    return declare


def check_declaration(made: Declaration, cls: type[Any]) -> None:
    """Raise PluginError naming the first rule that is broken."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,63}", made.id):
        raise PluginError(f"“{made.id}” is no generator id.", "Use lower-case letters, digits and dashes.")
    if not made.title.strip():
        raise PluginError(f"Generator “{made.id}” has no title.")
    if made.api > API_VERSION:
        raise PluginError(
            f"“{made.title}” needs plugin API {made.api}; this studio has {API_VERSION}.",
            "Update the studio.",
        )
    for name, kind in {**made.inputs, "output": made.output}.items():
        if not is_media(kind):
            raise PluginError(f"{made.id}: “{name}” must be Image, Mask, Text or Labels, not {kind!r}.")
    check_params(made)
    check_run(made, cls)


def optional_of(cls: type[Any], inputs: Mapping[str, object]) -> frozenset[str]:
    """The inputs that may be left out: those whose argument of ``run`` has a default."""
    try:
        arguments = inspect.signature(cls.run).parameters
    except (AttributeError, TypeError, ValueError):
        return frozenset()
    return frozenset(
        name
        for name in inputs
        if name in arguments and arguments[name].default is not inspect.Parameter.empty
    )


def is_media(kind: object) -> bool:
    """Whether ``kind`` is one of the media types."""
    return isinstance(kind, type) and issubclass(kind, Media) and kind is not Media


def check_params(made: Declaration) -> None:
    """The params must derive from Params, have defaults throughout, and name a model where one is needed."""
    kind = cast(object, made.params)
    if not (isinstance(kind, type) and issubclass(kind, Params)):
        raise PluginError(f"{made.id}: its Params must derive from studio.api.Params.")
    for name, info in made.params.model_fields.items():
        if info.is_required():
            raise PluginError(f"{made.id}: the param “{name}” needs a default value.")
    if made.family and "model" not in made.params.model_fields:
        raise PluginError(f"{made.id}: with family={made.family!r} its Params need `model: str = ''`.")


def check_run(made: Declaration, cls: type[Any]) -> None:
    """``run(self, ctx, params, <inputs>)`` must exist and take every input by name."""
    run = getattr(cls, "run", None)
    if not callable(run):
        raise PluginError(f"{made.id}: the class needs a method run(self, ctx, params, ...).")
    try:
        inspect.signature(run).bind(None, None, None, **dict.fromkeys(made.inputs))
    except TypeError as error:
        wanted = ", ".join(["self", "ctx", "params", *made.inputs])
        raise PluginError(f"{made.id}: run must take ({wanted}): {error}.") from None
