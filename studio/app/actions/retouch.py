"""Taking out, enlarging, sharpening: commands over the photo generators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from studio.app.actions import when
from studio.app.commands import Command
from studio.app.retouch.laying import grow_canvas
from studio.app.retouch.marks import Mark, Marks
from studio.app.session import App
from studio.engine.spec import Spec
from studio.model.errors import UserError
from studio.model.geometry import Rect

PIXELS: dict[str, Any] = {"unit": "px"}
FAR = 4096


class Extension(BaseModel):
    """How much room to add on each side."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: int = Field(default=0, ge=0, le=FAR, title="Left", json_schema_extra=PIXELS)
    right: int = Field(default=0, ge=0, le=FAR, title="Right", json_schema_extra=PIXELS)
    top: int = Field(default=0, ge=0, le=FAR, title="Top", json_schema_extra=PIXELS)
    bottom: int = Field(default=0, ge=0, le=FAR, title="Bottom", json_schema_extra=PIXELS)


def extend(app: App) -> None:
    """Ask how far, make room on the sides and fill it."""
    ready(app, "inpaint")
    document = app.need_document()
    note = "The new room is filled so that it goes on where the picture ends."
    answer = app.need_face().ask_form("Extend and fill", "Extend", Extension, {}, note)
    if answer is None:
        return
    wish = Extension.model_validate(answer)
    if not any(wish.model_dump().values()):
        raise UserError("Nothing to add on any side.", "Set how many pixels to add.")
    key = ("extend", len(document.history.entries), id(document))
    old = Rect(wish.left, wish.top, document.width, document.height)
    with document.edit("Extend picture", merge=key):
        grow_canvas(document, wish.left, wish.top, wish.right, wish.bottom)
    app.retouch.cancel()
    app.retouch.marks = Marks(tuple(Mark.box(side) for side in sides(document.canvas, old)))
    app.retouch.fill("Extend picture", key)


def sides(whole: Rect, inner: Rect) -> list[Rect]:
    """What lies around a rectangle in a larger one."""
    found = [
        Rect.from_edges(whole.x, whole.y, whole.right, inner.y),
        Rect.from_edges(whole.x, inner.bottom, whole.right, whole.bottom),
        Rect.from_edges(whole.x, inner.y, inner.x, inner.bottom),
        Rect.from_edges(inner.right, inner.y, whole.right, inner.bottom),
    ]
    return [rect for rect in found if not rect.is_empty]


def upscale(app: App) -> None:
    """Ask how much and enlarge the picture or the chosen layer."""
    spec = ready(app, "upscale")
    document = app.need_document()
    extra = {"to": (Literal["new document", "new layer"], Field("new document", title="Into"))}
    layer: dict[str, Any] = {}
    if when.raster(app):
        layer = {"of": (Literal["picture", "layer"], Field("picture", title="Enlarge"))}
    note = f"{document.width} × {document.height} px now."
    answer = ask(app, spec, "Upscale", ("scale", "model", "strength"), layer | extra, note)
    if answer is None:
        return
    to, of = answer.pop("to"), answer.pop("of", "picture")
    node = document.active if of == "layer" else None
    sources = {"image": node} if node is not None else None
    target = "new document" if to == "new document" else "new layer"
    app.generation.generate("upscale", answer, target=target, sources=sources)


def _filter(generator: str, title: str) -> Callable[[App], None]:
    """A command that asks for the strength and makes a restored copy of the chosen layer above it."""

    def run(app: App) -> None:
        spec = ready(app, generator)
        node = when.active_node(app)
        note = f"A copy of “{node.name}” is made above it; the original stays."
        answer = ask(app, spec, title, ("strength", "model"), {}, note)
        if answer is not None:
            app.generation.generate(generator, answer, sources={"image": node})

    return run


def ready(app: App, generator: str) -> Spec:
    """The generator; `UserError` if it cannot run."""
    spec = app.registry.get(generator)
    state = spec.ready()
    if not state.ok:
        raise UserError(state.sentence, state.hint)
    return spec


def ask(
    app: App, spec: Spec, title: str, fields: Sequence[str], more: dict[str, Any], note: str
) -> dict[str, Any] | None:
    """Values for some params of a generator, as they were left last time, and for a few more fields."""
    infos = spec.params.model_fields
    offered = spec.choices({})
    chosen = [name for name in fields if len(offered.get(name, ("", ""))) > 1]
    kinds: dict[str, Any] = {name: (infos[name].annotation, infos[name]) for name in chosen}
    form = create_model(title.replace(" ", ""), **kinds, **more)
    choices = {name: values for name, values in offered.items() if name in chosen}
    return app.need_face().ask_form(title, title, form, choices, note)


def fill_selection(app: App) -> None:
    """Fill what is selected as if it had not been there."""
    app.retouch.fill_selection()


def has_fillings(app: App) -> bool:
    """There are several fillings to choose from."""
    return len(app.retouch.fillings) > 1


RETOUCH: tuple[Command, ...] = (
    Command(
        "retouch.selection",
        "Fill Selection from Surroundings",
        "Edit",
        fill_selection,
        keys="Shift+Backspace",
        enabled=when.selection,
        icon="inpaint",
        group="retouch",
        tip="Takes out what is selected and fills the place so that it fits.",
    ),
    Command(
        "retouch.next",
        "Next Filling",
        "Edit/Fillings",
        lambda app: app.retouch.step(1),
        keys=".",
        enabled=has_fillings,
        icon="chevron-right",
        group="retouch",
        tip="Another way to fill what was taken out last.",
    ),
    Command(
        "retouch.previous",
        "Previous Filling",
        "Edit/Fillings",
        lambda app: app.retouch.step(-1),
        keys=",",
        enabled=has_fillings,
        icon="chevron-left",
        group="retouch",
    ),
    Command(
        "image.upscale",
        "Upscale…",
        "Image",
        upscale,
        keys="Ctrl+Alt+U",
        enabled=when.document,
        icon="resize",
        group="photo",
        tip="Two or four times as large, with the detail that belongs there.",
    ),
    Command(
        "image.extend",
        "Extend and Fill…",
        "Image",
        extend,
        keys="Ctrl+Alt+X",
        enabled=when.document,
        icon="crop",
        group="photo",
        tip="Adds room on the sides and goes on with the picture there.",
    ),
    Command(
        "layer.deblur",
        "Deblur…",
        "Layer/Restore",
        _filter("deblur", "Deblur"),
        enabled=when.raster,
        icon="target",
        group="restore",
        tip="Makes a sharper copy of the chosen layer above it.",
    ),
    Command(
        "layer.denoise",
        "Denoise…",
        "Layer/Restore",
        _filter("denoise", "Denoise"),
        enabled=when.raster,
        icon="sparkle",
        group="restore",
        tip="Makes a copy of the chosen layer without noise and JPEG traces above it.",
    ),
)
