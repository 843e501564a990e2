"""Reading and writing pictures. The formats are loaded when a file is first touched, not at the start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.model.document import Document
from studio.model.media import Image
from studio.model.state import DocumentState


def read_document(path: Path) -> Document:
    """A document from a file; see `studio.model.io.open_document`."""
    from studio.model.io import open_document

    return open_document(path)


def read_image(icc: bytes | None, path: Path) -> Image:
    """The picture in a file, in the colours of a document with that profile."""
    from studio.model.io import open_image, to_profile

    return to_profile(open_image(path), icc)


def lost_in_reading(document: Document) -> tuple[str, ...]:
    """What could not be kept when the document was read, as sentences."""
    from studio.model.io import notices

    return notices(document.meta)


def keeps_layers(path: Path) -> bool:
    """Whether a file of that name keeps layers; `UserError` for a name that cannot be written."""
    from studio.model.io import FORMATS

    return FORMATS.writer_for(path).layers


def write_state(
    state: DocumentState, path: Path, options: Mapping[str, Any] | None = None
) -> tuple[str, ...]:
    """Write a document as the name says; what was lost, as sentences."""
    from studio.model.io import save_state

    return save_state(state, path, options)


def write_image(image: Image, path: Path) -> tuple[str, ...]:
    """Write one picture as the name says; what was lost, as sentences."""
    from studio.model.io import export_image

    return export_image(image, path)
