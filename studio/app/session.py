"""The session: everything open in one run of the studio, and the signals its face listens to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from studio.app import files
from studio.app.background import Background
from studio.app.commands import CommandRegistry
from studio.app.draft import Draft
from studio.app.face import Face
from studio.app.generation import Generation, Target
from studio.app.jobs import JobBook
from studio.app.notices import Notices
from studio.app.plugins import report_changes
from studio.app.recent import Recent
from studio.app.results import ResultStore
from studio.app.retouch import Retouch
from studio.app.settings import Settings
from studio.app.tasks import Post, Tasks
from studio.app.tools import ToolState
from studio.engine.events import Event
from studio.engine.events import Notice as EngineNotice
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry
from studio.model.document import Document
from studio.model.errors import UserError

if TYPE_CHECKING:
    from studio.app.lab.lab import Lab
    from studio.app.video_desk import VideoDesk

MIB = 2**20


class App:
    """The application without its face. Main thread only.

    make_engine: builds the engine the first time it is needed, so that starting up costs nothing.
    post: hands a call over to the main thread; from any thread.
    """

    document_changed = Signal()
    documents_changed = Signal()
    tool_changed = Signal()
    generators_changed = Signal()
    job_event = Signal(object)

    def __init__(
        self, settings: Settings, registry: Registry, make_engine: Callable[[], Engine], post: Post
    ) -> None:
        self.settings = settings
        self.registry = registry
        self.post = post
        self._make_engine = make_engine
        self._engine: Engine | None = None
        self._document: Document | None = None
        self.documents: list[Document] = []
        self.face: Face | None = None
        self.commands = CommandRegistry()
        self.notices = Notices()
        self.recent = Recent(settings)
        self.draft = Draft(settings)
        self.tools = ToolState()
        self.tools.load(settings.tools.state)
        self.jobs = JobBook()
        self.results = ResultStore(settings.generating.variations_limit)
        self.tasks = Tasks(post, self.notices.add_exception)
        self.background = Background(post, self.notices.add_exception)
        self.generation = Generation(self)
        self.retouch = Retouch(self)
        self.tools.changed.connect(self._tool_changed)
        settings.changed.connect(self._setting_changed)

    def _tool_changed(self, section: str, field: str) -> None:
        self.tool_changed.emit()

    def _setting_changed(self, section: str, field: str) -> None:
        """Limits take effect at once."""
        if field == "undo_mib":
            for document in self.documents:
                document.history.limit_bytes = self.settings.files.undo_mib * MIB
        elif field == "variations_limit":
            self.results.limit = self.settings.generating.variations_limit

    @cached_property
    def lab(self) -> Lab:
        """Training, made when first asked for: most sessions do without."""
        from studio.app.lab.lab import Lab

        return Lab(self)

    @cached_property
    def video(self) -> VideoDesk:
        """The timeline, made when first asked for."""
        from studio.app.video_desk import VideoDesk

        return VideoDesk(self)

    @property
    def engine(self) -> Engine:
        """The engine, started when first asked for."""
        if self._engine is None:
            self._engine = self._make_engine()
        return self._engine

    @property
    def engine_started(self) -> bool:
        """Whether the engine exists already."""
        return self._engine is not None

    @property
    def document(self) -> Document | None:
        """The document in front."""
        return self._document

    def need_document(self) -> Document:
        """The document in front; `UserError` when none is open."""
        if self._document is None:
            raise UserError("No document is open.", "Create or open one first (File menu).")
        return self._document

    def need_face(self) -> Face:
        """The face; `UserError` when the studio runs without a window."""
        if self.face is None:
            raise UserError("This needs the window.", "Start the studio with a display.")
        return self.face

    def add_document(self, document: Document) -> None:
        """Open a document in front of the others."""
        document.history.limit_bytes = self.settings.files.undo_mib * MIB
        if document.path is None and not document.modified:
            document.title = self._free_title(document.title)
        self.documents.append(document)
        self.documents_changed.emit()
        self.activate(document)

    def _free_title(self, title: str) -> str:
        """The title, numbered if an open document has it already."""
        taken = {document.title for document in self.documents}
        numbered = (f"{title} {number}" for number in itertools.count(2))
        return title if title not in taken else next(name for name in numbered if name not in taken)

    def activate(self, document: Document | None) -> None:
        """Bring a document (one of `documents`, or none) to the front."""
        if document is self._document:
            return
        self._document = document
        self.document_changed.emit()

    def remove_document(self, document: Document) -> None:
        """Close a document without asking; its neighbour comes to the front."""
        index = self.documents.index(document)
        self.documents.remove(document)
        self.generation.forget(document)
        self.background.cancel(document)
        if document is self._document:
            self.activate(self.documents[min(index, len(self.documents) - 1)] if self.documents else None)
        self.documents_changed.emit()

    def handle(self, event: Event) -> None:
        """Take in one engine event (the bridge calls it on the main thread, in order)."""
        self.jobs.handle(event)
        if isinstance(event, EngineNotice):
            quiet = event.level == "info"
            self.notices.add(event.level, event.sentence, event.hint, event.details, quiet=quiet)
        self.generation.handle(event)
        self.job_event.emit(event)

    def generate(
        self,
        generator_id: str,
        params: Mapping[str, object],
        *,
        target: Target = "new layer",
        channel: str | None = None,
    ) -> int:
        """Start a generator; what becomes of its result is the matter of `target`. Returns the job id.

        target: "new layer", "variations" (only into the strip), or the layer whose picture is replaced.
        channel: interactive work; a newer request on the same channel supersedes the older one, and replacing
            a layer on a channel stays one undo step until `generation.settle(layer)`.
        """
        return self.generation.generate(generator_id, params, target=target, channel=channel)

    def open_files(self, paths: Iterable[Path]) -> None:
        """Open files as documents, reading them in the background."""
        files.open_files(self, paths)

    def rescan_plugins(self) -> None:
        """Look for plugins that came, changed or went, and tell of them."""
        report_changes(self, self.registry.rescan())

    def run_command(self, id: str) -> bool:
        """Run a command by id; whether it went well."""
        return self.commands.run(id, self)

    def modified_documents(self) -> Sequence[Document]:
        """Documents with unsaved changes."""
        return [document for document in self.documents if document.modified]

    def close(self) -> None:
        """Stop the worker threads and write the settings."""
        self.background.close()
        if "lab" in vars(self):
            self.lab.close()
        if "video" in vars(self):
            self.video.close()
        self.tasks.close()
        if self._engine is not None:
            self._engine.close()
        self.settings.set("tools", "state", self.tools.dump())
        self.settings.save()
