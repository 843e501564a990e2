"""Editors of switches, choices, text, paths, anything as JSON, and of what may be absent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLineEdit, QSizePolicy, QWidget

from studio.ui.widgets.buttons import icon_button
from studio.ui.widgets.editor import Editor, guard_wheel


class SwitchEdit(Editor):
    """Yes or no. Carries its own title."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox(title, self)
        self.box.clicked.connect(self.tell)
        self.row.addWidget(self.box, 1)

    def value(self) -> object:
        """True or False."""
        return self.box.isChecked()

    def set_value(self, value: object) -> None:
        """Tick or untick."""
        self.box.setChecked(bool(value))

    def controls(self) -> Sequence[QWidget]:
        """The box."""
        return [self.box]


def narrow_combo(parent: QWidget | None = None) -> QComboBox:
    """A combo box that does not widen its panel for a long entry, and ignores a stray wheel."""
    combo = QComboBox(parent)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(6)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    combo.setMaxVisibleItems(16)
    guard_wheel(combo)
    return combo


class ChoiceEdit(Editor):
    """One of several values. A value that is not on offer is shown as such and kept."""

    def __init__(self, choices: Sequence[tuple[object, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: list[tuple[object, str]] = []
        self.combo = narrow_combo(self)
        self.combo.activated.connect(lambda index: self.tell(self._choices[index][0]))
        self.row.addWidget(self.combo, 1)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[object, str]]) -> None:
        """Offer these (value, label) pairs; the present value stays."""
        present = self.value()
        self._choices = list(choices)
        self.combo.clear()
        self.combo.addItems([label for _, label in choices])
        if present is not None:
            self.set_value(present)

    def value(self) -> object:
        """The value chosen, None if there is nothing to choose."""
        index = self.combo.currentIndex()
        return self._choices[index][0] if 0 <= index < len(self._choices) else None

    def set_value(self, value: object) -> None:
        """Choose ``value``, adding it if it is not on offer."""
        if value not in [v for v, _ in self._choices]:
            self._choices.append(
                (value, f"{value} (not available)" if value not in ("", None) else "Automatic")
            )
            self.combo.addItem(self._choices[-1][1])
        self.combo.setCurrentIndex([v for v, _ in self._choices].index(value))

    def controls(self) -> Sequence[QWidget]:
        """The combo box."""
        return [self.combo]


class TextEdit(Editor):
    """One line of text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.textEdited.connect(lambda _: self.changed.emit(self.value()))
        self.line.editingFinished.connect(self.finished)
        self.row.addWidget(self.line, 1)

    def value(self) -> object:
        """The text."""
        return self.line.text()

    def set_value(self, value: object) -> None:
        """Show a text."""
        self.line.setText("" if value is None else str(value))

    def controls(self) -> Sequence[QWidget]:
        """The line."""
        return [self.line]


class JsonEdit(TextEdit):
    """Any value, written as JSON. What cannot be read is handed on as text for the model to refuse."""

    def value(self) -> object:
        """The value written, or the text itself."""
        try:
            return json.loads(self.line.text())
        except ValueError:
            return self.line.text()

    def set_value(self, value: object) -> None:
        """Show a value as JSON."""
        self.line.setText(value if isinstance(value, str) else json.dumps(value, default=str))


class PathEdit(TextEdit):
    """A file or folder: typed, browsed for or dropped. Empty is None where the field allows it."""

    def __init__(
        self, *, folder: bool = False, optional: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._folder, self._optional = folder, optional
        self.line.setPlaceholderText("None" if optional else "")
        self.browse = icon_button("folder-open", "Choose a folder" if folder else "Choose a file", self._ask)
        self.row.addWidget(self.browse)
        self.setAcceptDrops(True)

    def value(self) -> object:
        """The path."""
        text = self.line.text().strip()
        return None if self._optional and not text else Path(text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls() and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the first file dropped."""
        self._take(event.mimeData().urls()[0].toLocalFile())

    def _ask(self) -> None:
        ask = QFileDialog.getExistingDirectory if self._folder else QFileDialog.getOpenFileName
        answer = ask(self, self.browse.toolTip(), self.line.text())
        chosen = answer if isinstance(answer, str) else answer[0]
        if chosen:
            self._take(chosen)

    def _take(self, path: str) -> None:
        self.line.setText(path)
        self.tell(self.value())


class OptionalEdit(Editor):
    """Another editor with a box before it: unticked, the value is None."""

    def __init__(self, inner: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.inner = inner
        self.box = QCheckBox(self)
        self.box.clicked.connect(self._switched)
        self.row.addWidget(self.box)
        self.row.addWidget(inner, 1)
        inner.changed.connect(self.changed)
        inner.finished.connect(self.finished)
        self.set_value(None)

    def value(self) -> object:
        """The inner value, or None."""
        return self.inner.value() if self.box.isChecked() else None

    def set_value(self, value: object) -> None:
        """Show a value; None unticks the box."""
        with QSignalBlocker(self.box):
            self.box.setChecked(value is not None)
        if value is not None:
            self.inner.set_value(value)
        self.inner.setEnabled(value is not None)

    def describe(self, title: str, help_text: str) -> None:
        """Name the box and the inner controls."""
        self.inner.describe(title, help_text)
        self.box.setAccessibleName(f"Use {title}")
        self.box.setToolTip(f"Use {title}")

    def controls(self) -> Sequence[QWidget]:
        """The box, then the inner controls."""
        return [self.box, *self.inner.controls()]

    def _switched(self, on: bool) -> None:
        self.inner.setEnabled(on)
        if on:
            self.inner.controls()[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.tell(self.value())
