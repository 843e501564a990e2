"""The recipe of a result: enough to make the same pixels again on the same device."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from studio.model.errors import UserError

KEY = "latent-studio:provenance"  # name of the PNG text chunk and of the OpenRaster attribute
MAX_CHARS = 1 << 16


@dataclass(frozen=True)
class Provenance:
    """Which generator, in which version, with which params, seed, weights and inputs made a result.

    ``weights`` is the SHA-256 of the weights file, or None; ``inputs`` maps input names to content digests.
    """

    generator: str
    version: str
    params: Mapping[str, Any]
    seed: int
    weights: str | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line of JSON with sorted keys, so equal recipes give equal text."""
        raw = vars(self) | {"params": dict(self.params), "inputs": dict(self.inputs)}
        return json.dumps(raw, sort_keys=True, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Provenance:
        """Read what ``to_json`` wrote; UserError if it is anything else, however strange."""
        try:
            raw = json.loads(text) if len(text) <= MAX_CHARS else None
        except (ValueError, RecursionError):
            raw = None
        if not isinstance(raw, dict) or not is_recipe(cast(dict[str, Any], raw)):
            raise UserError("The file's record of how it was made is damaged.", "The picture itself is fine.")
        return Provenance(**cast(dict[str, Any], raw))


def is_recipe(raw: Mapping[str, Any]) -> bool:
    """Whether decoded JSON has exactly the fields of a Provenance, each of the right kind."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "generator": str,
        "version": str,
        "params": dict,
        "seed": int,
        "weights": (str, type(None)),
        "inputs": dict,
    }
    if set(raw) != set(kinds) or not all(isinstance(raw[key], kind) for key, kind in kinds.items()):
        return False
    return all(isinstance(digest, str) for digest in raw["inputs"].values())
