"""What the application may ask of the person, and what it needs to know of the view.

The window implements it; tests and the command line give a simple one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel

from studio.model.document import Document
from studio.model.media import Image


class Unsaved(Enum):
    """Answers to "save the changes?"."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


@dataclass(frozen=True)
class NewDocument:
    """What a new document shall be. Sizes in pixels."""

    width: int
    height: int
    depth: Literal["8", "16"] = "8"
    background: Literal["white", "black", "transparent"] = "white"


@dataclass(frozen=True)
class Export:
    """Where and how to export."""

    path: Path
    options: dict[str, object] = field(default_factory=dict)


class Face(Protocol):
    """Questions wait for their answer and return None (or CANCEL) when the person thinks better of it."""

    def ask_open(self, title: str, *, several: bool = True) -> list[Path]:
        """Files to open."""
        ...

    def ask_save(self, document: Document) -> Path | None:
        """Where to save a document."""
        ...

    def ask_export(self, document: Document) -> Export | None:
        """Where and how to export the flattened picture."""
        ...

    def ask_new(self) -> NewDocument | None:
        """Size and background of a new document."""
        ...

    def ask_unsaved(self, document: Document) -> Unsaved:
        """What to do about unsaved changes before closing."""
        ...

    def ask_size(self, title: str, width: int, height: int) -> tuple[int, int] | None:
        """Another size in pixels."""
        ...

    def ask_text(self, title: str, label: str, value: str) -> str | None:
        """One line of text."""
        ...

    def ask_number(self, title: str, label: str, value: int, low: int, high: int) -> int | None:
        """One whole number in a range."""
        ...

    def ask_form(
        self, title: str, accept: str, model: type[BaseModel], choices: Mapping[str, Sequence[str]], note: str
    ) -> dict[str, object] | None:
        """Values for the fields of a model, by name. accept: the button. note: what it is about."""
        ...

    def clipboard_image(self) -> Image | None:
        """The picture on the clipboard, if there is one."""
        ...

    def set_clipboard(self, image: Image) -> None:
        """Put a picture on the clipboard."""
        ...

    def view_centre(self) -> tuple[float, float]:
        """The document position in the middle of the view, in pixels."""
        ...

    def show(self, what: str) -> None:
        """Bring up a part of the window: "settings", "palette", "shortcuts", "about", "generator", ..."""
        ...

    def quit(self) -> None:
        """Close the window (asking about unsaved changes first)."""
        ...
