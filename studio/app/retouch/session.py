"""The inpainting brush without its face: marks, the job that fills them, and the fillings to choose from."""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from psygnal import Signal

from studio.app.inputs import picture
from studio.app.retouch.laying import Below, Piece, lay_as_layer, lay_on_layer, piece, retouch_layer
from studio.app.retouch.marks import Mark, Marks
from studio.engine.events import Changed, Event, Finished, Previewed, Priority, Request
from studio.model.deferred import Deferred
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image, Mask
from studio.model.nodes import RasterLayer
from studio.model.provenance import Provenance
from studio.model.tiles import TileMap

if TYPE_CHECKING:
    from studio.app.session import App

GENERATOR = "inpaint"
CHANNEL = "retouch"
TITLE = "Inpaint"
CONTEXT = 128  # pixels of surroundings beyond those that grow with the hole
_numbers = itertools.count(1)


@dataclass(frozen=True, eq=False)
class Filling:
    """One way to fill the marks."""

    seed: int
    piece: Piece
    recipe: Provenance


@dataclass(eq=False)
class Work:
    """One place being filled: `rect` is the part of the document that is looked at.

    jobs: job id -> seed, of those that have not ended. node: what the filling lies on, `after` its pixels as
    the filling left them.
    """

    document: Document
    marks: Marks
    rect: Rect
    own_layer: bool
    wanted: int
    title: str
    merge: Hashable
    below: Below | None = None
    jobs: dict[int, int] = field(default_factory=dict[int, int])
    fillings: list[Filling] = field(default_factory=list[Filling])
    index: int = 0
    node: RasterLayer | None = None
    after: TileMap | None = None


class Retouch:
    """Marks of the document in front and what becomes of them. Main thread only.

    `changed` follows every mark, start, filling and choice.
    """

    changed = Signal()

    def __init__(self, app: App) -> None:
        self._app = app
        self._work: Work | None = None
        self.marks = Marks()
        app.job_event.connect(self._event)
        app.document_changed.connect(self._other_document)

    @property
    def filling(self) -> bool:
        """Whether the first filling of the marks is still being worked out."""
        return self._work is not None and bool(self.marks) and not self._work.fillings

    @property
    def waiting(self) -> int:
        """How many further fillings are still to come."""
        return len(self._work.jobs) if self._work else 0

    @property
    def fillings(self) -> tuple[Filling, ...]:
        """What there is to choose from for the last place."""
        return tuple(self._work.fillings) if self._work else ()

    @property
    def index(self) -> int:
        """Which of the fillings is shown."""
        return self._work.index if self._work else 0

    def mark(self, mark: Mark) -> None:
        """Mark something; a new place begins unless the last marks are still waiting to be filled."""
        self.marks = self.marks.with_mark(mark)
        if not self.marks:
            self.marks = Marks()
        self.changed.emit()

    def fill(self, title: str = TITLE, merge: Hashable = None) -> None:
        """Fill what is marked; a filling under way begins anew with all marks.

        title, merge: of the undo step that this becomes part of. `UserError` says what stands in the way.
        """
        document = self._app.need_document()
        bounds = self.marks.bounds.intersect(document.canvas)
        if bounds.is_empty:
            self._drop_marks()
            raise UserError("Nothing of the picture is marked.", "Paint over what is to go.")
        around = round(1.25 * min(bounds.w, bounds.h)) + CONTEXT + self._app.tools.inpaint.grow
        rect = bounds.expanded(around).intersect(document.canvas)
        options = self._app.tools.inpaint
        key = merge or ("inpaint", next(_numbers))
        self._give_up()
        work = Work(document, self.marks, rect, options.own_layer, options.variants, title, key)
        self._start(work, 0)
        self._work = work
        self.changed.emit()

    def fill_selection(self) -> None:
        """Fill what is selected."""
        self.marks = Marks(base=self._app.need_document().selection.capture())
        self.fill()

    def step(self, by: int) -> None:
        """Show the next or previous filling."""
        if self._work and self._work.fillings:
            self.choose((self._work.index + by) % len(self._work.fillings))

    def choose(self, index: int) -> None:
        """Show one of the fillings, in the same undo step. `UserError` if the layer was changed since."""
        work = self._work
        if work is None or index == work.index:
            return
        if (
            work.node is None
            or not work.document.owns(work.node)
            or work.node.pixels.snapshot() is not work.after
        ):
            raise UserError(
                "The filling has been changed or taken back since.", "Mark the place again for others."
            )
        work.index = index
        self._lay(work, work.fillings[index])

    def cancel(self) -> None:
        """Give up the marks and what is being worked out for them; fillings that are there stay."""
        self._drop_marks()
        self._give_up()
        self.changed.emit()

    def _other_document(self) -> None:
        """Marks belong to the document in front; a filling on its way goes on while its document is open."""
        gone = self._work is not None and self._work.document not in self._app.documents
        if gone or not self.filling:
            self.cancel()

    def _drop_marks(self) -> None:
        self.marks = Marks()

    def _give_up(self) -> None:
        work, self._work = self._work, None
        for job in list(work.jobs) if work else ():
            self._app.engine.cancel(job)

    def _start(self, work: Work, seed: int) -> None:
        """Ask for one filling; only the first one is urgent."""
        options = self._app.tools.inpaint
        params = {"seed": seed, "grow": options.grow, "feather": options.feather, "result": "patch"}
        inputs = {
            "image": picture(work.document, rect=work.rect),
            "mask": Deferred(Mask, lambda: Mask(work.marks.coverage(work.rect))),
        }
        first = seed == 0
        priority, channel = (Priority.INTERACTIVE, CHANNEL) if first else (Priority.BATCH, None)
        job = self._app.engine.submit(Request(GENERATOR, params, inputs, priority, channel))
        work.jobs[job] = seed

    def _event(self, event: Event) -> None:
        """Follow the jobs of the present work."""
        work = self._work
        job = event.job.id if isinstance(event, Changed) else getattr(event, "job_id", None)
        if work is None or job is None or job not in work.jobs:
            return
        if isinstance(event, Previewed) and isinstance(event.value, Image) and not work.fillings:
            self._app.generation.previewed.emit(job, work.document, event.value, work.rect)
        elif isinstance(event, Finished) and isinstance(event.value, Image):
            self._take(work, job, event.value, event.provenance)
        elif isinstance(event, Changed) and event.job.state.ended and event.job.state.value != "done":
            self._ended(work, job)

    def _ended(self, work: Work, job: int) -> None:
        """A job came to nothing."""
        del work.jobs[job]
        self._app.generation.preview_cleared.emit(job)
        if not work.fillings:
            self._drop_marks()
        self.changed.emit()

    def _take(self, work: Work, job: int, image: Image, recipe: Provenance) -> None:
        """Cut a filling out on another thread, then keep it and show the first one."""
        if work.below is None:
            work.node = None if work.own_layer else retouch_layer(work.document)
            work.below = Below(work.node.pixels.snapshot(), work.node.offset) if work.node else Below(None)
        corner, icc = (work.rect.x, work.rect.y), work.document.icc
        cut = partial(piece, image, corner, work.below, icc)
        self._app.tasks.run(TITLE, cut, lambda made: self._keep(work, job, made, recipe))

    def _keep(self, work: Work, job: int, made: Piece, recipe: Provenance) -> None:
        seed = work.jobs.pop(job, None)
        if work is not self._work or seed is None:
            self._app.generation.preview_cleared.emit(job)
            return
        work.fillings.append(Filling(seed, made, recipe))
        if len(work.fillings) == 1:
            self._drop_marks()
            show = partial(self._show_first, work, job)
            self._app.background.when_free(work.document, show)
        if len(work.fillings) < work.wanted:
            self._start(work, seed + 1)
        self.changed.emit()

    def _show_first(self, work: Work, job: int) -> None:
        try:
            self._lay(work, work.fillings[0])
        except UserError as error:
            self._app.notices.add_exception(error)
        finally:
            self._app.generation.preview_cleared.emit(job)

    def _lay(self, work: Work, filling: Filling) -> None:
        """Store a filling in the document; all fillings of one place are one undo step."""
        document = work.document
        if document not in self._app.documents:
            return
        with document.edit(work.title, merge=work.merge):
            if work.own_layer:
                work.node = lay_as_layer(document, work.node, filling.piece, TITLE, filling.recipe)
            else:
                work.node = lay_on_layer(document, work.node, filling.piece)
        work.after = work.node.pixels.snapshot()
        self._app.generation.placed.emit(document, work.node)
        self.changed.emit()
