"""Opening and saving pictures and documents."""

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
