"""Requests that do not fit are refused at once, in a sentence that names the field."""

import pytest
from engine_kit import Studio, picture

from studio.engine.jobs import Request
from studio.engine.wording import WrongUse
from studio.model.errors import UserError
from studio.model.media import Image, Mask, Media

EXTRA = """
class Params(Params):
    strength: float = Field(0.5, ge=0, le=1)
    count: int = Field(1, ge=1, le=9)
    class_: str = Field("", alias="class")
"""


@pytest.fixture
def echo(studio: Studio) -> Studio:
    studio.plugin(
        "echo",
        "yield Preview(inputs['image'], params.strength)\nreturn inputs['image']",
        extra=EXTRA,
        inputs="{'image': Image}",
    )
    return studio


@pytest.mark.parametrize(
    ("params", "sentence", "hint"),
    [
        ({"strenght": 1}, "There is no param of Echo called “strenght”. Did you mean “strength”?", "There"),
        ({"clas": "a"}, "There is no param of Echo called “clas”. Did you mean “class”?", ""),
        ({"strength": float("nan")}, "“strength” must be a finite number, not nan.", ""),
        ({"strength": float("inf")}, "“strength” must be a finite number, not inf.", ""),
        ({"strength": 2}, "“strength” must be at most 1, not 2.", ""),
        ({"count": 0}, "“count” must be at least 1, not 0.", ""),
        ({"count": 1.5}, "“count” must be a whole number", ""),
        ({"count": None}, "“count” must be a whole number, not None.", ""),
        ({"class": 5}, "“class” must be a valid string, not 5.", ""),
        ({"seed": -1}, "“seed” must be at least 0, not -1.", ""),
        ({"seed": 2**31}, "“seed” must be at most 2147483647", ""),
    ],
)  # fmt: skip
def test_params_that_do_not_fit(echo: Studio, params: dict[str, object], sentence: str, hint: str) -> None:
    with pytest.raises(WrongUse) as caught:
        echo.engine.submit(Request("echo", params, {"image": picture()}))
    assert caught.value.sentence.startswith(sentence)
    assert caught.value.hint.startswith(hint)
    assert echo.mail.events == []


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({}, "Echo needs an input “image” (Image)."),
        ({"image": Mask(picture().pixels[..., 0])}, "Echo needs Image as “image”, not Mask."),
        ({"imag": picture()}, "There is no input of Echo called “imag”. Did you mean “image”?"),
    ],
)
def test_inputs_that_do_not_fit(echo: Studio, inputs: dict[str, Media], sentence: str) -> None:
    with pytest.raises(WrongUse) as caught:
        echo.engine.submit(Request("echo", {}, inputs))
    assert caught.value.sentence == sentence


def test_unknown_generators_name_the_nearest(echo: Studio) -> None:
    with pytest.raises(UserError, match=r"no generator “ecco”. Did you mean “echo”"):
        echo.engine.submit(Request("ecco"))


def test_fields_answer_to_their_public_and_their_python_name(echo: Studio) -> None:
    for name in ("class", "class_"):
        job = echo.engine.submit(Request("echo", {name: "cook"}, {"image": picture()}))
        echo.mail.wait_end(job)
        assert echo.mail.result(job).provenance.params["class"] == "cook"


def test_a_plugin_can_refuse_params_that_do_not_go_together(studio: Studio) -> None:
    check = "@classmethod\ndef check(cls, ctx, params):\n    raise UserError('Not these two.', 'Choose one.')"
    studio.plugin("picky", "return None\nyield", extra=check)
    with pytest.raises(WrongUse, match="Not these two"):
        studio.submit("picky")


def test_a_plugin_whose_own_check_breaks_is_refused_in_a_sentence(studio: Studio) -> None:
    studio.plugin("odd", "return None\nyield", extra="@classmethod\ndef check(cls, ctx, params):\n    1 / 0")
    with pytest.raises(UserError, match="Odd could not check its params"):
        studio.submit("odd")


def test_a_plugin_that_is_not_ready_says_why(studio: Studio) -> None:
    ready = "@classmethod\ndef ready(cls, ctx):\n    return Readiness(False, 'No camera.', 'Plug one in.')"
    studio.plugin("camera", "return None\nyield", extra=ready)
    assert studio.registry.get("camera").describe()["reason"] == "No camera. Plug one in."
    with pytest.raises(UserError, match="No camera"):
        studio.submit("camera")


def test_a_request_is_frozen() -> None:
    given: dict[str, object] = {"seed": 3}
    request = Request("x", given)
    given["seed"] = 4
    assert request.seed == 3
    with pytest.raises(AttributeError):
        request.generator = "y"  # type: ignore[misc]


def test_description_has_what_a_form_and_a_script_need(echo: Studio) -> None:
    described = echo.registry.get("echo").describe()
    assert (described["id"], described["inputs"], described["output"]) == (
        "echo",
        {"image": "Image"},
        "Image",
    )
    strength = next(param for param in described["params"] if param["name"] == "strength")
    assert (strength["type"], strength["default"], strength["min"], strength["max"]) == ("number", 0.5, 0, 1)
    assert [param["name"] for param in described["params"]] == ["seed", "strength", "count", "class"]


def test_choices_follow_the_other_params(studio: Studio) -> None:
    extra = """
    class Params(Params):
        kind: str = "fruit"
        value: str = ""

    @classmethod
    def choices(cls, ctx, params):
        return {"value": ["apple", "pear"] if params["kind"] == "fruit" else ["beet"]}
    """
    studio.plugin("menu", "return None\nyield", extra=extra)
    spec = studio.registry.get("menu")
    assert spec.choices({"kind": "root"}) == {"value": ("beet",)}
    assert spec.describe()["params"][2]["choices"] == ["apple", "pear"]


@pytest.mark.parametrize("answer", ["1 / 0", "return 5", "return {'value': 5}", "raise UserError('Gone.')"])
def test_a_plugin_that_cannot_tell_its_choices_offers_none(studio: Studio, answer: str) -> None:
    extra = f"@classmethod\ndef choices(cls, ctx, params):\n    {answer}"
    studio.plugin("mute", "return None\nyield", extra=extra)
    assert studio.registry.get("mute").choices({}) == {}
    assert studio.registry.get("mute").describe()["params"][0]["choices"] is None


def test_pictures_are_what_they_promise() -> None:
    assert isinstance(picture(), Image) and not picture().pixels.flags.writeable
