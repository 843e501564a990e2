"""The numbers of an open transform or crop, with its Apply and Cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio.model.geometry import Rect
from studio.ui.canvas.tools.box import Box
from studio.ui.canvas.tools.crop import CropTool
from studio.ui.canvas.tools.reshape import TransformTool
from studio.ui.canvas.valuebar import PlainSpin
from studio.ui.canvas.view import CanvasView
from studio.ui.widgets.buttons import text_button

FAR = 100_000.0


class Numbers(QWidget):
    """A row of labelled numbers and the two buttons; `fill` shows what the tool has."""

    def __init__(self, canvas: CanvasView, titles: dict[str, str], decimals: int) -> None:
        super().__init__()
        self.setObjectName("numbers")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(5)
        self.spins = {name: self._spin(name, title, decimals) for name, title in titles.items()}
        bench = canvas.bench
        self.apply_button = text_button("Apply", "Do it (Enter)", bench.apply, primary=True)
        self.cancel_button = text_button("Cancel", "Give it up (Esc)", bench.cancel)
        self._row.addSpacing(6)
        self._row.addWidget(self.apply_button)
        self._row.addWidget(self.cancel_button)

    def fill(self, values: dict[str, float] | None, is_open: bool) -> None:
        """Show numbers, or none."""
        for name, spin in self.spins.items():
            spin.setEnabled(values is not None)
            with QSignalBlocker(spin):
                spin.setValue(values[name] if values else 0.0)
        self.apply_button.setEnabled(is_open)
        self.cancel_button.setEnabled(is_open)

    def on_change(self, name: str, take: Callable[[float], None]) -> None:
        """Hand over what the person types."""
        self.spins[name].valueChanged.connect(take)

    def _spin(self, name: str, title: str, decimals: int) -> PlainSpin:
        label = QLabel(name)
        spin = PlainSpin()
        spin.setRange(-FAR, FAR)
        spin.setDecimals(decimals)
        spin.setFixedWidth(64)
        spin.setSuffix("°" if name == "Angle" else "")
        spin.setAccessibleName(title)
        spin.setToolTip(title)
        label.setBuddy(spin)
        self._row.addWidget(label)
        self._row.addWidget(spin)
        return spin


class TransformNumbers(Numbers):
    """Centre, size and angle of the box."""

    def __init__(self, tool: TransformTool, canvas: CanvasView) -> None:
        super().__init__(
            canvas,
            {
                "X": "Centre from the left, in pixels",
                "Y": "Centre from the top, in pixels",
                "W": "Width in pixels; negative mirrors",
                "H": "Height in pixels; negative mirrors",
                "Angle": "Angle in degrees, clockwise",
            },
            decimals=1,
        )
        self._tool = tool
        self.on_change("X", lambda value: self._change(lambda box: replace(box, x=value)))
        self.on_change("Y", lambda value: self._change(lambda box: replace(box, y=value)))
        self.on_change("Angle", lambda value: self._change(lambda box: replace(box, angle=value)))
        self.on_change("W", lambda value: tool.set_size(width=value))
        self.on_change("H", lambda value: tool.set_size(height=value))
        tool.changed.connect(self._show)
        self._show()

    def _change(self, to: Callable[[Box], Box]) -> None:
        if self._tool.box:
            self._tool.set_box(to(self._tool.box))

    def _show(self) -> None:
        box = self._tool.box
        values = box and {
            "X": box.x,
            "Y": box.y,
            "W": box.width * box.scale_x,
            "H": box.height * box.scale_y,
            "Angle": box.angle,
        }
        self.fill(values, self._tool.open)


class CropNumbers(Numbers):
    """Corner and size of the box."""

    def __init__(self, tool: CropTool, canvas: CanvasView) -> None:
        super().__init__(
            canvas,
            {
                "X": "Left edge in pixels",
                "Y": "Top edge in pixels",
                "W": "Width in pixels",
                "H": "Height in pixels",
            },
            decimals=0,
        )
        self._tool = tool
        for name in self.spins:
            self.on_change(name, lambda value, name=name: self._change(name, round(value)))
        tool.changed.connect(self._show)
        self._show()

    def _change(self, name: str, value: int) -> None:
        rect = self._tool.rect
        if rect:
            field = name.lower()
            self._tool.set_rect(rect._replace(**{field: max(1, value) if field in "wh" else value}))

    def _show(self) -> None:
        rect = self._tool.rect
        self.fill(rect and _numbers(rect), self._tool.open)


def _numbers(rect: Rect) -> dict[str, float]:
    return {"X": rect.x, "Y": rect.y, "W": rect.w, "H": rect.h}
