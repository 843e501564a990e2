"""Sentences about values that do not fit: which one, why, and the nearest that would."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from studio.model.errors import UserError


class WrongUse(UserError):
    """The request itself does not fit: a name that does not exist, a value out of bounds, a missing input."""


def nearest(value: str, options: Iterable[str]) -> str | None:
    """The option most like ``value``, upper and lower case alike; None if none is close."""
    folded = {option.casefold(): option for option in options}
    found = difflib.get_close_matches(value.casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else None


def listing(options: Iterable[str], limit: int = 24) -> str:
    """Options in one line, shortened when there are many."""
    names = list(options)
    more = f", and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def no_such(what: str, value: str, options: Iterable[str]) -> WrongUse:
    """The error for a name that does not exist: names the nearest one and lists the rest as the hint."""
    names = list(options)
    close = nearest(value, names)
    guess = f" Did you mean “{close}”?" if close else ""
    hint = f"There is: {listing(names)}." if names else "There is none."
    return WrongUse(f"There is no {what} “{value}”.{guess}", hint)


def pick(what: str, value: str, options: Iterable[str]) -> str:
    """The option equal to ``value`` but for upper and lower case; UserError naming the nearest otherwise."""
    names = list(options)
    for name in names:
        if name.casefold() == value.strip().casefold():
            return name
    raise no_such(what, value, names)


def misfit(error: ValidationError, owner: str, names: Iterable[str]) -> WrongUse:
    """The first fault pydantic found, as one sentence naming the field."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or owner
    if first["type"] == "extra_forbidden":
        return no_such(f"param of {owner} called", place, names)
    value = shown(first.get("input"))
    return WrongUse(f"“{place}” {reason(first)}, not {value}.", f"It is a param of {owner}.")


PLAIN = {
    "greater_than_equal": "must be at least {ge:.10g}",
    "less_than_equal": "must be at most {le:.10g}",
    "greater_than": "must be more than {gt:.10g}",
    "less_than": "must be less than {lt:.10g}",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_too_long": "must have at most {max_length} letters",
}


def reason(fault: Mapping[str, Any]) -> str:
    """The middle of a sentence: pydantic's message, in plain words where there are some."""
    text = str(fault["msg"])
    if fault["type"] in PLAIN:
        return PLAIN[fault["type"]].format(**fault.get("ctx", {}))
    if text.startswith("Input should be "):
        return "must be " + text.removeprefix("Input should be ")
    if text.startswith("Value error, "):
        return "does not fit: " + text.removeprefix("Value error, ").rstrip(".")
    return "does not fit: " + text[:1].lower() + text[1:]


def shown(value: object, limit: int = 60) -> str:
    """A value short enough for a sentence."""
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "…"
