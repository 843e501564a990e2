"""Buttons that look alike everywhere: an icon, a tooltip, a name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from studio.ui.theme import icon as themed_icon

ICON_SIZE = QSize(16, 16)


def icon_button(
    icon: str, tip: str, run: Callable[[], object] | None = None, *, checkable: bool = False
) -> QToolButton:
    """A flat button with an icon of the theme. ``tip`` is its tooltip and its accessible name."""
    button = QToolButton()
    button.setIconSize(ICON_SIZE)
    button.setAutoRaise(True)
    button.setCheckable(checkable)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    set_icon(button, icon)
    name(button, tip)
    if run is not None:
        button.clicked.connect(lambda: run())
    return button


def set_icon(button: QToolButton, icon: str) -> None:
    """Change the icon; the theme recolours it."""
    button.setIcon(themed_icon(icon))


def text_button(text: str, tip: str, run: Callable[[], object], *, primary: bool = False) -> QPushButton:
    """A push button; ``primary`` marks the one thing the panel is for."""
    button = QPushButton(text)
    button.setProperty("primary", primary)
    button.setToolTip(tip)
    button.setAccessibleDescription(tip)
    button.clicked.connect(lambda: run())
    return button


def name(widget: QWidget, title: str) -> None:
    """Give a widget without text its tooltip and its accessible name."""
    widget.setToolTip(title)
    widget.setAccessibleName(title)


def keep_room(widget: QWidget) -> None:
    """Leave its place empty while it is hidden, so that nothing jumps."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


def button_row(*widgets: QWidget | None) -> QHBoxLayout:
    """Buttons side by side; ``None`` is the stretch between them."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    return row


def plain_icon(icon: str) -> QIcon:
    """An icon of the theme, for menus and lists."""
    return themed_icon(icon)
