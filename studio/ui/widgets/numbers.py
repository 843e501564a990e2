"""Numbers: a spin box, and beside it a slider where both bounds are known."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QLocale, QPoint, QPointF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from studio.ui.widgets.editor import Editor, guard_wheel

MOST_STOPS = 10_000
FAR = 1e12


def tidy_step(low: float, high: float) -> float:
    """About a hundredth of the range, as 1, 2 or 5 times a power of ten."""
    rough = (high - low) / 100
    if rough <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.99)


class JumpSlider(QSlider):
    """A slider whose handle comes to where the groove is pressed, and can be dragged from there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setMinimumWidth(60)
        guard_wheel(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle under the pointer first, so that the drag that follows has hold of it."""
        if event.button() == Qt.MouseButton.LeftButton and not self._handle_at(event.position().toPoint()):
            self.setSliderDown(True)
            self.setSliderPosition(self._position_at(event.position()))
        super().mousePressEvent(event)

    def _option(self) -> QStyleOptionSlider:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        return option

    def _handle_at(self, point: QPoint) -> bool:
        part = QStyle.SubControl.SC_SliderHandle
        rect = self.style().subControlRect(QStyle.ComplexControl.CC_Slider, self._option(), part, self)
        return rect.contains(point)

    def _position_at(self, point: QPointF) -> int:
        part = QStyle.SubControl.SC_SliderHandle
        handle = self.style().subControlRect(QStyle.ComplexControl.CC_Slider, self._option(), part, self)
        span = max(1, self.width() - handle.width())
        x = round(point.x() - handle.width() / 2)
        return QStyle.sliderValueFromPosition(
            self.minimum(), self.maximum(), x, span, self._option().upsideDown
        )


def inset(box: QAbstractSpinBox) -> None:
    """Keep a spin box's text off its frame, for which a stylesheet has no word."""
    box.lineEdit().setTextMargins(4, 0, 0, 0)


class TidySpin(QDoubleSpinBox):
    """A spin box that shows 0.7 rather than 0.700000, with the decimal point everywhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(QLocale.c())
        inset(self)
        guard_wheel(self)

    def textFromValue(self, value: float) -> str:
        """No trailing zeros."""
        text = f"{value:.{self.decimals()}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class NumberEdit(Editor):
    """An int or float. Without both bounds there is no slider. ``step`` is in the value's own unit; a value
    set from outside is kept exactly, whatever the spin box can show."""

    pressed = Signal()

    def __init__(
        self,
        low: float | None = None,
        high: float | None = None,
        step: float | None = None,
        unit: str = "",
        *,
        integer: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._integer = integer
        self._low, self._high = -FAR if low is None else low, FAR if high is None else high
        self._bounded = low is not None and high is not None and high > low
        self._step = step or self._default_step()
        self._value: object = 0
        self.slider = self._make_slider() if self._bounded else None
        self.spin = self._make_spin(unit)
        self.row.addWidget(self.spin, 0 if self.slider else 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def value(self) -> object:
        """The number, int where the field is."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show ``value``; kept as it is even beyond the bounds, for the form to complain about."""
        self._value = value
        if isinstance(value, int | float) and math.isfinite(value):
            self._show(float(value))

    def controls(self) -> Sequence[QWidget]:
        """Slider and spin box."""
        return [self.slider, self.spin] if self.slider else [self.spin]

    def _default_step(self) -> float:
        if not self._bounded:
            return 1.0 if self._integer else 0.1
        tidy = tidy_step(self._low, self._high)
        return max(1.0, round(tidy)) if self._integer else tidy

    def _make_slider(self) -> JumpSlider:
        slider = JumpSlider(self)
        stops = min(MOST_STOPS, max(1, round((self._high - self._low) / self._slider_step())))
        slider.setRange(0, stops)
        slider.setPageStep(max(1, stops // 10))
        slider.setTracking(True)
        slider.sliderPressed.connect(self.pressed)
        slider.valueChanged.connect(self._slid)
        slider.sliderReleased.connect(self.finished)
        self.row.addWidget(slider, 1)
        return slider

    def _slider_step(self) -> float:
        return 1.0 if self._integer and self._high - self._low <= 200 else self._step

    def _make_spin(self, unit: str) -> TidySpin:
        spin = TidySpin(self)
        spin.setDecimals(0 if self._integer else 6)
        spin.setRange(self._low, self._high)
        spin.setSingleStep(self._step)
        spin.setSuffix(f" {unit}" if unit else "")
        spin.valueChanged.connect(self._spun)
        if self._bounded:
            spin.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            spin.setFixedWidth(self._spin_width(spin))
        else:
            spin.setMinimumWidth(72)
        return spin

    def _spin_width(self, spin: TidySpin) -> int:
        tail = 0 if self._integer else max(0, -math.floor(math.log10(self._step) + 1e-9))
        widest = max((f"{v:.{tail}f}{spin.suffix()}" for v in (self._low, self._high)), key=len)
        return max(80, spin.fontMetrics().horizontalAdvance(widest) + 44)

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for a dock of 280 px."""
        return QSize(120, self.sizeHint().height())

    def _slid(self, position: int) -> None:
        share = position / self.slider.maximum()
        value = self._low + share * (self._high - self._low)
        step = self._slider_step()
        value = min(self._high, max(self._low, round(value / step) * step))
        if position in (0, self.slider.maximum()):
            value = self._low if position == 0 else self._high
        self._take(round(value, 9))
        with QSignalBlocker(self.spin):
            self.spin.setValue(float(self._value))
        self.changed.emit(self._value)
        if not self.slider.isSliderDown():
            self.finished.emit()

    def _spun(self, value: float) -> None:
        self._take(value)
        self._place_slider(value)
        self.tell(self._value)

    def _take(self, value: float) -> None:
        self._value = round(value) if self._integer else value

    def _show(self, value: float) -> None:
        with QSignalBlocker(self.spin):
            self.spin.setValue(value)
        self._place_slider(value)

    def _place_slider(self, value: float) -> None:
        if self.slider is None:
            return
        with QSignalBlocker(self.slider):
            share = (value - self._low) / (self._high - self._low)
            self.slider.setValue(round(min(1.0, max(0.0, share)) * self.slider.maximum()))
