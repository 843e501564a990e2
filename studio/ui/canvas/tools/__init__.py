"""The tools of the canvas: what a pointer gesture means while each of them is chosen."""

from studio.ui.canvas.tools.base import Tool
from studio.ui.canvas.tools.crop import CropTool
from studio.ui.canvas.tools.fill import FillTool, GradientTool
from studio.ui.canvas.tools.inpaint import InpaintTool
from studio.ui.canvas.tools.move import MoveTool
from studio.ui.canvas.tools.navigate import HandTool, ZoomTool
from studio.ui.canvas.tools.paint import BrushTool, EraserTool
from studio.ui.canvas.tools.picker import PickerTool
from studio.ui.canvas.tools.reshape import TransformTool
from studio.ui.canvas.tools.select import EllipseTool, LassoTool, RectangleTool, WandTool

TOOLS: tuple[type[Tool], ...] = (
    MoveTool,
    TransformTool,
    CropTool,
    RectangleTool,
    EllipseTool,
    LassoTool,
    WandTool,
    BrushTool,
    EraserTool,
    InpaintTool,
    FillTool,
    GradientTool,
    PickerTool,
    HandTool,
    ZoomTool,
)

__all__ = ["TOOLS", "Tool"]
