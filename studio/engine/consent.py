"""What the user agreed to run: one entry per plugin content, so a changed file asks again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from studio.model.errors import UserError


class Consent:
    """Content hashes the user agreed to, kept in a JSON file; in memory only without one."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._agreed = self._read()

    def __contains__(self, digest: str) -> bool:
        return digest in self._agreed

    def agree(self, digest: str, name: str) -> None:
        """Remember the agreement to a content; UserError when it cannot be written down."""
        self._write(self._agreed | {digest: name})

    def withdraw(self, digest: str) -> None:
        """Forget an agreement."""
        self._write({key: name for key, name in self._agreed.items() if key != digest})

    def _read(self) -> dict[str, str]:
        try:
            raw: object = json.loads(self._path.read_text("utf-8")) if self._path else {}
        except (OSError, ValueError):
            return {}
        entries = cast(dict[object, object], raw) if isinstance(raw, dict) else {}
        return {str(key): str(name) for key, name in entries.items()}

    def _write(self, agreed: dict[str, str]) -> None:
        self._agreed = agreed
        if self._path is None:
            return
        draft = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(agreed, indent=1, sort_keys=True), "utf-8")
            draft.replace(self._path)
        except OSError as error:
            raise UserError(
                f"Your agreement could not be written down: {error.strerror}.", str(self._path)
            ) from None
