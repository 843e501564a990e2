"""Weights files: what is in them is believed only once it has been checked."""

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import PEOPLE, tiny_model

from studio.engine.networks import build
from studio.engine.weights import MAX_HEADER, WeightsStore, read_header
from studio.model.errors import UserError
from studio.nets.style import Generator


def header_of(path: Path) -> tuple[dict[str, Any], bytes]:
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the header of a file in place."""
    head, data = header_of(path)
    change(head)
    text = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def test_models_are_listed_with_what_their_files_say(tmp_path: Path) -> None:
    path = tiny_model(tmp_path, "people", conditions=PEOPLE)
    path.with_suffix(".md").write_text("# People")
    (info,) = WeightsStore([tmp_path]).models("style")
    assert (info.name, info.title, info.card_path) == ("people", "People", path.with_suffix(".md"))
    assert [condition.values for condition in info.conditions] == [tuple(c["values"]) for c in PEOPLE]
    assert info.conditions[0].weights == (0.75, 0.25)
    assert sum(info.conditions[1].weights) == pytest.approx(1)
    assert WeightsStore([tmp_path]).models("other") == []


def test_the_first_folder_counts_and_missing_folders_do_not_matter(tmp_path: Path) -> None:
    first = tiny_model(tmp_path / "a", "people", seed=1)
    tiny_model(tmp_path / "b", "people", seed=2)
    tiny_model(tmp_path / "b", "land", tileable=True)
    store = WeightsStore([tmp_path / "none", tmp_path / "a", tmp_path / "b"])
    assert [info.name for info in store.models("style")] == ["land", "people"]
    assert store.find("style", "people").path == first


def test_a_file_makes_a_network_equal_to_the_one_it_was_saved_from(tmp_path: Path) -> None:
    import torch

    tiny_model(tmp_path, "people", conditions=PEOPLE)
    store = WeightsStore([tmp_path])
    info = store.find("style", "people")
    tensors = store.load(info)
    net = build(Generator, info, tensors)
    assert all(torch.equal(value, tensors[name].float()) for name, value in net.state_dict().items())
    assert not any(p.requires_grad for p in net.parameters()) and not net.training


def test_the_hash_follows_the_file(tmp_path: Path) -> None:
    import hashlib

    path = tiny_model(tmp_path, "people")
    store = WeightsStore([tmp_path])
    first = store.find("style", "people").sha256
    assert first == hashlib.sha256(path.read_bytes()).hexdigest()
    tiny_model(tmp_path, "people", seed=9)
    os.utime(path, ns=(1, 1))
    assert store.find("style", "people").sha256 == hashlib.sha256(path.read_bytes()).hexdigest() != first


def test_no_model_and_unknown_models_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No model is installed"):
        WeightsStore([tmp_path]).find("style", "")
    tiny_model(tmp_path, "people")
    with pytest.raises(UserError, match=r"no model “peple”. Did you mean “people”"):
        WeightsStore([tmp_path]).find("style", "peple")
    with pytest.raises(UserError, match="family “style”, not “text”"):
        WeightsStore([tmp_path]).find("text", "people")


def test_a_truncated_file_is_named_and_does_not_hide_the_others(tmp_path: Path) -> None:
    path = tiny_model(tmp_path, "people")
    tiny_model(tmp_path, "land", tileable=True)
    path.write_bytes(path.read_bytes()[:-100])
    store = WeightsStore([tmp_path])
    assert [info.name for info in store.models("style")] == ["land"]
    assert "people.safetensors" in store.problems()[0].sentence
    with pytest.raises(UserError, match=r"“people.safetensors” cannot be used: its data is cut off"):
        store.find("style", "people")


@pytest.mark.parametrize("length", [0, 4, 8, 20])
def test_files_cut_off_in_the_header_are_refused(tmp_path: Path, length: int) -> None:
    path = tiny_model(tmp_path, "people")
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(UserError, match="no safetensors file, or cut off"):
        read_header(path)


def test_a_header_longer_than_allowed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", MAX_HEADER + 1))
        file.truncate(MAX_HEADER * 2)
    with pytest.raises(UserError, match="no safetensors file"):
        read_header(path)


def test_a_folder_and_a_vanished_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "people.safetensors").mkdir()
    with pytest.raises(UserError, match="people"):
        WeightsStore([tmp_path]).find("style", "people")
    with pytest.raises(UserError, match="cannot be used"):
        read_header(tmp_path / "none.safetensors")


LIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "shape too large": lambda h: h["to_image.bias"].update(shape=[2**40]),
    "shape negative": lambda h: h["to_image.bias"].update(shape=[-4]),
    "shape no number": lambda h: h["to_image.bias"].update(shape=["4"]),
    "shape a boolean": lambda h: h["to_image.bias"].update(shape=[True]),
    "shape no list": lambda h: h["to_image.bias"].update(shape=4),
    "offsets beyond the file": lambda h: h["to_image.bias"].update(data_offsets=[0, 2**50]),
    "offsets swapped": lambda h: h["to_image.bias"].update(data_offsets=[8, 0]),
    "unknown type": lambda h: h["to_image.bias"].update(dtype="F4096"),
    "no type": lambda h: h["to_image.bias"].pop("dtype"),
    "tensor is no object": lambda h: h.update({"to_image.bias": 7}),
    "metadata not text": lambda h: h["__metadata__"].update(family=["style"]),
    "no family": lambda h: h["__metadata__"].pop("family"),
    "format of tomorrow": lambda h: h["__metadata__"].update(format="2"),
    "config no json": lambda h: h["__metadata__"].update(config="{"),
    "config enormous": lambda h: h["__metadata__"].update(config='{"z_dim": 1000000000}'),
    "config infinite": lambda h: h["__metadata__"].update(config='{"z_dim": Infinity}'),
    "config endless list": lambda h: h["__metadata__"].update(config=json.dumps({"channels": [8] * 1000})),
    "config nested": lambda h: h["__metadata__"].update(config="[" * 100_000),
    "conditions without values": lambda h: h["__metadata__"].update(
        conditions='[{"name": "x", "values": []}]'
    ),
    "conditions with nan": lambda h: h["__metadata__"].update(
        conditions='[{"name": "x", "values": ["a"], "weights": [NaN]}]'
    ),
    "conditions no list": lambda h: h["__metadata__"].update(conditions="5"),
    "combination of unknown values": lambda h: h["__metadata__"].update(combinations="[[0, 3, 1]]"),
    "combination too short": lambda h: h["__metadata__"].update(combinations="[[0, 1]]"),
    "combination never seen": lambda h: h["__metadata__"].update(combinations="[[0, 0, 0]]"),
    "combination of halves": lambda h: h["__metadata__"].update(combinations="[[0, 0.5, 1]]"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_header_that_lies_is_refused(tmp_path: Path, name: str) -> None:
    rewrite(tiny_model(tmp_path, "people", conditions=PEOPLE), LIES[name])
    with pytest.raises(UserError, match=r"“people.safetensors” cannot be used: .+"):
        WeightsStore([tmp_path]).find("style", "people")


@pytest.mark.parametrize(
    "config",
    [
        {"w_dim": 99},
        {"out_channels": 1},
        {"resolution": 17},
        {"nonsense": 1},
        {"channels": [8]},
        {"z_dim": "x"},
        {"mapping_layers": 2000},
        {"w_dim": 2048, "z_dim": 2048},
    ],
)
def test_a_configuration_that_does_not_match_the_tensors_is_refused(
    tmp_path: Path, config: dict[str, Any]
) -> None:
    def change(head: dict[str, Any]) -> None:
        old = json.loads(head["__metadata__"]["config"])
        head["__metadata__"]["config"] = json.dumps(old | config)

    rewrite(tiny_model(tmp_path, "people"), change)
    store = WeightsStore([tmp_path])
    info = store.find("style", "people")
    with pytest.raises(UserError, match=r"people.safetensors"):
        build(Generator, info, store.load(info))


def test_a_file_that_vanishes_before_loading_is_named(tmp_path: Path) -> None:
    path = tiny_model(tmp_path, "people")
    store = WeightsStore([tmp_path])
    info = store.find("style", "people")
    path.unlink()
    with pytest.raises(UserError, match=r"people\.safetensors"):
        store.load(info)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes
) -> None:
    path = tmp_path_factory.mktemp("noise") / "x.safetensors"
    path.write_bytes(noise)
    with pytest.raises(UserError):
        WeightsStore([path.parent]).find("style", "x")


@given(st.integers(0, 400), st.integers(0, 255))
def test_one_wrong_byte_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    path = tiny_model(tmp_path_factory.mktemp("flip"), "x", conditions=PEOPLE)
    raw = bytearray(path.read_bytes())
    raw[place] = value
    path.write_bytes(raw)
    store = WeightsStore([path.parent])
    try:
        info = store.find("style", "x")
        build(Generator, info, store.load(info))
    except UserError as error:
        assert "x" in error.sentence
