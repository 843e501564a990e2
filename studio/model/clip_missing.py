"""A clip or sound whose file is not where it was: it says so when it is looked at, until it is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from studio.model.clip import Block, Frame
from studio.model.errors import UserError


@dataclass(frozen=True)
class Missing:
    """Footage and sound of a file that is gone. expected: the fingerprint it had, "" if that is not known."""

    path: str
    expected: str = ""

    @property
    def error(self) -> UserError:
        """What to tell."""
        return UserError(
            f"“{Path(self.path).name}” is missing.", "Find it with Clip > Find the Missing File."
        )

    def frames(self, start: Fraction, end: Fraction | None) -> Iterator[Frame]:
        """See `Footage`."""
        raise self.error

    def blocks(self, start: Fraction = Fraction(0), end: Fraction | None = None) -> Iterator[Block]:
        """See `Sound`."""
        raise self.error

    def digest(self) -> str:
        """The fingerprint it had."""
        return self.expected
