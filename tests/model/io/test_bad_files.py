"""Every file that cannot be opened is one sentence and a hint, quickly and in little memory."""

import io
import os
import struct
import threading
import zipfile
import zlib

import numpy as np
import pytest
import tifffile
from picture_samples import make_document, make_noise
from PIL import Image as Pillow

from studio.model.errors import UserError
from studio.model.io import FORMATS, export_image, limits, open_document, open_image, save_document
from studio.model.io.png_chunks import chunk, header
from studio.model.media import Image

READERS = [form.suffixes[0] for form in FORMATS.readers()]


def refused(path) -> UserError:
    """What opening says, in both ways to open; the sentence and the hint are complete."""
    with pytest.raises(UserError) as first:
        open_image(path)
    with pytest.raises(UserError) as second:
        open_document(path)
    assert first.value.sentence == second.value.sentence
    assert first.value.sentence.endswith(".") and first.value.hint
    return first.value


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"\xef\xbb\xbf  <html>", "web page"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\3\4 something", "ZIP"),
        (b"just words", "plain text"),
        (b"\0\0\0\x18ftypisom", "video"),
        (b"\x93NUMPY\1\0", "cannot be recognised"),
        (bytes(1000), "cannot be recognised"),
    ],
)
def test_what_is_no_picture_is_told_for_what_it_is(tmp_path, suffix, content, said):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    assert said in refused(path).sentence


def test_files_that_are_not_there_folders_and_pipes(tmp_path):
    assert "is not there" in refused(tmp_path / "gone.png").sentence
    assert "folder" in refused(tmp_path).sentence
    os.mkfifo(tmp_path / "pipe.png")
    assert "not a file" in refused(tmp_path / "pipe.png").sentence
    assert "not a file" in refused("/dev/zero").sentence
    assert "name" in refused(tmp_path / ("n" * 300)).sentence


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "may not be read" in refused(path).sentence


def test_a_file_that_vanished_or_shrank(tmp_path):
    path = tmp_path / "x.png"
    export_image(Image(make_noise((50, 50, 3))), path)
    whole = path.read_bytes()
    path.unlink()
    assert "is not there" in refused(path).sentence
    path.write_bytes(whole[: len(whole) // 2])
    assert "not complete" in refused(path).sentence


def png_claiming(width: int, height: int, bits: int = 8) -> bytes:
    """A small PNG file that says it is large."""
    packed = zlib.compress(bytes(1 << 20), 9)
    return header(width, height, bits, 6) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("size", [(0, 10), (10, 0), (100_000, 100_000), (2**31 - 1, 1), (400_000, 2)])
def test_png_files_of_impossible_size(tmp_path, size, bits):
    (tmp_path / "x.png").write_bytes(png_claiming(*size, bits))
    assert (
        "too large" in refused(tmp_path / "x.png").sentence
        or "no pixels" in refused(tmp_path / "x.png").sentence
    )


def test_a_tiff_file_of_impossible_size(tmp_path):
    out = io.BytesIO()
    tifffile.imwrite(out, np.zeros((8, 8, 3), np.uint16), photometric="rgb")
    for tag in (256, 257):
        content = bytearray(out.getvalue())
        at = content.index(struct.pack("<HHI", tag, 4, 1)) + 8
        content[at : at + 4] = struct.pack("<I", 0x7FFFFFFF)
        (tmp_path / "x.tif").write_bytes(content)
        assert "too large" in refused(tmp_path / "x.tif").sentence


@pytest.mark.parametrize(("suffix", "at"), [(".bmp", 18), (".psd", 14), (".gif", 6)])
def test_other_files_of_impossible_size(tmp_path, data, suffix, at):
    path = tmp_path / f"x{suffix}"
    if suffix == ".psd":
        path.write_bytes((data / "krita.psd").read_bytes())
    else:
        Pillow.new("RGB", (4, 4)).save(path)
    content = bytearray(path.read_bytes())
    big = {".bmp": struct.pack("<ii", 200_000, 200_000), ".psd": struct.pack(">II", 300_000, 300_000)}
    patch = big.get(suffix, struct.pack("<HH", 65_535, 65_535))
    content[at : at + len(patch)] = patch
    path.write_bytes(content)
    assert "too large" in refused(path).sentence


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_tiff_file_with_values_that_are_not_numbers(tmp_path, value):
    pixels = np.zeros((4, 4, 3), np.float32)
    pixels[1, 2, 0] = value
    tifffile.imwrite(tmp_path / "x.tif", pixels, photometric="rgb")
    assert "not numbers" in refused(tmp_path / "x.tif").sentence


@pytest.mark.parametrize(
    ("pixels", "how"),
    [
        (np.zeros((4, 4), np.int16), {}),
        (np.zeros((4, 4), np.complex64), {}),
        (np.zeros((4, 4, 3), np.uint16), {"photometric": "cielab"}),
    ],
)
def test_tiff_files_that_are_no_pictures(tmp_path, pixels, how):
    tifffile.imwrite(tmp_path / "x.tif", pixels, **how)
    refused(tmp_path / "x.tif")


def repacked(source: bytes, replace: dict[str, bytes]) -> bytes:
    """An archive with some entries replaced, deflated."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(info, replace.get(name, old.read(name)))
    return out.getvalue()


@pytest.fixture
def ora(tmp_path) -> bytes:
    save_document(make_document(), tmp_path / "good.ora")
    return (tmp_path / "good.ora").read_bytes()


@pytest.mark.parametrize("name", ["mimetype", "stack.xml", "data/layer000.png"])
def test_archive_entries_that_unpack_to_too_much(tmp_path, ora, name):
    (tmp_path / "x.ora").write_bytes(repacked(ora, {name: bytes(40 << 20)}))
    refused(tmp_path / "x.ora")


def test_a_layer_whose_picture_is_a_bomb(tmp_path, ora):
    (tmp_path / "x.ora").write_bytes(repacked(ora, {"data/layer000.png": png_claiming(100_000, 100_000)}))
    assert "too large" in refused(tmp_path / "x.ora").sentence


def test_layers_that_are_too_large_together(tmp_path, ora, monkeypatch):
    (tmp_path / "x.ora").write_bytes(ora)
    monkeypatch.setattr(limits, "MAX_LAYER_PIXELS", 70 * 50)
    assert "together" in refused(tmp_path / "x.ora").sentence


def test_an_archive_of_too_many_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.ora", "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        for number in range(4100):
            archive.writestr(f"data/{number}", b"")
    assert "too many" in refused(tmp_path / "x.ora").sentence


def test_an_archive_that_is_something_else(tmp_path, ora):
    (tmp_path / "x.ora").write_bytes(repacked(ora, {"mimetype": b"application/image/openraster"}))
    assert "not an OpenRaster" in refused(tmp_path / "x.ora").sentence


def test_entities_that_grow_without_end(tmp_path, ora):
    levels = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 20))
    bomb = f"<!DOCTYPE x [<!ENTITY a0 'ha'>{levels}]><image w='8' h='8'><stack name='&a19;'/></image>"
    (tmp_path / "x.ora").write_bytes(repacked(ora, {"stack.xml": bomb.encode()}))
    refused(tmp_path / "x.ora")


def test_metadata_that_unpacks_to_too_much_is_left_out(tmp_path):
    bomb = zlib.compress(bytes(64 << 20), 9)
    content = header(1, 1, 8, 2) + chunk(b"iCCP", b"x\0\0" + bomb) + chunk(b"zTXt", b"k\0\0" + bomb)
    content += chunk(b"IDAT", zlib.compress(bytes(4))) + chunk(b"IEND", b"")
    (tmp_path / "x.png").write_bytes(content)
    try:
        found = open_image(tmp_path / "x.png")
    except UserError:
        return  # Pillow, too, refuses texts of that size
    assert found.icc is None and not any(len(text) > 1000 for text in found.meta.values())


def test_a_lost_file_leaves_open_documents_alone(tmp_path):
    document = make_document()
    save_document(document, tmp_path / "x.ora")
    (tmp_path / "x.ora").unlink()
    refused(tmp_path / "x.ora")
    document.composite(document.canvas)
    save_document(document, tmp_path / "x.ora")
    assert threading.active_count() == 1
