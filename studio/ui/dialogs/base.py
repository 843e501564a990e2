"""What all dialogs share: spacing, a row of buttons, fields for pixels."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from studio.ui.widgets.numbers import inset

MAX_SIDE = 65_536


class Question(QDialog):
    """A dialog with a column of content, and below it a button that does what its text says, and Cancel."""

    def __init__(self, title: str, accept: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.column = QVBoxLayout()
        self.column.setSpacing(12)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.addButton(accept, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 18, 20, 16)
        outer.setSpacing(16)
        outer.addLayout(self.column, 1)
        outer.addWidget(self.buttons)
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        self.ok.setDefault(True)

    def ask(self) -> bool:
        """Show the dialog and wait; whether it was accepted."""
        accepted = self.exec() == QDialog.DialogCode.Accepted
        self.deleteLater()
        return accepted


def form() -> QFormLayout:
    """Labels to the left, fields to the right."""
    layout = QFormLayout()
    layout.setHorizontalSpacing(14)
    layout.setVerticalSpacing(10)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return layout


def pixel_box(name: str, value: int, low: int = 1, high: int = MAX_SIDE) -> QSpinBox:
    """A field for a number of pixels."""
    box = QSpinBox(
        minimum=low, maximum=high, value=value, suffix=" px", accelerated=True, accessibleName=name
    )
    box.setGroupSeparatorShown(True)
    inset(box)
    return box
