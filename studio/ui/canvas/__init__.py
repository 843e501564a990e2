"""The canvas: the picture, the tools, and what they are set to."""

from studio.ui.canvas.commands import COMMANDS
from studio.ui.canvas.view import CanvasView

__all__ = ["COMMANDS", "CanvasView"]
