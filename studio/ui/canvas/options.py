"""The tool options bar: only what the current tool can be set to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from studio.app.tools import SelectionMode, ToolId, ToolState
from studio.ui.canvas.commands import KEYS
from studio.ui.canvas.fillings import Fillings
from studio.ui.canvas.numbers import CropNumbers, TransformNumbers
from studio.ui.canvas.tools.crop import CropTool
from studio.ui.canvas.tools.reshape import TransformTool
from studio.ui.canvas.valuebar import ValueBar
from studio.ui.canvas.view import CanvasView
from studio.ui.icons import IconLabel, icon
from studio.ui.widgets.fields import FieldSpec, Kind, fields_of
from studio.ui.widgets.plain import narrow_combo

SECTIONS: dict[ToolId, tuple[str, ...]] = {
    ToolId.BRUSH: ("brush",),
    ToolId.ERASER: ("eraser",),
    ToolId.INPAINT: ("inpaint",),
    ToolId.FILL: ("fill",),
    ToolId.GRADIENT: ("gradient",),
    ToolId.PICKER: ("picker",),
    ToolId.TRANSFORM: ("transform",),
    ToolId.CROP: ("crop",),
    ToolId.RECTANGLE: ("selection",),
    ToolId.ELLIPSE: ("selection",),
    ToolId.LASSO: ("selection",),
    ToolId.WAND: ("selection", "wand"),
}
HINTS = {
    ToolId.MOVE: "Drag the layer; arrow keys move it by a pixel, with Shift by ten.",
    ToolId.HAND: "Drag to move, with Shift to turn. Space holds the hand while any tool is chosen.",
    ToolId.ZOOM: "Click to zoom in, with Alt out, or drag to the right or left.",
}
HEIGHT = 40
MODES: tuple[tuple[SelectionMode, str], ...] = (
    ("replace", "New selection"),
    ("add", "Add to the selection (Shift)"),
    ("subtract", "Subtract from the selection (Alt)"),
    ("intersect", "Intersect with the selection (Shift+Alt)"),
)

Show = Callable[[Any], None]
Change = Callable[[Any], None]


class ToolOptions(QWidget):
    """A row of editors that changes with the tool."""

    def __init__(self, canvas: CanvasView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._tools: ToolState = canvas.app.tools
        self._pages: dict[ToolId, Page] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 3, 8, 3)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Tool options")
        self._tools.changed.connect(self._changed)
        self._show_tool()

    @property
    def page(self) -> Page:
        """The options of the current tool."""
        return self._pages[self._tools.tool]

    def _changed(self, section: str, field: str) -> None:
        if field == "tool":
            self._show_tool()
        for page in self._pages.values():
            page.refresh(section, field)

    def _show_tool(self) -> None:
        tool = self._tools.tool
        if tool not in self._pages:
            self._pages[tool] = Page(self._canvas, tool)
            self._row.addWidget(self._pages[tool])
        for owner, page in self._pages.items():
            page.setVisible(owner is tool)


class Page(QWidget):
    """The editors of one tool."""

    def __init__(self, canvas: CanvasView, tool: ToolId) -> None:
        super().__init__()
        self._tools = canvas.app.tools
        self._shows: dict[tuple[str, str], Show] = {}
        self.editors: dict[str, QWidget] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._add_title(tool)
        for section in SECTIONS.get(tool, ()):
            for spec in fields_of(type(self._tools.section(section))):
                self._add_editor(section, spec)
        self._add_numbers(canvas, tool)
        if tool in HINTS:
            self._row.addWidget(_hint(HINTS[tool]), 1)
        else:
            self._row.addStretch(1)

    def refresh(self, section: str, field: str) -> None:
        """Show a changed option."""
        show = self._shows.get((section, field))
        if show:
            show(getattr(self._tools.section(section), field))

    def _add_title(self, tool: ToolId) -> None:
        picture = IconLabel(str(tool), 18)
        title = QLabel(KEYS[tool][0])
        title.setMinimumWidth(title.sizeHint().width())
        self._row.addWidget(picture)
        self._row.addWidget(title)

    def _add_editor(self, section: str, spec: FieldSpec) -> None:
        def change(value: Any) -> None:
            self._tools.set(section, **{spec.name: value})

        widget, show = _editor(section, spec, type(self._tools.section(section)).model_fields, change)
        widget.setToolTip(f"{spec.title}: {spec.help}" if spec.help else spec.title)
        widget.setAccessibleName(spec.title)
        widget.setAccessibleDescription(spec.help)
        self._shows[section, spec.name] = show
        self.editors[f"{section}.{spec.name}"] = widget
        self._row.addWidget(widget)
        self.refresh(section, spec.name)

    def _add_numbers(self, canvas: CanvasView, tool: ToolId) -> None:
        acting = canvas.bench.tools[tool]
        if isinstance(acting, TransformTool):
            self._row.addWidget(TransformNumbers(acting, canvas))
        elif isinstance(acting, CropTool):
            self._row.addWidget(CropNumbers(acting, canvas))
        elif tool is ToolId.INPAINT:
            self._row.addWidget(Fillings(canvas))


def _editor(section: str, spec: FieldSpec, fields: Any, change: Change) -> tuple[QWidget, Show]:
    """An editor for one option, and how to show a value in it."""
    if spec.name == "mode":
        return _modes(change)
    if spec.kind is Kind.BOOLEAN:
        return _check(spec, change)
    if spec.kind is Kind.CHOICE:
        return _choice(spec, change)
    extra = fields[spec.name].json_schema_extra or {}
    bar = ValueBar(
        spec.title,
        spec.minimum or 0.0,
        spec.maximum or 0.0,
        spec.unit,
        integer=spec.kind is Kind.INTEGER,
        curved=bool(extra.get("curved")),
    )
    bar.edited.connect(lambda value: change(round(value) if spec.kind is Kind.INTEGER else value))
    return bar, bar.show_value


def _check(spec: FieldSpec, change: Change) -> tuple[QWidget, Show]:
    box = QCheckBox(spec.title)
    box.clicked.connect(change)
    return box, box.setChecked


def _choice(spec: FieldSpec, change: Change) -> tuple[QWidget, Show]:
    combo = narrow_combo()
    combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    combo.setSizeAdjustPolicy(combo.SizeAdjustPolicy.AdjustToContents)
    for value, label in spec.choices:
        combo.addItem(label, value)
    combo.activated.connect(lambda index: change(combo.itemData(index)))

    def show(value: Any) -> None:
        combo.setCurrentIndex(combo.findData(value))

    return combo, show


def _modes(change: Change) -> tuple[QWidget, Show]:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    group = QButtonGroup(holder)
    buttons = {mode: _mode_button(mode, title, change) for mode, title in MODES}
    for button in buttons.values():
        group.addButton(button)
        row.addWidget(button)

    def show(value: Any) -> None:
        with QSignalBlocker(group):
            buttons[value].setChecked(True)

    return holder, show


def _mode_button(mode: SelectionMode, title: str, change: Change) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(f"select-{mode}"))
    button.setCheckable(True)
    button.setToolTip(title)
    button.setAccessibleName(title)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.clicked.connect(lambda: change(mode))
    return button


def _hint(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("quiet", True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return label
