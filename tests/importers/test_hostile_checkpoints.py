"""Files that are not what they say: each is refused with one clear sentence, and nothing in them runs."""

import io
import json
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from checkpoints import Payload, checkpoint, tensors
from safetensors.torch import save_file

from studio.engine.importers.checkpoint import read_checkpoint
from studio.engine.importers.install import import_model
from studio.model.errors import UserError

ROOM = 1 << 30


def refusal(path: Path, folder: Path, memory: int = ROOM) -> str:
    """The sentence a file is refused with; nothing may be left behind."""
    with pytest.raises(UserError) as caught:
        import_model(path, folder, memory=memory)
    assert not list(folder.glob("*")) if folder.exists() else True
    assert caught.value.sentence.count(". ") == 0 and len(caught.value.sentence) < 300
    return caught.value.sentence


def test_a_web_page(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "esrgan.pth"
    path.write_text("<!DOCTYPE html><html><body>404 not found</body></html>" * 20)
    assert "web page" in refusal(path, folder)


def test_an_empty_file(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.touch()
    assert "x.safetensors" in refusal(path, folder)


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_truncated_file(tmp_path: Path, folder: Path, old: bool, share: float) -> None:
    path = tmp_path / "x.pth"
    torch.save(tensors("SAFMN"), path, _use_new_zipfile_serialization=not old)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert "cannot be imported" in refusal(path, folder)


@pytest.mark.parametrize("how", ["zip", "old", "bare"])
def test_a_payload_is_named_and_never_run(tmp_path: Path, folder: Path, how: str) -> None:
    mark = tmp_path / "mark"
    evil = OrderedDict(tensors("Compact"), extra=Payload(f"touch {mark}"))
    path = tmp_path / "evil.pth"
    if how == "bare":
        path.write_bytes(pickle.dumps({"extra": Payload(f"touch {mark}")}, protocol=4))
    else:
        torch.save(evil, path, _use_new_zipfile_serialization=how == "zip")
    assert "system" in refusal(path, folder)
    assert not mark.exists()


@pytest.mark.parametrize(
    "code", [b"cposix\nsystem\n(S'touch /tmp/x'\ntR.", b"\x80\x02c__builtin__\neval\n(U\x011tR."]
)
def test_pickles_written_by_hand(tmp_path: Path, folder: Path, code: bytes) -> None:
    path = tmp_path / "x.pth"
    path.write_bytes(code)
    refusal(path, folder)


def test_another_task(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "words.pth"
    torch.save({"embedding.weight": torch.zeros(8, 4), "head.bias": torch.zeros(2)}, path)
    assert "another task" in refusal(path, folder)


def test_parts_that_do_not_fit_together(tmp_path: Path, folder: Path) -> None:
    state = tensors("SAFMN")
    state.pop(next(key for key in state if key.startswith("feats.1")))
    torch.save(state, tmp_path / "x.pth")
    assert "do not fit together" in refusal(tmp_path / "x.pth", folder)


def test_an_oversized_header(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", 1 << 60) + b"{}" * 100)
    assert "cut off" in refusal(path, folder)
    lie = json.dumps({"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(struct.pack("<Q", len(lie)) + lie + b"\0" * 4)
    assert "impossible" in refusal(path, folder)


def test_more_memory_than_there_is(tmp_path: Path, folder: Path) -> None:
    sentence = refusal(checkpoint(tmp_path, "Compact"), folder, memory=10_000)
    assert "of memory" in sentence and "are free" in sentence


def test_a_small_file_that_would_grow(tmp_path: Path, folder: Path) -> None:
    torch.save({"a": torch.zeros(1).expand(1 << 20, 1 << 20)}, tmp_path / "x.pth")
    assert "of memory" in refusal(tmp_path / "x.pth", folder)


def test_packed_archives(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "x.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", b"\0" * (1 << 24))
    assert "packed" in refusal(path, folder)


def test_networks_of_absurdly_many_layers(tmp_path: Path, folder: Path) -> None:
    state = tensors("Compact") | {"body.99999999.weight": torch.zeros(1)}
    torch.save(state, tmp_path / "x.pth")
    assert "absurdly many layers" in refusal(tmp_path / "x.pth", folder)


def test_shapes_that_would_make_a_huge_layer(tmp_path: Path, folder: Path) -> None:
    state = tensors("Compact")
    state["body.0.weight"] = torch.zeros(1 << 18, 3, 1, 1)
    torch.save(state, tmp_path / "x.pth")
    assert "do not fit together" in refusal(tmp_path / "x.pth", folder)


def test_programs_are_not_run(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "x.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", pickle.dumps({}, protocol=2))
        archive.writestr("x/code/__torch__.py", "import os")
    assert "TorchScript" in refusal(path, folder)


def test_a_tensor_that_reaches_beyond_its_numbers(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(4)}, buffer)
    path = tmp_path / "x.pth"
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename.endswith("data.pkl"):
                data = data.replace(b"K\x04\x85", b"K\x09\x85", 1)
            target.writestr(entry.filename, data)
    with pytest.raises(UserError, match="reaches beyond"):
        read_checkpoint(path, ROOM)


def test_text_that_says_it_is_ours_is_still_checked(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"a": torch.zeros(1)}, path, {"family": "imported-sr", "format": "1", "config": "no json"})
    assert "hold together" in refusal(path, folder)
