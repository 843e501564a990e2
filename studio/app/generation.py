"""From a press of Generate to a layer: building requests and what becomes of their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from psygnal import Signal

from studio.app.colours import in_colours_of
from studio.app.inputs import Source, gather_inputs
from studio.app.results import Result
from studio.engine.events import (
    Changed,
    Chunked,
    Event,
    Failed,
    Finished,
    JobInfo,
    Previewed,
    Priority,
    Request,
)
from studio.engine.plugins import Spec
from studio.model import edits
from studio.model.clip import Clip
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import Node
from studio.model.provenance import KEY, Provenance

if TYPE_CHECKING:
    from studio.app.session import App

Target = Literal["new layer", "new document", "variations"] | Node
LARGE = 1 << 20  # pixels: larger pictures become layers on another thread


@dataclass
class Pending:
    """A job on its way to the canvas.

    document: where it goes, None until there is something to show and nothing was open. made: the document
    that was made for it. chunks: how many pictures it has given. last: the drag it belongs to is over.
    """

    request: Request
    spec: Spec
    target: Target
    document: Document | None
    centre: tuple[float, float] | None
    chunks: int = 0
    last: bool = False
    made: Document | None = None


class Generation:
    """Starts generators for the person at the canvas and puts their results where they belong.

    `previewed(job id, document, image, rect)` and `preview_cleared(job id)` are for the canvas,
    `placed(document, node)` tells of a result that became a layer.
    """

    previewed = Signal(int, object, object, object)
    preview_cleared = Signal(int)
    placed = Signal(object, object)

    def __init__(self, app: App) -> None:
        self._app = app
        self._pending: dict[int, Pending] = {}

    def generate(
        self,
        generator_id: str,
        params: Mapping[str, object],
        *,
        target: Target = "new layer",
        channel: str | None = None,
        priority: Priority | None = None,
        sources: Mapping[str, Source] | None = None,
    ) -> int:
        """See `App.generate`. Raises `UserError` when an input is missing or a parameter does not fit.

        sources: inputs that do not come from the document as a whole.
        """
        spec = self._app.registry.get(generator_id)
        document = self._app.document
        if isinstance(target, Node) and target.locked:
            raise UserError(f"The layer {target.name} is locked.", "Unlock it in the layers panel.")
        if priority is None:
            priority = Priority.INTERACTIVE if channel else Priority.NORMAL
        inputs = gather_inputs(spec, document, sources)
        request = Request(generator_id, dict(params), inputs, priority, channel)
        job = self._app.engine.submit(request)
        self._pending[job] = Pending(request, spec, target, document, self._centre())
        return job

    def settle(self, node: Node) -> None:
        """A drag has ended: the next live change of the layer is an undo step of its own."""
        live = [p for p in self._pending.values() if p.target is node and p.request.channel is not None]
        for pending in live:
            pending.last = True
        if not live and self._app.document is not None:
            self._app.document.history.seal()

    def forget(self, document: Document) -> None:
        """A document was closed: cancel what was meant for it."""
        for job, pending in list(self._pending.items()):
            if pending.document is document:
                self._app.engine.cancel(job)

    @property
    def waiting(self) -> int:
        """How many jobs are still on their way."""
        return len(self._pending)

    def handle(self, event: Event) -> None:
        """Take in one engine event."""
        if isinstance(event, Failed):
            self._app.notices.add("error", event.sentence, event.hint, event.details)
        job = event.job.id if isinstance(event, Changed) else getattr(event, "job_id", None)
        pending = self._pending.get(job) if job is not None else None
        if job is None or pending is None:
            return
        if isinstance(event, Previewed) and isinstance(event.value, Image):
            self._preview(job, pending, event.value, event.size)
        elif isinstance(event, Chunked) and isinstance(event.value, Image):
            self._remember(job, pending, event.value, event.index)
            pending.chunks += 1
        elif isinstance(event, Finished):
            self._finish(job, pending, event)
        elif isinstance(event, Changed):
            self._changed(job, pending, event.job)

    def _changed(self, job: int, pending: Pending, info: JobInfo) -> None:
        pending.request = info.request
        if info.state.ended:
            self._end(job)

    def _end(self, job: int) -> None:
        del self._pending[job]
        self.preview_cleared.emit(job)

    def _preview(self, job: int, pending: Pending, image: Image, size: tuple[int, int] | None = None) -> None:
        if pending.target in ("variations", "new document") or makes_several(pending.request):
            return
        if issubclass(pending.spec.output, Clip):
            if pending.document is None:
                return  # what is coming is for the timeline: it needs no document
            image = on_black(image)
        document = self._document_for(pending, image)
        if document is not None:
            rect = self._rect(pending, document, size or (image.width, image.height))
            self.previewed.emit(job, document, image, rect)

    def _finish(self, job: int, pending: Pending, event: Finished) -> None:
        several = isinstance(event.value, tuple)
        values = event.value if isinstance(event.value, tuple) else (event.value,)
        images = [value for value in values if isinstance(value, Image)]
        if not images:
            return
        self._app.jobs.show(job, images[0])
        if pending.request.channel is None:
            for index in range(pending.chunks, len(images)):
                self._remember(job, pending, images[index], index)
        self._app.results.complete(job, event.provenance)
        self.preview_cleared.emit(job)
        if pending.target == "new document":
            self._open(pending, images[0], event.provenance)
        elif not several and pending.target != "variations":
            self._place_when_free(pending, images[0], event.provenance)

    def _open(self, pending: Pending, image: Image, provenance: Provenance) -> None:
        """Make a document of a picture, on another thread, and bring it to the front."""
        title = f"{pending.document.title}, {pending.spec.title.lower()}" if pending.document else "Untitled"
        named = Image(image.pixels, image.icc, {**image.meta, KEY: provenance.to_json()})
        make = partial(Document.from_image, named, title, pending.spec.title)
        self._app.tasks.run(f"Opening {title}", make, self._app.add_document)

    def _place_when_free(self, pending: Pending, image: Image, provenance: Provenance) -> None:
        """Place a picture, in the document's colours, as soon as no long edit of it is going on."""
        document = self._document_for(pending, image)
        if document is None:
            return

        def place(converted: Image) -> None:
            self._app.background.when_free(
                document, partial(self._try_to_place, pending, converted, provenance)
            )

        in_colours_of(self._app, document, image, place)

    def _try_to_place(self, pending: Pending, image: Image, provenance: Provenance) -> None:
        """Place a picture; what stands in the way by now is told, and the picture is still in the strip."""
        try:
            self._place(pending, image, provenance)
        except UserError as error:
            self._app.notices.add_exception(error)

    def _place(self, pending: Pending, image: Image, provenance: Provenance) -> None:
        document = self._document_for(pending, image)
        if document is None:
            return
        if isinstance(pending.target, Node):
            self._replace(pending, document, pending.target, image, provenance)
        else:
            rect = self._rect(pending, document, (image.width, image.height))
            add = self._add if image.width * image.height <= LARGE else self._add_large
            add(document, image, pending.spec.title, rect, provenance)

    def _remember(self, job: int, pending: Pending, image: Image, index: int) -> None:
        request = single(pending.request, index)
        recipe = Provenance(request.generator, pending.spec.version, dict(request.params), request.seed)
        self._app.results.add(image, request, recipe, pending.spec.title, job)

    def add_result(self, result: Result, centre: tuple[float, float] | None = None) -> None:
        """Put a result of the strip into the document (a new one if none is open) as a generated layer.

        centre: the document position it shall lie around; the middle of the view if None.
        """
        document = self._app.document
        if document is None:
            document = document_for(result.image)
            self._app.add_document(document)
        rect = placement(document, result.image, centre or self._centre())

        def add(converted: Image) -> None:
            self._add(document, converted, result.title, rect, result.provenance)

        in_colours_of(self._app, document, result.image, add)

    def _add(self, document: Document, image: Image, title: str, rect: Rect, provenance: Provenance) -> None:
        self.placed.emit(document, edits.add_image(document, image, title, rect.x, rect.y, provenance))

    def _add_large(
        self, document: Document, image: Image, title: str, rect: Rect, provenance: Provenance
    ) -> None:
        def work(copy: Document) -> None:
            edits.add_image(copy, image, title, rect.x, rect.y, provenance)

        def ended() -> None:
            self.placed.emit(document, document.active)

        self._app.background.edit(document, f"Add {title.lower()}", work, ended)

    def _replace(
        self, pending: Pending, document: Document, node: Node, image: Image, provenance: Provenance
    ) -> None:
        if document.find(node.id) is not node:
            return
        merge = None if pending.request.channel is None else ("live", node.id)
        with document.edit(f"Change {node.name}", merge=merge):
            edits.replace_image(document, node, image, provenance)
        if pending.last:
            document.history.seal()
        self.placed.emit(document, node)

    def _document_for(self, pending: Pending, image: Image) -> Document | None:
        """The document a picture goes to: a new one if none was open, none if it was closed since."""
        if pending.document is None:
            pending.document = self._app.document or self._new_document(pending, image)
        elif pending.made is not None and is_pristine(pending.made):
            self._fit_to(pending, pending.made, image)
        return pending.document if pending.document in self._app.documents else None

    def _new_document(self, pending: Pending, image: Image) -> Document:
        pending.made = document_for(image)
        self._app.add_document(pending.made)
        return pending.made

    def _fit_to(self, pending: Pending, made: Document, image: Image) -> None:
        """A preview was of another size than the picture: begin the document anew for it."""
        if (made.width, made.height) == (image.width, image.height) or made not in self._app.documents:
            return
        fresh = self._new_document(pending, image)
        for other in self._pending.values():
            if other.document is made:
                other.document = fresh
        self._app.remove_document(made)

    def _rect(self, pending: Pending, document: Document, size: tuple[int, int]) -> Rect:
        if isinstance(pending.target, Node):
            return pending.target.bounds()
        return rect_for(document, size, pending.centre)

    def _centre(self) -> tuple[float, float] | None:
        if self._app.document is None or self._app.face is None:
            return None
        return self._app.face.view_centre()


def placement(document: Document, image: Image, centre: tuple[float, float] | None) -> Rect:
    """Where a new picture goes: around `centre` (default: the document's), moved inside if it fits at all."""
    return rect_for(document, (image.width, image.height), centre)


def rect_for(document: Document, size: tuple[int, int], centre: tuple[float, float] | None) -> Rect:
    """Where something of a size in pixels goes; see `placement`."""
    x, y = centre or (document.width / 2, document.height / 2)
    left = _inside(round(x - size[0] / 2), document.width - size[0])
    top = _inside(round(y - size[1] / 2), document.height - size[1])
    return Rect(left, top, *size)


def document_for(image: Image) -> Document:
    """An empty document as large and as deep as a picture, in its colours."""
    document = Document(image.width, image.height, "8" if image.pixels.dtype == np.uint8 else "16")
    document.icc = image.icc
    return document


def is_pristine(document: Document) -> bool:
    """Nothing has been done to the document yet."""
    return not document.root.children and not document.history.entries


def _inside(position: int, room: int) -> int:
    return min(max(position, 0), room) if room >= 0 else room // 2


def on_black(image: Image) -> Image:
    """A frame as the timeline shows it: nothing of what is below shines through."""
    if not image.has_alpha:
        return image
    unit = image.array("float32", 4)
    return Image(unit[..., :3] * unit[..., 3:])


def makes_several(request: Request) -> bool:
    """Whether a request asks for more than one picture."""
    return int(str(request.params.get("count", 1))) > 1


def single(request: Request, index: int) -> Request:
    """The request that makes only the picture number `index` of a request for several."""
    if not makes_several(request):
        return request
    seed = int(str(request.params.get("seed", 0))) + index
    params = {**request.params, "count": 1, "seed": seed}
    return Request(request.generator, params, request.inputs)
