"""A form from any pydantic model: an editor per field, checked as you type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.engine.wording import reason, shown
from studio.ui.widgets.buttons import icon_button, keep_room
from studio.ui.widgets.editor import Editor
from studio.ui.widgets.factory import make_editor, offer_to
from studio.ui.widgets.fields import FieldSpec, Kind, fields_of
from studio.ui.widgets.labels import Groups, LabelsEdit
from studio.ui.widgets.plain import SwitchEdit
from studio.ui.widgets.section import Section
from studio.ui.widgets.seed import SeedEdit

Values = Mapping[str, object]
Choices = Mapping[str, Groups] | Callable[[Values], Mapping[str, Groups]]
_NAMING = (Kind.CHOICE, Kind.TEXT, Kind.BOOLEAN, Kind.LABELS)


class FieldRow(QWidget):
    """Title, reset button, editor, and what is wrong with the value."""

    def __init__(self, spec: FieldSpec, editor: Editor) -> None:
        super().__init__()
        self.spec, self.editor = spec, editor
        self.reset = icon_button("reset", f"Back to the default: {spec.title}")
        self.reset.setFixedSize(20, 20)
        keep_room(self.reset)
        self.problem = QLabel()
        self.problem.setProperty("problem", True)
        self.problem.setWordWrap(True)
        self.problem.hide()
        editor.describe(spec.title, spec.help)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._head())
        if not isinstance(editor, SwitchEdit):
            column.addWidget(editor)
        column.addWidget(self.problem)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(4)
        if isinstance(self.editor, SwitchEdit):
            head.addWidget(self.editor, 1)
        else:
            head.addWidget(self._title(), 1)
        head.addWidget(self.reset)
        return head

    def _title(self) -> QLabel:
        title = QLabel(self.spec.title)
        title.setToolTip(self.spec.help)
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        controls = self.editor.controls()
        if controls:
            title.setBuddy(controls[0])
        return title

    def show_state(self, problem: str) -> None:
        """Show what is wrong, and the reset button if the value is not the default."""
        if problem != self.problem.text():
            self.problem.setText(problem)
            self.problem.setVisible(bool(problem))
        changed = self.editor.value() != self.spec.default
        if changed == self.reset.isHidden():
            self.reset.setVisible(changed)


class ParamForm(QWidget):
    """Edits the fields of ``model_type``.

    values: where the form starts, by public name; what is missing has its default.
    choices: lists for fields whose values depend on what is installed, or a function from the present values
        to such lists; it is asked again when a field that names something changes.
    only: the fields to show, in this order (all, if None); the others keep their values.

    ``edited(name, value)`` tells every step a person makes, ``finished(name)`` the end of a gesture (a slider
    let go), ``validity_changed(bool)`` whether the values together are valid. What a program sets is silent.
    """

    edited = Signal(str, object)
    finished = Signal(str)
    validity_changed = Signal(bool)

    def __init__(
        self,
        model_type: type[BaseModel],
        values: Values | None = None,
        choices: Choices | None = None,
        only: Sequence[str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.model_type = model_type
        self._choices = choices or {}
        self._valid = True
        self.problem = QLabel(wordWrap=True, visible=False)
        self.problem.setProperty("problem", True)
        self.advanced = Section("Advanced", opened=False)
        specs = self._specs = {spec.name: spec for spec in fields_of(model_type)}
        start = {name: spec.default for name, spec in specs.items()} | dict(values or {})
        shown = list(specs) if only is None else [name for name in only if name in specs]
        self._rest = {name: start[name] for name in specs if name not in shown}
        offers = self._offers(start)
        self.rows = {name: self._make_row(specs[name], offers) for name in shown}
        self._lay_out()
        self.set_values(start)

    @property
    def valid(self) -> bool:
        """Whether the values make a model."""
        return self._valid

    def editor(self, name: str) -> Editor:
        """The editor of a field (`KeyError` for an unknown name)."""
        return self.rows[name].editor

    def values(self) -> dict[str, object]:
        """All values by public name, in the model's order."""
        shown = {name: row.editor.value() for name, row in self.rows.items()}
        return {name: shown[name] if name in shown else self._rest[name] for name in self._specs}

    def model(self) -> BaseModel | None:
        """The values as a model, None while they are invalid."""
        try:
            return self.model_type.model_validate(self.values())
        except ValidationError:
            return None

    def set_values(self, values: Values) -> list[str]:
        """Show these values; fields not among them stay. Returns the names that the model does not have."""
        self._offer({**self.values(), **values})
        for name, value in values.items():
            if name in self.rows:
                self.rows[name].editor.set_value(value)
            elif name in self._rest:
                self._rest[name] = value
        self._check()
        return [name for name in values if name not in self.rows and name not in self._rest]

    def set_value(self, name: str, value: object) -> None:
        """Show another value of one field."""
        self.set_values({name: value})

    def reset(self, name: str) -> None:
        """Give a field its default, as if a person had."""
        self.rows[name].editor.set_value(self.rows[name].spec.default)
        self._edited(name, self.editor(name).value())
        self.finished.emit(name)

    def reset_all(self) -> None:
        """Give every field its default."""
        for name, row in self.rows.items():
            if row.editor.value() != row.spec.default:
                self.reset(name)

    def refresh_choices(self) -> None:
        """Ask again what there is to choose from."""
        self._offer(self.values())
        self._check()

    def roll_seed(self) -> None:
        """Draw another main seed unless the person keeps it."""
        row = self.rows.get("seed")
        if row and isinstance(row.editor, SeedEdit):
            row.editor.roll_unless_locked()

    def problems(self) -> dict[str, str]:
        """What is wrong, by field; under ``""`` what concerns no single one."""
        try:
            self.model_type.model_validate(self.values())
        except ValidationError as error:
            return self._by_field(error)
        return {}

    def _by_field(self, error: ValidationError) -> dict[str, str]:
        found: dict[str, str] = {}
        names = {row.spec.attribute: name for name, row in self.rows.items()}
        for item in error.errors():
            place = str(item["loc"][0]) if item["loc"] else ""
            name = names.get(place, place)
            found.setdefault(name if name in self.rows else "", wording(self._title(name), item))
        return found

    def _title(self, name: str) -> str:
        return self.rows[name].spec.title if name in self.rows else name or "The whole"

    def _make_row(self, spec: FieldSpec, offers: Mapping[str, Groups]) -> FieldRow:
        row = FieldRow(spec, make_editor(spec, offers.get(spec.name)))
        row.reset.clicked.connect(lambda: self.reset(spec.name))
        row.editor.changed.connect(lambda value: self._edited(spec.name, value))
        row.editor.finished.connect(lambda: self.finished.emit(spec.name))
        return row

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.advanced.column.setSpacing(8)
        for row in self.rows.values():
            (self.advanced.column if row.spec.advanced else column).addWidget(row)
        self.advanced.setVisible(any(row.spec.advanced for row in self.rows.values()))
        column.addWidget(self.advanced)
        column.addWidget(self.problem)

    def _edited(self, name: str, value: object) -> None:
        if self.rows[name].spec.kind in _NAMING:
            self._offer(self.values())
        self._check()
        self.edited.emit(name, value)

    def _offers(self, values: Values) -> Mapping[str, Groups]:
        found = self._choices(values) if callable(self._choices) else self._choices
        names = {spec.attribute: spec.name for spec in self._specs.values()}
        return {names.get(name, name): offer for name, offer in found.items()}

    def _offer(self, values: Values) -> None:
        for name, offer in self._offers(values).items():
            if name in self.rows:
                offer_to(self.rows[name].editor, offer)
                self.rows[name].setVisible(bool(offer) or not isinstance(self.rows[name].editor, LabelsEdit))

    def _check(self) -> None:
        problems, values = self.problems(), self.values()
        for name, row in self.rows.items():
            row.show_state(problems.get(name, ""))
            if row.spec.needs or row.spec.unless:
                row.setVisible(row.spec.matters(values))
        self.problem.setText(problems.get("", ""))
        self.problem.setVisible("" in problems)
        if self._valid != (not problems):
            self._valid = not problems
            self.validity_changed.emit(self._valid)


def wording(title: str, fault: Mapping[str, Any]) -> str:
    """What pydantic found wrong with a value, as a sentence of ours: “Count must be at least 1, not 0.”"""
    if fault["type"] == "value_error":
        text = str(fault["msg"]).removeprefix("Value error, ").strip().rstrip(".")
    else:
        text = f"{title} {reason(fault)}, not {shown(fault['input'])}"
    return f"{text[:1].upper()}{text[1:]}."


def as_json(values: Values) -> dict[str, Any]:
    """Values as JSON can hold them: paths and enums as text, tuples as lists."""
    from pydantic_core import to_jsonable_python

    return {name: to_jsonable_python(value) for name, value in values.items()}
