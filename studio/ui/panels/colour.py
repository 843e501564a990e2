"""The colour panel: foreground and background, a picker, recent colours and a palette."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QWidget

from studio.app.session import App
from studio.app.tools import Rgba
from studio.ui.panels.base import column, follow
from studio.ui.widgets.buttons import icon_button
from studio.ui.widgets.color_edit import Swatch
from studio.ui.widgets.color_picker import ColorPicker
from studio.ui.widgets.section import quiet_label, scrolled
from studio.ui.widgets.swatch_grid import SwatchGrid

COLUMNS = 12
RECENT = COLUMNS
TONES = ((0.28, 1.0), (0.62, 0.95), (0.9, 0.8), (0.85, 0.45))


def palette_colors() -> list[QColor]:
    """A row of greys, then four tones of twelve hues."""
    greys = [QColor.fromHsvF(0, 0, 1 - i / (COLUMNS - 1)) for i in range(COLUMNS)]
    return [*greys, *(QColor.fromHsvF(i / COLUMNS, s, v) for s, v in TONES for i in range(COLUMNS))]


class ColourPanel(QWidget):
    """What is picked here becomes the foreground or the background, whichever swatch is pressed."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.foreground = Swatch(QColor(), "Foreground colour")
        self.background = Swatch(QColor(), "Background colour")
        self.swap = icon_button("swap-colours", "Swap foreground and background", app.tools.swap_colours)
        self.reset = icon_button("reset", "Black on white", app.tools.reset_colours)
        self.which = QLabel()
        self.which.setProperty("quiet", True)
        self.picker = ColorPicker()
        self.recent = SwatchGrid("Recent colours", COLUMNS)
        self.palette_grid = SwatchGrid("Palette", COLUMNS)
        self.palette_grid.set_colors(palette_colors())
        self._group = QButtonGroup(self)
        for swatch in (self.foreground, self.background):
            swatch.setCheckable(True)
            swatch.setFixedSize(40, 28)
            self._group.addButton(swatch)
        self.foreground.setChecked(True)
        self._lay_out()
        self._wire()
        self._show()
        self._show_recent()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        for widget in (self.foreground, self.background, self.swap, self.reset):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.which)
        ground = QWidget()
        inner = column(ground)
        inner.addLayout(head)
        inner.addWidget(self.picker, 1)
        self.recent_title = quiet_label("Recent")
        inner.addWidget(self.recent_title)
        inner.addWidget(self.recent)
        inner.addWidget(quiet_label("Palette"))
        inner.addWidget(self.palette_grid)
        column(self, margin=0).addWidget(scrolled(ground))

    def _wire(self) -> None:
        self.picker.changed.connect(self._set)
        self.picker.finished.connect(lambda: self._remember(self.picker.color()))
        self.recent.picked.connect(self._set)
        self.palette_grid.picked.connect(self._pick)
        self._group.buttonToggled.connect(lambda *_: self._show())
        follow(self, self._app.tool_changed, self._show)

    @property
    def _is_foreground(self) -> bool:
        return self.foreground.isChecked()

    def _show(self) -> None:
        """Show the colours in use; the picker keeps its hue while it is the one that set them."""
        tools = self._app.tools
        self.foreground.set_color(QColor(*tools.foreground))
        self.background.set_color(QColor(*tools.background))
        self.which.setText("Foreground" if self._is_foreground else "Background")
        color = QColor(*(tools.foreground if self._is_foreground else tools.background))
        if color.rgb() != self.picker.color().rgb():
            self.picker.set_color(color)

    def _set(self, color: QColor) -> None:
        rgba: Rgba = (color.red(), color.green(), color.blue(), 255)
        if self._is_foreground:
            self._app.tools.set_foreground(rgba)
        else:
            self._app.tools.set_background(rgba)

    def _pick(self, color: QColor) -> None:
        self._set(color)
        self._remember(color)

    def _remember(self, color: QColor) -> None:
        """Put a colour to the front of the recent ones."""
        kept = [name for name in self._app.settings.window.recent_colours if name != color.name()]
        self._app.settings.set("window", "recent_colours", [color.name(), *kept][:RECENT])
        self._show_recent()

    def _show_recent(self) -> None:
        names = self._app.settings.window.recent_colours
        self.recent.set_colors([color for name in names if (color := QColor(name)).isValid()])
        self.recent.setVisible(bool(names))
        self.recent_title.setVisible(bool(names))
