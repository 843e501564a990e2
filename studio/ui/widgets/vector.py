"""A list of numbers: one labelled slider each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from studio.ui.widgets.buttons import icon_button, keep_room
from studio.ui.widgets.editor import Editor
from studio.ui.widgets.numbers import NumberEdit


class VectorEdit(Editor):
    """A list of numbers within ``low`` and ``high``; sliders beyond a short list extend it when moved.

    ``neutral`` is what such sliders show and what the reset buttons go back to."""

    def __init__(
        self,
        parts: Sequence[str],
        low: float,
        high: float,
        *,
        step: float | None = None,
        integer: bool = False,
        shortest: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.neutral = min(max(0.0, low), high)
        self._shortest = shortest
        self._value: list[object] = [self.neutral] * shortest
        self._as_tuple = False
        self._title = ""
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self.numbers = [self._add(i, part, low, high, step, integer) for i, part in enumerate(parts)]
        self.row.addLayout(self._grid, 1)

    def value(self) -> object:
        """The numbers, as the kind of sequence they came in."""
        return tuple(self._value) if self._as_tuple else list(self._value)

    def set_value(self, value: object) -> None:
        """Show these numbers; kept exactly until one is moved."""
        self._as_tuple = isinstance(value, tuple)
        self._value = list(value) if isinstance(value, list | tuple) else [self.neutral] * self._shortest
        for index, number in enumerate(self.numbers):
            number.set_value(self._value[index] if index < len(self._value) else self.neutral)
            self._show_reset(index)

    def describe(self, title: str, help_text: str) -> None:
        """Name each slider after its part."""
        self._title = title
        for index, number in enumerate(self.numbers):
            number.describe(f"{title}: {self.label(index).text()}", help_text)

    def controls(self) -> Sequence[QWidget]:
        """All sliders and spin boxes in order."""
        return [control for number in self.numbers for control in number.controls()]

    def label(self, index: int) -> QLabel:
        """The label in front of one slider."""
        widget = self._grid.itemAtPosition(index, 0).widget()
        assert isinstance(widget, QLabel)
        return widget

    def rename(self, parts: Sequence[str]) -> None:
        """Give the sliders other labels."""
        for index, part in enumerate(parts[: len(self.numbers)]):
            self.label(index).setText(part)
            for control in self.numbers[index].controls():
                control.setAccessibleName(f"{self._title}: {part}")

    def show_only(self, count: int) -> None:
        """Hide the sliders after the first ``count``."""
        for row in range(len(self.numbers)):
            for place in (0, 1):
                self._grid.itemAtPosition(row, place).widget().setVisible(row < count)

    def neutralise(self) -> None:
        """Every number back to neutral: one change."""
        self._value = [self.neutral] * len(self._value)
        self.set_value(self.value())
        self.tell(self.value())

    def _add(
        self, index: int, part: str, low: float, high: float, step: float | None, integer: bool
    ) -> NumberEdit:
        number = NumberEdit(low, high, step, integer=integer)
        label = QLabel(part)
        label.setBuddy(number.controls()[0])
        clear = icon_button("reset", f"Reset {part}", lambda: self._set_one(index, self.neutral))
        clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        keep_room(clear)
        if number.slider is not None:
            number.slider.setProperty("bipolar", low < 0 < high)
        for column, widget in enumerate((label, number, clear)):
            self._grid.addWidget(widget, index, column)
        number.changed.connect(lambda value: self._moved(index, value))
        number.finished.connect(self.finished)
        return number

    def _set_one(self, index: int, value: float) -> None:
        self.numbers[index].set_value(value)
        self._moved(index, value)
        self.finished.emit()

    def _show_reset(self, index: int) -> None:
        button = self._grid.itemAtPosition(index, 2).widget()
        button.setVisible(self.numbers[index].value() != self.neutral)

    def _moved(self, index: int, value: object) -> None:
        missing = index + 1 - len(self._value)
        self._value += [self.neutral] * max(0, missing)
        self._value[index] = value
        self._show_reset(index)
        self.changed.emit(self.value())
