"""Drawing tracks: ruler, pieces with thumbnails and loudness, fades, keys, markers, playhead."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from studio.app.film_desk import missing_of
from studio.model.latent_path import LatentPath
from studio.model.timeline import Item, Score, Track
from studio.ui.theme import colour
from studio.ui.timeline.frames import PEAKS, Looks
from studio.ui.timeline.layout import HEAD, RULER, Layout

STEPS = (0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
TITLE = 16


def draw(
    painter: QPainter, view: QRectF, layout: Layout, score: Score, chosen: int | None, looks: Looks
) -> None:
    """Everything but the playhead."""
    painter.fillRect(view, colour("backdrop"))
    for track, y, height in layout.rows(score):
        if y + height < RULER or y > view.bottom():
            continue
        painter.fillRect(QRectF(HEAD, y, view.width() - HEAD, height), colour("row"))
        painter.save()
        painter.setClipRect(QRectF(HEAD, max(y, RULER), view.width() - HEAD, height))
        for item in track.items:
            rect = layout.rect(item, y, height)
            if rect.right() >= HEAD and rect.left() <= view.right():
                draw_item(painter, rect, view, layout, track, item, item.id == chosen, looks)
        painter.restore()
        draw_head(painter, QRectF(0, y, HEAD - 1, height), track)
    draw_ruler(painter, view, layout, score)


def draw_head(painter: QPainter, rect: QRectF, track: Track) -> None:
    """The name of a track and whether it is on."""
    painter.fillRect(rect, colour("panel"))
    painter.setPen(colour("disabled" if track.off else "text"))
    words = track.title + (" (off)" if track.off else "") + (" (locked)" if track.locked else "")
    inner = rect.adjusted(10, 0, -6, 0)
    text = QFontMetricsF(painter.font()).elidedText(words, Qt.TextElideMode.ElideRight, inner.width())
    painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, text)


def draw_item(
    painter: QPainter,
    rect: QRectF,
    view: QRectF,
    layout: Layout,
    track: Track,
    item: Item,
    chosen: bool,
    looks: Looks,
) -> None:
    """One piece."""
    base = colour("accent_soft") if track.kind == "video" else colour("hover")
    painter.setOpacity(0.4 if track.off else 1.0)
    painter.fillRect(rect.adjusted(0, 0, -1, 0), colour("error") if missing_of(item.source) else base)
    if item.source.path is not None:
        draw_path(painter, rect, view, layout, item, item.source.path, looks)
    elif track.kind == "video":
        draw_thumbs(painter, rect, view, layout, item, looks)
    if item.source.sound is not None:
        draw_peaks(painter, rect, view, layout, track, item, looks)
    draw_fades(painter, rect, layout, item)
    draw_keys(painter, rect, layout, item)
    draw_title(painter, rect, view, item)
    painter.setOpacity(1.0)
    painter.setPen(QPen(colour("accent") if chosen else colour("line"), 2 if chosen else 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(1, 1, -2, -1))


def draw_title(painter: QPainter, rect: QRectF, view: QRectF, item: Item) -> None:
    """Its name, where it stays in view."""
    left, right = max(rect.left(), HEAD) + 6, min(rect.right(), view.right()) - 4
    if right - left < 24:
        return
    words = (
        ("Missing: " if missing_of(item.source) else "")
        + item.source.title
        + (f"  {float(item.speed):g}x" if item.speed != 1 else "")
    )
    metrics = QFontMetricsF(painter.font())
    text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, right - left - 6)
    plate = QRectF(left - 4, rect.top() + 2, metrics.horizontalAdvance(text) + 8, TITLE)
    shade = QColor(colour("window"))
    shade.setAlpha(200)
    painter.fillRect(plate, shade)
    painter.setPen(colour("text"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def draw_thumbs(
    painter: QPainter, rect: QRectF, view: QRectF, layout: Layout, item: Item, looks: Looks
) -> None:
    """Small pictures side by side, each of the moment at its left edge, to the second."""
    clip, image = item.source.clip, item.source.image
    shape = (clip.width, clip.height) if clip else (image.width, image.height) if image else (16, 9)
    height = rect.height() - 2
    width = max(12.0, height * shape[0] / shape[1])
    first = max(0, math.floor((max(rect.left(), HEAD) - rect.left()) / width))
    x = rect.left() + first * width
    painter.save()
    painter.setClipRect(rect.intersected(view), Qt.ClipOperation.IntersectClip)
    while x < min(rect.right(), view.right()):
        second = max(0, math.floor(item.source_time(layout.time(max(x, rect.left())))))
        thumb = looks.thumb(item.source, second)
        if thumb is not None:
            painter.drawImage(QRectF(x, rect.top() + 1, width, height), thumb)
        x += width
    painter.restore()


def draw_path(
    painter: QPainter, rect: QRectF, view: QRectF, layout: Layout, item: Item, path: LatentPath, looks: Looks
) -> None:
    """The keys of a latent path: the picture of each behind its diamond, and a line for the way between."""
    high = rect.height() - TITLE - 6
    middle = rect.bottom() - 4 - high / 2
    painter.save()
    painter.setClipRect(rect.intersected(view), Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(colour("accent"), 2))
    painter.drawLine(QPointF(rect.left(), middle), QPointF(rect.right(), middle))
    for x, number in layout.stops(item, path):
        if not view.left() - high <= x <= view.right() + high:
            continue
        place = QRectF(x - high / 2, middle - high / 2, high, high)
        thumb = looks.stop(path, item.source, path.stops[number])
        painter.fillRect(place.adjusted(-1, -1, 1, 1), colour("accent"))
        if thumb is not None:
            painter.drawImage(place, thumb)
        painter.setPen(QPen(colour("line"), 1))
        painter.setBrush(colour("warning"))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, place.bottom() - 4 + dy)
                                       for dx, dy in ((0, -5), (5, 0), (0, 5), (-5, 0))]))  # fmt: skip
    painter.restore()


def draw_peaks(
    painter: QPainter, rect: QRectF, view: QRectF, layout: Layout, track: Track, item: Item, looks: Looks
) -> None:
    """Loudness as a band: the whole height of a sound, the lower third of a clip."""
    peaks = looks.peaks(item.source)
    if peaks is None or not len(peaks):
        return
    lowest, highest = max(rect.left(), HEAD), min(rect.right(), view.right())
    columns = np.arange(math.floor(lowest), math.ceil(highest))
    seconds = ((columns - rect.left()) / layout.scale * float(item.speed)) + float(item.offset)
    at = (seconds * PEAKS).astype(int)
    known = (at >= 0) & (at < len(peaks))
    room = rect.height() - TITLE - 4 if track.kind == "audio" else rect.height() / 3
    tall = np.where(known, peaks[at.clip(0, len(peaks) - 1)], 0) * room
    bottom = rect.bottom() - 2
    points = [QPointF(x, bottom - h) for x, h in zip(columns.tolist(), tall.tolist(), strict=True)]
    if len(points) > 1:
        shade = QColor(colour("accent"))
        shade.setAlpha(230 if track.kind == "audio" else 150)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        ends = [QPointF(points[-1].x(), bottom), QPointF(points[0].x(), bottom)]
        painter.drawPolygon(QPolygonF([*points, *ends]))


def draw_fades(painter: QPainter, rect: QRectF, layout: Layout, item: Item) -> None:
    """Fades as dark corners."""
    painter.setPen(Qt.PenStyle.NoPen)
    shade = QColor(colour("window"))
    shade.setAlpha(170)
    painter.setBrush(shade)
    if item.fade_in:
        wide = float(item.fade_in) * layout.scale
        corner = [rect.topLeft(), QPointF(rect.left() + wide, rect.top()), rect.bottomLeft()]
        painter.drawPolygon(QPolygonF(corner))
    if item.fade_out:
        wide = float(item.fade_out) * layout.scale
        corner = [rect.topRight(), QPointF(rect.right() - wide, rect.top()), rect.bottomRight()]
        painter.drawPolygon(QPolygonF(corner))


def draw_keys(painter: QPainter, rect: QRectF, layout: Layout, item: Item) -> None:
    """Opacity keys as diamonds, higher for more."""
    painter.setPen(QPen(colour("line"), 1))
    painter.setBrush(colour("warning"))
    for key in item.opacity:
        x = rect.left() + float(key.at) * layout.scale
        y = rect.bottom() - 6 - key.value * (rect.height() - 12)
        corners = ((0, -5), (5, 0), (0, 5), (-5, 0))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))


def draw_ruler(painter: QPainter, view: QRectF, layout: Layout, score: Score) -> None:
    """Times along the top, and markers."""
    painter.fillRect(QRectF(0, 0, view.width(), RULER), colour("panel"))
    step = next((s for s in STEPS if s * layout.scale >= 80), STEPS[-1])
    painter.setPen(colour("quiet"))
    number = math.floor(layout.left / step)
    while (x := layout.x(number * step)) < view.right():
        if x >= HEAD:
            painter.drawLine(QPointF(x, RULER - 7), QPointF(x, RULER - 1))
            painter.drawText(QPointF(x + 4, RULER - 9), clock(number * step))
        number += 1
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("ok"))
    for marker in score.markers:
        x = layout.x(marker.at)
        if x >= HEAD:
            flag = [QPointF(x - 5, RULER - 12), QPointF(x + 5, RULER - 12), QPointF(x, RULER - 1)]
            painter.drawPolygon(QPolygonF(flag))
    painter.fillRect(QRectF(0, 0, HEAD - 1, RULER), colour("panel"))


def draw_playhead(painter: QPainter, view: QRectF, x: float) -> None:
    """A line over all tracks."""
    if x >= HEAD:
        painter.setPen(QPen(colour("error"), 1.5))
        painter.drawLine(QPointF(x, 2), QPointF(x, view.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("error"))
        painter.drawPolygon(QPolygonF([QPointF(x - 6, 0), QPointF(x + 6, 0), QPointF(x, 9)]))


def clock(seconds: float) -> str:
    """``75.5`` -> ``1:15.5``."""
    minutes, rest = divmod(round(seconds, 3), 60)
    return f"{int(minutes)}:{rest:02.0f}" if rest == int(rest) else f"{int(minutes)}:{rest:05.2f}"
