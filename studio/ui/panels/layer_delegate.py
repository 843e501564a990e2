"""How one layer is drawn in the list, and what a click on its eye or lock does."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QAbstractItemModel, QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.app.session import App
from studio.model.nodes import Blend, GeneratedLayer, Group, MaskLayer, Node, RasterLayer
from studio.ui.panels.layer_model import NODE_ROLE, Index
from studio.ui.panels.layer_thumbs import SIDE, LayerThumbs
from studio.ui.theme import colour, icon

HEIGHT = SIDE + 8
GAP = 6
BUTTON = 22
GLYPH = 16
CLIP = 14


class Zone(Enum):
    """The parts of a row that do something when clicked."""

    EYE = "eye"
    LOCK = "lock"
    PICTURE = "picture"
    MASK = "mask"


class LayerDelegate(QStyledItemDelegate):
    """Thumbnail, layer mask, name, what is unusual; lock and eye at the right edge."""

    clicked = Signal(object, object, object)

    def __init__(self, app: App, thumbs: LayerThumbs, parent: QWidget) -> None:
        super().__init__(parent)
        self._app = app
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

    def zones(self, rect: QRect, node: Node) -> dict[Zone, QRect]:
        """Where the parts of a row are; the pictures count only where there are two to choose from."""
        top, right = rect.top(), rect.right()
        found = {
            Zone.EYE: QRect(right - BUTTON, top, BUTTON, rect.height()),
            Zone.LOCK: QRect(right - 2 * BUTTON, top, BUTTON, rect.height()),
        }
        if isinstance(node, RasterLayer) and node.mask is not None:
            left = rect.left() + 4 + (CLIP if node.clip else 0)
            box = QRect(left, rect.center().y() - SIDE // 2, SIDE, SIDE)
            found |= {Zone.PICTURE: box, Zone.MASK: box.translated(SIDE + GAP, 0)}
        return found

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Tell of a press on a part; one on the eye or the lock is no drag and chooses nothing."""
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            node, point = index.data(NODE_ROLE), event.position().toPoint()
            zones = self.zones(option.rect, node).items()
            zone = next((zone for zone, area in zones if area.contains(point)), None)
            if zone is not None and event.type() == QEvent.Type.MouseButtonPress:
                self.clicked.emit(zone, node, event.modifiers())
            if zone in (Zone.EYE, Zone.LOCK):
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
        clip = CLIP if node.clip else 0
        return rect.left() + 4 + clip + pictures * (SIDE + GAP)

    def _paint_pictures(self, painter: QPainter, rect: QRect, node: Node) -> int:
        """Draw clip arrow, thumbnail and layer mask; returns where the text begins."""
        x = rect.left() + 4
        if node.clip:
            icon("clip").paint(painter, QRect(x - 2, rect.center().y() - 6, 12, 12))
            x += CLIP
        box = QRect(x, rect.center().y() - SIDE // 2, SIDE, SIDE)
        self._paint_thumb(painter, box, node, "pixels")
        if isinstance(node, RasterLayer) and node.mask is not None:
            box.translate(SIDE + GAP, 0)
            self._paint_thumb(painter, box, node, "mask")
            self._frame_target(painter, box, node)
            if not node.mask_enabled:
                painter.setPen(colour("error"))
                painter.drawLine(box.topLeft(), box.bottomRight())
        return self._text_left(rect, node)

    def _frame_target(self, painter: QPainter, mask: QRect, node: Node) -> None:
        """Mark which of the two pictures of the active layer is painted on."""
        if self._app.document is not None and self._app.document.active is node:
            on_mask = self._app.tools.brush.on_mask
            painter.setPen(QPen(colour("accent"), 2))
            painter.drawRect((mask if on_mask else mask.translated(-SIDE - GAP, 0)).adjusted(-1, -1, 0, 0))

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
        zones = self.zones(option.rect, node)
        self._paint_button(painter, zones[Zone.EYE], eye, dim=not node.visible)
        if node.locked or hovered:
            lock = icon("lock" if node.locked else "lock-open")
            self._paint_button(painter, zones[Zone.LOCK], lock, dim=not node.locked)

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
