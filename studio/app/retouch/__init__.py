"""Taking things out of a picture: marks painted over them, and what they are filled with."""

from studio.app.retouch.marks import Mark, Marks
from studio.app.retouch.session import Filling, Retouch

__all__ = ["Filling", "Mark", "Marks", "Retouch"]
