"""Recipes of results, as they travel in files."""

import copy
import json
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.errors import UserError
from studio.model.provenance import MAX_CHARS, Provenance

RECIPE = Provenance("synthesis", "1", {"seed": 7, "class": "cook"}, 7, "ab" * 32, {"image": "cd" * 32})


def test_a_recipe_survives_its_text() -> None:
    assert Provenance.from_json(RECIPE.to_json()) == RECIPE
    frozen = Provenance("a", "1", MappingProxyType({"x": [1, 2.5, None, "ü"]}), 0)
    assert Provenance.from_json(frozen.to_json()).params == {"x": [1, 2.5, None, "ü"]}


def test_equal_recipes_have_equal_text() -> None:
    one = Provenance("a", "1", {"x": 1, "y": 2}, 0)
    assert one.to_json() == Provenance("a", "1", {"y": 2, "x": 1}, 0).to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"generator": 5},
        {"params": []},
        {"seed": "7"},
        {"weights": 1},
        {"inputs": {"image": 5}},
        {"extra": 1},
    ],
)
def test_recipes_with_wrong_fields_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(UserError, match="damaged"):
        Provenance.from_json(json.dumps(json.loads(RECIPE.to_json()) | change))


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "[" * 5000, '{"generator":', " " * (MAX_CHARS + 1)])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="damaged"):
        Provenance.from_json(text)


@given(st.text(max_size=200))
def test_random_text_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UserError):
        Provenance.from_json(text)


def test_errors_keep_their_hint_across_processes() -> None:
    error = copy.deepcopy(UserError("It rains.", "Take an umbrella."))  # goes the way pickling goes
    assert (error.sentence, error.hint, str(error)) == ("It rains.", "Take an umbrella.", "It rains.")
