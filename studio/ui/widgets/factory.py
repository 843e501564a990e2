"""From a field's description to the editor that suits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.ui.widgets.color_edit import ColorEdit
from studio.ui.widgets.editor import Editor
from studio.ui.widgets.fields import FieldSpec, Kind
from studio.ui.widgets.labels import Groups, LabelsEdit
from studio.ui.widgets.numbers import NumberEdit
from studio.ui.widgets.plain import ChoiceEdit, JsonEdit, OptionalEdit, PathEdit, SwitchEdit, TextEdit
from studio.ui.widgets.seed import SeedEdit
from studio.ui.widgets.vector import VectorEdit

MOST_SLIDERS = 32


def make_editor(spec: FieldSpec, offer: Groups | None = None) -> Editor:
    """An editor for a field. ``offer`` lists the values possible now, where a plugin tells them."""
    if spec.kind is Kind.PATH:
        return PathEdit(folder=spec.folder, optional=spec.optional)
    editor = _make(spec, offer)
    return OptionalEdit(editor) if spec.optional else editor


def offer_to(editor: Editor, offer: Groups) -> None:
    """Give an editor of choices or labels another list to choose from."""
    inner = editor.inner if isinstance(editor, OptionalEdit) else editor
    if isinstance(inner, LabelsEdit):
        inner.set_choices(offer)
    elif isinstance(inner, ChoiceEdit):
        inner.set_choices(as_pairs(offer))


def as_pairs(offer: Groups) -> list[tuple[object, str]]:
    """Values with labels, for a combo box; attributes are flattened."""
    values: list[object] = []
    for item in offer.values() if isinstance(offer, Mapping) else offer:
        values += [item] if isinstance(item, str) else list(item)
    return [(value, str(value)) for value in values]


def _make(spec: FieldSpec, offer: Groups | None) -> Editor:
    if spec.kind is Kind.LABELS:
        return LabelsEdit(offer or ())
    if spec.kind is Kind.CHOICE:
        return ChoiceEdit(spec.choices)
    if offer is not None and spec.kind is Kind.TEXT:
        return ChoiceEdit(as_pairs(offer))
    if spec.kind in (Kind.INTEGER, Kind.NUMBER, Kind.SEED):
        return _number(spec)
    if spec.kind is Kind.VECTOR:
        return _vector(spec)
    plain = {Kind.COLOR: ColorEdit, Kind.TEXT: TextEdit, Kind.JSON: JsonEdit}
    return SwitchEdit(spec.title) if spec.kind is Kind.BOOLEAN else plain[spec.kind]()


def _number(spec: FieldSpec) -> Editor:
    if spec.kind is Kind.SEED:
        low, high = int(spec.minimum or 0), int(spec.maximum or 0)
        return SeedEdit(low, high, lockable=spec.name == "seed")
    integer = spec.kind is Kind.INTEGER
    return NumberEdit(spec.minimum, spec.maximum, spec.step, spec.unit, integer=integer)


def _vector(spec: FieldSpec) -> Editor:
    shortest, longest = spec.length
    if not spec.bounded or longest > MOST_SLIDERS:
        return JsonEdit()
    assert spec.minimum is not None and spec.maximum is not None
    parts = part_names(spec.parts, longest)
    return VectorEdit(parts, spec.minimum, spec.maximum, step=spec.step, shortest=shortest)


def part_names(parts: Sequence[str], count: int) -> list[str]:
    """``count`` labels: those given, then numbers."""
    return [*parts[:count], *(str(n) for n in range(len(parts) + 1, count + 1))]
