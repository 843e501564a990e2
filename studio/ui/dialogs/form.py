"""A question made from a model: an editor for each of its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel
from PySide6.QtWidgets import QLabel, QWidget

from studio.ui.dialogs.base import Question
from studio.ui.forms import ParamForm


class FormDialog(Question):
    """Asks for the fields of a model; its button works while the values make one."""

    def __init__(
        self,
        title: str,
        accept: str,
        model: type[BaseModel],
        choices: Mapping[str, Sequence[str]],
        note: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, accept, parent)
        told = QLabel(note, wordWrap=True)
        told.setProperty("quiet", True)
        self.form = ParamForm(model, choices={name: tuple(values) for name, values in choices.items()})
        self.form.validity_changed.connect(self.ok.setEnabled)
        self.column.addWidget(told)
        self.column.addWidget(self.form)
        self.column.addStretch(1)
        self.setMinimumWidth(360)

    def answer(self) -> dict[str, object]:
        """The values by name."""
        return dict(self.form.values())
