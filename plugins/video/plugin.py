"""Clips that a network makes: from noise, and from a still picture."""

from .animate import Animate
from .video import Video

__all__ = ["Animate", "Video"]
