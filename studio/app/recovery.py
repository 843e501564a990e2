"""Recovery copies of everything that is open, and what the last run left behind."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app.film_desk import left_behind, offer
from studio.app.notices import Action, Level
from studio.model.document import Document
from studio.model.errors import UserError

if TYPE_CHECKING:
    from studio.app.session import App
    from studio.model.project import Autosave, Recoverable


class Recovery:
    """Keeps one recovery copy per open document. Call `tick` about every second."""

    def __init__(self, app: App, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._copies: dict[Document, Autosave] = {}
        self._continued: dict[Document, Recoverable] = {}
        self._troubled = False
        app.documents_changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Begin copies of new documents, drop those of documents that were closed."""
        for document in [document for document in self._copies if document not in self._app.documents]:
            self._copies.pop(document).close()
        for document in self._app.documents:
            if document not in self._copies:
                self._begin(document)

    def _begin(self, document: Document) -> None:
        from studio.model.project import Autosave

        seconds = float(self._app.settings.files.autosave_seconds)
        continues = self._continued.pop(document, None)
        try:
            self._copies[document] = Autosave(document, self._folder, seconds, continues)
        except UserError as error:
            self._app.notices.add_exception(error)

    def tick(self) -> None:
        """Bring the copies up to date that are due; tells once when they cannot be written."""
        problems = [problem for copy in self._copies.values() if (problem := copy.tick())]
        if problems and not self._troubled:
            self._app.notices.add(Level.WARNING, problems[0].sentence, problems[0].hint)
        self._troubled = bool(problems)
        if "video" in vars(self._app):
            self._app.video.film.tick()

    def offer(self) -> None:
        """Ask about each document that a crash left behind."""
        if not self._folder.is_dir():
            return
        from studio.model.project import recoverable

        for entry in reversed(recoverable(self._folder)):
            self._offer(entry)
        if left_behind(self._folder):
            offer(lambda: self._app.video, self._folder, lambda: self._app.run_command("window.timeline"))

    def _offer(self, entry: Recoverable) -> None:
        from studio.model.project import discard

        saved = entry.saved_at.astimezone().strftime("%d %B, %H:%M")
        self._app.notices.add(
            Level.WARNING,
            f"“{entry.title}” was not saved when the studio ended.",
            f"There is a copy from {saved}.",
            actions=(
                Action("Recover", partial(self._recover, entry)),
                Action("Discard", partial(discard, entry)),
            ),
        )

    def _recover(self, entry: Recoverable) -> None:
        from studio.model.project import recover

        self._app.tasks.run(
            f"Recovering {entry.title}", partial(recover, entry), partial(self._recovered, entry)
        )

    def _recovered(self, entry: Recoverable, document: Document) -> None:
        self._continued[document] = entry
        self._app.add_document(document)

    def close(self, keep: bool = False) -> None:
        """Stop; copies go unless they are to be found at the next start."""
        for copy in self._copies.values():
            copy.close(keep)
        self._copies.clear()
