"""Points, moves, the map and the inversion of style models, on tiny networks with random weights."""

from pathlib import Path

import numpy as np
import pytest
from tiny_models import PEOPLE, tiny_model

from studio.engine.devices import TorchDevice
from studio.engine.jobs import Request
from studio.engine.lab import Lab, Record
from studio.engine.plugins import Registry
from studio.engine.points import decode, encode
from studio.engine.weights import WeightsStore
from studio.model.errors import UserError
from studio.model.media import Image

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder, "people", conditions=PEOPLE)
    tiny_model(folder, "clothes", ("grey",))
    tiny_model(folder, "land", ("r", "g", "b", "height"), tileable=True)
    registry = Registry(WeightsStore([folder]), built_in=[ROOT / "plugins"])
    registry.discover(entry_points=False)
    return registry


@pytest.fixture
def lab(registry):
    with Lab(registry, TorchDevice("cpu")) as lab:
        yield lab


def run(lab: Lab, generator: str, inputs=None, **params) -> Record:
    record = lab.run(Request(generator, params, inputs or {}))
    assert record.finished is not None, record.fault
    return record


def one(lab: Lab, **params) -> Image:
    (image,) = run(lab, "synthesis", **{"model": "people", **params}).values
    return image


def apart(one: Image, other: Image) -> float:
    return float(np.abs(one.array("float32") - other.array("float32")).mean())


def test_numbers_survive_being_text():
    values = np.array([0.5, -1.25, 3.0], np.float32)
    assert decode(encode(values), 3).tolist() == values.tolist()
    for text in ("!!", encode(np.array([np.inf])), encode(values)):
        with pytest.raises(UserError):
            decode(text, 1)


def test_every_picture_tells_its_point_and_the_point_makes_it_again(lab):
    for params in ({}, {"directions": (1.0, -2.0)}, {"mix_seed": 9, "mix_layer": 2}):
        image = one(lab, seed=4, **params)
        again = one(lab, seed=4, point=image.meta["w"])
        assert apart(image, again) < 0.004
    assert apart(one(lab, seed=5, point=image.meta["w"]), again) > 0  # the seed still draws the grain


def test_a_place_can_be_drawn_nearer_to_the_average(lab):
    there = one(lab, seed=2).meta["w"]
    near, half, far = (one(lab, seed=2, point=there, reach=reach).meta["w"] for reach in (0, 0.5, 1))
    middle = (decode(near, 12) + decode(far, 12)) / 2
    assert far == there and np.allclose(decode(half, 12), middle, atol=2e-3)


def test_moves_add_up_to_a_place_that_can_be_gone_to(lab):
    start, end = one(lab, seed=1), one(lab, seed=2)
    step = decode(end.meta["w"], 12) - decode(start.meta["w"], 12)
    half = {"name": "half", "amount": 0.5, "vector": encode(step)}
    assert apart(one(lab, seed=1, moves=[half, half]), one(lab, seed=1, point=end.meta["w"])) < 0.01
    assert apart(one(lab, seed=1, moves=[{**half, "amount": 0.0}]), start) < 0.004


def test_points_of_another_model_are_refused(lab):
    with pytest.raises(UserError, match="numbers"):
        lab.engine.submit(Request("synthesis", {"model": "people", "point": encode(np.zeros(7))}))
    with pytest.raises(UserError, match="damaged"):
        lab.engine.submit(Request("synthesis", {"model": "people", "moves": [{"vector": "?"}]}))


def test_the_map_tells_seed_place_and_point_of_each_picture(lab):
    record = run(lab, "latent-map", model="people", count=12, side=10, seed=3)
    assert len(record.chunks) == len(record.values) == 12
    places = np.array([[float(v.meta["x"]), float(v.meta["y"])] for v in record.values])
    assert np.allclose(places.mean(0), 0, atol=0.01) and abs(places).max() <= 2.5
    near = [np.diff(np.sort(column)).max() for column in places.T]
    assert max(near) < 2  # no wide empty band, wherever the crowds are
    first = record.values[0]
    assert first.width == 10 and first.meta["seed"] == "3"
    assert len(decode(first.meta["w"], 12)) == 12
    again = run(lab, "latent-map", model="people", count=12, side=10, seed=3)
    assert [v.digest() for v in again.values] == [v.digest() for v in record.values]


@pytest.mark.parametrize("model", ["land", "clothes"])
def test_other_kinds_of_models_are_mapped_too(lab, model):
    assert len(run(lab, "latent-map", model=model, count=3, side=8).values) == 3


def test_a_picture_of_the_model_is_found_again(lab):
    other, *_, target = run(lab, "latent-map", model="clothes", count=5, side=16, seed=7).values
    params = {"model": "clothes", "steps": 150, "samples": 64, "seed": 500}
    record = run(lab, "invert-latent", {"image": target}, **params)
    (found,) = record.values
    assert apart(found, target) < 0.25 * apart(other, target)
    assert len(record.previews) == 30 and found.meta["w"]


def test_less_freedom_stays_with_one_point_for_all_layers(lab):
    target = one(lab, seed=8)
    (found,) = run(
        lab, "invert-latent", {"image": target}, model="people", steps=4, samples=16, freedom=0
    ).values
    assert len(decode(found.meta["w"], 12)) == 12


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_any_picture_can_be_looked_for(lab, channels):
    rng = np.random.default_rng(0)
    image = Image(rng.integers(0, 256, (20, 31, channels), dtype=np.uint8))
    for model in ("people", "clothes"):
        params = {"model": model, "steps": 2, "samples": 16, "start": "average", "scale": 2}
        (found,) = run(lab, "invert-latent", {"image": image}, **params).values
        assert found.width == 32


def test_endless_models_have_no_point_for_a_picture(lab):
    image = Image(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(UserError, match="endless"):
        lab.engine.submit(Request("invert-latent", {"model": "land"}, {"image": image}))


def test_looking_can_be_stopped(lab):
    image = Image(np.zeros((8, 8, 3), np.uint8))
    request = Request("invert-latent", {"model": "people", "steps": 5000}, {"image": image})
    record = lab.run(request, stop_after=0.3)
    assert record.state.name == "CANCELLED"
