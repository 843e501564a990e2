"""Importing PSD files written by psd-tools and by Krita."""

import zipfile
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from picture_samples import make_noise
from PIL import Image as Pillow
from psd_tools import PSDImage
from psd_tools.constants import BlendMode, Compression, ProtectedFlags, Resource
from psd_tools.psd.image_resources import ImageResource

from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.io import notices, open_document
from studio.model.nodes import Blend, Group, RasterLayer


@pytest.mark.parametrize("depth", ["8", "16"])
@pytest.mark.parametrize("compression", [Compression.RAW, Compression.RLE, Compression.ZIP])
def test_layers_come_over_exactly(tmp_path, depth, compression):
    pixels = make_noise((20, 30, 4), f"uint{depth}")
    source = PSDImage.new("RGB", (64, 48), depth=int(depth))
    layer = source.create_pixel_layer_from_array(pixels, "Ä", top=-5, left=40, compression=compression)
    layer.opacity, layer.blend_mode, layer.visible = 51, BlendMode.LUMINOSITY, False
    source.save(tmp_path / "x.psd")
    document = open_document(tmp_path / "x.psd")
    assert (document.width, document.height, document.depth) == (64, 48, depth)
    (found,) = document.root.children
    assert isinstance(found, RasterLayer)
    assert (found.name, found.opacity, found.blend, found.visible) == ("Ä", 0.2, Blend.LUMINOSITY, False)
    np.testing.assert_array_equal(found.read(Rect(40, -5, 30, 20)), pixels)


@pytest.mark.parametrize("depth", [8, 16])
def test_groups_masks_clipping_and_locks_come_over(tmp_path, depth):
    source = PSDImage.new("RGB", (32, 32), depth=depth)
    base = source.create_pixel_layer(Pillow.new("RGB", (32, 32), (200, 0, 0)), "Base")
    clipped = source.create_pixel_layer(Pillow.new("RGBA", (8, 8), (0, 200, 0, 255)), "Clipped")
    clipped.clipping = True
    clipped.lock()
    clipped.locks.lock(ProtectedFlags.COMPLETE)
    base.create_mask(Pillow.linear_gradient("L").resize((16, 16)))
    inner = source.create_group([clipped], "Inner", blend_mode=BlendMode.NORMAL)
    source.create_group([inner], "Outer", opacity=102, blend_mode=BlendMode.SCREEN)
    source.save(tmp_path / "x.psd")
    found_base, outer = open_document(tmp_path / "x.psd").root.children
    assert isinstance(found_base, RasterLayer) and isinstance(outer, Group)
    assert found_base.mask is not None
    column = found_base.mask.read(Rect(3, 0, 1, 16))[:, 0].astype(float) / np.iinfo(found_base.mask.dtype).max
    assert (np.diff(column) > 0).all()
    assert (outer.name, outer.opacity, outer.blend) == ("Outer", 0.4, Blend.SCREEN)
    (found_inner,) = outer.children
    assert isinstance(found_inner, Group)
    (found,) = found_inner.children
    assert (found.name, found.clip, found.locked) == ("Clipped", True, True)


def test_a_file_krita_wrote_opens_and_looks_like_in_krita(data: Path):
    document = open_document(data / "krita.psd")
    assert document.resolution_dpi == 150
    assert document.icc is not None
    names = [node.name for node in document.walk()]
    assert names == ["Paper", "Disc", "Stripe", "Figure", "Shade", "Sketch"]
    with zipfile.ZipFile(data / "krita.ora") as archive, archive.open("mergedimage.png") as merged:
        theirs = np.asarray(Pillow.open(merged).convert("RGBA")).astype(int)
    assert np.abs(document.flatten().rgba8() - theirs).max() <= 2


@pytest.mark.parametrize("mode", list(BlendMode))
def test_every_blend_mode_opens_and_an_approximate_one_is_said(tmp_path, mode):
    if mode is BlendMode.PASS_THROUGH:
        pytest.skip("only for groups")
    source = PSDImage.new("RGB", (4, 4))
    source.create_pixel_layer(Pillow.new("RGBA", (4, 4)), blend_mode=mode)
    source.save(tmp_path / "x.psd")
    document = open_document(tmp_path / "x.psd")
    (layer,) = document.root.children
    exact = mode.name.lower().replace("_", "-") == layer.blend.value
    assert exact == (not notices(document.meta))


def test_grey_and_cmyk_documents_become_rgb(tmp_path):
    grey = PSDImage.new("L", (4, 4))
    grey.create_pixel_layer(Pillow.new("L", (4, 4), 90))
    grey.save(tmp_path / "g.psd")
    layer = open_document(tmp_path / "g.psd").root.children[0]
    assert isinstance(layer, RasterLayer)
    assert layer.read(Rect(0, 0, 1, 1)).tolist() == [[[90, 90, 90, 255]]]
    cmyk = PSDImage.new("CMYK", (4, 4))
    cmyk.create_pixel_layer(Pillow.new("CMYK", (4, 4), (255, 0, 0, 0)))
    cmyk.save(tmp_path / "c.psd")
    document = open_document(tmp_path / "c.psd")
    assert document.flatten().rgba8()[0, 0].tolist() == [0, 255, 255, 255]
    assert "CMYK" in notices(document.meta)[0]


def test_the_profile_comes_over(tmp_path):
    profile = imagecodecs.cms_profile("adobergb")
    source = PSDImage.new("RGB", (4, 4))
    source.create_pixel_layer(Pillow.new("RGB", (4, 4)))
    source.image_resources[Resource.ICC_PROFILE] = ImageResource(key=Resource.ICC_PROFILE, data=profile)
    source.save(tmp_path / "x.psd")
    assert open_document(tmp_path / "x.psd").icc == profile


@pytest.mark.parametrize(
    ("mode", "stored", "shown"),
    [
        ("RGB", (80, 90, 100), (80, 90, 100)),
        ("L", 80, (80, 80, 80)),
        ("CMYK", (255, 255, 255, 255), (255, 255, 255)),
    ],
)
def test_a_document_without_layers_has_its_merged_picture(tmp_path, mode, stored, shown):
    # psd-tools writes merged CMYK samples as given; in the file 255 means no ink
    PSDImage.frompil(Pillow.new(mode, (6, 5), stored)).save(tmp_path / "x.psd")
    document = open_document(tmp_path / "x.psd")
    assert document.flatten().rgba8()[2, 2].tolist() == [*shown, 255]


def test_32_bit_documents_are_refused_with_advice(tmp_path):
    PSDImage.new("RGB", (4, 4), depth=32).save(tmp_path / "x.psd")
    with pytest.raises(UserError, match="32 bits") as caught:
        open_document(tmp_path / "x.psd")
    assert caught.value.hint


def test_layers_that_cannot_be_parsed_leave_the_merged_picture(tmp_path, data):
    content = bytearray((data / "krita.psd").read_bytes())
    at = content.index(b"8BIMmul ")
    content[at + 4 : at + 8] = b"????"
    (tmp_path / "x.psd").write_bytes(content)
    document = open_document(tmp_path / "x.psd")
    assert len(document.root.children) == 1
    assert "layers" in notices(document.meta)[0]
