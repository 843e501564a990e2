"""Preparation: the rules by which pictures get their labels."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.train import prepare, terrain


@pytest.mark.parametrize(
    ("name", "group", "kind", "figure"),
    [
        ("female-astronaut", "person-role", "astronaut", "woman"),
        ("man_with_beard", "person", "beard", "man"),
        ("person_with_crown", "person-role", "royal", "figure"),
        ("baby", "person", "child", "figure"),
        ("smile", "face-smiling", "smiley", "figure"),
        ("man-bowing", "person-gesture", None, "man"),
        ("dog", "animal-mammal", None, "figure"),
    ],
)
def test_portraits_are_sorted_by_name(name: str, group: str, kind: str | None, figure: str) -> None:
    entry = {"short_name": name, "subcategory": group}
    assert prepare.kind_of(entry) == kind
    assert prepare.figure_of(entry) == figure


def test_each_skin_variation_is_a_portrait_of_its_own() -> None:
    entry = {"short_name": "man", "subcategory": "person", "image": "a.png"}
    entry["skin_variations"] = {"1F3FF": {"image": "b.png"}}  # type: ignore[assignment]
    assert prepare.portraits([entry]) == [
        ("a.png", "yellow", "man", "portrait"),
        ("b.png", "dark", "man", "portrait"),
    ]


def test_clear_pixels_lose_their_hidden_colour(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[200, 100, 50, 0], [200, 100, 50, 128]]], np.uint8)).save(tmp_path / "a.png")
    assert prepare.premultiplied(tmp_path / "a.png").tolist() == [[[0, 0, 0, 0], [100, 50, 25, 128]]]


def test_idx_files_are_read_by_their_own_sizes(tmp_path: Path) -> None:
    body = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + bytes(range(6))
    (tmp_path / "a.gz").write_bytes(gzip.compress(body))
    assert prepare.read_idx(tmp_path / "a.gz").tolist() == [[0, 1, 2], [3, 4, 5]]


def test_heights_follow_the_colours_of_the_relief_map_whatever_the_shade() -> None:
    sea, plain, plateau = (12, 119, 219), (85, 186, 94), (142, 97, 69)
    row = np.zeros((9, 27, 3), np.uint8)
    row[:, :9], row[:, 9:18], row[:, 18:] = sea, plain, plateau
    for shade in (1.0, 0.8):
        metres = terrain.heights((row * shade).astype(np.uint8))[4, [4, 13, 22]]
        assert metres[0] < -1500
        assert 0 < metres[1] < 300
        assert metres[2] > 2500


def test_encoded_heights_keep_the_sea_below_a_hundred_and_the_land_above() -> None:
    encoded = terrain.encode(np.array([-9000.0, -1.0, 0.0, 1000.0, 9000.0]))
    assert encoded.tolist() == sorted(encoded.tolist())
    assert encoded[1] < 100 <= encoded[2]


@pytest.mark.parametrize(
    ("colour", "height", "name"),
    [((10, 20, 60), 60, "ocean"), ((240, 240, 245), 200, "ice"), ((200, 160, 110), 140, "desert"),
     ((40, 60, 20), 130, "forest"), ((100, 95, 60), 130, "grassland"), ((90, 80, 60), 210, "mountains")],
)  # fmt: skip
def test_biomes_follow_colour_and_height(colour: tuple[int, int, int], height: int, name: str) -> None:
    tile = np.full((8, 8, 4), (*colour, height), np.uint8)
    assert terrain.biome(tile) == name


def test_half_land_is_coast() -> None:
    tile = np.full((8, 8, 4), (40, 60, 20, 130), np.uint8)
    tile[:4] = (10, 20, 60, 60)
    assert terrain.biome(tile) == "coast"


def test_no_tile_touches_both_the_training_and_the_held_out_part() -> None:
    size = (2700, 5400)
    block = int(terrain.BLOCK_DEGREES / 360 * size[1])
    places = terrain.corners(size)
    assert {part for _, _, part in places} == {0, 1}
    for top, left, part in places[:: len(places) // 500]:
        ends = [(y, x) for y in (top, top + 63) for x in (left, left + 63)]
        assert {int(terrain.held_out(y // block, x // block)) for y, x in ends} == {part}
