"""What can be done to the view and with the tools, as commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from studio.app.commands import Command
from studio.app.session import App
from studio.app.tools import ToolId
from studio.ui.canvas.view import CanvasView, canvas_of

TURN = 15.0
KEYS = {
    ToolId.MOVE: ("Move", "V", "Drag the active layer; arrow keys move it by pixels"),
    ToolId.TRANSFORM: ("Transform", "Ctrl+T", "Scale and turn the active layer"),
    ToolId.CROP: ("Crop", "C", "Cut the document down to a box"),
    ToolId.RECTANGLE: ("Rectangle Selection", "M", "Select a rectangle"),
    ToolId.ELLIPSE: ("Ellipse Selection", "Shift+M", "Select an ellipse"),
    ToolId.LASSO: ("Lasso Selection", "L", "Select what a free line encloses"),
    ToolId.WAND: ("Magic Wand", "W", "Select what looks alike"),
    ToolId.BRUSH: ("Brush", "B", "Paint with the foreground colour"),
    ToolId.ERASER: ("Eraser", "E", "Take colour away"),
    ToolId.INPAINT: ("Inpaint", "J", "Paint over something to take it out; Alt takes marks away"),
    ToolId.FILL: ("Fill", "G", "Fill with the foreground colour"),
    ToolId.GRADIENT: ("Gradient", "Shift+G", "Lay a gradient along a line"),
    ToolId.PICKER: ("Colour Picker", "I", "Take a colour from the picture"),
    ToolId.HAND: ("Hand", "H", "Move the picture in the window; Shift turns it"),
    ToolId.ZOOM: ("Zoom", "Z", "Click to zoom in, with Alt out"),
}


def has_document(app: App) -> bool:
    """Whether a document is open."""
    return app.document is not None


def _on_view(action: Callable[[CanvasView], object]) -> Callable[[App], None]:
    def run(app: App) -> None:
        canvas = canvas_of(app)
        if canvas is not None:
            action(canvas)

    return run


def _state(test: Callable[[CanvasView], bool]) -> Callable[[App], bool]:
    def checked(app: App) -> bool:
        canvas = canvas_of(app)
        return canvas is not None and test(canvas)

    return checked


def _view(
    name: str, title: str, keys: str, icon: str, action: Callable[[CanvasView], object], group: str
) -> Command:
    return Command(
        f"view.{name}", title, "View", _on_view(action), keys, has_document, icon, group=f"canvas {group}"
    )


def _turn(degrees: float) -> Callable[[CanvasView], object]:
    return lambda canvas: canvas.set_view(canvas.view.turned(degrees))


def _toggle(field: str) -> Callable[[App], None]:
    def run(app: App) -> None:
        app.settings.set("canvas", field, not getattr(app.settings.canvas, field))

    return run


def _setting(field: str, title: str, keys: str, icon: str) -> Command:
    return Command(
        f"view.{field}", title, "View", _toggle(field), keys, icon=icon,
        checked=lambda app: bool(getattr(app.settings.canvas, field)), group="canvas helpers",
    )  # fmt: skip


def _choose(tool: ToolId) -> Command:
    title, keys, tip = KEYS[tool]
    return Command(
        f"tool.{tool}", title, "Tool", lambda app: app.tools.choose(tool), keys, icon=str(tool),
        checked=lambda app: app.tools.tool is tool, group=_group(tool), tip=tip,
    )  # fmt: skip


def _group(tool: ToolId) -> str:
    groups = (("place", 3), ("select", 7), ("paint", 13), ("look", 15))
    return next(name for name, end in groups if list(ToolId).index(tool) < end)


def resize_brush(app: App, direction: int) -> None:
    """The brush (or eraser) about a seventh larger or smaller, by a pixel at least."""
    section = {ToolId.ERASER: "eraser", ToolId.INPAINT: "inpaint"}.get(app.tools.tool, "brush")
    size = getattr(app.tools, section).size
    step = max(1.0, round(size * 0.15))
    app.tools.set(section, size=min(1000.0, max(1.0, round(size + direction * step))))


def _cancel(app: App) -> None:
    canvas = canvas_of(app)
    if canvas is None or not canvas.bench.cancel():
        app.background.cancel(app.document)


def _apply(app: App) -> None:
    canvas = canvas_of(app)
    if canvas is not None:
        canvas.bench.apply()


VIEW = [
    _view("zoom_in", "Zoom In", "Ctrl++; Ctrl+=; +", "zoom-in", lambda c: c.zoom_step(1), "zoom"),
    _view("zoom_out", "Zoom Out", "Ctrl+-; -", "zoom-out", lambda c: c.zoom_step(-1), "zoom"),
    _view("fit", "Fit in Window", "Ctrl+0", "fit", lambda c: c.fit(), "zoom"),
    _view("actual_size", "100 %", "Ctrl+1", "actual-size", lambda c: c.set_view(c.view.zoomed(1.0)), "zoom"),
    _view("rotate_left", "Rotate View Left", "4", "rotate-left", _turn(-TURN), "turn"),
    _view("rotate_right", "Rotate View Right", "6", "rotate-right", _turn(TURN), "turn"),
    _view("upright", "Reset Rotation", "5", "reset", lambda c: c.set_view(c.view.upright()), "turn"),
    replace(
        _view("mirror", "Mirror View", "Shift+H", "mirror", lambda c: c.set_view(c.view.mirrored()), "turn"),
        checked=_state(lambda canvas: canvas.view.mirror),
    ),
    replace(
        _view("compare", "Before and After", "Y", "compare", lambda c: c.compare(not c.comparing), "compare"),
        checked=_state(lambda canvas: canvas.comparing),
        tip="Left of a line the chosen layer is hidden; drag the line.",
    ),
    _setting("rulers", "Rulers", "Ctrl+R", "ruler"),
    _setting("pixel_grid", "Pixel Grid", "Ctrl+'", "grid"),
]
OPTIONS = [
    Command(
        "brush.larger", "Larger Brush", "Tool/Brush", lambda app: resize_brush(app, 1), "]", group="brush"
    ),
    Command(
        "brush.smaller", "Smaller Brush", "Tool/Brush", lambda app: resize_brush(app, -1), "[", group="brush"
    ),
    Command(
        "colours.swap", "Swap Colours", "Tool/Colours", lambda app: app.tools.swap_colours(), "X",
        icon="swap-colours", group="colours", tip="Exchange foreground and background colour",
    ),
    Command(
        "colours.reset", "Default Colours", "Tool/Colours", lambda app: app.tools.reset_colours(), "D",
        icon="reset", group="colours", tip="Black on white",
    ),
    Command("tool.apply", "Apply", "Tool", _apply, icon="check", group="open", tip="Do what is open (Enter)"),
    Command("tool.cancel", "Cancel", "Tool", _cancel, icon="cancel", group="open", tip="Give it up (Esc)"),
]  # fmt: skip

COMMANDS: list[Command] = [*VIEW, *(_choose(tool) for tool in ToolId), *OPTIONS]
