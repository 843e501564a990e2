"""What a pydantic field says about itself, in the terms a form needs. Knows no Qt."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as at
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

SEED_MAXIMUM = 2**31 - 1


class Kind(StrEnum):
    """Which editor suits a field."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    TEXT = "text"
    LABELS = "labels"
    SEED = "seed"
    COLOR = "color"
    VECTOR = "vector"
    PATH = "path"
    JSON = "json"


@dataclass(frozen=True)
class FieldSpec:
    """One field of a model. ``name`` is the key users and files see (the alias, where there is one),
    ``attribute`` the field's name in the code. ``minimum`` and ``maximum`` are inclusive; ``length`` is the
    allowed (shortest, longest) of a vector. ``needs`` and ``unless`` name fields that have to be filled, or
    empty, for this one to have an effect."""

    name: str
    attribute: str
    title: str
    help: str
    kind: Kind
    default: object
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    unit: str = ""
    choices: tuple[tuple[object, str], ...] = ()
    optional: bool = False
    advanced: bool = False
    live: bool = False
    folder: bool = False
    length: tuple[int, int] = (0, 8)
    parts: tuple[str, ...] = ()
    needs: str = ""
    unless: str = ""

    def matters(self, values: Mapping[str, object]) -> bool:
        """Whether it has an effect beside these values of the other fields."""
        return not ((self.needs and not values.get(self.needs)) or (self.unless and values.get(self.unless)))

    @property
    def bounded(self) -> bool:
        """Whether a slider makes sense."""
        return self.minimum is not None and self.maximum is not None


def fields_of(model_type: type[BaseModel]) -> tuple[FieldSpec, ...]:
    """The specs of all fields, in the order of declaration."""
    return tuple(_spec(name, info) for name, info in model_type.model_fields.items())


def sentence_case(name: str) -> str:
    """``"mix_seed"`` -> ``"Mix seed"``."""
    words = re.sub(r"[_\-]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def _spec(name: str, info: FieldInfo) -> FieldSpec:
    extra: Mapping[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    inner, optional, constraints = _unwrap(info.annotation)
    constraints = [*constraints, *info.metadata]
    key = info.alias or name
    kind = _kind(key, inner, extra)
    element, element_constraints = _element(inner) if kind is Kind.VECTOR else (inner, constraints)
    low, high = _bounds(element_constraints, integer=element is int)
    if kind is Kind.SEED:
        low, high = low if low is not None else 0, high if high is not None else SEED_MAXIMUM
    default = info.get_default(call_default_factory=True)
    return FieldSpec(
        name=key,
        attribute=name,
        title=info.title or sentence_case(key),
        help=info.description or "",
        kind=kind,
        default=None if default is PydanticUndefined else default,
        minimum=low,
        maximum=high,
        step=extra.get("step"),
        unit=str(extra.get("unit", "")),
        choices=_choices(inner, extra),
        optional=optional,
        advanced=bool(extra.get("advanced", False)),
        live=bool(extra.get("live", False)),
        folder=extra.get("widget") == "folder",
        length=_length(constraints, inner, default),
        parts=tuple(str(part) for part in extra.get("parts", ())),
        needs=str(extra.get("needs", "")),
        unless=str(extra.get("unless", "")),
    )


def _unwrap(annotation: Any) -> tuple[Any, bool, list[Any]]:
    """(type without None and Annotated, whether None is allowed, constraints met on the way)."""
    constraints: list[Any] = []
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *found = get_args(annotation)
            constraints += _flat(found)
        elif origin in (Union, types.UnionType) and len(_present(annotation)) == 1:
            optional, annotation = True, _present(annotation)[0]
        else:
            return annotation, optional, constraints


def _present(annotation: Any) -> list[Any]:
    return [arg for arg in get_args(annotation) if arg is not type(None)]


def _flat(found: Iterable[Any]) -> list[Any]:
    """Constraints, with those inside pydantic's ``Field(...)`` taken out."""
    return [c for item in found for c in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _element(sequence: Any) -> tuple[Any, list[Any]]:
    args = [arg for arg in get_args(sequence) if arg is not Ellipsis]
    inner, _, constraints = _unwrap(args[0]) if args else (float, False, [])
    return inner, constraints


def _kind(name: str, inner: Any, extra: Mapping[str, Any]) -> Kind:
    asked = {"seed": Kind.SEED, "labels": Kind.LABELS, "color": Kind.COLOR, "vector": Kind.VECTOR}
    widget = str(extra.get("widget", ""))
    if widget in asked:
        return asked[widget]
    if get_origin(inner) is Literal or (isinstance(inner, type) and issubclass(inner, Enum)):
        return Kind.CHOICE
    if inner is int and (name == "seed" or name.endswith("_seed")):
        return Kind.SEED
    plain = {bool: Kind.BOOLEAN, int: Kind.INTEGER, float: Kind.NUMBER, str: Kind.TEXT}
    if inner in plain:
        return plain[inner]
    if isinstance(inner, type) and issubclass(inner, Path):
        return Kind.PATH
    numbers = get_origin(inner) in (list, tuple, Sequence) and _element(inner)[0] in (int, float)
    return Kind.VECTOR if numbers else Kind.JSON


def _bounds(constraints: Iterable[Any], *, integer: bool) -> tuple[float | None, float | None]:
    low = high = None
    for constraint in constraints:
        if isinstance(constraint, at.Ge | at.Interval) and constraint.ge is not None:
            low = constraint.ge
        if isinstance(constraint, at.Le | at.Interval) and constraint.le is not None:
            high = constraint.le
        if isinstance(constraint, at.Gt | at.Interval) and constraint.gt is not None:
            low = constraint.gt + 1 if integer else _beside(constraint.gt, 1)
        if isinstance(constraint, at.Lt | at.Interval) and constraint.lt is not None:
            high = constraint.lt - 1 if integer else _beside(constraint.lt, -1)
    return low, high  # type: ignore[return-value]


def _beside(bound: Any, way: int) -> float:
    """The nearest tidy number on the allowed side of an exclusive bound."""
    return float(bound) + way * max(abs(float(bound)), 1.0) * 1e-4


def _length(constraints: Iterable[Any], inner: Any, default: Any) -> tuple[int, int]:
    if get_origin(inner) is tuple and Ellipsis not in get_args(inner):
        return (len(get_args(inner)),) * 2
    shortest, longest = 0, None
    for constraint in constraints:
        if isinstance(constraint, at.MinLen | at.Len):
            shortest = constraint.min_length
        if isinstance(constraint, at.MaxLen | at.Len) and constraint.max_length is not None:
            longest = constraint.max_length
    if longest is None:
        longest = max(shortest, len(default) if isinstance(default, list | tuple) and default else 8)
    return shortest, longest


def _choices(inner: Any, extra: Mapping[str, Any]) -> tuple[tuple[object, str], ...]:
    titles = extra.get("titles", {})
    if get_origin(inner) is Literal:
        return tuple((v, str(titles.get(str(v), _label(v)))) for v in get_args(inner))
    if isinstance(inner, type) and issubclass(inner, Enum):
        return tuple((v, str(titles.get(str(v.value), sentence_case(str(v.value))))) for v in inner)
    return ()


def _label(value: object) -> str:
    return sentence_case(value) if isinstance(value, str) and value else str(value)
