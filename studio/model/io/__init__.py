"""Opening and saving pictures and documents.

What it offers is loaded when first asked for: starting the studio touches no file format.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.model.io.atomic import atomic_write
    from studio.model.io.colour import to_profile, to_srgb
    from studio.model.io.files import export_image, open_document, open_image, save_document, save_state
    from studio.model.io.formats import FORMATS, Format, Formats
    from studio.model.io.metadata import notices

__all__ = [
    "FORMATS",
    "Format",
    "Formats",
    "atomic_write",
    "export_image",
    "notices",
    "open_document",
    "open_image",
    "save_document",
    "save_state",
    "to_profile",
    "to_srgb",
]
_HOMES = {
    "atomic": ("atomic_write",),
    "colour": ("to_profile", "to_srgb"),
    "files": ("export_image", "open_document", "open_image", "save_document", "save_state"),
    "formats": ("FORMATS", "Format", "Formats"),
    "metadata": ("notices",),
}


def __getattr__(name: str) -> Any:
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
