"""Class labels: one combo box per attribute, each with "any"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QWidget

from studio.ui.widgets.editor import Editor
from studio.ui.widgets.plain import narrow_combo

ANY = "any"
Groups = Mapping[str, Sequence[str]] | Sequence[Sequence[str]] | Sequence[str]


def grouped(offer: Groups) -> list[tuple[str, tuple[str, ...]]]:
    """Attributes as (title, values); a flat list of names is one attribute. "any" need not be offered."""
    if isinstance(offer, Mapping):
        pairs = list(offer.items())
    elif all(isinstance(item, str) for item in offer):
        pairs = [("", [str(item) for item in offer])]
    else:
        pairs = [("", list(values)) for values in offer]
    return [(title, tuple(v for v in values if v not in ("", ANY))) for title, values in pairs]


class LabelsEdit(Editor):
    """A text of comma separated labels, at most one of each attribute; empty means any."""

    def __init__(self, offer: Groups = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self._help = ""
        self._groups: list[tuple[str, tuple[str, ...]]] = []
        self.combos: list[QComboBox] = []
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setSpacing(4)
        self.row.addLayout(self._form, 1)
        self.set_choices(offer)

    def set_choices(self, offer: Groups) -> None:
        """Offer these attributes. Labels that are offered no longer fall away."""
        groups = grouped(offer)
        if groups == self._groups:
            return
        present = self.value()
        self._groups = groups
        self._rebuild()
        self.set_value(present)

    def value(self) -> object:
        """The labels chosen, as "one,two"."""
        return ",".join(str(combo.currentData()) for combo in self.combos if combo.currentData())

    def set_value(self, value: object) -> None:
        """Choose the labels that are offered; the others are "any"."""
        wanted = {part.strip() for part in str(value or "").split(",")}
        for combo, (_, values) in zip(self.combos, self._groups, strict=True):
            found = [i for i, label in enumerate(values) if label in wanted]
            combo.setCurrentIndex(found[0] + 1 if found else 0)

    def describe(self, title: str, help_text: str) -> None:
        """Name each combo box after its attribute."""
        self._title, self._help = title, help_text
        for combo, (attribute, _) in zip(self.combos, self._groups, strict=True):
            combo.setAccessibleName(f"{title}: {attribute}" if attribute else title)
            combo.setToolTip(help_text)

    def controls(self) -> Sequence[QWidget]:
        """The combo boxes."""
        return self.combos

    def _rebuild(self) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self.combos = [self._add(title, values) for title, values in self._groups]
        self.describe(self._title, self._help)

    def _add(self, title: str, values: Sequence[str]) -> QComboBox:
        combo = narrow_combo()
        combo.addItem("Any", "")
        for value in values:
            combo.addItem(value[:1].upper() + value[1:], value)
        combo.activated.connect(lambda _: self.tell(self.value()))
        if title:
            self._form.addRow(QLabel(title[:1].upper() + title[1:]), combo)
        else:
            self._form.addRow(combo)
        return combo
