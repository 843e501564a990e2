"""Places, directions and paths in a latent space."""

import numpy as np
import pytest

from studio.app.latent import (
    Directions,
    Spot,
    along,
    direction_from,
    load_directions,
    middle_layer,
    names_file,
    place_between,
    save_directions,
    spot_of,
)
from studio.engine.points import decode, encode
from studio.model.errors import UserError
from studio.model.media import Image

PIXEL = np.zeros((1, 1, 3), np.uint8)


def spot(x, y, *point):
    return Spot(Image(PIXEL), x, y, 0, np.array(point, np.float32))


def test_a_picture_of_the_map_tells_its_place():
    point = encode(np.array([1.0, 2.0]))
    found = spot_of(Image(PIXEL, meta={"x": "0.5", "y": "-1", "seed": "7", "w": point}))
    assert (found.x, found.y, found.seed, found.point.tolist()) == (0.5, -1.0, 7, [1.0, 2.0])
    with pytest.raises(UserError, match="places"):
        spot_of(Image(PIXEL))


def test_a_place_on_a_picture_is_its_point_and_one_between_lies_between():
    spots = [spot(0, 0, 0, 0), spot(1, 0, 1, 0), spot(0, 1, 0, 1), spot(50, 50, 9, 9)]
    assert np.allclose(place_between(spots, 1, 0), [1, 0], atol=1e-4)
    middle = place_between(spots, 0.4, 0.4)
    assert (middle > 0.1).all() and (middle < 0.9).all()
    with pytest.raises(UserError, match="no map"):
        place_between([], 0, 0)


@pytest.mark.parametrize("count", [1, 12])
def test_a_direction_leads_from_one_kind_to_the_other(count):
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.3, (2, count, 16)).astype(np.float32)
    noise[0, :, 4] += 3
    way = direction_from(list(noise[0]), list(noise[1]))
    assert way[4] / np.linalg.norm(way) > (0.8 if count == 1 else 0.9)
    gap = noise[0].mean(0) - noise[1].mean(0)
    assert 2 * np.linalg.norm(way) == pytest.approx(abs(gap @ way) / np.linalg.norm(way), rel=1e-3)


def test_a_direction_needs_both_kinds_and_a_difference():
    one = np.ones(4, np.float32)
    for likes, others in (([one], []), ([], [one]), ([one], [one]), ([one], [np.ones(8, np.float32)])):
        with pytest.raises(UserError):
            direction_from(likes, others)


def test_a_path_goes_through_its_stops():
    stops = [np.array([float(i), float(i**2)], np.float32) for i in range(4)]
    for i, stop in enumerate(stops):
        assert np.allclose(along(stops, i / 3, False), stop, atol=1e-5)
        assert np.allclose(along(stops, i / 4, True), stop, atol=1e-5)
    assert np.allclose(along(stops, 1.0, True), stops[0])
    assert np.allclose(along(stops[:1], 0.7, True), stops[0])
    steps = np.array([along(stops, t, False)[0] for t in np.linspace(0, 1, 50)])
    assert (np.diff(steps) > 0).all()
    with pytest.raises(UserError):
        along([], 0, False)


def test_a_path_may_lead_from_one_point_for_all_layers_to_one_for_each():
    short, long = np.array([1.0, 2.0], np.float32), np.array([3.0, 4.0, 5.0, 6.0], np.float32)
    assert along([short, long], 0.0, False).tolist() == [1, 2, 1, 2]
    assert along([short, long], 1.0, False).tolist() == [3, 4, 5, 6]


def test_names_and_directions_are_kept_for_each_model():
    assert load_directions("people") == Directions({}, {})
    kept = Directions({}, {}).renamed(2, "Smile").with_own(" Beard ", np.array([1.0, -1.0], np.float32))
    save_directions("people", kept)
    again = load_directions("people")
    assert again.principal == {2: "Smile"} and decode(again.own["Beard"]).tolist() == [1, -1]
    assert load_directions("land") == Directions({}, {})
    assert again.renamed(2, "").principal == {} and again.without("Beard").own == {}
    with pytest.raises(UserError, match="name"):
        kept.with_own("  ", np.ones(2, np.float32))


def test_a_damaged_file_of_names_is_as_none():
    for text in ("{", "[]", '{"principal": {"a": 1}, "own": {}}', '{"principal": {}, "own": {"x": "?"}}'):
        names_file("people").parent.mkdir(parents=True, exist_ok=True)
        names_file("people").write_text(text)
        assert load_directions("people") == Directions({}, {})


def test_the_middle_layer_is_told_by_the_description_of_a_model():
    assert middle_layer({"channels": [8, 8, 8, 8, 8]}) == 4  # of eight
    assert middle_layer({"kind": "light", "resolution": 64}) == 2  # of five
    assert middle_layer({}) == middle_layer({"channels": None}) == 4
