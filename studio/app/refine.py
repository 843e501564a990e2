"""Select > Refine Edge: the generator `matte` on what is selected, and what becomes of the edge it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.app.inputs import gather_inputs
from studio.engine.events import Changed, Event, Finished, Request
from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.media import Image
from studio.model.nodes import Node, RasterLayer

if TYPE_CHECKING:
    from studio.app.session import App

GENERATOR = "matte"
NOTE = "The true edge, with hair and blur, is found within a band around the edge of the selection."
PIXELS: dict[str, Any] = {"unit": "px"}


class Refinement(BaseModel):
    """How wide to look, and what to make of the edge."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    band: int = Field(default=24, ge=0, le=400, title="Band", json_schema_extra=PIXELS)
    result: Literal["selection", "layer mask", "new layer"] = Field(default="layer mask", title="Result")
    clean: bool = Field(
        default=True, title="Clean colours", description="New layer: take the old background out of its edge."
    )


def refine(app: App) -> None:
    """Ask how, and start."""
    document = app.need_document()
    answer = app.need_face().ask_form("Refine edge", "Refine", Refinement, {}, NOTE)
    if answer is not None:
        start(app, document, Refinement.model_validate(answer))


def start(app: App, document: Document, wish: Refinement) -> int:
    """Find the edge; returns the job's id. UserError without a selection, or a layer to mask."""
    node = document.active
    if wish.result == "layer mask":
        check_layer(node)
    params = {"band": wish.band, "clean": wish.clean}
    if wish.result == "new layer":
        return app.generate(GENERATOR, params)
    spec = app.registry.get(GENERATOR)
    job = app.engine.submit(Request(GENERATOR, params, gather_inputs(spec, document)))
    follow(app, job, document, node if wish.result == "layer mask" else None)
    return job


def check_layer(node: Node | None) -> None:
    """UserError unless a layer can be given a mask."""
    if not isinstance(node, RasterLayer) or node.is_locked:
        raise UserError(
            "No layer that can be masked is chosen.", "Choose a layer with pixels, or another result."
        )
    if node.mask is not None:
        raise UserError(
            f"“{node.name}” has a layer mask already.", "Remove it first, or choose another result."
        )


def follow(app: App, job: int, document: Document, node: Node | None) -> None:
    """Take over the edge once it is found, if the document is still open."""

    def watch(event: Event) -> None:
        if isinstance(event, Changed) and event.job.id == job and event.job.state.ended:
            app.job_event.disconnect(watch)
        elif isinstance(event, Finished) and event.job_id == job and document in app.documents:
            try:
                take_over(document, node, event.value)
            except UserError as error:
                app.notices.add_exception(error)

    app.job_event.connect(watch)


def take_over(document: Document, node: Node | None, value: object) -> None:
    """Make the edge the selection, or the mask of a layer; one undo step."""
    if not isinstance(value, Image) or (value.width, value.height) != (document.width, document.height):
        raise UserError("The document has changed its size since.", "Refine the edge once more.")
    alpha = value.array("uint8", 4)[..., 3]
    with document.edit("Refine edge"):
        document.selection.replace(document.canvas, alpha)
        if node is not None:
            edits.add_layer_mask(document, node, "selection")
            document.selection.replace(document.canvas, None)
