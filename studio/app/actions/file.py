"""The File menu."""

from __future__ import annotations

from studio.app import files
from studio.app.actions import when
from studio.app.commands import Command
from studio.app.session import App


def new(app: App) -> None:
    """Ask for a size and make an empty document."""
    wish = app.need_face().ask_new()
    if wish is not None:
        files.new_document(app, wish)


def open_(app: App) -> None:
    """Ask for files and open them."""
    files.open_files(app, app.need_face().ask_open("Open"))


def insert(app: App) -> None:
    """Ask for pictures and put them into the document as layers."""
    face = app.need_face()
    files.insert_files(app, face.ask_open("Insert as layer"), face.view_centre())


def export(app: App) -> None:
    """Ask how and where, and write the flattened picture."""
    document = app.need_document()
    wish = app.need_face().ask_export(document)
    if wish is not None:
        files.export(app, document, wish)


def close(app: App) -> None:
    """Close the document in front."""
    files.close(app, app.need_document())


def close_all(app: App) -> None:
    """Close all documents; stops where the person would rather not."""
    for document in list(app.documents):
        if not files.close(app, document):
            return


def step(app: App, by: int) -> None:
    """Bring the next or the previous document to the front."""
    documents = app.documents
    index = documents.index(app.need_document())
    app.activate(documents[(index + by) % len(documents)])


FILE: tuple[Command, ...] = (
    Command("file.new", "New…", "File", new, keys="Ctrl+N", icon="file-new", group="open"),
    Command("file.open", "Open…", "File", open_, keys="Ctrl+O", icon="folder-open", group="open"),
    Command(
        "file.forget_recent",
        "Forget Recent Files",
        "File/Open Recent",
        lambda app: app.recent.clear(),
        enabled=lambda app: bool(app.recent.paths),
        group="open",
    ),
    Command(
        "file.insert",
        "Insert as Layer…",
        "File",
        insert,
        keys="Ctrl+Shift+O",
        enabled=when.document,
        icon="image-add",
        group="open",
    ),
    Command(
        "file.save",
        "Save",
        "File",
        lambda app: files.save(app, app.need_document()),
        keys="Ctrl+S",
        enabled=when.document,
        icon="save",
        group="save",
    ),
    Command(
        "file.save_as",
        "Save As…",
        "File",
        lambda app: files.save_as(app, app.need_document()),
        keys="Ctrl+Shift+S",
        enabled=when.document,
        icon="save-as",
        group="save",
    ),
    Command(
        "file.export",
        "Export…",
        "File",
        export,
        keys="Ctrl+Shift+E",
        enabled=when.document,
        icon="export",
        group="save",
        tip="Write the picture as PNG, JPEG, WebP or TIFF; the document stays as it is.",
    ),
    Command(
        "file.next",
        "Next Document",
        "File",
        lambda app: step(app, 1),
        keys="Ctrl+Tab; Ctrl+PgDown",
        enabled=when.several_documents,
        group="go",
    ),
    Command(
        "file.previous",
        "Previous Document",
        "File",
        lambda app: step(app, -1),
        keys="Ctrl+Shift+Tab; Ctrl+PgUp",
        enabled=when.several_documents,
        group="go",
    ),
    Command(
        "file.close",
        "Close",
        "File",
        close,
        keys="Ctrl+W",
        enabled=when.document,
        icon="close",
        group="close",
    ),
    Command(
        "file.close_all",
        "Close All",
        "File",
        close_all,
        keys="Ctrl+Shift+W",
        enabled=when.document,
        group="close",
    ),
    Command(
        "file.quit",
        "Quit",
        "File",
        lambda app: app.need_face().quit(),
        keys="Ctrl+Q",
        icon="quit",
        group="quit",
    ),
)
