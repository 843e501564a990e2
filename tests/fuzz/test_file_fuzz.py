"""Files cut anywhere, with bytes changed anywhere: opening them is a picture or a UserError, nothing else."""

import contextlib
import io
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from psd_tools import PSDImage

from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.io import export_image, open_document, save_document
from studio.model.io.colour import srgb_profile
from studio.model.media import Image
from studio.model.nodes import Group, RasterLayer

MEMORY = 4 << 30  # address space a broken file may make us use


def samples() -> dict[str, bytes]:
    """A small valid file of every format and its main variants."""
    rng = np.random.default_rng(5)
    shallow = rng.integers(0, 256, (12, 10, 4), np.uint8)
    deep = rng.integers(0, 65536, (12, 10, 4), np.uint16)
    found: dict[str, bytes] = {}
    exif = Pillow.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    for mode, plugin in (
        ("P", "PNG"),
        ("P", "GIF"),
        ("CMYK", "JPEG"),
        ("RGB", "WEBP"),
        ("L", "BMP"),
        ("RGB", "TIFF"),
    ):
        out = io.BytesIO()
        Pillow.fromarray(shallow[..., :3]).convert(mode).save(
            out, plugin, exif=exif, icc_profile=srgb_profile()
        )
        found[plugin.lower()] = out.getvalue()
    for how in (
        {"compression": "lzw"},
        {"tile": (16, 16), "compression": "zlib", "predictor": True},
        {"bigtiff": True},
    ):
        out = io.BytesIO()
        tifffile.imwrite(out, deep, photometric="rgb", **how)
        found[f"tiff {len(found)}"] = out.getvalue()
    out = io.BytesIO()
    tifffile.imwrite(out, rng.random((12, 10, 3), np.float32), photometric="rgb")
    found["float tiff"] = out.getvalue()
    psd = PSDImage.new("RGB", (12, 10), depth=16)
    psd.create_group([psd.create_pixel_layer_from_array(deep, "layer")], "group")
    out = io.BytesIO()
    psd.save(out)
    return found | {"psd": out.getvalue()}


def written(folder: Path) -> dict[str, bytes]:
    """Files of our own making."""
    rng = np.random.default_rng(6)
    meta = {"xmp": "<x:xmpmeta/>", "text:Author": "me", "dpi": "300"}
    export_image(
        Image(rng.integers(0, 65536, (9, 9, 4), np.uint16), srgb_profile(), meta), folder / "deep.png"
    )
    document = Document(12, 9)
    group, layer = Group("group"), RasterLayer("layer")
    layer.write(document.canvas, rng.integers(0, 256, (9, 12, 4), np.uint8))
    layer.mask = layer.new_mask()
    document.root.append(group)
    group.append(layer)
    save_document(document, folder / "small.ora")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return samples() | written(tmp_path_factory.mktemp("valid"))


@contextlib.contextmanager
def bounded_memory() -> Iterator[None]:
    """Allocations beyond MEMORY fail, instead of going unseen on a large machine."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


Change = tuple[float, int]  # where in the file (0..1), and the new value of the byte there
changes = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8)


def broken(content: bytes, cut: float, changed: list[Change], near_start: bool) -> bytes:
    """`content` with some bytes changed, most of them in the header if `near_start`, and its end cut off."""
    out = bytearray(content)
    reach = min(len(out), 200) if near_start else len(out)
    for where, value in changed:
        out[int(where * reach)] = value
    return bytes(out[: max(1, int(cut * len(out)))])


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(cut=st.one_of(st.just(1.0), st.floats(0, 1)), changed=changes, near_start=st.booleans())
@example(cut=1.0, changed=[], near_start=False)
@pytest.mark.filterwarnings("ignore")
def test_broken_files_are_pictures_or_user_errors(files, tmp_path, cut, changed, near_start):
    for name, content in files.items():
        path = tmp_path / "broken"
        path.write_bytes(broken(content, cut, changed, near_start))
        untouched = path.read_bytes() == content
        with bounded_memory():
            try:
                document = open_document(path)
            except UserError as error:
                assert not untouched, name
                assert error.sentence and error.hint, name
            else:
                assert document.composite(document.canvas).shape[2] == 4


MAGICS = (
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"RIFF\0\0\0\0WEBP",
    b"II*\0",
    b"8BPS",
    b"PK\3\4",
    b"GIF89a",
    b"BM",
)


@settings(max_examples=50)
@given(content=st.binary(max_size=300), magic=st.sampled_from(MAGICS))
def test_noise_is_a_user_error(tmp_path, content, magic):
    (tmp_path / "noise").write_bytes(magic + content + b".")
    with pytest.raises(UserError):
        open_document(tmp_path / "noise")
