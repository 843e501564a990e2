"""Forms made from pydantic models, worked as a person works them."""

import json
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from studio.ui.forms import ParamForm, as_json
from studio.ui.widgets.fields import Kind, fields_of

LEFT = Qt.MouseButton.LeftButton
SEED_LIMIT = 2**31 - 1


class Weather(Enum):
    SUNNY = "sunny"
    LIGHT_RAIN = "light_rain"


class Everything(BaseModel):
    """One field of every kind."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)
    seed: int = Field(0, ge=0, le=SEED_LIMIT)
    mix_seed: int = Field(-1, ge=-1, lt=2**31)
    class_: str = Field("", alias="class", json_schema_extra={"widget": "labels"})
    size: int = Field(64, ge=16, le=4096, description="Side.", json_schema_extra={"unit": "px"})
    share: float = Field(0.5, ge=0, le=1, title="Share")
    rate: float = 2e-4
    maybe: float | None = Field(None, ge=0, le=10)
    tile: bool = False
    layer: Literal["colour", "relief", 3] = "colour"
    weather: Weather = Weather.SUNNY
    name: str = ""
    tint: str = Field("#3366cc", pattern="^#[0-9a-f]{6}$", json_schema_extra={"widget": "color"})
    paint: tuple[int, int, int] = Field((1, 2, 3), json_schema_extra={"widget": "color"})
    steps: tuple[Annotated[float, Field(ge=-4, le=4)], ...] = Field((), max_length=4)
    out: Path | None = None
    table: dict[str, int] = Field(default_factory=dict)
    detail: int = Field(1, ge=0, le=9, json_schema_extra={"advanced": True})


LABELS = {"class_": {"style": ["google", "twitter"], "skin": ["light", "dark skin tone"]}}
numbers = st.floats(allow_nan=False, allow_infinity=False)
valid = st.fixed_dictionaries(
    {
        "seed": st.integers(0, SEED_LIMIT),
        "mix_seed": st.integers(-1, SEED_LIMIT),
        "class": st.sampled_from(["", "google", "dark skin tone", "twitter,light"]),
        "size": st.integers(16, 4096),
        "share": st.floats(0, 1),
        "rate": numbers,
        "maybe": st.none() | st.floats(0, 10),
        "tile": st.booleans(),
        "layer": st.sampled_from(["colour", "relief", 3]),
        "weather": st.sampled_from(Weather),
        "name": st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"))),
        "tint": st.from_regex("#[0-9a-f]{6}", fullmatch=True),
        "paint": st.tuples(*[st.integers(0, 255)] * 3),
        "steps": st.lists(st.floats(-4, 4), max_size=4).map(tuple),
        "out": st.none() | st.just(Path("/tmp/a b.png")),
        "table": st.dictionaries(st.text("abc", min_size=1), st.integers()),
        "detail": st.integers(0, 9),
    }
)


@pytest.fixture
def form(qtbot):
    form = ParamForm(Everything, choices=LABELS)
    qtbot.addWidget(form)
    form.resize(280, 900)
    with qtbot.waitExposed(form):
        form.show()
    return form


def heard(form):
    """What the form tells from now on."""
    told = []
    form.edited.connect(lambda name, value: told.append((name, value)))
    form.finished.connect(lambda name: told.append(name))
    return told


@given(values=valid)
def test_what_is_set_is_what_is_read_and_what_a_preset_keeps(form, values):
    assert form.set_values(values) == []
    assert form.values() == values
    assert form.valid, form.problems()
    kept = json.loads(json.dumps(as_json(form.values())))
    form.set_values(kept)
    assert form.model() == Everything.model_validate(values)


@settings(max_examples=15)
@given(values=valid)
def test_setting_is_silent(form, values):
    told = heard(form)
    form.set_values(values)
    assert told == []


def test_every_kind_of_field_has_the_editor_that_suits_it():
    kinds = {field.name: field.kind for field in fields_of(Everything)}
    assert kinds == {
        "seed": Kind.SEED, "mix_seed": Kind.SEED, "class": Kind.LABELS, "size": Kind.INTEGER,
        "share": Kind.NUMBER, "rate": Kind.NUMBER, "maybe": Kind.NUMBER, "tile": Kind.BOOLEAN,
        "layer": Kind.CHOICE, "weather": Kind.CHOICE, "name": Kind.TEXT, "tint": Kind.COLOR,
        "paint": Kind.COLOR, "steps": Kind.VECTOR, "out": Kind.PATH, "table": Kind.JSON,
        "detail": Kind.INTEGER,
    }  # fmt: skip


def test_a_dragged_slider_tells_every_step_and_one_end(form, qtbot):
    slider = form.editor("share").slider
    told = heard(form)
    start, end = QPoint(slider.width() // 4, 10), QPoint(slider.width() - 1, 10)
    qtbot.mousePress(slider, LEFT, pos=start)
    for x in range(start.x(), end.x(), 12):
        qtbot.mouseMove(slider, QPoint(x, 10))
    qtbot.mouseMove(slider, end)
    qtbot.mouseRelease(slider, LEFT, pos=end)
    steps = [item for item in told if item != "share"]
    assert len(steps) > 4 and steps[-1] == ("share", 1.0)
    assert told.count("share") == 1 and told[-1] == "share"
    assert form.values()["share"] == 1.0


def test_a_press_on_the_groove_brings_the_handle_there(form, qtbot):
    slider = form.editor("share").slider
    qtbot.mouseClick(slider, LEFT, pos=QPoint(slider.width() - 2, 10))
    assert form.values()["share"] > 0.95


def test_a_wheel_over_an_unfocused_control_changes_nothing(form):
    spin = form.editor("size").spin
    spin.clearFocus()
    for _ in range(2):
        wheel = QWheelEvent(
            QPointF(5, 5), spin.mapToGlobal(QPointF(5, 5)), QPoint(), QPoint(0, 120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(spin, wheel)
    assert form.values()["size"] == 64


def test_typing_takes_effect_without_leaving_the_field(form, qtbot):
    spin = form.editor("size").spin
    spin.selectAll()
    qtbot.keyClicks(spin, "128")
    assert form.values()["size"] == 128


def test_the_unit_and_the_help_are_shown(form):
    editor = form.editor("size")
    assert editor.spin.text() == "64 px"
    assert editor.spin.toolTip() == "Side."


def test_a_value_out_of_bounds_is_told_below_its_field(form, qtbot):
    with qtbot.waitSignal(form.validity_changed) as told:
        form.set_value("size", 9000)
    assert told.args == [False]
    assert form.rows["size"].problem.isVisible()
    assert form.rows["size"].problem.text() == "Size must be at most 4096, not 9000."
    assert form.model() is None
    form.set_value("size", 4096)
    assert form.valid and not form.rows["size"].problem.isVisible()


def test_a_field_without_an_effect_is_not_shown(qtbot):
    class Place(BaseModel):
        seed_strength: float = Field(0.5, json_schema_extra={"unless": "point"})
        reach: float = Field(1.0, json_schema_extra={"needs": "point"})
        point: str = ""

    form = ParamForm(Place)
    qtbot.addWidget(form)
    assert form.rows["reach"].isHidden() and not form.rows["seed_strength"].isHidden()
    form.set_value("point", "here")
    assert form.rows["seed_strength"].isHidden() and not form.rows["reach"].isHidden()


def test_json_that_is_none_is_told(form, qtbot):
    line = form.editor("table").line
    line.clear()
    qtbot.keyClicks(line, '{"a": 1')
    assert not form.valid and form.rows["table"].problem.text()
    qtbot.keyClicks(line, "}")
    assert form.valid and form.values()["table"] == {"a": 1}


def test_what_concerns_no_single_field_is_told_at_the_end(qtbot):
    class Pair(BaseModel):
        low: int = Field(1, ge=0, le=9)
        high: int = Field(5, ge=0, le=9)

        @model_validator(mode="after")
        def ordered(self):
            if self.low > self.high:
                raise ValueError("low must not exceed high")
            return self

    form = ParamForm(Pair, {"low": 8})
    qtbot.addWidget(form)
    form.show()
    assert form.problem.isVisible() and form.problem.text() == "Low must not exceed high."


def test_the_reset_button_shows_only_where_there_is_something_to_reset(form, qtbot):
    row = form.rows["share"]
    assert not row.reset.isVisible()
    form.set_value("share", 0.9)
    assert row.reset.isVisible()
    told = heard(form)
    qtbot.mouseClick(row.reset, LEFT)
    assert form.values()["share"] == 0.5 and not row.reset.isVisible()
    assert told == [("share", 0.5), "share"]


def test_reset_all_goes_back_to_the_defaults(form):
    form.set_values({"share": 0.1, "name": "x", "steps": (1.0,), "maybe": 3.0})
    form.reset_all()
    assert form.model() == Everything()


def test_an_optional_number_is_switched_on_and_off(form, qtbot):
    editor = form.editor("maybe")
    assert not editor.inner.isEnabled() and form.values()["maybe"] is None
    qtbot.mouseClick(editor.box, LEFT, pos=QPoint(8, editor.box.height() // 2))
    editor.inner.spin.selectAll()
    qtbot.keyClicks(editor.inner.spin, "2.5")
    assert form.values()["maybe"] == 2.5
    qtbot.mouseClick(editor.box, LEFT, pos=QPoint(8, editor.box.height() // 2))
    assert form.values()["maybe"] is None


def test_a_rolled_seed_is_new_and_a_typed_one_is_kept(form, qtbot):
    editor = form.editor("seed")
    form.roll_seed()
    rolled = form.values()["seed"]
    assert rolled != 0
    editor.spin.selectAll()
    qtbot.keyClicks(editor.spin, "42")
    assert editor.lock.isChecked()
    form.roll_seed()
    assert form.values()["seed"] == 42
    qtbot.mouseClick(editor.dice, LEFT)
    assert form.values()["seed"] not in (42, rolled)


def test_a_seed_that_may_be_absent_says_off(form):
    editor = form.editor("mix_seed")
    assert editor.spin.text() == "Off"
    editor.roll()
    assert form.values()["mix_seed"] >= 0


def test_labels_have_a_box_per_attribute_with_any(form, qtbot):
    editor = form.editor("class")
    assert [combo.itemText(0) for combo in editor.combos] == ["Any", "Any"]
    told = heard(form)
    qtbot.keyClick(editor.combos[1], Qt.Key.Key_Down)
    qtbot.keyClick(editor.combos[0], Qt.Key.Key_End)
    assert told[-2] == ("class", "twitter,light")
    form.set_value("class", "google")
    assert [combo.currentText() for combo in editor.combos] == ["Google", "Any"]


def test_choices_follow_the_other_values(qtbot):
    class Choosy(BaseModel):
        model: str = "people"
        kind: str = Field("", json_schema_extra={"widget": "labels"})

    kinds = {"people": ["cook", "king"], "land": ["sand"]}
    form = ParamForm(
        Choosy, {"kind": "king"}, lambda now: {"model": list(kinds), "kind": kinds[now["model"]]}
    )
    qtbot.addWidget(form)
    form.show()
    assert form.values() == {"model": "people", "kind": "king"}
    qtbot.keyClick(form.editor("model").combo, Qt.Key.Key_Down)
    assert form.values() == {"model": "land", "kind": ""}
    assert [form.editor("kind").combos[0].itemText(i) for i in range(2)] == ["Any", "Sand"]
    form.set_values({"model": "people", "kind": "cook"})
    assert form.values() == {"model": "people", "kind": "cook"}


def test_a_value_no_longer_on_offer_is_kept_and_said(qtbot):
    class Chooser(BaseModel):
        model: str = ""

    form = ParamForm(Chooser, {"model": "gone"}, {"model": ["one"]})
    qtbot.addWidget(form)
    assert form.values() == {"model": "gone"}
    assert form.editor("model").combo.currentText() == "gone (not available)"


def test_a_vector_slider_lengthens_the_list_and_resets(form, qtbot):
    editor = form.editor("steps")
    assert form.values()["steps"] == ()
    spin = editor.numbers[1].spin
    spin.selectAll()
    qtbot.keyClicks(spin, "1.5")
    assert form.values()["steps"] == (0.0, 1.5)
    editor.neutralise()
    assert form.values()["steps"] == (0.0, 0.0)


def test_a_colour_is_typed_or_picked(form, qtbot):
    editor = form.editor("tint")
    editor.line.selectAll()
    qtbot.keyClicks(editor.line, "#fa0")
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert form.values()["tint"] == "#ffaa00"
    qtbot.mouseClick(editor.swatch, LEFT)
    picker = editor.popup.picker
    qtbot.mouseClick(picker.square, LEFT, pos=QPoint(0, picker.square.height() - 1))
    assert form.values()["tint"] == "#000000"
    editor.popup.close()
    form.editor("paint").line.setText("#0a141e")
    qtbot.keyClick(form.editor("paint").line, Qt.Key.Key_Return)
    assert form.values()["paint"] == (10, 20, 30)


def test_advanced_fields_fold_away(form, qtbot):
    assert not form.rows["detail"].isVisible()
    qtbot.mouseClick(form.advanced.header, LEFT)
    assert form.rows["detail"].isVisible()


def test_unknown_names_are_given_back(form):
    assert form.set_values({"share": 0.25, "colour_of_magic": 8}) == ["colour_of_magic"]
    assert form.values()["share"] == 0.25


def test_a_form_over_some_fields_keeps_the_others(qtbot):
    form = ParamForm(Everything, {"name": "kept", "share": 0.3}, only=["steps", "share"])
    qtbot.addWidget(form)
    assert list(form.rows) == ["steps", "share"]
    form.set_values({"share": 0.4, "tile": True})
    assert (form.values()["name"], form.values()["share"], form.values()["tile"]) == ("kept", 0.4, True)


def test_every_control_has_a_name_and_nothing_sticks_out(form):
    for row in form.rows.values():
        for control in row.editor.controls():
            assert control.accessibleName(), row.spec.name
    area = form.rect()
    for row in form.rows.values():
        for control in row.editor.controls():
            if control.isVisible():
                right = control.mapTo(form, control.rect().topRight())
                assert area.contains(QPoint(right.x(), 1)), row.spec.name
