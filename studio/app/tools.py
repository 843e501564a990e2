"""What the painting tools are set to: the current tool, its options, the two colours. Pure data, no Qt.

Every option is declared once, here: its range, unit, title and help make the tool options bar. Options of
one tool form a frozen section; `ToolState.set` replaces a section and says so through one signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any, Literal

from psygnal import Signal
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from studio.model.paint import Brush

Rgba = tuple[int, int, int, int]
_Byte = Annotated[int, Field(ge=0, le=255)]
_COLOUR = TypeAdapter[Rgba](tuple[_Byte, _Byte, _Byte, _Byte])
BLACK: Rgba = (0, 0, 0, 255)
WHITE: Rgba = (255, 255, 255, 255)

RETOUCH = "Retouch"
Interpolation = Literal["nearest", "bilinear", "bicubic"]
SelectionMode = Literal["replace", "add", "subtract", "intersect"]


class ToolId(StrEnum):
    """The tools of the canvas, in the order of the toolbar."""

    MOVE = "move"
    TRANSFORM = "transform"
    CROP = "crop"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    LASSO = "lasso"
    WAND = "wand"
    BRUSH = "brush"
    ERASER = "eraser"
    INPAINT = "inpaint"
    FILL = "fill"
    GRADIENT = "gradient"
    PICKER = "picker"
    HAND = "hand"
    ZOOM = "zoom"


class Section(BaseModel):
    """Options of one tool; immutable, so that a change is always a new value and a signal."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BrushOptions(Section):
    """Everything of a brush except its colour."""

    size: float = Field(
        default=32,
        ge=1,
        le=1000,
        title="Size",
        description="Diameter; the keys [ and ] change it",
        json_schema_extra={"unit": "px", "curved": True},
    )
    hardness: float = Field(
        default=0.8, ge=0, le=1, title="Hardness", description="0 % is soft, 100 % a crisp edge",
        json_schema_extra={"unit": "%"},
    )  # fmt: skip
    opacity: float = Field(
        default=1.0, ge=0, le=1, title="Opacity", description="The most a single stroke can cover",
        json_schema_extra={"unit": "%"},
    )  # fmt: skip
    flow: float = Field(
        default=1.0, ge=0.01, le=1, title="Flow", description="How much each dab adds",
        json_schema_extra={"unit": "%"},
    )  # fmt: skip
    spacing: float = Field(
        default=0.1, ge=0.02, le=2, title="Spacing", description="Distance of dabs, in brush sizes",
        json_schema_extra={"unit": "%"},
    )  # fmt: skip
    pressure_size: bool = Field(default=True, title="Pen size", description="Pen pressure changes the size")
    pressure_opacity: bool = Field(
        default=False, title="Pen opacity", description="Pen pressure changes the opacity"
    )
    on_mask: bool = Field(
        default=False, title="Layer mask", description="Paint on the layer's mask: white shows, black hides"
    )


class InpaintOptions(Section):
    """Inpainting brush."""

    shape: Literal["brush", "lasso"] = Field(
        default="brush", title="Shape", description="Paint over what is to go, or draw a line around it"
    )
    size: float = Field(
        default=60,
        ge=1,
        le=1000,
        title="Size",
        description="Diameter; the keys [ and ] change it",
        json_schema_extra={"unit": "px", "curved": True},
    )
    grow: int = Field(
        default=4, ge=0, le=200, title="Grow", description="Takes in shadows and soft edges around the mark",
        json_schema_extra={"unit": "px"},
    )  # fmt: skip
    feather: int = Field(
        default=4, ge=0, le=200, title="Feather", description="How softly the filling runs out",
        json_schema_extra={"unit": "px"},
    )  # fmt: skip
    variants: int = Field(
        default=3, ge=1, le=8, title="Variants", description="How many fillings to choose from"
    )
    at_once: bool = Field(
        default=True, title="At once", description="Fill when the brush is lifted; else when you press Enter"
    )
    own_layer: bool = Field(
        default=False,
        title="New layer",
        description="Each filling becomes a layer of its own; else all share one called “Retouch”",
    )


class FillOptions(Section):
    """Bucket fill."""

    tolerance: int = Field(
        default=24, ge=0, le=255, title="Tolerance", description="How unlike a colour may be"
    )
    contiguous: bool = Field(
        default=True, title="Contiguous", description="Only pixels joined to the one clicked; else everything"
    )
    merged: bool = Field(
        default=False, title="All layers", description="Look at what is seen, not the active layer alone"
    )


class GradientOptions(Section):
    """Gradient between two points."""

    kind: Literal["linear", "radial"] = Field(default="linear", title="Kind")
    colours: Literal["foreground to background", "foreground to transparent"] = Field(
        default="foreground to background", title="Colours"
    )
    reverse: bool = Field(default=False, title="Reverse", description="Swap both ends")


class PickerOptions(Section):
    """Colour picker."""

    merged: bool = Field(
        default=True, title="All layers", description="Pick what is seen, not the active layer alone"
    )
    radius: int = Field(
        default=0,
        ge=0,
        le=50,
        title="Average",
        description="Radius averaged around the pointer",
        json_schema_extra={"unit": "px"},
    )


class TransformOptions(Section):
    """Scale and rotate a layer."""

    interpolation: Interpolation = Field(
        default="bicubic", title="Interpolation", description="How new pixels are made"
    )
    keep_ratio: bool = Field(
        default=True, title="Keep proportions", description="Shift does the opposite while dragging"
    )


class CropOptions(Section):
    """Crop the document."""

    ratio: Literal["free", "original", "1:1", "4:3", "3:2", "16:9"] = Field(default="free", title="Ratio")


class SelectionOptions(Section):
    """Shared by every selection tool."""

    mode: SelectionMode = Field(
        default="replace", title="Mode", description="Shift adds, Alt subtracts, both together intersect"
    )
    feather: int = Field(
        default=0,
        ge=0,
        le=250,
        title="Feather",
        description="Softness of the edge",
        json_schema_extra={"unit": "px"},
    )


class WandOptions(Section):
    """Magic wand."""

    tolerance: int = Field(
        default=24, ge=0, le=255, title="Tolerance", description="How unlike a colour may be"
    )
    contiguous: bool = Field(
        default=True, title="Contiguous", description="Only pixels joined to the one clicked"
    )
    merged: bool = Field(
        default=True, title="All layers", description="Look at what is seen, not the active layer alone"
    )


SECTIONS = (
    "brush",
    "eraser",
    "inpaint",
    "fill",
    "gradient",
    "picker",
    "transform",
    "crop",
    "selection",
    "wand",
)


class ToolState:
    """The current tool, its options and the two colours.

    `changed(section, field)` follows every change; the section is "" for `tool`, `foreground`, `background`.
    """

    changed = Signal(str, str)

    def __init__(self) -> None:
        self.tool = ToolId.BRUSH
        self.foreground: Rgba = BLACK
        self.background: Rgba = WHITE
        self.brush = BrushOptions()
        self.eraser = BrushOptions(hardness=1.0)
        self.inpaint = InpaintOptions()
        self.fill = FillOptions()
        self.gradient = GradientOptions()
        self.picker = PickerOptions()
        self.transform = TransformOptions()
        self.crop = CropOptions()
        self.selection = SelectionOptions()
        self.wand = WandOptions()

    def section(self, name: str) -> Section:
        """The options called `name` ("brush", "eraser", "fill", ...)."""
        if name not in SECTIONS:
            raise KeyError(name)
        section: Section = getattr(self, name)
        return section

    def set(self, section: str, **values: Any) -> None:
        """Change options of a section; out of range is `pydantic.ValidationError` and changes nothing."""
        old = self.section(section)
        new = type(old).model_validate({**old.model_dump(), **values})
        setattr(self, section, new)
        for field in values:
            if getattr(old, field) != getattr(new, field):
                self.changed.emit(section, field)

    def choose(self, tool: ToolId | str) -> None:
        """Make `tool` the current one; raises `ValueError` for a name that is no tool."""
        self._assign("tool", ToolId(tool))

    def set_foreground(self, rgba: Rgba) -> None:
        """Set the painting colour, 8-bit straight RGBA."""
        self._assign("foreground", rgba)

    def set_background(self, rgba: Rgba) -> None:
        """Set the second colour, 8-bit straight RGBA."""
        self._assign("background", rgba)

    def swap_colours(self) -> None:
        """Exchange foreground and background."""
        fore, back = self.foreground, self.background
        self.set_foreground(back)
        self.set_background(fore)

    def reset_colours(self) -> None:
        """Black on white."""
        self.set_foreground(BLACK)
        self.set_background(WHITE)

    def brush_for(self, tool: ToolId) -> Brush:
        """The brush to paint with: the eraser's for the eraser, else the brush in the foreground colour."""
        erase = tool is ToolId.ERASER
        options = self.eraser if erase else self.brush
        return Brush(color=self.foreground, erase=erase, **options.model_dump(exclude={"on_mask"}))

    def dump(self) -> dict[str, Any]:
        """Everything worth remembering between two runs, as plain JSON values."""
        sections = {name: self.section(name).model_dump(mode="json") for name in SECTIONS}
        return {
            **sections,
            "tool": str(self.tool),
            "foreground": list(self.foreground),
            "background": list(self.background),
        }

    def load(self, saved: Mapping[str, Any]) -> None:
        """Take what `dump` wrote. What does not fit is left as it was, without a word."""
        for name in SECTIONS:
            values = saved.get(name)
            if isinstance(values, dict):
                with suppress(ValidationError):
                    self.set(name, **values)
        with suppress(ValueError):
            self.choose(str(saved.get("tool", self.tool)))
        self._assign("foreground", _colour(saved.get("foreground"), self.foreground))
        self._assign("background", _colour(saved.get("background"), self.background))

    def _assign(self, name: str, value: object) -> None:
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.changed.emit("", name)


def _colour(value: object, default: Rgba) -> Rgba:
    try:
        return _COLOUR.validate_python(value)
    except ValidationError:
        return default
