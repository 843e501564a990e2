"""The generators `upscale`, `deblur` and `denoise` on tiny models with random weights."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from photo_kit import lab_on, made, photo, photo_models, photo_registry, run
from PIL import Image as Pillow

from studio.engine import context
from studio.engine.jobs import Request
from studio.engine.lab import Lab
from studio.engine.plugins import Registry
from studio.engine.weights import WeightsStore
from studio.model.errors import UserError
from studio.model.io import open_image
from studio.model.media import Image


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("models")
    photo_models(folder)
    return photo_registry(folder)


@pytest.fixture
def lab(registry: Registry) -> Iterator[Lab]:
    with lab_on(registry) as lab:
        yield lab


def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a picture of some hundred pixels one of many tiles."""
    monkeypatch.setattr(context.Context, "tile", lambda self, wanted=512, least=64: least)


@pytest.mark.parametrize("scale", [2, 4])
def test_enlarging_gives_so_many_times_the_size(lab: Lab, scale: int) -> None:
    image = made(lab, "upscale", {"scale": scale}, image=photo(40, 30))
    assert (image.width, image.height, image.pixels.dtype) == (40 * scale, 30 * scale, np.uint8)


@pytest.mark.parametrize(
    ("id", "params"), [("upscale", {"scale": 2}), ("upscale", {"scale": 4}), ("deblur", {}), ("denoise", {})]
)
def test_tiles_cannot_be_told_from_the_whole(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, id: str, params: dict[str, object]
) -> None:
    whole = made(lab, id, params, image=photo(250, 203)).pixels.astype(int)
    small_tiles(monkeypatch)
    record = run(lab, id, params, image=photo(250, 203))
    assert len(record.previews) > 2
    assert np.abs(record.values[0].pixels.astype(int) - whole).max() <= 1


@pytest.mark.parametrize("id", ["upscale", "deblur", "denoise"])
@pytest.mark.parametrize(
    ("width", "height", "channels", "dtype"),
    [
        (1, 1, 3, "uint8"),
        (30_000, 10, 3, "uint8"),
        (3, 3000, 3, "uint8"),
        (33, 18, 1, "uint8"),
        (33, 18, 4, "uint16"),
        (9, 7, 3, "uint16"),
    ],
)
def test_any_picture_keeps_its_channels_and_depth(
    lab: Lab, id: str, width: int, height: int, channels: int, dtype: str
) -> None:
    image = made(lab, id, {}, image=photo(width, height, channels, dtype))
    scale = 4 if id == "upscale" else 1
    assert image.pixels.shape == (height * scale, width * scale, channels)
    assert image.pixels.dtype == dtype


def test_alpha_is_kept_by_restoring_and_enlarged_by_enlarging(lab: Lab) -> None:
    source = photo(48, 40, 4)
    assert np.array_equal(made(lab, "deblur", {}, image=source).pixels[..., 3], source.pixels[..., 3])
    larger = made(lab, "upscale", {"scale": 2}, image=source).pixels[..., 3].astype(int)
    back = larger.reshape(40, 2, 48, 2).mean((1, 3))
    assert np.corrcoef(back.ravel(), source.pixels[..., 3].ravel())[0, 1] > 0.9
    opaque = Image(np.dstack([source.pixels[..., :3], np.full((40, 48), 255, np.uint8)]))
    assert made(lab, "upscale", {}, image=opaque).pixels[..., 3].min() == 255


def test_what_is_transparent_has_no_colour_to_bleed(lab: Lab) -> None:
    """The same picture with other colours hidden under alpha 0 gives the same visible pixels."""
    source = photo(48, 40, 4)
    hidden = source.pixels[..., 3] == 0
    other = source.pixels.copy()
    other[hidden, :3] = 255
    first, second = (
        made(lab, "upscale", {"scale": 2}, image=Image(p)).pixels for p in (source.pixels, other)
    )
    seen = first[..., 3] > 0
    assert np.array_equal(first[seen], second[seen])


def test_sixteen_bits_are_finer_than_eight(lab: Lab) -> None:
    fine = made(lab, "denoise", {}, image=photo(32, 32, 3, "uint16")).pixels
    assert len(np.unique(fine % 257)) > 50


def test_strength_goes_from_the_picture_to_the_restored_one(lab: Lab) -> None:
    source = photo(64, 48)
    none, half, full = (
        made(lab, "deblur", {"strength": s}, image=source).pixels.astype(int) for s in (0.0, 0.5, 1.0)
    )
    assert np.array_equal(none, source.pixels)
    assert np.abs(half - (none + full) / 2).max() <= 1
    assert np.abs(full - none).max() > 0


def test_strength_of_the_gan_model_goes_from_soft_to_bold(lab: Lab) -> None:
    source = photo(24, 20)
    soft = made(lab, "upscale", {"model": "psnr"}, image=source).pixels
    assert np.array_equal(made(lab, "upscale", {"model": "gan", "strength": 0}, image=source).pixels, soft)
    bold = made(lab, "upscale", {"model": "gan"}, image=source).pixels
    half = made(lab, "upscale", {"model": "gan", "strength": 0.5}, image=source).pixels
    assert len({soft.tobytes(), half.tobytes(), bold.tobytes()}) == 3
    assert np.array_equal(made(lab, "upscale", {"model": "psnr", "strength": 1}, image=source).pixels, soft)


def test_the_recipe_names_the_weights(lab: Lab, registry: Registry) -> None:
    record = run(lab, "upscale", {"scale": 2, "model": "psnr"}, image=photo(8, 8))
    info = registry.weights.find("upscale", "upscale-x2-psnr")
    assert record.finished is not None and record.finished.provenance.weights == info.sha256


def test_previews_are_small_know_the_final_size_and_begin_at_once(lab: Lab) -> None:
    record = run(lab, "upscale", {"scale": 4, "model": "psnr"}, image=photo(900, 300))
    first = record.previews[0]
    assert first.progress == 0 and first.value.width <= 768
    shares = [seen.progress for seen in record.previews]
    assert shares == sorted(shares)
    assert all(seen.value.digest() == seen.digest for seen in record.previews)


def test_a_shortage_of_memory_leads_to_smaller_tiles(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made(lab, "upscale", {"scale": 2}, image=photo(300, 200)).pixels.astype(int)
    asked: list[int] = []
    plain = context.Context.tile

    def scarce(self: context.Context, wanted: int = 512, least: int = 64) -> int:
        asked.append(plain(self, wanted, least))
        if self.shrink == 0:
            raise MemoryError
        return asked[-1]

    monkeypatch.setattr(context.Context, "tile", scarce)
    again = made(lab, "upscale", {"scale": 2}, image=photo(300, 200)).pixels.astype(int)
    assert asked[1] < asked[0] and np.abs(again - whole).max() <= 1


def test_a_result_beyond_reason_is_refused(lab: Lab) -> None:
    huge = Image(np.zeros((8192, 8192, 1), np.uint8))
    record = lab.run(Request("upscale", {"scale": 4}, {"image": huge}))
    assert "32768 x 32768" in record.fault and not record.broke


@pytest.mark.parametrize(("mode", "suffix"), [("L", "png"), ("P", "png"), ("CMYK", "jpg"), ("1", "png")])
def test_files_of_any_kind_of_colour_are_taken(lab: Lab, tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    Pillow.fromarray(photo(20, 15).pixels).convert(mode).save(path)
    source = open_image(path)
    assert made(lab, "upscale", {"scale": 2}, image=source).width == 40
    assert made(lab, "deblur", {}, image=source).channels == source.channels


def test_without_models_they_say_so(tmp_path: Path) -> None:
    registry = photo_registry(tmp_path)
    for id in ("upscale", "deblur", "denoise"):
        ready = registry.get(id).ready()
        assert not ready.ok and "is installed" in ready.sentence and "models folder" in ready.hint


def test_a_model_for_another_task_is_refused(lab: Lab, registry: Registry) -> None:
    assert registry.get("deblur").choices({})["model"] == ("deblur",)
    with pytest.raises(UserError, match="not one to deblur with"):
        lab.engine.submit(Request("deblur", {"model": "denoise"}, {"image": photo(8, 8)}))


def test_a_scale_without_its_model_is_refused_at_once(tmp_path: Path, registry: Registry) -> None:
    (model,) = [info for info in registry.weights.models("upscale") if info.name == "upscale-x2-gan"]
    (tmp_path / model.path.name).write_bytes(model.path.read_bytes())
    alone = photo_registry(tmp_path)
    with lab_on(alone) as lab:
        with pytest.raises(UserError, match="No psnr model that enlarges 4 times"):
            lab.engine.submit(Request("upscale", {"model": "psnr"}, {"image": photo(8, 8)}))
        record = lab.run(Request("upscale", {"scale": 2, "strength": 0.5}, {"image": photo(8, 8)}))
        assert "no psnr model to blend" in record.fault
    assert isinstance(alone.weights, WeightsStore)
