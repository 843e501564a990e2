"""Writing and editing notes without a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from studio.ui.pianoroll.view import RollView

Key = Qt.Key
ARROWS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, 1), Key.Key_Down: (0, -1)}


def handle_key(view: RollView, event: QKeyEvent) -> bool:
    """Do what a key means on the roll; whether it means anything.

    Arrows move the cursor (Ctrl: by bars and octaves), Enter writes or removes a note, S chooses what is at
    the cursor, with Shift besides what is chosen already. With chosen notes Alt and arrows move them, Shift
    and arrows stretch them and change their velocity.
    """
    key, modifiers = Qt.Key(event.key()), event.modifiers()
    if key in ARROWS:
        return arrow(view, *ARROWS[key], modifiers)
    plain = modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
    if key in (Key.Key_Return, Key.Key_Enter) and plain:
        view.desk.write_at_cursor()
        view.show_tick(view.desk.cursor[0])
    elif key == Key.Key_S and (plain or modifiers == Qt.KeyboardModifier.ShiftModifier):
        view.desk.pick_at_cursor(besides=not plain)
    elif key == Key.Key_Home and plain:
        view.desk.step_cursor(-(1 << 20), 0)
        view.show_tick(0)
    elif key == Key.Key_Escape:
        return view.hand.cancel() or unselect(view)
    else:
        return False
    return True


def unselect(view: RollView) -> bool:
    """Choose nothing; whether anything was chosen."""
    if not view.desk.selection:
        return False
    view.desk.select(())
    return True


def arrow(view: RollView, across: int, up: int, modifiers: Qt.KeyboardModifier) -> bool:
    """An arrow key."""
    desk = view.desk
    if modifiers & Qt.KeyboardModifier.AltModifier and desk.selection:
        desk.move(across * desk.grid, up, "nudge")
    elif modifiers & Qt.KeyboardModifier.ShiftModifier and desk.selection:
        if across:
            desk.stretch(across * desk.grid, "stretch")
        else:
            desk.louder(up * 5)
    elif modifiers & Qt.KeyboardModifier.ControlModifier:
        bar = desk.melody.meter_at(desk.cursor[0]).bar(desk.melody.resolution)
        desk.step_cursor(across * max(1, bar // desk.grid), up * 12)
    else:
        desk.step_cursor(across, up)
    view.show_tick(desk.cursor[0])
    view.show_pitch(desk.cursor[1])
    return True
