"""The values generators exchange."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from studio.model.errors import UserError
from studio.model.media import Image, Labels, Mask, Text


def pixels(dtype: str, channels: int = 3) -> np.ndarray:
    raw = np.random.default_rng(0).integers(0, 256, (4, 5, channels), np.uint8)
    if dtype == "float32":
        return raw.astype(np.float32) / 255
    return raw.astype(np.uint16) * 257 if dtype == "uint16" else raw


def test_a_picture_knows_its_size_and_cannot_be_written() -> None:
    image = Image(pixels("uint8", 4))
    assert (image.width, image.height, image.channels, image.has_alpha) == (5, 4, 4, True)
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0, 0] = 1
    with pytest.raises(AttributeError):
        image.pixels = pixels("uint8")  # type: ignore[misc]


def test_views_from_anywhere_become_contiguous() -> None:
    assert Image(pixels("uint8", 4)[::2, ::-1, :3]).pixels.flags.c_contiguous


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((4, 5), np.uint8),
        np.zeros((4, 5, 2), np.uint8),
        np.zeros((4, 5, 3), np.float64),
        np.zeros((4, 5, 3), np.int32),
        np.zeros((4, 5, 3), bool),
        np.zeros((0, 5, 3), np.uint8),
        [[[1, 2, 3]]],
        None,
    ],
)
def test_other_arrays_are_no_pictures(bad: object) -> None:
    with pytest.raises(UserError) as caught:
        Image(bad)  # type: ignore[arg-type]
    assert caught.value.sentence.startswith(("A picture needs", "Pixels must be"))


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 5, 1), np.uint8), np.zeros((4, 5), np.uint16), np.zeros((0, 3), np.uint8)]
)
def test_other_arrays_are_no_masks(bad: np.ndarray) -> None:
    with pytest.raises(UserError):
        Mask(bad)


@pytest.mark.parametrize("source", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("target", ["uint8", "uint16", "float32"])
def test_every_depth_holds_what_eight_bits_held(source: str, target: str) -> None:
    there = Image(pixels(source)).array(target, 3)  # type: ignore[arg-type]
    assert there.dtype.name == target and not there.flags.writeable
    assert np.array_equal(Image(there).array("uint8", 3), pixels("uint8"))


@given(hnp.arrays(np.float32, (2, 2, 3), elements=st.floats(width=32, allow_nan=True, allow_infinity=True)))
def test_any_numbers_become_bytes_without_warnings(wild: np.ndarray) -> None:
    out = Image(wild).rgba8()
    assert out.shape == (2, 2, 4) and (out[..., 3] == 255).all()
    assert (out[..., :3][np.isnan(wild)] == 0).all()


def test_channels_are_added_and_dropped() -> None:
    grey = Image(np.array([[[10], [200]]], np.uint8))
    assert grey.rgba8().tolist() == [[[10, 10, 10, 255], [200, 200, 200, 255]]]
    assert grey.array("uint8", 3).tolist() == [[[10] * 3, [200] * 3]]
    clear = Image(np.array([[[9, 9, 9, 0]]], np.uint8))
    assert clear.array("uint8", 3).tolist() == [[[9, 9, 9]]]
    assert clear.array("uint8", 1).tolist() == [[[9]]]
    assert Image(np.full((1, 1, 1), 7, np.uint16)).array("uint16", 4)[0, 0, 3] == 65535
    with pytest.raises(ValueError, match="1, 3 or 4"):
        grey.array("uint8", 2)


def test_a_picture_already_in_bytes_is_not_copied() -> None:
    image = Image(pixels("uint8", 4))
    assert np.shares_memory(image.rgba8(), image.pixels)


def test_digests_tell_content_shape_and_depth_apart() -> None:
    one = Image(pixels("uint8"))
    assert one.digest() == Image(pixels("uint8").copy()).digest()
    others = [Image(pixels("uint16")), Image(pixels("uint8").reshape(5, 4, 3)), Image(pixels("uint8") ^ 1)]
    assert len({one.digest(), *(image.digest() for image in others)}) == 4
    assert Mask(one.pixels[..., 0]).digest() == Mask(one.pixels[..., 0].copy()).digest()
    assert Text("a").digest() != Text("b").digest()
    assert Labels(("a",)).digest() != Labels(("a",), (0.5,)).digest()


def test_values_say_what_they_are() -> None:
    assert repr(Image(pixels("uint8"))) == "Image(shape 4 x 5 x 3, uint8)"
    assert repr(Mask(pixels("uint8")[..., 0])) == "Mask(shape 4 x 5, uint8)"
    assert str(Text("hello")) == "hello"


def test_masks_change_depth_and_know_when_they_are_empty() -> None:
    assert Mask(np.array([[0, 255]], np.uint8)).array("float32").tolist() == [[0, 1]]
    assert Mask(np.array([[0, 0.5]], np.float32)).array("uint8").tolist() == [[0, 128]]
    assert Mask(np.zeros((2, 2), np.uint8)).is_empty and not Mask(np.eye(2, dtype=np.uint8)).is_empty


def test_metadata_is_frozen_with_the_picture() -> None:
    meta = {"seed": "1"}
    image = Image(pixels("uint8"), meta=meta)
    meta["seed"] = "2"
    assert image.meta["seed"] == "1"
    with pytest.raises(TypeError):
        image.meta["seed"] = "3"  # type: ignore[index]
