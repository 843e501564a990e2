"""Photographs: resource bundles, the split, and crops whose place survives a restart."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from studio.model.errors import UserError
from studio.train.photo import photographs
from studio.train.photo.rcc import Bundle


def bundle(version: int = 3) -> bytes:
    """A resource bundle with a folder ``a`` that holds ``b.txt`` (plain) and ``c.txt`` (compressed)."""
    names, offsets = b"", []
    for name in ("a", "b.txt", "c.txt"):
        offsets.append(len(names))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    packed = struct.pack(">I", 5) + zlib.compress(b"world")
    data = struct.pack(">I", 5) + b"hello" + struct.pack(">I", len(packed)) + packed
    date = b"\0" * 8 if version > 1 else b""
    nodes = [(0, 2, 1, 1), (offsets[0], 2, 2, 2), (offsets[1], 0, 0, 0), (offsets[2], 1, 0, 9)]
    tree = b"".join(struct.pack(">IHII", *node) + date for node in nodes)
    start = 20 + (4 if version > 2 else 0)
    head = struct.pack(">4I", version, start, start + len(tree), start + len(tree) + len(data))
    return b"qres" + head + (b"\0" * 4 if version > 2 else b"") + tree + data + names


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_bundle_gives_its_files_unpacked(version: int) -> None:
    assert dict(Bundle(bundle(version)).files()) == {"a/b.txt": b"hello", "a/c.txt": b"world"}


def test_other_bytes_are_no_bundle() -> None:
    with pytest.raises(ValueError, match="not a Qt resource bundle"):
        Bundle(b"<html>" * 10)


def test_pictures_of_one_subject_are_never_parted() -> None:
    assert photographs.held_out("explore/eiffelTower.webp") == photographs.held_out("other/EiffelTower.jpg")


def test_about_an_eighth_is_held_out() -> None:
    share = np.mean([photographs.held_out(f"x/{i}.jpg") for i in range(2000)])
    assert 0.1 < share < 0.15


def test_parts_of_a_folder_do_not_overlap(folder: Path) -> None:
    parts = [{p.name for p in photographs.load(folder, kept)} for kept in (False, True)]
    assert parts == [{"set/0.jpg", "set/1.jpg", "set/2.jpg"}, {"set/3.jpg"}]


def test_an_empty_folder_is_told_by_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no prepared photographs"):
        photographs.load(tmp_path)


def test_crops_go_on_from_a_saved_place(pictures: list[photographs.Photograph]) -> None:
    crops = photographs.Crops(pictures, 32, seed=0)
    crops.batch(3)
    state = crops.state()
    wanted = crops.batch(3)
    other = photographs.Crops(pictures, 32, seed=5)
    other.restore(state)
    assert np.array_equal(other.batch(3), wanted)


def test_the_liveliest_place_is_taken() -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:, 32:] = np.random.default_rng(0).integers(0, 255, (64, 32, 3))
    crops = photographs.Crops([photographs.Photograph("a", pixels)], 16, seed=0, choices=16)
    assert min(photographs.liveliness(crop) for crop in crops.batch(8)) > 30
