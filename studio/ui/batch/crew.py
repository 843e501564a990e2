"""A field for who does a batch: how many pictures at once, and where."""

from __future__ import annotations

from importlib.util import find_spec
from typing import cast

from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QWidget

from studio.app.batch import MAX_JOBS, Crew
from studio.ui.widgets.numbers import inset


class CrewEdit(QWidget):
    """A number, and a list in which Ray can be chosen where it is installed."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs = QSpinBox(accessibleName="At once", minimum=1, maximum=MAX_JOBS)
        inset(self.jobs)
        self.jobs.setToolTip("Pictures made side by side. Beyond one, each worker loads the model anew.")
        self.where = QComboBox(accessibleName="Where")
        self.where.addItem("On this machine", False)
        self.where.addItem("On all machines that Ray knows", True)
        if find_spec("ray") is None:
            cast(QStandardItemModel, self.where.model()).item(1).setEnabled(False)
            self.where.setToolTip("For several machines: pip install 'latent-studio[cluster]'")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.jobs)
        line.addWidget(self.where, 1)

    @property
    def crew(self) -> Crew:
        """What is chosen."""
        return Crew(self.jobs.value(), self.where.currentData())
