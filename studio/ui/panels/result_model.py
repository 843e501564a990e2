"""The results of this run as Qt sees them; thumbnails are made one at a time between other events."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QWidget

from studio.app.results import Result
from studio.app.session import App
from studio.ui.convert import to_qimage
from studio.ui.drop import RESULT_MIME
from studio.ui.panels.base import follow
from studio.ui.widgets.thumbnails import thumbnail

RESULT_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


def unchanging(pixmap: QPixmap) -> QIcon:
    """An icon that looks the same when it is selected."""
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


class ResultModel(QAbstractListModel):
    """The newest result last. ``side`` is the side of the thumbnails in pixels."""

    def __init__(self, app: App, parent: QWidget, side: int) -> None:
        super().__init__(parent)
        self._app = app
        self._side = side
        self._results: list[Result] = list(app.results.items)
        self._pixmaps: dict[int, QPixmap] = {}
        self._waiting: list[int] = []
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._make_one)
        follow(parent, app.results.changed, self.sync)

    def sync(self) -> None:
        """Follow the store: results come at the end and may go anywhere."""
        items = list(self._app.results.items)
        ids = {item.id for item in items}
        for row in reversed([r for r, item in enumerate(self._results) if item.id not in ids]):
            self.beginRemoveRows(QModelIndex(), row, row)
            self._pixmaps.pop(self._results.pop(row).id, None)
            self.endRemoveRows()
        kept = len(self._results)
        self._results = items[:kept]
        if len(items) > kept:
            self.beginInsertRows(QModelIndex(), kept, len(items) - 1)
            self._results = items
            self.endInsertRows()

    def result(self, index: Index) -> Result | None:
        """The result at an index."""
        return self._results[index.row()] if 0 <= index.row() < len(self._results) else None

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Qt: how many results."""
        return 0 if parent.isValid() else len(self._results)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Qt: thumbnail, tooltip, spoken text and the result itself."""
        result = self.result(index)
        if result is None:
            return None
        if role == RESULT_ROLE:
            return result
        if role == Qt.ItemDataRole.DecorationRole:
            return unchanging(self._pixmap(result))
        if role == Qt.ItemDataRole.ToolTipRole:
            size = f"{result.image.width} x {result.image.height}"
            return f"{result.title}, seed {result.seed}, {size}\nDouble-click to add as a layer."
        return f"{result.title}, seed {result.seed}" if role == Qt.ItemDataRole.AccessibleTextRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt: results can be dragged out."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Qt: the first result, for the canvas as what it is, for other programs as a picture."""
        data = QMimeData()
        result = self.result(indexes[0])
        if result is not None:
            data.setData(RESULT_MIME, str(result.id).encode())
            data.setImageData(to_qimage(result.image))
        return data

    def _pixmap(self, result: Result) -> QPixmap:
        """The thumbnail, or a blank one until it is made."""
        found = self._pixmaps.get(result.id)
        if found is not None:
            return found
        blank = QPixmap(self._side, self._side)
        blank.fill(Qt.GlobalColor.transparent)
        if result.id not in self._waiting:
            self._waiting.append(result.id)
            self._timer.start()
        return blank

    def _make_one(self) -> None:
        id = self._waiting.pop(0)
        row = next((row for row, item in enumerate(self._results) if item.id == id), None)
        if row is not None:
            self._pixmaps[id] = thumbnail(self._results[row].image, self._side)
            self.dataChanged.emit(self.index(row), self.index(row))
        if self._waiting:
            self._timer.start()
