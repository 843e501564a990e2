"""What a tool gets to know of a mouse, pen or keyboard pointer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Button(Enum):
    """The button that matters to a gesture."""

    NONE = "none"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Pointer:
    """A position in document pixels (x, y) and in the viewport (view_x, view_y, logical pixels).

    pressure: 0..1, 1 for a mouse. eraser: the other end of the pen.
    """

    x: float
    y: float
    view_x: float
    view_y: float
    pressure: float = 1.0
    button: Button = Button.NONE
    shift: bool = False
    alt: bool = False
    ctrl: bool = False
    eraser: bool = False

    @property
    def pixel(self) -> tuple[int, int]:
        """The document pixel under the pointer."""
        return int(self.x // 1), int(self.y // 1)

    def distance(self, other: Pointer) -> float:
        """How far apart two positions are on the screen, in logical pixels."""
        return ((self.view_x - other.view_x) ** 2 + (self.view_y - other.view_y) ** 2) ** 0.5
