"""Settings, each declared once. The dialog, the file and the validation are made from these declarations.

The file is JSON, one object per section. Keys this version does not know are kept; a value that does not fit
falls back to its default; a file that cannot be read at all is set aside. Each is told in one sentence.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, ClassVar, Literal

from psygnal import Signal
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FILE_LIMIT = 8 * 2**20


class Section(BaseModel):
    """One page of the settings. Hidden sections are remembered but not shown in the dialog."""

    model_config = ConfigDict(extra="allow", validate_assignment=True)
    title: ClassVar[str] = ""
    hidden: ClassVar[bool] = False


class Interface(Section):
    """How the studio looks."""

    title: ClassVar[str] = "Interface"
    theme: Literal["dark", "light"] = Field(
        default="dark", title="Theme", description="Colours of the whole window."
    )
    text_size: int = Field(
        default=10,
        ge=8,
        le=18,
        title="Text size",
        description="Size of the text in menus and panels.",
        json_schema_extra={"unit": "pt"},
    )
    welcome: bool = Field(
        default=True, title="Welcome page", description="Show the welcome page when nothing is open."
    )
    notice_seconds: int = Field(
        default=8,
        ge=2,
        le=60,
        title="Notices stay",
        description="How long an unimportant notice stays in view.",
        json_schema_extra={"unit": "s"},
    )


class Canvas(Section):
    """How pictures are shown."""

    title: ClassVar[str] = "Canvas"
    rulers: bool = Field(
        default=True, title="Rulers", description="Rulers along the top and left edge of the canvas."
    )
    pixel_grid: bool = Field(
        default=True, title="Pixel grid", description="Lines between pixels when zoomed far in."
    )
    smooth: bool = Field(
        default=True,
        title="Smooth when zoomed out",
        description="Filter the picture when it is made smaller.",
    )
    checker: Literal["light", "middle", "dark"] = Field(
        default="middle", title="Transparency", description="Shade of the squares behind transparent places."
    )
    selection_animation: bool = Field(
        default=True, title="Moving selection edge", description="Animate the dashed edge of the selection."
    )


class Files(Section):
    """Saving, recovering and undoing."""

    title: ClassVar[str] = "Files"
    autosave_seconds: int = Field(
        default=10,
        ge=2,
        le=10,
        title="Recovery copy every",
        description="At most this much work is lost in a crash.",
        json_schema_extra={"unit": "s"},
    )
    recent_limit: int = Field(
        default=12, ge=0, le=50, title="Recent files", description="How many files are remembered."
    )
    undo_mib: int = Field(
        default=512,
        ge=64,
        le=65536,
        title="Memory for undo",
        description="Older steps are forgotten beyond this.",
        json_schema_extra={"unit": "MiB"},
    )


class Generating(Section):
    """Where and how generators run."""

    title: ClassVar[str] = "Generating"
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", title="Device", description="Where generators run; takes effect at the next start."
    )
    memory_mib: int = Field(
        default=0,
        ge=0,
        le=2**20,
        title="Memory for models",
        description="Models beyond this are unloaded; 0: the studio chooses. Takes effect at the next start.",
        json_schema_extra={"unit": "MiB"},
    )
    variations_limit: int = Field(
        default=200,
        ge=10,
        le=2000,
        title="Variations kept",
        description="How many results the variations strip remembers.",
    )
    watch_plugins: bool = Field(
        default=True, title="Find new plugins", description="Show a new plugin without a restart."
    )


class Music(Section):
    """How music sounds."""

    title: ClassVar[str] = "Music"
    soundfont: str = Field(
        default="",
        title="SoundFont",
        description="A .sf2 or .sf3 file to play with; empty: the one that comes with the studio.",
    )
    buffer_ms: int = Field(
        default=60,
        ge=20,
        le=500,
        title="Sound buffer",
        description="Shorter sounds sooner, longer stumbles less.",
        json_schema_extra={"unit": "ms"},
    )
    midi_input: str = Field(
        default="",
        title="MIDI keyboard",
        description="Part of its name; empty: the first that is found.",
    )
    count_in: int = Field(
        default=1,
        ge=0,
        le=4,
        title="Count-in",
        description="Bars that are clicked before recording begins.",
        json_schema_extra={"unit": "bars"},
    )


class NewDocuments(Section):
    """What the new-document dialog offered last."""

    hidden: ClassVar[bool] = True
    width: int = Field(default=1024, ge=1, le=100_000)
    height: int = Field(default=1024, ge=1, le=100_000)
    depth: Literal["8", "16"] = "8"
    background: Literal["white", "black", "transparent"] = "white"


def first_params() -> dict[str, dict[str, Any]]:
    """What the generators are set to before anybody touched them: 64 pixels are too few to paint on."""
    return {"synthesis": {"scale": 8}}


class Window(Section):
    """What the window remembers."""

    hidden: ClassVar[bool] = True
    geometry: str = ""
    layout: str = ""
    last_folder: str = ""
    recent: list[str] = Field(default_factory=list)
    shortcuts: dict[str, str] = Field(default_factory=dict)
    export_options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    generator: str = ""
    generator_params: dict[str, dict[str, Any]] = Field(default_factory=first_params)
    palette_recent: list[str] = Field(default_factory=list)
    recent_colours: list[str] = Field(default_factory=list)


class Tools(Section):
    """Tool options as they were left, one free-form object per tool."""

    hidden: ClassVar[bool] = True
    state: dict[str, Any] = Field(default_factory=dict)


class LabMemory(Section):
    """What the training lab remembers: runs that lie elsewhere, and the plan as it was left."""

    hidden: ClassVar[bool] = True
    runs: list[str] = Field(default_factory=list)
    data: str = ""
    plan: dict[str, Any] = Field(default_factory=dict)


SECTIONS: dict[str, type[Section]] = {
    "interface": Interface,
    "canvas": Canvas,
    "files": Files,
    "generating": Generating,
    "music": Music,
    "new_documents": NewDocuments,
    "window": Window,
    "tools": Tools,
    "lab": LabMemory,
}


class Settings:
    """All sections and the file they live in. `changed(section, field)` follows every `set`."""

    changed = Signal(str, str)

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.problems: list[str] = []
        self.interface = Interface()
        self.canvas = Canvas()
        self.files = Files()
        self.generating = Generating()
        self.music = Music()
        self.new_documents = NewDocuments()
        self.window = Window()
        self.tools = Tools()
        self.lab = LabMemory()
        self._unknown: dict[str, Any] = {}

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Read a settings file. Never fails: what was wrong is in `problems`, a sentence each."""
        settings = cls(path)
        try:
            raw = _read_object(path)
        except FileNotFoundError:
            return settings
        except (OSError, ValueError, RecursionError) as error:
            settings._set_aside(error)
            return settings
        for name, values in raw.items():
            settings._load_section(name, values)
        return settings

    def _load_section(self, name: str, values: object) -> None:
        if name not in SECTIONS or not isinstance(values, dict):
            self._unknown[name] = values
            return
        section, dropped = _lenient(SECTIONS[name], dict(values))
        setattr(self, name, section)
        self.problems += [f"The setting {name}.{field} did not fit and was reset." for field in dropped]

    def _set_aside(self, error: Exception) -> None:
        if self.path is None:
            return
        aside = self.path.with_suffix(".unreadable.json")
        try:
            self.path.replace(aside)
        except OSError:
            self.problems.append(f"The settings file could not be read ({error}); defaults are in use.")
            return
        self.problems.append(f"The settings file could not be read; it was set aside as {aside.name}.")

    def section(self, name: str) -> Section:
        """The section of that name (`KeyError` when there is none)."""
        if name not in SECTIONS:
            raise KeyError(name)
        return getattr(self, name)

    def set(self, section: str, field: str, value: object) -> None:
        """Validate and set one value (pydantic's `ValidationError` when it does not fit) and announce it."""
        target = self.section(section)
        if getattr(target, field) == value:
            return
        setattr(target, field, value)
        self.changed.emit(section, field)

    def reset(self, section: str) -> None:
        """Give every field of a section its default."""
        for field, info in SECTIONS[section].model_fields.items():
            self.set(section, field, info.get_default(call_default_factory=True))

    def to_json(self) -> str:
        """The whole file as text."""
        known = {name: self.section(name).model_dump(mode="json") for name in SECTIONS}
        return json.dumps({**self._unknown, **known}, indent=1, ensure_ascii=False)

    def save(self) -> None:
        """Write the file in one step (temporary file, then rename). `OSError` when the disk refuses."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".settings-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self.to_json())
            Path(temporary).replace(self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def _read_object(path: Path) -> dict[str, Any]:
    if path.stat().st_size > FILE_LIMIT:
        raise ValueError("the file is too large")
    raw = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(raw, dict):
        raise ValueError("not an object")
    return raw


def _lenient(model: type[Section], values: dict[str, Any]) -> tuple[Section, list[str]]:
    """Build a section from what fits; returns it with the names of the fields that did not."""
    try:
        return model(**values), []
    except ValidationError as error:
        bad = sorted({str(item["loc"][0]) for item in error.errors()})
        return model(**{key: value for key, value in values.items() if key not in bad}), bad
