"""The generator `synthesis` on tiny models with random weights."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tiny_models import PEOPLE, tiny_model

from studio.engine.devices import TorchDevice
from studio.engine.jobs import Engine, Request
from studio.engine.lab import Lab, Record
from studio.engine.plugins import Registry
from studio.engine.weights import WeightsStore
from studio.model.errors import UserError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder, "people", conditions=PEOPLE)
    tiny_model(folder, "land", ("r", "g", "b", "height"), tileable=True)
    tiny_model(folder, "clothes", ("grey",))
    registry = Registry(WeightsStore([folder]), built_in=[ROOT / "plugins"])
    assert not registry.discover(entry_points=False).notices
    return registry


@pytest.fixture
def lab(registry: Registry) -> Iterator[Lab]:
    with Lab(registry, TorchDevice("cpu")) as lab:
        yield lab


def draw(lab: Lab, model: str = "people", **params: object) -> Record:
    record = lab.run(Request("synthesis", {"model": model, **params}))
    assert record.finished is not None, record.fault
    return record


def pixels(lab: Lab, model: str = "people", **params: object) -> np.ndarray:
    (image,) = draw(lab, model, **params).values
    return image.pixels.astype(int)


def refused(lab: Lab, **params: object) -> str:
    with pytest.raises(UserError) as caught:
        lab.engine.submit(Request("synthesis", params))
    return caught.value.sentence


def test_each_model_draws_its_own_kind_of_picture(lab: Lab) -> None:
    assert pixels(lab, "people").shape == (16, 16, 4)
    assert pixels(lab, "clothes").shape == (16, 16, 1)
    assert pixels(lab, "land").shape == (64, 64, 3)


def test_the_same_seed_gives_the_same_pixels_also_in_a_new_engine(lab: Lab, registry: Registry) -> None:
    first = pixels(lab, seed=5)
    assert np.array_equal(first, pixels(lab, seed=5))
    assert not np.array_equal(first, pixels(lab, seed=6))
    with Lab(registry, TorchDevice("cpu")) as other:
        assert np.array_equal(first, pixels(other, seed=5))


def test_many_pictures_come_one_by_one_and_equal_those_of_their_seeds(lab: Lab) -> None:
    record = draw(lab, seed=10, count=4)
    assert len(record.chunks) == len(record.values) == 4
    assert [seen.progress for seen in record.previews] == [0.25, 0.5, 0.75, 1.0]
    assert [value.meta["seed"] for value in record.values] == ["10", "11", "12", "13"]
    assert np.array_equal(record.values[2].pixels, pixels(lab, seed=12))
    assert [seen.value.digest() for seen in record.chunks] == [value.digest() for value in record.values]


def test_seeds_run_over_the_largest_to_zero(lab: Lab) -> None:
    record = draw(lab, seed=2**31 - 1, count=2)
    assert [value.meta["seed"] for value in record.values] == ["2147483647", "0"]


def test_truncation_zero_is_the_average_picture_of_a_class(lab: Lab) -> None:
    both = [pixels(lab, "clothes", seed=seed, truncation=0.0) for seed in (1, 2)]
    full = [pixels(lab, "clothes", seed=seed, truncation=1.0) for seed in (1, 2)]
    assert np.abs(both[0] - both[1]).mean() < np.abs(full[0] - full[1]).mean()


def test_morphing_goes_from_one_seed_to_the_other(lab: Lab) -> None:
    assert np.array_equal(pixels(lab, seed=1, morph_seed=2, morph=0.0), pixels(lab, seed=1))
    there = pixels(lab, seed=1, morph_seed=2, morph=1.0)
    half = pixels(lab, seed=1, morph_seed=2, morph=0.5)
    assert not np.array_equal(half, there) and not np.array_equal(half, pixels(lab, seed=1))
    assert np.array_equal(pixels(lab, seed=1, morph_seed=None), pixels(lab, seed=1))


def test_mixing_from_layer_zero_takes_all_and_from_the_last_nothing(lab: Lab) -> None:
    plain = pixels(lab, seed=1, truncation=1)
    assert np.array_equal(pixels(lab, seed=1, truncation=1, mix_seed=2, mix_layer=16), plain)
    mixed = pixels(lab, seed=1, truncation=1, mix_seed=2, mix_layer=2)
    whole = pixels(lab, seed=1, truncation=1, mix_seed=2, mix_layer=0)
    assert len({plain.tobytes(), mixed.tobytes(), whole.tobytes()}) == 3


def test_directions_move_the_picture_and_no_step_does_not(lab: Lab) -> None:
    plain = pixels(lab, seed=1)
    assert np.array_equal(pixels(lab, seed=1, directions=[0, 0]), plain)
    near, far = (np.abs(pixels(lab, seed=1, directions=[0, step]) - plain).mean() for step in (0.3, 3))
    assert 0 < near < far


def test_a_class_is_kept_and_any_order_and_case_will_do(lab: Lab) -> None:
    cook = pixels(lab, seed=3, **{"class": "cook, google"})
    assert np.array_equal(cook, pixels(lab, seed=3, **{"class": "GOOGLE,Cook,"}))
    assert not np.array_equal(cook, pixels(lab, seed=3, **{"class": "pilot, google"}))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cok", "There is no class “cok”. Did you mean “cook”?"),
        ("cook, pilot", "“cook” and “pilot” exclude one another."),
        ("cook,,  , xyzzy", "There is no class “xyzzy”."),
    ],
)
def test_classes_that_do_not_exist_are_refused_at_once(lab: Lab, text: str, sentence: str) -> None:
    assert refused(lab, model="people", **{"class": text}) == sentence


def test_choices_name_models_and_classes(registry: Registry) -> None:
    spec = registry.get("synthesis")
    assert spec.choices({"model": "people"})["model"] == ("clothes", "land", "people")
    assert spec.choices({"model": "people"})["class_"] == (
        "google",
        "twitter",
        "cook",
        "pilot",
        "dark skin tone",
    )
    assert spec.choices({"model": "land"})["class_"] == ()


def test_params_the_model_cannot_follow_are_refused_at_once(lab: Lab) -> None:
    assert "one size only" in refused(lab, model="people", width=64)
    assert "one size only" in refused(lab, model="people", tile=True)
    assert "has no height" in refused(lab, model="people", layer="relief")
    assert "too large" in refused(lab, model="land", width=16384, height=16384, scale=2)
    assert "no model “peple”" in refused(lab, model="peple")
    assert "directions" in refused(lab, model="people", directions=[0.0] * 9)
    assert "directions" in refused(lab, model="people", directions=[float("nan")])
    assert "scale" in refused(lab, model="people", scale=3)


def test_alpha_is_straight(lab: Lab, registry: Registry) -> None:
    """The network draws premultiplied colours; the picture divides them by alpha again."""
    import torch

    from studio.engine.networks import build
    from studio.nets.style import Generator

    info = registry.weights.find("style", "people")
    net = build(Generator, info, registry.weights.load(info))
    rng = torch.Generator().manual_seed(4)
    z = torch.randn((1, net.z_dim), generator=rng)
    with torch.inference_mode():
        labels = [int(torch.multinomial(torch.tensor(c.weights), 1, generator=rng)) for c in info.conditions]
        w = net.truncate(net.map(z, torch.tensor([labels])), 0.7)
        raw = (
            net.synthesize(w[:, None].repeat(1, net.num_layers, 1), rng)[0].permute(1, 2, 0).numpy() + 1
        ) / 2
    picture = pixels(lab, seed=4) / 255
    alpha = raw[..., 3].clip(0, 1)
    solid = alpha > 0.2
    assert np.allclose(picture[..., 3], ((alpha - 0.05) / 0.9).clip(0, 1), atol=1 / 255)
    assert np.allclose(picture[solid, :3], (raw[solid, :3] / alpha[solid, None]).clip(0, 1), atol=2 / 255)


def test_values_left_open_are_drawn_as_they_stood_together_in_training(tmp_path: Path) -> None:
    """google goes with cook only and twitter with pilot only; what never occurred can still be asked for."""
    tiny_model(tmp_path, "people", conditions=PEOPLE, combinations=[[0, 0, 5], [1, 1, 5]])
    registry = Registry(WeightsStore([tmp_path]), built_in=[ROOT / "plugins"])
    registry.discover(entry_points=False)
    with Lab(registry, TorchDevice("cpu")) as lab:
        for seed in range(4):
            open_style = pixels(lab, seed=seed, **{"class": "cook"})
            assert np.array_equal(open_style, pixels(lab, seed=seed, **{"class": "google,cook"}))
            assert not np.array_equal(open_style, pixels(lab, seed=seed, **{"class": "twitter,cook"}))


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_enlarging_keeps_the_picture(lab: Lab, scale: int) -> None:
    small, large = pixels(lab, seed=2), pixels(lab, seed=2, scale=scale)
    assert large.shape == (16 * scale, 16 * scale, 4)
    back = large[..., 3].reshape(16, scale, 16, scale).mean((1, 3))
    assert np.corrcoef(back.ravel(), small[..., 3].ravel())[0, 1] > 0.95


@pytest.mark.parametrize(("width", "height"), [(1, 1), (33, 70), (150, 40)])
def test_land_has_any_size(lab: Lab, width: int, height: int) -> None:
    assert pixels(lab, "land", width=width, height=height).shape == (height, width, 3)


def test_land_is_the_same_wherever_its_windows_lie(lab: Lab) -> None:
    large = draw(lab, "land", seed=3, width=300, height=200)
    assert large.previews
    small = pixels(lab, "land", seed=3, width=90, height=110)
    assert np.abs(large.values[0].pixels[:110, :90].astype(int) - small).max() <= 1


@pytest.mark.parametrize(("width", "height", "scale"), [(64, 64, 1), (256, 32, 1), (100, 52, 1), (64, 48, 2)])
def test_repeating_land_has_no_seam(lab: Lab, width: int, height: int, scale: int) -> None:
    land = pixels(lab, "land", seed=3, width=width, height=height, tile=True, scale=scale)
    assert land.shape == (height * scale, width * scale, 3)
    for axis in (0, 1):
        steps = np.abs(np.diff(np.concatenate([land, land], axis), axis=axis)).mean((1 - axis, 2))
        seam = steps[land.shape[axis] - 1]
        assert seam <= steps.max() * 1.001 and seam < steps.mean() * 3


def test_one_window_and_many_wrap_alike(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pixels(lab, "land", seed=3, width=96, height=96, tile=True)
    land = next(module for name, module in __import__("sys").modules.items() if name.endswith(".land"))
    monkeypatch.setattr(land, "WINDOW", 10)
    assert np.abs(pixels(lab, "land", seed=3, width=96, height=96, tile=True) - whole).max() <= 1


def test_height_comes_in_sixteen_bits_and_relief_in_colour(lab: Lab) -> None:
    (height,) = draw(lab, "land", layer="height").values
    assert (height.pixels.dtype, height.channels) == (np.uint16, 1)
    relief, colour = pixels(lab, "land", layer="relief"), pixels(lab, "land")
    assert relief.shape == colour.shape and not np.array_equal(relief, colour)


def test_large_land_stops_between_windows(registry: Registry) -> None:
    with Lab(registry, TorchDevice("cpu")) as lab:
        record = lab.run(
            Request("synthesis", {"model": "land", "width": 8192, "height": 8192}), stop_after=0.3
        )
    assert record.state.value == "cancelled" and record.finished is None


def test_results_name_their_weights(lab: Lab, registry: Registry) -> None:
    recipe = draw(lab, seed=3).finished.provenance
    assert recipe.weights == registry.weights.find("style", "people").sha256
    assert recipe.params["class"] == "" and recipe.params["model"] == "people"


def test_a_corrupt_model_is_named_and_the_others_still_draw(tmp_path: Path) -> None:
    path = tiny_model(tmp_path, "people", conditions=PEOPLE)
    tiny_model(tmp_path, "clothes", ("grey",))
    path.write_bytes(path.read_bytes()[:500])
    registry = Registry(WeightsStore([tmp_path]), built_in=[ROOT / "plugins"])
    registry.discover(entry_points=False)
    engine = Engine(lambda event: None, registry=registry, devices=[TorchDevice("cpu")])
    with pytest.raises(UserError, match=r"“people\.safetensors” cannot be used"):
        engine.submit(Request("synthesis", {"model": "people"}))
    engine.close()
    with Lab(registry, TorchDevice("cpu")) as lab:
        assert pixels(lab, "clothes").shape == (16, 16, 1)
