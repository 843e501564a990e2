"""What is set in the window as the command that does the same without it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, cast

from pydantic_core import to_jsonable_python

from studio.engine.spec import Spec


def command_line(spec: Spec, params: Mapping[str, object]) -> str:
    """``studio run ID ...`` with an option for every param that is not at its default, ready for a shell."""
    defaults = spec.params().model_dump(by_alias=True)
    words = ["studio", "run", spec.id]
    for name in spec.inputs:
        words += ["--in", f"{name}={name}.png"]
    for name, value in params.items():
        if name != "seed" and value != defaults.get(name):
            words += ["--set", f"{name}={spelled(value)}"]
    words += ["--seed", str(params.get("seed", 0)), "--out", f"{spec.id}.png"]
    return shlex.join(words)


def spelled(value: object) -> str:
    """A value as the command line reads it."""
    if value is None:
        return "none"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    plain: Any = to_jsonable_python(value)
    flat = isinstance(plain, list) and all(
        isinstance(item, int | float) for item in cast(Sequence[object], plain)
    )
    return ",".join(map(str, cast(Sequence[object], plain))) if flat and plain else json.dumps(plain)
