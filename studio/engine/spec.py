"""A generator as the studio knows it, and the check that turns a request into work for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from studio.engine.context import Catalogue
from studio.engine.events import Request
from studio.engine.protocol import AUTHOR, Declaration, Params, Readiness
from studio.engine.weights import ModelInfo, WeightsStore, no_model
from studio.engine.wording import WrongUse, misfit, no_such
from studio.model.deferred import Input, kind_of
from studio.model.errors import UserError
from studio.model.media import Media

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Spec:
    """One generator: what it is called, takes and makes, and where it comes from.

    ``digest`` is the content hash of its files; ``trusted`` tells built-in ones from third-party ones.
    """

    declaration: Declaration
    cls: type[Any]
    origin: Path
    digest: str
    weights: WeightsStore
    trusted: bool = True

    @property
    def id(self) -> str:
        """Name in scripts and files."""
        return self.declaration.id

    @property
    def title(self) -> str:
        """Name on the screen."""
        return self.declaration.title

    @property
    def summary(self) -> str:
        """One line on what it does."""
        return self.declaration.summary

    @property
    def inputs(self) -> Mapping[str, type[Media]]:
        """Input name -> media type."""
        return self.declaration.inputs

    @property
    def optional(self) -> frozenset[str]:
        """Names of the inputs that may be left out."""
        return self.declaration.optional

    @property
    def output(self) -> type[Media]:
        """Media type of the result, or of each of several results."""
        return self.declaration.output

    @property
    def params(self) -> type[Params]:
        """The pydantic model of its params."""
        return self.declaration.params

    @property
    def family(self) -> str | None:
        """The family of weights it needs, if any."""
        return self.declaration.family

    @property
    def version(self) -> str:
        """The plugin's own version."""
        return self.declaration.version

    @property
    def api(self) -> int:
        """The plugin API it was written for."""
        return self.declaration.api

    def ready(self) -> Readiness:
        """Whether it can run now. A plugin may answer itself with ``ready(cls, catalogue) -> Readiness``."""
        if self.family and not self.weights.models(self.family):
            reason = next(iter(self.weights.problems()), no_model(self.weights.folders))
            return Readiness(False, reason.sentence, reason.hint)
        own = getattr(self.cls, "ready", None)
        try:
            return cast(Readiness, own(Catalogue(self.weights))) if own else Readiness(True)
        except UserError as error:
            return Readiness(False, error.sentence, error.hint)
        except Exception as error:
            return Readiness(False, f"{self.title} cannot tell whether it is ready: {error!r}.")

    def choices(self, params: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
        """Field -> the values that are possible given the other params; only fields that have such a list.

        A plugin that cannot tell, whatever it raises, has no list of its own.
        """
        found: dict[str, tuple[str, ...]] = {}
        if self.family:
            found["model"] = tuple(info.name for info in self.weights.models(self.family))
        own = getattr(self.cls, "choices", None)
        try:
            lists = cast(Mapping[str, Sequence[str]], own(Catalogue(self.weights), params) if own else {})
            return found | {name: tuple(map(str, values)) for name, values in lists.items()}
        except Exception as error:
            log.info("%s has no choices to offer: %r", self.id, error)
            return found

    def names(self) -> dict[str, str]:
        """Field name -> public name (its alias where it has one, as in ``class_`` -> ``class``)."""
        return {name: info.alias or name for name, info in self.params.model_fields.items()}

    def validate(self, params: Mapping[str, object]) -> Params:
        """The params as a frozen value; UserError naming the field, and the nearest name if it is unknown."""
        try:
            return self.params.model_validate(dict(params))
        except ValidationError as error:
            raise misfit(error, self.title, self.names().values()) from None

    def check_inputs(self, inputs: Mapping[str, Input]) -> None:
        """UserError for an input that is unknown, missing or of the wrong kind."""
        for name, value in inputs.items():
            kind = self.inputs.get(name)
            if kind is None:
                raise no_such(f"input of {self.title} called", name, self.inputs)
            if not issubclass(kind_of(value), kind):
                given = kind_of(value).__name__
                raise WrongUse(f"{self.title} needs {kind.__name__} as “{name}”, not {given}.")
        for name, kind in self.inputs.items():
            if name not in inputs and name not in self.optional:
                raise WrongUse(f"{self.title} needs an input “{name}” ({kind.__name__}).", "Give it one.")

    def describe(self) -> dict[str, Any]:
        """All of it as plain values for JSON: id, title, summary, inputs, output, params, ready, ..."""
        ready = self.ready()
        return {
            "id": self.id,
            "title": self.title,
            "summary": self.summary,
            "inputs": {name: kind.__name__ for name, kind in self.inputs.items()},
            "optional": sorted(self.optional),
            "output": self.output.__name__,
            "params": describe_params(self),
            "ready": ready.ok,
            "reason": " ".join(filter(None, (ready.sentence, ready.hint))),
            "version": self.version,
            "origin": str(self.origin),
        }


@dataclass(frozen=True, eq=False)
class Work:
    """A request that has been checked: everything a run needs. ``request`` has its params completed."""

    spec: Spec
    request: Request
    params: Params
    model: ModelInfo | None


def prepare(spec: Spec, request: Request) -> Work:
    """Check a request against its generator; UserError names the first fault."""
    params = spec.validate(request.params)
    spec.check_inputs(request.inputs)
    model = None
    if spec.family:
        model = spec.weights.find(spec.family, str(getattr(params, "model", "")))
        params = params.model_copy(update={"model": model.name})
    ready = spec.ready()
    if not ready.ok:
        raise UserError(ready.sentence or f"{spec.title} is not ready.", ready.hint)
    check_together(spec, params)
    if not spec.family:
        model = model_for(spec, params)
    full = replace(request, params=params.model_dump(by_alias=True))
    return Work(spec, full, params, model)


def model_for(spec: Spec, params: Params) -> ModelInfo | None:
    """The model a plugin chooses itself, if it does: ``model_for(cls, catalogue, params) -> ModelInfo``."""
    own = getattr(spec.cls, "model_for", None)
    return cast(ModelInfo, own(Catalogue(spec.weights), params)) if own else None


def check_together(spec: Spec, params: Params) -> None:
    """Ask the plugin what does not go together: ``check(cls, catalogue, params)``; WrongUse if so."""
    own = getattr(spec.cls, "check", None)
    try:
        if own is not None:
            own(Catalogue(spec.weights), params)
    except UserError as error:
        raise WrongUse(error.sentence, error.hint) from None
    except Exception as error:
        raise UserError(f"{spec.title} could not check its params: {error!r}.", AUTHOR) from error


def describe_params(spec: Spec) -> list[dict[str, Any]]:
    """One object per param: name, title, type, default, min, max, choices, description, form hints."""
    schema = spec.params.model_json_schema(by_alias=True)
    offered = spec.choices(spec.params().model_dump())
    lists = {spec.names().get(name, name): values for name, values in offered.items()}
    return [
        describe_param(name, resolved(entry, schema.get("$defs", {})), lists.get(name))
        for name, entry in schema["properties"].items()
    ]


def resolved(entry: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A property with references followed and ``X or None`` flattened to X with ``optional``."""
    if "$ref" in entry:
        return definitions[entry["$ref"].rpartition("/")[2]] | entry
    options = entry.get("anyOf")
    if not options:
        return entry
    solid = [option for option in options if option.get("type") != "null"]
    return resolved(solid[0], definitions) | entry | {"optional": len(solid) < len(options)}


def describe_param(name: str, entry: dict[str, Any], choices: Sequence[str] | None) -> dict[str, Any]:
    """One property of a JSON schema in the words of the command line."""
    described: dict[str, Any] = {
        "name": name,
        "title": entry.get("title", name),
        "type": entry.get("type", "string"),
        "default": entry.get("default"),
        "min": entry.get("minimum"),
        "max": entry.get("maximum"),
        "choices": list(choices) if choices is not None else entry.get("enum"),
        "description": entry.get("description", ""),
    }
    extras = ("unit", "widget", "step", "live", "optional", "exclusiveMinimum", "exclusiveMaximum")
    return described | {key: entry[key] for key in extras if key in entry}
