"""Errors a person can act on. Anything else that is raised is a bug."""

from __future__ import annotations


class UserError(Exception):
    """One clear sentence for the notice bar or the terminal, and a hint what to do about it.

    Args:
        sentence: what went wrong, complete, with full stop.
        hint: what to try; may be empty.
    """

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __reduce__(self) -> tuple[type[UserError], tuple[str, str]]:
        """Keep the hint when the error crosses a process boundary."""
        return type(self), (self.sentence, self.hint)
