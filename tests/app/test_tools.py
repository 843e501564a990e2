"""What the tools are set to: ranges, signals, remembering."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from studio.app.session import App
from studio.app.settings import Settings
from studio.app.tools import ToolId, ToolState
from studio.engine.jobs import Engine
from studio.engine.plugins import Registry


@pytest.fixture
def state() -> ToolState:
    return ToolState()


def test_a_change_is_told_once_and_no_change_not_at_all(state: ToolState) -> None:
    told: list[tuple[str, str]] = []
    state.changed.connect(lambda section, field: told.append((section, field)))
    state.set("brush", size=50, hardness=state.brush.hardness)
    state.set("brush", size=50)
    state.choose("wand")
    state.choose(ToolId.WAND)
    assert told == [("brush", "size"), ("", "tool")]


@pytest.mark.parametrize("size", [0, 1001, float("nan"), "wide"])
def test_a_value_out_of_range_is_refused_and_changes_nothing(state: ToolState, size: object) -> None:
    with pytest.raises(ValidationError):
        state.set("brush", size=size)
    assert state.brush.size == 32


def test_unknown_names_are_refused(state: ToolState) -> None:
    with pytest.raises(KeyError):
        state.set("comb", size=3)
    with pytest.raises(ValidationError):
        state.set("brush", bristles=3)
    with pytest.raises(ValueError, match="hammer"):
        state.choose("hammer")


def test_the_brush_has_the_foreground_colour_and_the_eraser_its_own_size(state: ToolState) -> None:
    state.set_foreground((1, 2, 3, 255))
    state.set("eraser", size=90)
    brush, eraser = state.brush_for(ToolId.BRUSH), state.brush_for(ToolId.ERASER)
    assert (brush.size, brush.color, brush.erase) == (32, (1, 2, 3, 255), False)
    assert (eraser.size, eraser.erase) == (90, True)


def test_colours_swap_and_reset(state: ToolState) -> None:
    state.set_foreground((9, 8, 7, 255))
    state.swap_colours()
    assert (state.foreground, state.background) == ((255, 255, 255, 255), (9, 8, 7, 255))
    state.reset_colours()
    assert (state.foreground, state.background) == ((0, 0, 0, 255), (255, 255, 255, 255))


def test_what_was_dumped_is_loaded(state: ToolState) -> None:
    state.set("selection", mode="add", feather=12)
    state.set_background((1, 2, 3, 4))
    state.choose("lasso")
    other = ToolState()
    other.load(state.dump())
    assert other.dump() == state.dump()


def test_what_does_not_fit_is_left_alone(state: ToolState) -> None:
    before = state.dump()
    state.load({"brush": {"size": -1}, "fill": "x", "tool": "hammer", "foreground": [1, 2, 999, 4], "new": 1})
    assert state.dump() == before


def test_a_session_leaves_its_tools_to_the_next(tmp_path: Path) -> None:
    def session() -> App:
        return App(Settings.load(tmp_path / "settings.json"), Registry(), no_engine, lambda call: call())

    first = session()
    first.tools.set("brush", size=61)
    first.tools.choose(ToolId.LASSO)
    first.close()
    second = session()
    assert (second.tools.brush.size, second.tools.tool) == (61, ToolId.LASSO)
    second.close()


def no_engine() -> Engine:
    raise AssertionError("the tools need no engine")
