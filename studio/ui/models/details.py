"""What is known of one model, and a try of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from studio.app import models, models_trial
from studio.app.models_trial import Trial
from studio.app.session import App
from studio.engine.weights import ModelInfo
from studio.model.errors import UserError
from studio.model.media import Image
from studio.ui.convert import to_qimage
from studio.ui.dialogs.base import form
from studio.ui.panels.base import attempt
from studio.ui.widgets.buttons import button_row, text_button

SIDE = 168
FACTS = ("Name in scripts", "Architecture", "Made for", "File", "SHA-256", "Comes from", "Used by")


class ModelDetails(QScrollArea):
    """``changed`` when title or licence were written down, ``removal(info)`` when it shall go."""

    changed = Signal()
    removal = Signal(object)

    def __init__(self, app: App) -> None:
        super().__init__(widgetResizable=True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("The chosen model")
        self._app = app
        self._info: ModelInfo | None = None
        self._job: int | None = None
        self.title = QLineEdit(accessibleName="Title")
        self.licence = QLineEdit(accessibleName="Licence", placeholderText="unknown")
        self.facts = {name: fact(name) for name in FACTS}
        self.note = QLabel(wordWrap=True)
        self.note.setProperty("quiet", True)
        self.test = text_button(
            "Test run", "Run it on a piece of the open picture, or on a chart", self._test
        )
        self.card = text_button("Show card", "What it was trained on and how well it does", self._show_card)
        self.use = text_button("Use it", "Take its generator in hand", self._use)
        self.remove = text_button("Remove…", "Delete this model", self._remove)
        self.before, self.after = picture("Before"), picture("After")
        self.outcome = QLabel(wordWrap=True)
        self.title.editingFinished.connect(self._rename)
        self.licence.editingFinished.connect(self._set_licence)
        self._lay_out()

    def _lay_out(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 4, 16, 4)
        column.setSpacing(12)
        column.addLayout(self._rows())
        column.addWidget(self.note)
        for button in (self.test, self.use, self.card, self.remove):
            button.setAutoDefault(False)  # Enter in a field writes the field down, and nothing more
        buttons = button_row(self.test, self.use, self.card, None, self.remove)
        buttons.setSpacing(6)
        column.addLayout(buttons)
        pair = QHBoxLayout(spacing=8)
        pair.addWidget(self.before)
        pair.addWidget(self.after)
        pair.addStretch(1)
        column.addLayout(pair)
        column.addWidget(self.outcome)
        column.addStretch(1)
        self.setWidget(page)

    def _rows(self) -> QFormLayout:
        rows = form()
        rows.addRow("Title", self.title)
        rows.addRow("Licence", self.licence)
        for name, label in self.facts.items():
            rows.addRow(name, label)
        return rows

    def show_model(self, info: ModelInfo | None) -> None:
        """Show a model, or that none is chosen."""
        if info is None or self._info is None or info.name != self._info.name:
            self.stop()
            self._show_trial(None)
        self._info = info
        self.widget().setEnabled(info is not None)
        if info is not None:
            self._show(info, models.shown(info, self._app.registry))

    def _show(self, info: ModelInfo, shown: models.Shown) -> None:
        self.title.setText(shown.title)
        self.licence.setText("" if shown.licence == "unknown" else shown.licence)
        for edit in (self.title, self.licence):
            edit.setReadOnly(shown.shipped)
            edit.setCursorPosition(0)
        values = (
            shown.name,
            f"{shown.architecture} {info.metadata.get('tags', '')}".strip(),
            f"{shown.task}{shown.by_scale}",
            f"{shown.size}, {info.path.name}",
            "…",
            shown.source,
            ", ".join(shown.users) or "nothing yet",
        )
        for label, text in zip(self.facts.values(), values, strict=True):
            label.setText(text)
        self.note.setText("" if shown.licence != "unknown" else f"Licence {shown.licence_note}.")
        self.note.setVisible(bool(self.note.text()))
        self.remove.setEnabled(not shown.shipped)
        self.card.setEnabled(info.card_path is not None)
        self.use.setEnabled(bool(shown.users))
        self._offer_test(info)
        self._app.tasks.run(
            f"Reading {info.path.name}", lambda: info.sha256, lambda text: self._show_hash(info, text)
        )

    def _offer_test(self, info: ModelInfo) -> None:
        try:
            models_trial.generator_for(self._app, info)
        except UserError as error:
            self.test.setEnabled(False)
            self.test.setToolTip(f"{error.sentence} {error.hint}")
        else:
            self.test.setEnabled(self._job is None)

    def _show_hash(self, info: ModelInfo, text: str) -> None:
        if self._info is info:
            label = self.facts["SHA-256"]
            label.setText(f"{text[:16]}…")
            label.setToolTip(text)

    def _rename(self) -> None:
        info, text = self._info, self.title.text()
        if info and text.strip() and text != models.shown(info, self._app.registry).title:
            attempt(self._app, lambda: models.rename(info, text))
            self.changed.emit()

    def _set_licence(self) -> None:
        info, text = self._info, self.licence.text().strip() or "unknown"
        if info and text != models.shown(info, self._app.registry).licence:
            attempt(self._app, lambda: models.set_licence(info, text))
            self.changed.emit()

    def _test(self) -> None:
        info = self._info
        if info is not None:
            self.outcome.setText("Running…")
            self.test.setEnabled(attempt(self._app, lambda: self._start(info)) is False)

    def _start(self, info: ModelInfo) -> None:
        self.outcome.setText("")
        self._job = models_trial.start(self._app, info, self._finished)
        self.outcome.setText("Running…")

    def _finished(self, trial: Trial) -> None:
        self._job = None
        self.test.setEnabled(True)
        self._show_trial(trial)

    def _show_trial(self, trial: Trial | None) -> None:
        show(self.before, trial.before if trial else None)
        show(self.after, trial.after if trial else None)
        self.outcome.setText(trial.line if trial else "")

    def stop(self) -> None:
        """Cancel the test run, if one is going on."""
        if self._job is not None:
            self._app.engine.cancel(self._job)

    def _use(self) -> None:
        if self._info is not None:
            info, users = self._info, models.shown(self._info, self._app.registry).users
            attempt(self._app, lambda: models.use(self._app, info, users[0]))

    def _show_card(self) -> None:
        if self._info is not None:
            show_card(self._info, self)

    def _remove(self) -> None:
        self.removal.emit(self._info)


def fact(name: str) -> QLabel:
    """A value that can be copied."""
    label = QLabel(wordWrap=True)
    label.setAccessibleName(name)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def picture(name: str) -> QLabel:
    """A place for a picture."""
    label = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, visible=False)
    label.setAccessibleName(name)
    label.setToolTip(name)
    return label


def show(label: QLabel, image: Image | None) -> None:
    """Show a picture in its place, or nothing."""
    label.setVisible(image is not None)
    if image is not None:
        size = QSize(SIDE, SIDE)
        smooth = Qt.TransformationMode.SmoothTransformation
        keep = Qt.AspectRatioMode.KeepAspectRatio
        label.setPixmap(QPixmap.fromImage(to_qimage(image)).scaled(size, keep, smooth))


def show_card(info: ModelInfo, parent: QWidget) -> None:
    """A model's card in a window of its own."""
    assert info.card_path is not None
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(f"Card of {info.title}")
    dialog.resize(720, 640)
    page = QTextBrowser(accessibleName="Model card")
    page.setSearchPaths([str(info.path.parent)])
    page.document().setDocumentMargin(16)
    page.setMarkdown(info.card_path.read_text(encoding="utf-8", errors="replace"))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.addWidget(page)
    column.addWidget(buttons)
    dialog.show()
