"""The part of the canvas that shows the picture: paints, and redoes tiles when nothing else is to do."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QRegion, QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from studio.model.geometry import Rect
from studio.ui.canvas.ants import Ants
from studio.ui.canvas.backdrop import PixelGrid, draw_checker, outline, visible_area
from studio.ui.canvas.bench import Bench
from studio.ui.canvas.input import Input
from studio.ui.canvas.picture import Picture
from studio.ui.theme import colour

if TYPE_CHECKING:
    from studio.ui.canvas.view import CanvasView

WORK_SECONDS = 0.008
ANTS_MS = 120


class Viewport(QWidget):
    """Paints the document and what tools draw over it. Tiles are redone in slices of at most a few ms."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.bench = Bench(canvas)
        self.ants = Ants()
        self._grid = PixelGrid()
        self._input = Input(canvas, self.bench)
        self._overlay_region = QRegion()
        self._work_timer = QTimer(self, interval=0)
        self._work_timer.timeout.connect(self._work)
        self._ants_timer = QTimer(self, interval=ANTS_MS)
        self._ants_timer.timeout.connect(self._march)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(64, 64)
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription(
            "The picture. Tools work with the mouse, a pen, or the arrow keys and Enter; Esc cancels."
        )

    def schedule(self) -> None:
        """Redo what is out of date as soon as there is time."""
        self._work_timer.start()

    @property
    def is_working(self) -> bool:
        """Whether tiles are still being redone, or a stroke is still being painted."""
        return self._work_timer.isActive() or any(tool.waiting for tool in self.bench.tools.values())

    def refresh_overlay(self) -> None:
        """Repaint where tools draw and where they drew before."""
        region = self._tools_region()
        self.update(region.united(self._overlay_region))

    def set_selection(self, shown: bool) -> None:
        """Start or stop the selection's edge."""
        animate = shown and self._canvas.app.settings.canvas.selection_animation
        (self._ants_timer.start if animate else self._ants_timer.stop)()
        self.update()

    def event(self, event: QEvent) -> bool:
        """Input goes to the tools; the rest to Qt."""
        if self._input.handle(event):
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._canvas.viewport_resized()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle of the picture in the middle."""
        self._canvas.viewport_resized()

    def update_cursor(self) -> None:
        """Show the pointer the current tool wants."""
        shape = self.bench.cursor if self._canvas.picture else Qt.CursorShape.ArrowCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is exposed."""
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), colour("backdrop"))
            if self._canvas.picture:
                self._draw(painter, self._canvas.picture, event.rect())
        self._overlay_region = self._tools_region()

    def _draw(self, painter: QPainter, picture: Picture, exposed: QRect) -> None:
        view = self._canvas.view
        area = self._document_rect(exposed).intersect(picture.document.canvas)
        settings = self._canvas.app.settings.canvas
        _draw_edge(painter, outline(view, picture.document.canvas))
        draw_checker(painter, view, picture.document.canvas, settings.checker)
        picture.draw(painter, view, area, settings.smooth, self._canvas.split)
        if settings.pixel_grid:
            self._grid.draw(painter, view, picture.document.canvas, exposed)
        if not self.ants.is_empty:
            self.ants.draw(painter, self._selection_matrix(), self.size())
        for overlay in self.bench.overlay():
            overlay.draw(painter)

    def _tools_region(self) -> QRegion:
        region = QRegion()
        for overlay in self.bench.overlay():
            region += overlay.region(self.fontMetrics(), self.size())
        return region.intersected(self.rect())

    def _work(self) -> None:
        picture, view = self._canvas.picture, self._canvas.view
        if picture is None or not self.isVisible():
            self._work_timer.stop()
            return
        area = visible_area(view, picture.document.canvas)
        try:
            self._redo_some(picture, area)
        except Exception as error:
            self._work_timer.stop()
            self._canvas.app.notices.add_exception(error, doing="Showing the picture")

    def _redo_some(self, picture: Picture, area: Rect) -> None:
        view, pointer = self._canvas.view, self.bench.pointer
        focus = (pointer.x, pointer.y) if pointer else (view.centre_x, view.centre_y)
        for rect in picture.work(view, area, focus, perf_counter() + WORK_SECONDS):
            self.update(self._view_rect(rect))
        if not picture.is_stale(view, area):
            self._work_timer.stop()

    def _selection_matrix(self) -> QTransform:
        """The selection's edge goes along with what is moved."""
        view, picture = self._canvas.view.qtransform(), self._canvas.picture
        floating = picture.floating if picture else None
        return floating.matrix * view if floating and floating.selected else view

    def _march(self) -> None:
        self.ants.advance()
        self.update(self.ants.region(self._selection_matrix(), self.size()))

    def _view_rect(self, rect: Rect) -> QRect:
        """Where a document rectangle lies in the viewport, with room for filtering."""
        mapped = self._canvas.view.qtransform().mapRect(QRectF(rect.x, rect.y, rect.w, rect.h))
        return mapped.toAlignedRect().adjusted(-2, -2, 2, 2)

    def _document_rect(self, rect: QRect) -> Rect:
        """The document pixels under a part of the viewport."""
        to_document = self._canvas.view.to_document
        corners = (rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight())
        points = [to_document(*_outer(QPointF(corner), rect)) for corner in corners]
        xs, ys = zip(*points, strict=True)
        return Rect.around(min(xs), min(ys), max(xs), max(ys)).expanded(1)


def _draw_edge(painter: QPainter, corners: QPolygonF) -> None:
    """A thin line around the document, to tell it from the background."""
    painter.setPen(QPen(QColor(0, 0, 0, 120), 2))
    painter.drawPolygon(corners)


def _outer(corner: QPointF, rect: QRect) -> tuple[float, float]:
    """QRect's right and bottom are the last pixel; its far edge lies one further."""
    return (
        corner.x() + (1 if corner.x() == rect.right() else 0),
        corner.y() + (1 if corner.y() == rect.bottom() else 0),
    )
