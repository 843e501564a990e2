"""The seed: a number, a dice and a lock."""

from __future__ import annotations

import random
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from studio.ui.widgets.buttons import icon_button, set_icon
from studio.ui.widgets.editor import Editor
from studio.ui.widgets.numbers import TidySpin


class SeedEdit(Editor):
    """A seed. Unlocked, ``roll_unless_locked`` draws a new one before each run; typing one locks it."""

    def __init__(
        self,
        low: int,
        high: int,
        *,
        locked: bool = False,
        lockable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._low, self._high = low, high
        self._value: object = low
        self.spin = self._make_spin()
        self.dice = icon_button("dice", "Draw a new seed", self.roll)
        self.lock = icon_button("lock-open", "Keep this seed", checkable=True)
        self.lock.toggled.connect(self._show_lock)
        self.lock.setChecked(locked or not lockable)
        self.row.addWidget(self.spin, 1)
        self.row.addWidget(self.dice)
        self.row.addWidget(self.lock)
        self.lock.setVisible(lockable)  # not before it lies in something, or it is a window of its own

    def value(self) -> object:
        """The seed."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show a seed."""
        self._value = value
        if isinstance(value, int):
            with QSignalBlocker(self.spin):
                self.spin.setValue(value)

    def describe(self, title: str, help_text: str) -> None:
        """Name the number; the buttons say themselves what they do."""
        super().describe(title, help_text)
        self.dice.setAccessibleName(f"{title}: draw a new one")
        self.lock.setAccessibleName(f"{title}: keep it")

    def controls(self) -> Sequence[QWidget]:
        """The number."""
        return [self.spin]

    def roll(self) -> None:
        """Draw a new seed."""
        self.set_value(random.randint(max(0, self._low), self._high))
        self.tell(self._value)

    def roll_unless_locked(self) -> None:
        """Draw a new seed if the person has not asked to keep this one."""
        if not self.lock.isChecked():
            self.roll()

    def _make_spin(self) -> TidySpin:
        spin = TidySpin(self)
        spin.setDecimals(0)
        spin.setRange(self._low, self._high)
        spin.setSpecialValueText("Off" if self._low < 0 else "")
        spin.setMinimumWidth(72)
        spin.valueChanged.connect(self._typed)
        return spin

    def _typed(self, value: float) -> None:
        self._value = int(value)
        self.lock.setChecked(True)
        self.tell(self._value)

    def _show_lock(self, locked: bool) -> None:
        set_icon(self.lock, "lock" if locked else "lock-open")
        self.lock.setToolTip("This seed is kept" if locked else "A new seed is drawn for each picture")
