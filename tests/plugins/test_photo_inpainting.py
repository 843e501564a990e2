"""The generator `inpaint` on a tiny model with random weights."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from photo_kit import lab_on, made, photo, photo_models, photo_registry, run
from PIL import Image as Pillow

from studio.engine.jobs import Request, State
from studio.engine.lab import Lab
from studio.engine.plugins import Registry
from studio.model.io import open_image
from studio.model.media import Image, Mask


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("models")
    photo_models(folder)
    return photo_registry(folder)


@pytest.fixture
def lab(registry: Registry) -> Iterator[Lab]:
    with lab_on(registry) as lab:
        yield lab


def mask(width: int, height: int, left: int, top: int, right: int, bottom: int) -> Mask:
    """A white box on black."""
    pixels = np.zeros((height, width), np.uint8)
    pixels[top:bottom, left:right] = 255
    return Mask(pixels)


def refused(lab: Lab, image: Image, wanted: Mask, **params: object) -> str:
    record = lab.run(Request("inpaint", params, {"image": image, "mask": wanted}))
    assert record.finished is None and not record.broke
    return record.fault


@pytest.mark.parametrize(
    ("width", "height", "channels", "dtype"),
    [
        (120, 90, 3, "uint8"),
        (120, 90, 1, "uint16"),
        (120, 90, 4, "uint8"),
        (30_000, 10, 3, "uint8"),
        (2, 1, 3, "uint8"),
        (50, 45, 4, "uint16"),
    ],
)
def test_what_is_black_keeps_its_very_numbers(
    lab: Lab, width: int, height: int, channels: int, dtype: str
) -> None:
    source, hole = photo(width, height, channels, dtype), mask(width, height, 0, 0, width // 2, height)
    out = made(lab, "inpaint", {}, image=source, mask=hole)
    assert out.pixels.shape == source.pixels.shape and out.pixels.dtype == dtype
    kept = hole.pixels == 0
    assert np.array_equal(out.pixels[kept], source.pixels[kept])
    if channels == 4:
        assert (out.pixels[~kept][:, 3] == np.iinfo(dtype).max).all()


@pytest.mark.parametrize(("mode", "suffix"), [("L", "png"), ("P", "png"), ("CMYK", "jpg"), ("1", "png")])
def test_files_of_any_kind_of_colour_are_filled(lab: Lab, tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    Pillow.fromarray(photo(40, 30).pixels).convert(mode).save(path)
    source, hole = open_image(path), mask(40, 30, 10, 10, 20, 20)
    out = made(lab, "inpaint", {}, image=source, mask=hole)
    assert out.channels == source.channels
    assert np.array_equal(out.pixels[hole.pixels == 0], source.pixels[hole.pixels == 0])


def test_what_lies_under_the_mask_does_not_matter(lab: Lab) -> None:
    hole = mask(100, 80, 30, 20, 60, 50)
    source = photo(100, 80)
    other = source.pixels.copy()
    other[hole.pixels > 0] = 255
    first, second = (made(lab, "inpaint", {}, image=i, mask=hole).pixels for i in (source, Image(other)))
    assert np.array_equal(first, second)


def test_colours_meet_at_the_edge_of_the_hole(lab: Lab) -> None:
    """A plain grey picture is filled with its grey, whatever a random network proposes, near the edge."""
    grey = Image(np.full((90, 120, 3), 130, np.uint8))
    out = made(lab, "inpaint", {}, image=grey, mask=mask(120, 90, 40, 30, 60, 50)).pixels.astype(int)
    rim = np.concatenate([out[30, 40:60], out[49, 40:60], out[30:50, 40], out[30:50, 59]])
    assert np.abs(rim - 130).mean() < 40


def test_large_holes_come_coarse_to_fine_and_take_over_the_grain(lab: Lab) -> None:
    rng = np.random.default_rng(3)
    noisy = Image(rng.integers(90, 160, (500, 700, 3)).astype(np.uint8))
    hole = mask(700, 500, 250, 150, 450, 350)
    record = run(lab, "inpaint", {}, image=noisy, mask=hole)
    shares = [seen.progress for seen in record.previews]
    assert shares == sorted(shares) and len(shares) >= 2
    inside = record.values[0].pixels[180:320, 280:420].astype(float)
    smooth = (
        made(lab, "inpaint", {"detail": 0}, image=noisy, mask=hole).pixels[180:320, 280:420].astype(float)
    )
    grain = [np.abs(np.diff(part, axis=0)).mean() for part in (inside, smooth)]
    real = np.abs(np.diff(noisy.pixels.astype(float), axis=0)).mean()
    assert 0.8 * real < grain[0] < 1.2 * real and grain[1] < 0.7 * real


def test_other_seeds_give_other_fillings_and_the_same_seed_the_same(lab: Lab) -> None:
    source, hole = photo(160, 120), mask(160, 120, 50, 30, 110, 90)
    results = [made(lab, "inpaint", {"seed": seed}, image=source, mask=hole).pixels for seed in (0, 1, 2, 1)]
    assert np.array_equal(results[1], results[3])
    assert len({result.tobytes() for result in results}) == 3


def test_the_patch_holds_the_filling_alone(lab: Lab) -> None:
    source, hole = photo(100, 80), mask(100, 80, 30, 20, 60, 50)
    whole = made(lab, "inpaint", {"feather": 3}, image=source, mask=hole).pixels.astype(float)
    patch = made(lab, "inpaint", {"feather": 3, "result": "patch"}, image=source, mask=hole).pixels
    assert patch.shape == (80, 100, 4) and patch[0, 0].max() == 0 and patch[30, 40, 3] == 255
    share = patch[..., 3:] / 255
    assert np.abs(patch[..., :3] * share + source.pixels * (1 - share) - whole).max() <= 1.5


def test_growing_and_feathering_reach_outwards_only(lab: Lab) -> None:
    source, hole = photo(100, 80), mask(100, 80, 40, 30, 60, 50)
    options = {"result": "patch"}
    plain, grown, soft = (
        made(lab, "inpaint", options | more, image=source, mask=hole).pixels[..., 3].astype(int)
        for more in ({}, {"grow": 5}, {"feather": 5})
    )
    assert (plain > 0).sum() == 400 and (grown == 255).sum() > 700
    assert (soft[hole.pixels > 0] == 255).all() and 0 < soft[40, 36] < 255 and soft[40, 30] == 0


def test_several_places_far_apart_are_filled_each_by_itself(lab: Lab) -> None:
    pixels = np.zeros((300, 900), np.uint8)
    pixels[20:60, 20:60] = pixels[200:240, 800:840] = 255
    record = run(lab, "inpaint", {}, image=photo(900, 300), mask=Mask(pixels))
    assert len(record.previews) >= 3
    dust = np.zeros((300, 900), np.uint8)
    dust[::30, ::30] = 255
    out = made(lab, "inpaint", {}, image=photo(900, 300), mask=Mask(dust))
    assert out.width == 900


def test_masks_that_cannot_be_filled_are_refused_with_a_sentence(lab: Lab) -> None:
    source = photo(40, 30)
    blank = np.zeros((30, 40), np.uint8)
    assert "empty" in refused(lab, source, Mask(blank))
    assert "empty" in refused(lab, source, Mask(np.full((30, 40), 2, np.uint8)))
    assert "whole picture" in refused(lab, source, Mask(blank + 255))
    assert "whole picture" in refused(lab, source, mask(40, 30, 1, 1, 39, 29), grow=5)
    assert "40 x 30" in refused(lab, source, mask(30, 40, 0, 0, 5, 5))
    lame = np.zeros((30, 40), np.float32)
    lame[3, 3] = np.nan
    assert "not numbers" in refused(lab, source, Mask(lame))
    assert "whole picture" in refused(lab, photo(1, 1), Mask(np.full((1, 1), 255, np.uint8)))
    clear = np.zeros((30, 40, 4), np.uint8)
    assert "transparent" in refused(lab, Image(clear), mask(40, 30, 5, 5, 9, 9))


def test_a_picture_of_no_numbers_is_filled_from_what_there_is(lab: Lab) -> None:
    pixels = np.full((30, 40, 3), 0.5, np.float32)
    pixels[0, 0] = np.nan
    out = made(lab, "inpaint", {}, image=Image(pixels), mask=mask(40, 30, 10, 10, 20, 20))
    assert np.isfinite(out.pixels[10:20, 10:20]).all()


def test_a_large_filling_can_be_stopped(lab: Lab) -> None:
    source, hole = photo(1500, 1200), mask(1500, 1200, 300, 300, 900, 900)
    record = lab.run(Request("inpaint", {}, {"image": source, "mask": hole}), stop_after=0.3)
    assert record.state is State.CANCELLED and record.finished is None


def test_without_a_model_it_says_so(tmp_path: Path) -> None:
    ready = photo_registry(tmp_path).get("inpaint").ready()
    assert not ready.ok and ready.sentence and ready.hint
