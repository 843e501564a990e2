"""Pickles that would use up time, memory or the stack: a sentence, at once, and nothing has run."""

import io
import pickle
import random
import struct
import tracemalloc
from pathlib import Path

import pytest
import torch

from studio.engine.importers import pickles
from studio.engine.importers.checkpoint import faults_of
from studio.engine.importers.install import import_model
from studio.engine.importers.pickles import Machine
from studio.engine.importers.stylegan import allowed
from studio.engine.importers.torchfile import read_old
from studio.model.errors import UserError

ROOM = 1 << 30
STEPS = 50_000  # in place of the machine's own bound, so that the tests are quick
P = b"\x80\x04"
MAGIC = b"".join(pickle.dumps(x, 2) for x in (0x1950A86A20F9469CFC6C, 1001, {}))


def name(module: str, word: str) -> bytes:
    return f"c{module}\n{word}\n".encode()


def text(words: str) -> bytes:
    return b"X" + struct.pack("<I", len(words)) + words.encode()


def keep(slot: int) -> bytes:
    return b"r" + struct.pack("<I", slot)


def again(slot: int) -> bytes:
    return b"j" + struct.pack("<I", slot)


NETWORK = name("torch_utils.persistence", "_reconstruct_persistent_obj")


def network(parts: bytes) -> bytes:
    """A network whose parts are the dict made by these opcodes."""
    return NETWORK + b"}" + text("state") + b"}" + text("_modules") + parts + b"ss\x85R"


def branching(depth: int, width: int) -> bytes:
    """Few networks, each part of the one before many times over."""
    code = network(b"}") + keep(100) + b"0"
    for level in range(depth):
        parts = b"".join(text(f"m{i}") + again(100 + level) for i in range(width))
        code += network(b"}(" + parts + b"u") + keep(101 + level) + b"0"
    return P + code + b"}" + text("G_ema") + again(100 + depth) + b"s."


def copies(what: bytes, filled: bytes, calls: bytes) -> bytes:
    """Something large in slot 1, a class in slot 2, and thousands of calls with it."""
    return P + filled + keep(1) + b"0" + what + keep(2) + b"0](" + calls * 2_000 + b"e."


def storage(elements: int) -> bytes:
    place = text("storage") + name("torch", "FloatStorage") + text("0") + text("cpu")
    return b"(" + place + b"\x8a\x08" + struct.pack("<q", elements) + b"tQ"


def tensor(elements: int) -> bytes:
    size = b"\x8a\x08" + struct.pack("<q", elements) + b"\x85K\x01\x85"
    return (
        name("torch._utils", "_rebuild_tensor_v2") + b"(" + storage(elements) + b"K\x00" + size + b"\x89}tR"
    )


ENTRIES = b"(" + b"".join(b"J" + struct.pack("<i", i) + b"N" for i in range(10_000)) + b"d"
MEMBERS = b"(" + b"K\x01" * 10_000 + b"t"
WRAPPED = (
    name("torch.nn.parameter", "Parameter") + keep(1) + b"0" + b"h\x01" * 5000 + tensor(1) + b"\x85R" * 5000
)
ORDERED, SIZE = name("collections", "OrderedDict"), name("torch", "Size")
HOSTILE = {
    "a key as deep as the stack": P + b"})" + b"\x85" * 40_000 + b"K\x01s.",
    "copies of a large dict": copies(ORDERED, ENTRIES, b"h\x02h\x01\x85R"),
    "copies of a large tuple": copies(SIZE, MEMBERS, b"h\x02h\x01}\x92"),
    "more steps than any network": P + b"N0" * STEPS + b".",
    "a name of a megabyte": P + b"c" + b"o" * 1_000_000 + b"\nsystem\n.",
    "a number of a megabyte": P + b"}\x8b" + struct.pack("<I", 1_000_000) + b"\x7f" * 1_000_000 + b"Ns.",
    "text longer than the file": P + b"\x8d" + struct.pack("<Q", 1 << 62) + b"abc.",
    "bytes longer than the file": P + b"\x8e" + struct.pack("<Q", 1 << 40) + b"abc.",
    "parts within parts": branching(15, 20),
    "lists within lists": MAGIC + P + b"]" + b"".join(
        keep(i) + b"0](" + again(i) * 50 + b"e" for i in range(12)
    ) + b"." + pickle.dumps([], 2),
    "a terabyte of numbers in a few bytes": MAGIC + P + b"}" + text("w") + tensor(1 << 40) + b"s."
    + pickle.dumps(["0"], 2) + struct.pack("<Q", 1 << 40) + bytes(16),
    "references to references": P + b"K\x01" + b"Q" * 40_000 + b".",
    "attributes that are no dict": P + b"}" + text("G_ema") + network(b"K\x05") + b"s.",
    "wrapped in parameters": P + b"}" + text("G_ema") + NETWORK + b"}" + text("state") + b"}"
    + text("_buffers") + b"}" + text("a") + WRAPPED + b"sss\x85Rs.",
    "an extension's number": P + b"\x82\x01.",
    "an old way to name a class": P + b"(ios\nsystem\n.",
    "a reference by text": P + b"Pabc\n.",
    "noise": P + random.Random(0).randbytes(100_000),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_pickle_is_refused_in_a_sentence_without_using_up_memory(
    kind: str, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickles, "MAX_STEPS", STEPS)
    assert torch.get_default_dtype() is torch.float32  # imported before memory is counted
    path = tmp_path / "x.pkl"
    path.write_bytes(HOSTILE[kind])
    tracemalloc.start()
    try:
        with pytest.raises(UserError) as caught:
            import_model(path, folder, memory=ROOM)
        grown = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(caught.value.sentence) < 400
    assert grown < 24e6
    assert not folder.exists() or not list(folder.iterdir())


def test_a_network_that_contains_itself_is_refused(tmp_path: Path, folder: Path) -> None:
    parts = b"}" + keep(2)
    whole = NETWORK + b"}" + text("state") + b"}" + text("_modules") + parts + b"ss\x85R" + keep(3) + b"0"
    itself = again(2) + text("self") + again(3) + b"s0"
    path = tmp_path / "x.pkl"
    path.write_bytes(P + whole + itself + b"}" + text("G_ema") + again(3) + b"s.")
    with pytest.raises(UserError, match="too deeply"):
        import_model(path, folder, memory=ROOM)


NAMES = (
    "os system, posix system, builtins eval, builtins getattr, torch load, subprocess Popen, numpy load, "
    "torch.storage _load_from_file, torch.hub load, codecs decode, operator attrgetter"
)


@pytest.mark.parametrize("word", NAMES.split(", "))
def test_every_name_but_those_of_weights_is_refused(word: str, tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "x.pkl"
    path.write_bytes(P + name(*word.split()) + text("touch /tmp/never") + b"\x85R.")
    with pytest.raises(UserError, match=r"asks to run"):
        import_model(path, folder, memory=ROOM)


@pytest.mark.filterwarnings("ignore:invalid escape")
def test_random_changes_to_a_pickle_end_in_a_value_or_a_sentence(tmp_path: Path) -> None:
    """The machine and the reader of old files raise nothing but what becomes a sentence."""
    rng = random.Random(1)
    good = [branching(2, 2), MAGIC + P + b"}" + text("w") + tensor(1) + b"s." + pickle.dumps(["0"], 2)
            + struct.pack("<Q", 1) + bytes(4)]  # fmt: skip
    for _ in range(400):
        data = bytearray(rng.choice(good))
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        for read in (Machine(allowed).read, read_old):
            try:
                with faults_of(tmp_path / "x.pkl"):
                    read(io.BytesIO(bytes(data)))
            except UserError:
                pass
