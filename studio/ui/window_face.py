"""The window's side of what the application asks. Dialogs are loaded when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from studio.app import places
from studio.app.face import Export, NewDocument, Unsaved
from studio.model.document import Document
from studio.model.media import Image
from studio.ui.convert import from_qimage, to_qimage

if TYPE_CHECKING:
    from studio.model.io import Format
    from studio.ui.main_window import MainWindow


BESIDE = ("guide", "models", "batch")  # windows that leave the main one usable


def pattern(known: Format) -> str:
    """A format as file dialogs list it."""
    return f"{known.title} ({' '.join('*' + suffix for suffix in known.suffixes)})"


class WindowFace:
    """Answers by dialogs over the main window; see `studio.app.face.Face`."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._settings = window.app.settings

    def ask_open(self, title: str, *, several: bool = True) -> list[Path]:
        """Files to open."""
        from studio.model.io import FORMATS

        suffixes = " ".join(f"*{suffix}" for known in FORMATS.readers() for suffix in known.suffixes)
        filters = [f"Pictures ({suffixes})", *map(pattern, FORMATS.readers()), "All files (*)"]
        ask = QFileDialog.getOpenFileNames if several else QFileDialog.getOpenFileName
        names, _ = ask(self._window, title, self._folder(), ";;".join(filters))
        paths = [Path(name) for name in ([names] if isinstance(names, str) else names) if name]
        self._remember_folder(paths)
        return paths

    def ask_save(self, document: Document) -> Path | None:
        """Where to save a document; layers are kept by the first format."""
        from studio.model.io import FORMATS

        start = document.path or Path(self._folder()) / f"{document.title}.ora"
        filters = ";;".join(pattern(known) for known in FORMATS.writers())
        name, chosen = QFileDialog.getSaveFileName(
            self._window, "Save as", str(start.with_suffix(".ora")), filters
        )
        if not name:
            return None
        path = Path(name)
        if not path.suffix:
            known = next(known for known in FORMATS.writers() if pattern(known) == chosen)
            path = path.with_suffix(known.suffixes[0])
        self._remember_folder([path])
        return path

    def ask_export(self, document: Document) -> Export | None:
        """How and where to export."""
        from studio.ui.dialogs.export import ExportDialog

        dialog = ExportDialog(document, self._settings, self._window)
        if not dialog.ask():
            return None
        wish = dialog.answer()
        self._remember_folder([wish.path])
        return wish

    def ask_new(self) -> NewDocument | None:
        """Size, depth and background of a new document."""
        from studio.ui.dialogs.new_document import NewDocumentDialog

        dialog = NewDocumentDialog(self._settings, self._window)
        return dialog.answer() if dialog.ask() else None

    def ask_unsaved(self, document: Document) -> Unsaved:
        """Whether to save before closing."""
        from studio.ui.dialogs.questions import ask_unsaved

        return ask_unsaved(document.title, self._window)

    def ask_size(self, title: str, width: int, height: int) -> tuple[int, int] | None:
        """Another size."""
        from studio.ui.dialogs.size import SizeDialog

        dialog = SizeDialog(title, width, height, self._window)
        return dialog.answer() if dialog.ask() else None

    def ask_text(self, title: str, label: str, value: str) -> str | None:
        """One line of text."""
        from studio.ui.dialogs.questions import ask_text

        return ask_text(self._window, title, label, value)

    def ask_number(self, title: str, label: str, value: int, low: int, high: int) -> int | None:
        """One whole number."""
        from studio.ui.dialogs.questions import ask_number

        return ask_number(self._window, title, label, value, low, high)

    def ask_form(
        self, title: str, accept: str, model: type[BaseModel], choices: Mapping[str, Sequence[str]], note: str
    ) -> dict[str, object] | None:
        """Values for the fields of a model."""
        from studio.ui.dialogs.form import FormDialog

        dialog = FormDialog(title, accept, model, choices, note, self._window)
        return dialog.answer() if dialog.ask() else None

    def clipboard_image(self) -> Image | None:
        """The picture on the clipboard."""
        picture = QGuiApplication.clipboard().image()
        return None if picture.isNull() else from_qimage(picture)

    def set_clipboard(self, image: Image) -> None:
        """Put a picture on the clipboard."""
        QGuiApplication.clipboard().setImage(to_qimage(image))

    def view_centre(self) -> tuple[float, float]:
        """The document position in the middle of the view."""
        return self._window.area.canvas.centre

    def show(self, what: str) -> None:
        """Bring up a part of the window (`KeyError` for one it does not have)."""
        window = self._window
        shown: dict[str, Callable[[], object]] = {
            "palette": window.palette_box.open,
            "timeline": window.timeline.show,
            "welcome": window.area.show_welcome,
            "plugins folder": lambda: open_folder(places.plugins_dir()),
            "import model": lambda: import_models(window),
            "log folder": lambda: open_folder(places.log_dir()),
        }
        if what in window.docks.docks:
            window.docks.show(what)
        elif what in shown:
            shown[what]()
        else:
            open_dialog(what, window)

    def quit(self) -> None:
        """Close the window; it asks about unsaved changes."""
        self._window.close()

    def _folder(self) -> str:
        document = self._window.app.document
        if document is not None and document.path is not None:
            return str(document.path.parent)
        return self._settings.window.last_folder or str(Path.home())

    def _remember_folder(self, paths: list[Path]) -> None:
        if paths:
            self._settings.set("window", "last_folder", str(paths[0].absolute().parent))


def open_dialog(what: str, window: MainWindow) -> None:
    """Show a dialog without waiting for it; it is gone when it is closed. Guides leave the window usable."""
    from studio.ui.dialogs.windows import make

    dialog = make(what, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setModal(not any(word in what for word in BESIDE))
    dialog.show()


def import_models(window: MainWindow) -> None:
    """Ask for files of weights and import them."""
    from studio.ui.models.window import import_files

    import_files(window.app, window)


def open_folder(folder: Path) -> None:
    """Show a folder in the file manager, making it if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
