"""Files and pictures dropped on the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QWidget

from studio.app import clipboard, files, models
from studio.app.results import Result
from studio.app.session import App
from studio.model.document import Document
from studio.ui.convert import from_qimage

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow

RESULT_MIME = "application/x-latent-studio-result"
LAYERED = {".ora", ".psd", ".psb"}


def local_files(data: QMimeData) -> list[Path]:
    """The files on this machine that are being dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def dragged_result(data: QMimeData, app: App) -> Result | None:
    """The result of the variations strip that is being dragged, if it is one."""
    if not data.hasFormat(RESULT_MIME):
        return None
    return app.results.get(int(data.data(RESULT_MIME).toStdString()))


class DropTarget(QObject):
    """A picture dropped on the canvas becomes a layer, elsewhere or with Ctrl it is opened; a folder is
    taken to the training lab."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        for widget in (window, window.area.canvas, window.area.canvas.viewport):
            widget.setAcceptDrops(True)
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what can be taken, wherever in the window it is dropped."""
        if isinstance(event, QDragEnterEvent):
            return self._enter(event)
        if (
            isinstance(event, QDropEvent)
            and event.type() == QEvent.Type.Drop
            and isinstance(watched, QWidget)
        ):
            return self._drop(event, watched.mapTo(self._window, event.position().toPoint()))
        if event.type() == QEvent.Type.DragLeave:
            self._window.statusBar().clearMessage()
        return super().eventFilter(watched, event)

    def _enter(self, event: QDragEnterEvent) -> bool:
        data = event.mimeData()
        if not (local_files(data) or data.hasImage()):
            return False
        if self._window.app.document is not None:
            self._window.statusBar().showMessage("Drop on the canvas to add as a layer, with Ctrl to open.")
        event.acceptProposedAction()
        return True

    def _drop(self, event: QDropEvent, at: QPoint) -> bool:
        self._window.statusBar().clearMessage()
        data, app = event.mimeData(), self._window.app
        opening = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        place = None if opening else self.place(at)
        paths = local_files(data)
        result = dragged_result(data, app)
        if result is not None:
            app.generation.add_result(result, place)
        elif paths:
            self._take_files(paths, place)
        elif data.hasImage():
            image = from_qimage(QImage(data.imageData()))
            if place is None:
                app.add_document(Document.from_image(image, "Dropped"))
            else:
                clipboard.insert(app, image, "Dropped", place)
        else:
            return False
        event.acceptProposedAction()
        return True

    def _take_files(self, paths: list[Path], place: tuple[float, float] | None) -> None:
        app = self._window.app
        folders = [path for path in paths if path.is_dir()]
        if folders:
            self._window.lab.open_data(*folders)
            paths = [path for path in paths if path not in folders]
        models.import_files(app, [path for path in paths if models.is_model(path)])
        paths = [path for path in paths if not models.is_model(path)]
        layered = [path for path in paths if place is None or path.suffix.lower() in LAYERED]
        files.open_files(app, layered)
        files.insert_files(app, [path for path in paths if path not in layered], place)

    def place(self, at: QPoint) -> tuple[float, float] | None:
        """The document position at a point of the window, or None where there is no canvas."""
        viewport = self._window.area.canvas.viewport
        point = viewport.mapFrom(self._window, at)
        if (
            self._window.app.document is None
            or not viewport.isVisible()
            or not viewport.rect().contains(point)
        ):
            return None
        return self._window.area.canvas.view.to_document(point.x(), point.y())
