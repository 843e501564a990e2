"""Opening, saving and exporting, with reading and writing off the main thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app.face import Export, NewDocument, Unsaved
from studio.app.fileio import (
    keeps_layers,
    lost_in_reading,
    read_document,
    read_image,
    write_image,
    write_state,
)
from studio.app.generation import placement
from studio.app.notices import Level
from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.media import Image

if TYPE_CHECKING:
    from studio.app.session import App

FILM = ".film"
BACKGROUNDS = {"white": (255, 255, 255, 255), "black": (0, 0, 0, 255)}


def new_document(app: App, wish: NewDocument) -> Document:
    """An empty document, filled with its background, in front of the others."""
    document = Document(wish.width, wish.height, wish.depth)
    layer = edits.add_layer(document, "raster", "Background" if wish.background in BACKGROUNDS else "Layer 1")
    if wish.background in BACKGROUNDS:
        edits.fill(document, layer, BACKGROUNDS[wish.background])
    document.history.clear()
    document.mark_saved()
    app.add_document(document)
    return document


def open_files(app: App, paths: Iterable[Path]) -> None:
    """Open each file as a document; one that is open already comes to the front."""
    for path in paths:
        path = path.absolute()
        if path.suffix.lower() == FILM:
            app.video.film.open(path)
            app.run_command("window.timeline")
            continue
        known = next((document for document in app.documents if document.path == path), None)
        if known is not None:
            app.activate(known)
        else:
            app.tasks.run(f"Opening {path.name}", partial(read_document, path), partial(_opened, app, path))


def _opened(app: App, path: Path, document: Document) -> None:
    lost = lost_in_reading(document)
    app.add_document(document)
    app.recent.add(path)
    if lost:
        app.notices.add(Level.INFO, f"{path.name} was opened with changes.", " ".join(lost))


def insert_files(app: App, paths: Iterable[Path], centre: tuple[float, float] | None = None) -> None:
    """Put each picture into the document in front as a layer; opens them if there is none."""
    if app.document is None:
        open_files(app, paths)
        return
    document = app.document
    for path in paths:
        done = partial(_inserted, app, document, path.stem, centre)
        app.tasks.run(f"Reading {path.name}", partial(read_image, document.icc, path), done)


def _inserted(
    app: App, document: Document, name: str, centre: tuple[float, float] | None, image: Image
) -> None:
    if document not in app.documents:
        return
    rect = placement(document, image, centre)

    def add() -> None:
        app.background.edit(
            document, "Add image", lambda doc: edits.add_image(doc, image, name, rect.x, rect.y)
        )

    app.background.when_free(document, add)


def save(app: App, document: Document, then: Callable[[], object] | None = None) -> None:
    """Save where the document came from if that keeps its layers, else ask where; `then` follows success."""
    path = document.path
    if path is None or not keeps_everything(document, path):
        save_as(app, document, then)
    else:
        _save_to(app, document, path, then)


def save_as(app: App, document: Document, then: Callable[[], object] | None = None) -> None:
    """Ask where to save, and save."""
    path = app.need_face().ask_save(document)
    if path is not None:
        _save_to(app, document, path.absolute(), then)


def keeps_everything(document: Document, path: Path) -> bool:
    """Whether saving under that name loses no layers."""
    try:
        return keeps_layers(path) or sum(1 for _ in document.walk()) <= 1
    except UserError:
        return False


def _save_to(app: App, document: Document, path: Path, then: Callable[[], object] | None) -> None:
    keeps_layers(path)
    before = document.history.current
    state = document.capture()

    def done(lost: tuple[str, ...]) -> None:
        app.recent.add(path)
        if document.history.current is before and not lost:
            document.mark_saved(path)
        document.path, document.title = path, path.stem
        if lost:
            app.notices.add(Level.WARNING, " ".join(lost), "Save as OpenRaster (.ora) to keep everything.")
        elif then is not None:
            then()

    app.tasks.run(f"Saving {path.name}", partial(write_state, state, path), done)


def export(app: App, document: Document, wish: Export) -> None:
    """Write the flattened picture to another file; the document stays as it is."""
    state = document.capture()

    def done(lost: tuple[str, ...]) -> None:
        app.notices.add(Level.INFO, f"Exported to {wish.path.name}.", " ".join(lost))

    app.tasks.run(f"Exporting {wish.path.name}", partial(write_state, state, wish.path, wish.options), done)


def export_result(app: App, image: Image, path: Path) -> None:
    """Write one picture to a file."""
    app.tasks.run(f"Exporting {path.name}", partial(write_image, image, path))


def close(app: App, document: Document, then: Callable[[], object] | None = None) -> bool:
    """Close a document, asking about unsaved changes. Whether it is closed now.

    It is not when the person would rather keep it open, and not yet when it is being saved first: then it is
    closed, and `then` called, as soon as it is safe.
    """

    def saved() -> None:
        app.remove_document(document)
        if then is not None:
            then()

    answer = app.need_face().ask_unsaved(document) if document.modified else Unsaved.DISCARD
    if answer is Unsaved.SAVE:
        save(app, document, saved)
    elif answer is Unsaved.DISCARD:
        app.remove_document(document)
    return answer is Unsaved.DISCARD
