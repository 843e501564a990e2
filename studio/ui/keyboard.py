"""Where the keyboard goes: from field to field with Tab, and to a panel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

_TABS = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
_SHORTCUT = Qt.FocusReason.ShortcutFocusReason


def takes_tab(event: QEvent) -> bool:
    """Whether this asks for Tab to be a shortcut. It is refused, so that the key moves the focus instead.

    Qt asks the widget that has the keyboard, then those around it; a window answers for all that is in it.
    """
    if event.type() != QEvent.Type.ShortcutOverride:
        return False
    assert isinstance(event, QKeyEvent)
    if event.key() not in _TABS or event.modifiers() not in _PLAIN:
        return False
    event.accept()
    return True


class TabbingDock(QDockWidget):
    """A dock that keeps Tab for its fields, in a window of its own too."""

    def event(self, event: QEvent) -> bool:
        """See `takes_tab`."""
        return takes_tab(event) or super().event(event)


def fields(widget: QWidget) -> Iterator[QWidget]:
    """What Tab comes to inside a widget, in its order, hidden or not."""
    inside = widget.nextInFocusChain()
    while inside is not widget:
        by_tab = bool(inside.focusPolicy() & Qt.FocusPolicy.TabFocus) and inside.focusProxy() is None
        if by_tab and widget.isAncestorOf(inside):
            yield inside
        inside = inside.nextInFocusChain()


def holds_keyboard(widget: QWidget) -> bool:
    """Whether something inside a widget has the keyboard."""
    now = QApplication.focusWidget()
    return now is not None and widget.isAncestorOf(now)


def enter(widget: QWidget) -> bool:
    """Give the keyboard to the first field in a widget that is ready for it; whether there is one."""
    found = next((w for w in fields(widget) if w.isVisible() and w.isEnabled()), None)
    if found is not None:
        found.setFocus(_SHORTCUT)
    return found is not None


def chain(first: QWidget, widgets: Iterable[QWidget]) -> None:
    """Let Tab come to some widgets one after the other, beginning after `first`."""
    for widget in list(widgets):
        QWidget.setTabOrder(first, widget)
        first = widget
