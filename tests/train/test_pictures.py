"""Any folder of pictures becomes training data: whatever is in it, it is learnt from or named."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.engine.recipe import Pictures
from studio.model.errors import UserError
from studio.train import pictures
from studio.train.datasets import Sampler
from studio.train.pictures import in_memory, listing, open_data, open_folder

PLAN = Pictures(resolution=16)


def save(path: Path, pixels: np.ndarray, mode: str | None = None, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def flat(value: int, size: tuple[int, int] = (20, 30), channels: int = 3) -> np.ndarray:
    return np.full((*size, channels), value, np.uint8)


def test_pictures_of_every_kind_become_squares_of_one_kind(tmp_path: Path) -> None:
    save(tmp_path / "rgb.png", flat(100))
    save(tmp_path / "grey.jpg", flat(100), "L")
    save(tmp_path / "cmyk.jpg", flat(100), "CMYK")
    save(tmp_path / "palette.gif", flat(100), "P")
    save(tmp_path / "one-bit.png", flat(100), "1")
    save(tmp_path / "tiny.png", flat(100, (1, 1)))
    save(tmp_path / "wide.webp", flat(100, (3, 400)))
    save(tmp_path / "deep.png", np.full((20, 30), 100 * 257, np.uint16))
    save(tmp_path / "float.tiff", np.linspace(0, 100, 600, dtype=np.float32).reshape(20, 30))
    frames = [Image.fromarray(flat(value)) for value in (100, 200)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    data = open_folder(tmp_path, PLAN)
    x = data.pictures(slice(None))
    assert x.shape == (10, 3, 16, 16)
    assert not data.broken
    known = [
        data.files.index(name) for name in ("rgb.png", "grey.jpg", "deep.png", "moving.gif", "wide.webp")
    ]
    assert (x[known] - (100 / 127.5 - 1)).abs().max() < 0.05


def test_alpha_is_kept_premultiplied_or_laid_on_white(tmp_path: Path) -> None:
    half = flat(200, channels=4)
    half[..., 3] = 128
    save(tmp_path / "clear.png", half)
    save(tmp_path / "solid.png", flat(200))
    kept, laid = open_folder(tmp_path, PLAN), open_folder(tmp_path, Pictures(resolution=16, channels="rgb"))
    assert kept.channels == ["r", "g", "b", "a"]
    colour, alpha = kept.pictures([0])[0, 0, 0, 0].item(), kept.pictures([0])[0, 3, 0, 0].item()
    assert (colour + 1) * 127.5 == pytest.approx(100, abs=1.5)
    assert (alpha + 1) * 127.5 == pytest.approx(128, abs=0.5)
    assert (laid.pictures([0]).mean().item() + 1) * 127.5 == pytest.approx(227, abs=1.5)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_a_picture_that_is_not_square_is_fitted_as_the_recipe_says(tmp_path: Path, fit: str) -> None:
    wide = flat(0, (20, 60))
    wide[:, 20:40] = 255
    save(tmp_path / "wide.png", wide)
    x = open_folder(tmp_path, Pictures(resolution=16, fit=fit)).pictures([0])[0, 0]
    light = (x > 0).float().mean().item()
    assert light == pytest.approx({"crop": 1.0, "pad": 1 / 9, "stretch": 1 / 3}[fit], abs=0.06)


def test_a_broken_file_in_the_middle_is_stood_in_for_and_named(tmp_path: Path) -> None:
    for i in range(4):
        save(tmp_path / f"{i}.png", flat(50 * i))
    whole = (tmp_path / "1.png").read_bytes()
    (tmp_path / "1.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "2.png").write_bytes(b"no picture")
    data = open_folder(tmp_path, PLAN)
    sampler = Sampler(data, 0, flip=False)
    seen = torch.cat([sampler.next(4)[0] for _ in range(2)])
    assert seen.shape == (8, 3, 16, 16)
    assert sorted(data.broken) == ["1.png", "2.png"]


def test_a_folder_of_nothing_but_broken_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match="None of the pictures can be read"):
        open_folder(tmp_path, PLAN).pictures([0])


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_folder_without_pictures_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/notes.txt").write_text("none")
    with pytest.raises(UserError):
        listing(tmp_path / name)


def test_one_picture_fills_a_batch(tmp_path: Path) -> None:
    save(tmp_path / "only.png", flat(80))
    x, labels = Sampler(open_folder(tmp_path, PLAN), 0, flip=True).next(8)
    assert x.shape == (8, 3, 16, 16)
    assert labels.shape == (8, 0)


def test_windows_of_one_picture_differ_and_a_seed_repeats_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    save(tmp_path / "wood.png", rng.integers(0, 255, (90, 120, 3), dtype=np.uint8))
    data = open_folder(tmp_path, Pictures(resolution=16, sampling="windows"))
    first, again = (Sampler(data, 3, flip=False).next(6)[0] for _ in range(2))
    assert torch.equal(first, again)
    assert len(torch.unique(first.flatten(1), dim=0)) == 6


def test_a_window_is_never_larger_than_its_picture(tmp_path: Path) -> None:
    save(tmp_path / "small.png", flat(80, (7, 40)))
    data = open_folder(tmp_path, Pictures(resolution=16, sampling="windows", zoom=0.1))
    assert Sampler(data, 0, flip=False).next(3)[0].shape == (3, 3, 16, 16)


def test_labels_come_from_sub_folders(tmp_path: Path) -> None:
    for kind, i in (("cat", 0), ("cat", 1), ("dog", 2)):
        save(tmp_path / kind / f"{i}.png", flat(10 * i))
    data = open_folder(tmp_path, Pictures(resolution=16, labels="folders"))
    assert data.conditions == [{"name": "class", "values": ["cat", "dog"], "weights": [0.666667, 0.333333]}]
    assert data.labels[:, 0].tolist() == [0, 0, 1]


def test_labels_come_from_a_table(tmp_path: Path) -> None:
    for i in range(3):
        save(tmp_path / f"in/{i}.png", flat(10 * i))
    (tmp_path / "labels.csv").write_text("file,colour,size\nin/0.png,red,small\nin/2.png,blue,small\n")
    data = open_folder(tmp_path, Pictures(resolution=16, labels="csv"))
    assert data.files == [os.path.join("in", "0.png"), os.path.join("in", "2.png")]  # noqa: PTH118
    assert [c["values"] for c in data.conditions] == [["blue", "red"], ["small"]]
    assert data.labels.tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize("text", ["", "file\n", "file,kind\nother.png,a\n", "name,kind\n0.png,a\n"])
def test_a_table_that_labels_nothing_is_refused(tmp_path: Path, text: str) -> None:
    save(tmp_path / "0.png", flat(1))
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(UserError):
        open_folder(tmp_path, Pictures(resolution=16, labels="csv"))


def test_classes_without_sub_folders_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "0.png", flat(1))
    with pytest.raises(UserError, match="no classes"):
        open_folder(tmp_path, Pictures(resolution=16, labels="folders"))


def test_indexing_reads_no_file_but_a_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(3000):
        (tmp_path / f"{i:05d}.png").touch()
    opened = []
    monkeypatch.setattr(pictures, "has_clear_pixels", lambda path: opened.append(path) or False)
    assert len(open_folder(tmp_path, PLAN)) == 3000
    assert 0 < len(opened) <= pictures.LOOKED_AT


def test_the_cache_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(6):
        save(tmp_path / f"{i}.png", flat(i))
    monkeypatch.setattr(pictures, "CACHE", 3 * 16 * 16 * 3)
    data = open_folder(tmp_path, PLAN)
    data.pictures(slice(None))
    assert len(data._kept) == 3


def test_held_out_pictures_are_never_trained_on_whatever_else_is_in_the_folder(tmp_path: Path) -> None:
    for i in range(60):
        save(tmp_path / f"{i}.png", flat(i))
    plan = Pictures(resolution=16, hold_out=0.3)
    training, kept = open_data(tmp_path, plan), open_data(tmp_path, plan, held_out=True)
    assert not {*training.files} & {*kept.files}  # type: ignore[attr-defined]
    assert len(training) + len(kept) == 60
    save(tmp_path / "another.png", flat(3))
    assert {*kept.files} <= {*open_data(tmp_path, plan, held_out=True).files}  # type: ignore[attr-defined]


def test_a_part_can_be_taken_into_memory(tmp_path: Path) -> None:
    for i in range(9):
        save(tmp_path / f"{i}.png", flat(20 * i))
    small = in_memory(open_folder(tmp_path, PLAN), 5)
    assert small.images.shape == (5, 16, 16, 3)
    assert (small.images % 20 == 0).all()
