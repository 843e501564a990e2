"""The canvas: rulers, viewport, and how they follow the session."""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.app.session import App
from studio.model.document import Document
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.ui.canvas.bench import Bench
from studio.ui.canvas.compare import Divider
from studio.ui.canvas.picture import Picture
from studio.ui.canvas.ruler import THICKNESS, Ruler
from studio.ui.canvas.tools.pointer import Pointer
from studio.ui.canvas.transform import ViewTransform, next_zoom
from studio.ui.canvas.viewport import Viewport

_views: WeakKeyDictionary[App, ref[CanvasView]] = WeakKeyDictionary()
DOCUMENT_SIGNALS = ("changed", "structure", "active_changed", "selection_changed", "size_changed")


@dataclass
class Place:
    """How one document was looked at last. `fitted`: still follows the size of the window."""

    view: ViewTransform
    fitted: bool = True


class CanvasView(QWidget):
    """Shows the document in front of `app` and lets the tools work on it.

    `view` is where the document lies in the viewport. `cursor_moved(x, y)` tells the pointer's document
    position, `cursor_left()` that it is gone, `view_changed()` that zoom, position, rotation or mirror is
    another.
    """

    cursor_moved = Signal(float, float)
    cursor_left = Signal()
    view_changed = Signal()

    def __init__(self, app: App, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.app = app
        self.picture: Picture | None = None
        self._places: WeakKeyDictionary[Document, Place] = WeakKeyDictionary()
        self._place = Place(ViewTransform())
        self.viewport = Viewport(self)
        self.rulers = (Ruler(vertical=False, parent=self), Ruler(vertical=True, parent=self))
        self.divider = Divider(self)
        self._corner = QWidget(self)
        self._lay_out()
        self.setFocusProxy(self.viewport)
        _views[app] = ref(self)
        self._connect()
        self._follow_document()

    @property
    def view(self) -> ViewTransform:
        """Where the document lies in the viewport."""
        return self._place.view

    @property
    def bench(self) -> Bench:
        """The tools."""
        return self.viewport.bench

    @property
    def centre(self) -> tuple[float, float]:
        """The document position in the middle of the view."""
        return self.view.centre_x, self.view.centre_y

    def set_view(self, view: ViewTransform) -> None:
        """Move, turn or enlarge the view; the document stays in reach."""
        self._place.fitted = False
        self._show_view(view)

    def zoom_step(self, direction: int) -> None:
        """To the next round zoom, about the pointer if it is over the canvas."""
        pointer = self.bench.pointer if self.viewport.underMouse() else None
        at = (pointer.view_x, pointer.view_y) if pointer else None
        self.set_view(self.view.zoomed(next_zoom(self.view.zoom, direction), at))

    def fit(self) -> None:
        """Show the whole document; it stays fitted while the window changes size."""
        if self.picture:
            self._place.fitted = True
            canvas = self.picture.document.canvas
            self._show_view(self.view.fitted(canvas.w, canvas.h))

    def show_preview(self, job_id: int, image: Image, rect: Rect) -> None:
        """Show a job's preview over the document at `rect`; not part of the document."""
        if self.picture:
            self.picture.set_preview(job_id, image, rect)
            self.viewport.update()

    def clear_preview(self, job_id: int) -> None:
        """Take a job's preview away."""
        if self.picture and not self.picture.clear_preview(job_id).is_empty:
            self.viewport.update()

    @property
    def split(self) -> float | None:
        """Where in the viewport before and after meet, in logical pixels; None when they are not compared."""
        return self.divider.x_at if self.comparing else None

    @property
    def comparing(self) -> bool:
        """Whether the document is shown with and without the chosen layer."""
        return not self.divider.isHidden()

    def compare(self, on: bool) -> None:
        """Show the document without the chosen layer to the left of a line, or no longer."""
        self.divider.setVisible(on and self.picture is not None)
        self.divider.place()
        self._compare_active()

    def _compare_active(self) -> None:
        if self.picture:
            self.picture.compare(self.picture.document.active if self.comparing else None)
            self.refresh_picture()

    def refresh_overlay(self) -> None:
        """What tools draw over the picture has changed."""
        self.viewport.refresh_overlay()

    def refresh_picture(self) -> None:
        """What is shown has changed without the document changing."""
        self.viewport.schedule()
        self.viewport.update()

    def pointer_moved(self, pointer: Pointer | None) -> None:
        """Tell where the pointer is now."""
        horizontal, vertical = self.rulers
        horizontal.set_mark(pointer.view_x if pointer else None)
        vertical.set_mark(pointer.view_y if pointer else None)
        self.viewport.update_cursor()
        if pointer is None or self.picture is None:
            self.cursor_left.emit()
        else:
            self.cursor_moved.emit(pointer.x, pointer.y)

    def viewport_resized(self) -> None:
        """The viewport has another size or pixel ratio."""
        size, ratio = self.viewport.size(), self.viewport.devicePixelRatioF()
        self._show_view(self.view.resized(size.width(), size.height(), ratio))
        self.divider.place()
        if self._place.fitted:
            self._fit_first()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self.viewport_resized()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        self._corner.setFixedSize(THICKNESS, THICKNESS)
        grid.addWidget(self._corner, 0, 0)
        grid.addWidget(self.rulers[0], 0, 1)
        grid.addWidget(self.rulers[1], 1, 0)
        grid.addWidget(self.viewport, 1, 1)
        self._show_rulers()

    def _show_rulers(self) -> None:
        for widget in (self._corner, *self.rulers):
            widget.setVisible(self.app.settings.canvas.rulers)

    def _connect(self) -> None:
        self.app.document_changed.connect(self._follow_document)
        self.app.tools.changed.connect(self._tools_changed)
        self.app.settings.changed.connect(self._settings_changed)
        self.app.generation.previewed.connect(self._previewed)
        self.app.generation.preview_cleared.connect(self.clear_preview)

    def _previewed(self, job_id: int, document: Document, image: Image, rect: Rect) -> None:
        if self.picture and document is self.picture.document:
            self.show_preview(job_id, image, rect)

    def _tools_changed(self, section: str, field: str) -> None:
        if field == "tool":
            self.bench.choose(self.app.tools.tool)
            self.viewport.update_cursor()
        self.refresh_overlay()

    def _settings_changed(self, section: str, field: str) -> None:
        if section == "canvas":
            self._show_rulers()
            self._selection_changed()

    def _follow_document(self) -> None:
        old, new = self.picture, self.app.document
        self.bench.abandon()
        if old:
            for name in DOCUMENT_SIGNALS:
                getattr(old.document, name).disconnect(getattr(self, f"_{name}"))
            old.document.history.changed.disconnect(self.bench.refresh)
        self.picture = Picture(new) if new else None
        if new:
            for name in DOCUMENT_SIGNALS:
                getattr(new, name).connect(getattr(self, f"_{name}"))
            new.history.changed.connect(self.bench.refresh)
            self._look_at(new)
        self.compare(self.comparing)
        self._selection_changed()
        self.bench.restart()
        self.viewport.update_cursor()
        self.refresh_picture()

    def _look_at(self, document: Document) -> None:
        fresh = document not in self._places
        self._place = self._places.setdefault(document, Place(ViewTransform()))
        if fresh:
            self._place.view = ViewTransform(centre_x=document.width / 2, centre_y=document.height / 2)
        self.viewport_resized()

    def _fit_first(self) -> None:
        """Fit the document without showing small ones at a broken zoom."""
        if self.picture:
            canvas = self.picture.document.canvas
            view = self.view.fitted(canvas.w, canvas.h)
            self._show_view(view.zoomed(math.floor(view.zoom)) if view.zoom > 1 else view)

    def _show_view(self, view: ViewTransform) -> None:
        if self.picture:
            canvas = self.picture.document.canvas
            view = view.kept_near(canvas.w, canvas.h)
        if view == self._place.view:
            return
        self._place.view = view
        for ruler in self.rulers:
            ruler.set_view(view)
        self.refresh_picture()
        self.view_changed.emit()

    def _changed(self, rect: Rect) -> None:
        if self.picture:
            self.picture.invalidate(rect)
            self.viewport.schedule()

    def _structure(self) -> None:
        if self.picture and self.picture.icc != self.picture.document.icc:
            self._size_changed()
        self.bench.refresh()

    def _active_changed(self) -> None:
        self.bench.refresh()
        if self.comparing:
            self._compare_active()

    def _size_changed(self) -> None:
        if self.picture:
            self.bench.abandon()
            self.picture.reload()
            self.compare(self.comparing)
            self.refresh_picture()
            if self._place.fitted:
                self._fit_first()
            self._show_view(self.view)
            self.bench.refresh()

    def _selection_changed(self) -> None:
        selection = self.picture.document.selection if self.picture else None
        self.viewport.ants.set_polygons(selection.outline() if selection else [])
        self.viewport.set_selection(bool(selection and not selection.is_empty))
        self.bench.refresh()


def canvas_of(app: App) -> CanvasView | None:
    """The canvas that shows the documents of `app`, if there is one."""
    found = _views.get(app)
    return found() if found else None
