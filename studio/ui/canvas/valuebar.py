"""A number as a bar to drag along and as text to type: what tool options are made of."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QObject, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSizePolicy, QWidget

from studio.ui.theme import colour
from studio.ui.widgets.editor import guard_wheel

DRAG = 3
CURVE = 3.0


class PlainSpin(QDoubleSpinBox):
    """A spin box without buttons. Its text has the whole width, where a stylesheet would leave it none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(QLocale.c())
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setKeyboardTracking(False)
        guard_wheel(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the text its room."""
        super().resizeEvent(event)
        self._give_room()

    def changeEvent(self, event: QEvent) -> None:
        """Another theme lays the field out anew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._give_room()

    def _give_room(self) -> None:
        self.lineEdit().setGeometry(self.rect().adjusted(5, 2, -5, -3))

    def textFromValue(self, value: float) -> str:
        """12 rather than 12.0."""
        text = f"{value:.{self.decimals()}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class ValueBar(PlainSpin):
    """A spin box whose field is also a slider: drag to slide, click to type, wheel and arrows to step.

    Args:
        title: shown before the number.
        low, high: inclusive range of the value.
        unit: shown after it; "%" shows a value of 0..1 as 0..100.
        integer: whole numbers only.
        curved: gives small values more room on the bar, for sizes.
    """

    edited = Signal(float)

    def __init__(
        self,
        title: str,
        low: float,
        high: float,
        unit: str = "",
        *,
        integer: bool = False,
        curved: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._factor = 100.0 if unit == "%" else 1.0
        self._curve = CURVE if curved else 1.0
        self._pressed_at: float | None = None
        self._sliding = False
        self.setDecimals(0 if integer or unit == "%" else 1)
        self.setRange(low * self._factor, high * self._factor)
        self.setSingleStep(5 if unit == "%" else 1)
        self._title = title
        self.setSuffix(" %" if unit == "%" else f" {unit}" if unit else "")
        self.setAccessibleName(title)
        self.setPrefix(f"{title}  ")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.lineEdit().installEventFilter(self)
        self.valueChanged.connect(lambda shown: self.edited.emit(shown / self._factor))

    def show_value(self, value: float) -> None:
        """Show a value without telling anyone."""
        with QSignalBlocker(self):
            self.setValue(value * self._factor)
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the title and the longest number."""
        return QSize(self._width_with(f"{self._title}  "), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for the title's first letter and the longest number."""
        return QSize(self._width_with(f"{self._title[0]}  "), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the title where there is no room for it."""
        super().resizeEvent(event)
        roomy = self.width() >= self.sizeHint().width()
        with QSignalBlocker(self):
            self.setPrefix(f"{self._title if roomy else self._title[0]}  ")

    def _width_with(self, prefix: str) -> int:
        longest = max((self.textFromValue(v) for v in (self.minimum(), self.maximum())), key=len)
        return self.fontMetrics().horizontalAdvance(f"{prefix}{longest}{self.suffix()}") + 22

    @property
    def share(self) -> float:
        """How far along the bar the value is, 0..1."""
        span = self.maximum() - self.minimum()
        return ((self.value() - self.minimum()) / span) ** (1 / self._curve) if span else 0.0

    def slide_to(self, share: float) -> None:
        """Set the value by its place on the bar."""
        share = min(1.0, max(0.0, share)) ** self._curve
        value = self.minimum() + share * (self.maximum() - self.minimum())
        self.setValue(round(value) if abs(value) >= 10 else value)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field, with a line along its foot up to the value."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("accent" if self.isEnabled() else "disabled"))
        room = QRectF(self.rect()).adjusted(4, self.height() - 4, -4, -2)
        painter.drawRoundedRect(
            QRectF(room.left(), room.top(), room.width() * self.share, room.height()), 1, 1
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A drag on the text slides; a click edits it."""
        if isinstance(event, QMouseEvent) and watched is self.lineEdit() and self.isEnabled():
            kind = event.type()
            if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self._pressed_at, self._sliding = event.globalPosition().x(), False
                return not self.lineEdit().hasFocus()
            if kind == QEvent.Type.MouseMove and self._pressed_at is not None:
                return self._slide(event)
            if kind == QEvent.Type.MouseButtonRelease and self._pressed_at is not None:
                return self._let_go()
        return super().eventFilter(watched, event)

    def _slide(self, event: QMouseEvent) -> bool:
        assert self._pressed_at is not None
        self._sliding |= abs(event.globalPosition().x() - self._pressed_at) >= DRAG
        if self._sliding:
            x = self.mapFromGlobal(event.globalPosition()).x()
            self.slide_to((x - 4) / max(1, self.width() - 8))
        return self._sliding

    def _let_go(self) -> bool:
        slid, self._pressed_at, self._sliding = self._sliding, None, False
        if not slid:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.selectAll()
        return True
