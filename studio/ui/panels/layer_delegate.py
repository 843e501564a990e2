"""How one layer is drawn in the list, and what a click on its eye or lock does."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QAbstractItemModel, QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QMouseEvent, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.model.nodes import Blend, GeneratedLayer, Group, MaskLayer, Node, RasterLayer
from studio.ui.panels.layer_model import NODE_ROLE, Index
from studio.ui.panels.layer_thumbs import SIDE, LayerThumbs
from studio.ui.theme import colour, icon

HEIGHT = SIDE + 8
GAP = 6
BUTTON = 22
GLYPH = 16


class Zone(Enum):
    """The parts of a row that do something when clicked."""

    EYE = "eye"
    LOCK = "lock"


class LayerDelegate(QStyledItemDelegate):
    """Thumbnail, layer mask, name, what is unusual; lock and eye at the right edge."""

    clicked = Signal(object, object)

    def __init__(self, thumbs: LayerThumbs, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbs = thumbs

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for the thumbnail and two lines."""
        return QSize(160, max(HEIGHT, 2 * option.fontMetrics.height() + 8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The whole row."""
        node: Node = index.data(NODE_ROLE)
        self.initStyleOption(option, index)
        option.text = ""
        option.widget.style().drawControl(
            QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget
        )
        painter.save()
        if not node.is_shown:
            painter.setOpacity(0.5)
        left = self._paint_pictures(painter, option.rect, node)
        self._paint_text(painter, option, node, left)
        painter.setOpacity(1.0)
        self._paint_buttons(painter, option, node)
        painter.restore()

    def zone(self, rect: QRect, point: QPoint) -> Zone | None:
        """What lies at a point of a row."""
        zones = {zone: self.button_rect(rect, zone) for zone in Zone}
        return next((zone for zone, area in zones.items() if area.contains(point)), None)

    def button_rect(self, rect: QRect, zone: Zone) -> QRect:
        """Where the eye or the lock of a row is."""
        place = 1 if zone is Zone.EYE else 2
        return QRect(rect.right() - place * BUTTON, rect.top(), BUTTON, rect.height())

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """A press on the eye or the lock is no drag and no double click."""
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            zone = self.zone(option.rect, event.position().toPoint())
            if zone is not None:
                if event.type() == QEvent.Type.MouseButtonPress:
                    self.clicked.emit(zone, index.data(NODE_ROLE))
                return True
        return super().editorEvent(event, model, option, index)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A line to type the name into."""
        line = QLineEdit(parent)
        line.setAccessibleName("Name of the layer")
        return line

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """The line covers the name only."""
        height = editor.sizeHint().height()
        left = self._text_left(option.rect, index.data(NODE_ROLE))
        width = max(60, option.rect.right() - 2 * BUTTON - left)
        editor.setGeometry(left - 4, option.rect.center().y() - height // 2, width, height)

    def _text_left(self, rect: QRect, node: Node) -> int:
        pictures = 2 if isinstance(node, RasterLayer) and node.mask is not None else 1
        clip = 14 if node.clip else 0
        return rect.left() + 4 + clip + pictures * (SIDE + GAP)

    def _paint_pictures(self, painter: QPainter, rect: QRect, node: Node) -> int:
        """Draw clip arrow, thumbnail and layer mask; returns where the text begins."""
        x = rect.left() + 4
        if node.clip:
            icon("clip").paint(painter, QRect(x - 2, rect.center().y() - 6, 12, 12))
            x += 14
        box = QRect(x, rect.center().y() - SIDE // 2, SIDE, SIDE)
        self._paint_thumb(painter, box, node, "pixels")
        if isinstance(node, RasterLayer) and node.mask is not None:
            box.translate(SIDE + GAP, 0)
            self._paint_thumb(painter, box, node, "mask")
            if not node.mask_enabled:
                painter.setPen(colour("error"))
                painter.drawLine(box.topLeft(), box.bottomRight())
        return self._text_left(rect, node)

    def _paint_thumb(self, painter: QPainter, box: QRect, node: Node, part: str) -> None:
        pixmap = self._thumbs.pixmap(node, part)
        if isinstance(node, Group):
            icon("group").paint(painter, box.adjusted(6, 6, -6, -6))
            return
        if pixmap is None:
            painter.setPen(colour("edge"))
            painter.drawRect(box.adjusted(0, 0, -1, -1))
            return
        inner = QRect(0, 0, pixmap.width(), pixmap.height())
        inner.moveCenter(box.center())
        painter.drawPixmap(inner, pixmap)
        painter.setPen(colour("edge"))
        painter.drawRect(inner.adjusted(-1, -1, 0, 0))
        kind = {MaskLayer: "mask", GeneratedLayer: "generated"}.get(type(node))
        if kind and part == "pixels":
            badge = QRect(inner.right() - 12, inner.bottom() - 12, 13, 13)
            painter.fillRect(badge, colour("panel"))
            icon(kind).paint(painter, badge.adjusted(1, 1, -1, -1))

    def _paint_text(self, painter: QPainter, option: QStyleOptionViewItem, node: Node, left: int) -> None:
        metrics = option.fontMetrics
        width = option.rect.right() - 2 * BUTTON - GAP - left
        remark = remarks(node)
        top = option.rect.center().y() - (metrics.height() if remark else metrics.height() // 2)
        painter.setFont(option.font)
        painter.setPen(colour("text"))
        name = metrics.elidedText(node.name, Qt.TextElideMode.ElideRight, width)
        line = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(left, top, width, metrics.height()), line, name)
        if remark:
            painter.setPen(colour("quiet"))
            text = metrics.elidedText(remark, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRect(left, top + metrics.height(), width, metrics.height()), line, text)

    def _paint_buttons(self, painter: QPainter, option: QStyleOptionViewItem, node: Node) -> None:
        hovered = bool(option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected))
        eye = icon("eye" if node.visible else "eye-off")
        self._paint_button(painter, self.button_rect(option.rect, Zone.EYE), eye, dim=not node.visible)
        if node.locked or hovered:
            lock = icon("lock" if node.locked else "lock-open")
            self._paint_button(painter, self.button_rect(option.rect, Zone.LOCK), lock, dim=not node.locked)

    def _paint_button(self, painter: QPainter, rect: QRect, drawing: QIcon, *, dim: bool) -> None:
        box = QRect(0, 0, GLYPH, GLYPH)
        box.moveCenter(rect.center())
        mode = QIcon.Mode.Disabled if dim else QIcon.Mode.Normal
        drawing.paint(painter, box, Qt.AlignmentFlag.AlignCenter, mode)


def remarks(node: Node) -> str:
    """What is unusual about a layer: blend mode, opacity."""
    parts = [] if node.blend is Blend.NORMAL else [blend_title(node.blend)]
    parts += [] if node.opacity == 1 else [f"{round(node.opacity * 100)} %"]
    return " · ".join(parts)


def blend_title(blend: Blend) -> str:
    """``"color-dodge"`` -> ``"Colour dodge"``."""
    return blend.value.replace("-", " ").replace("color", "colour").capitalize()
