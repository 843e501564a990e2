"""Formats without layers: exact pixels, and what comes with them."""

import base64
import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow
from PIL import ImageCms, PngImagePlugin, TiffImagePlugin

from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.io import (
    export_image,
    notices,
    open_document,
    open_image,
    save_document,
    to_profile,
    to_srgb,
)
from studio.model.io.colour import srgb_profile
from studio.model.media import Image
from studio.model.nodes import GeneratedLayer
from studio.model.provenance import KEY

DEPTHS = ["uint8", "uint16"]
LOSSLESS = [(".png", {}), (".tif", {}), (".tif", {"compression": "none"}), (".webp", {"lossless": True})]


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", [*DEPTHS, "float32"])
@pytest.mark.parametrize(("suffix", "options"), LOSSLESS)
def test_lossless_formats_give_back_every_pixel(tmp_path, noise, suffix, options, dtype, channels):
    pixels = noise((31, 43, channels), dtype)
    path = tmp_path / f"x{suffix}"
    export_image(Image(pixels), path, options)
    found = open_image(path).pixels
    kept = {".tif": dtype, ".png": "uint8" if dtype == "uint8" else "uint16"}.get(suffix, "uint8")
    expected = Image(pixels).array(kept, channels)
    if suffix == ".webp" and channels == 1:
        expected = np.repeat(expected, 3, axis=2)
    assert found.dtype == kept
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_other_programs_read_our_16_bit_files(tmp_path, noise, channels):
    pixels = noise((20, 30, channels), "uint16")
    for suffix in (".png", ".tif"):
        export_image(Image(pixels), tmp_path / f"x{suffix}")
    png = imagecodecs.png_decode((tmp_path / "x.png").read_bytes())
    np.testing.assert_array_equal(png.reshape(pixels.shape), pixels)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "x.tif").reshape(pixels.shape), pixels)


@pytest.mark.parametrize(
    "how",
    [
        {"compression": "lzw"},
        {"compression": "zlib", "predictor": True},
        {"tile": (16, 16), "compression": "adobe_deflate"},
        {"planarconfig": "separate"},
        {"bigtiff": True},
        {"byteorder": ">"},
    ],
)
def test_16_bit_tiff_files_of_all_layouts_are_exact(tmp_path, noise, how):
    pixels = noise((40, 50, 3), "uint16")
    stored = np.moveaxis(pixels, -1, 0) if "planarconfig" in how else pixels
    tifffile.imwrite(tmp_path / "x.tif", stored, photometric="rgb", **how)
    np.testing.assert_array_equal(open_image(tmp_path / "x.tif").pixels, pixels)


def test_premultiplied_and_inverted_tiff_files_become_plain(tmp_path):
    premultiplied = np.full((4, 4, 4), (1000, 2000, 3000, 32768), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", premultiplied, photometric="rgb", extrasamples="assocalpha")
    straight = open_image(tmp_path / "a.tif").pixels[0, 0]
    np.testing.assert_allclose(straight, (2000, 4000, 6000, 32768), atol=1)
    tifffile.imwrite(tmp_path / "w.tif", np.full((4, 4), 1000, np.uint16), photometric="miniswhite")
    assert open_image(tmp_path / "w.tif").pixels[0, 0, 0] == 64535


def test_deeper_tiff_samples_are_scaled_to_what_we_have(tmp_path):
    tifffile.imwrite(tmp_path / "u32.tif", np.full((4, 4), 0xFFFF0000, np.uint32))
    assert open_image(tmp_path / "u32.tif").pixels[0, 0, 0] == 65535
    tifffile.imwrite(tmp_path / "f64.tif", np.array([[0.25, 1.5]]))
    found = open_image(tmp_path / "f64.tif")
    assert found.pixels.ravel().tolist() == [0.25, 1.0]
    assert notices(found.meta)


@pytest.mark.parametrize(
    ("mode", "suffix", "channels"),
    [
        ("1", ".png", 1),
        ("L", ".png", 1),
        ("LA", ".png", 4),
        ("P", ".png", 3),
        ("P", ".gif", 3),
        ("RGBA", ".png", 4),
        ("L", ".jpg", 1),
        ("1", ".tif", 1),
        ("P", ".tif", 3),
        ("LAB", ".tif", 3),
        ("RGB", ".bmp", 3),
    ],
)
def test_every_kind_of_pixel_becomes_grey_rgb_or_rgba(tmp_path, mode, suffix, channels):
    colourful = Pillow.radial_gradient("L").resize((40, 30))
    picture = Pillow.merge("RGB", (colourful, colourful.rotate(90), colourful.rotate(180)))
    stored = picture.convert(mode) if mode != "LAB" else _to_lab(picture)
    stored.save(tmp_path / f"x{suffix}")
    found = open_image(tmp_path / f"x{suffix}")
    assert found.pixels.shape == (30, 40, channels)
    shown = picture if mode == "LAB" else stored.convert("RGBA")
    tolerance = {".jpg": 12}.get(suffix, 30 if mode == "LAB" else 0)
    expected = np.asarray(shown)[..., :3].astype(int)
    np.testing.assert_allclose(found.rgba8()[..., :3], expected, atol=tolerance)


def _to_lab(picture: Pillow.Image) -> Pillow.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.profileToProfile(picture, srgb, lab, outputMode="LAB")


def test_palette_transparency_is_kept(tmp_path):
    picture = Pillow.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.putdata([0, 1])
    picture.save(tmp_path / "x.png", transparency=1)
    assert open_image(tmp_path / "x.png").pixels.tolist() == [[[255, 0, 0, 255], [0, 255, 0, 0]]]


def test_cmyk_is_converted_and_said_so(tmp_path):
    Pillow.new("CMYK", (4, 4), (255, 0, 0, 0)).save(tmp_path / "x.jpg", quality=100)
    tifffile.imwrite(
        tmp_path / "x.tif", np.full((4, 4, 4), (65535, 0, 0, 0), np.uint16), photometric="separated"
    )
    for name in ("x.jpg", "x.tif"):
        found = open_image(tmp_path / name)
        np.testing.assert_allclose(found.rgba8()[0, 0], (0, 255, 255, 255), atol=2)
        assert "CMYK" in notices(found.meta)[0]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_exif_orientation_is_applied_once(tmp_path, suffix, orientation):
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :16] = 255  # white in the top left corner only
    turned = _as_camera_stores(upright, orientation)
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Maker"
    lossless = {"lossless": True} if suffix == ".webp" else {"quality": 100} if suffix == ".jpg" else {}
    Pillow.fromarray(turned).save(tmp_path / f"x{suffix}", exif=exif, **lossless)
    document = open_document(tmp_path / f"x{suffix}")
    np.testing.assert_allclose(document.flatten().rgba8()[..., :3], upright, atol=3)
    save_document(document, tmp_path / f"y{suffix}")
    with Pillow.open(tmp_path / f"y{suffix}") as saved:
        assert saved.getexif().get(0x0112, 1) == 1
        assert saved.getexif()[0x010F] == "Maker"
    assert open_image(tmp_path / f"y{suffix}").pixels.shape[:2] == (16, 32)


def _as_camera_stores(upright: np.ndarray, orientation: int) -> np.ndarray:
    """The stored picture that Pillow's own exif_transpose would turn into `upright`."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow.Transpose members that undo each orientation
    if orientation == 1:
        return upright
    return np.asarray(Pillow.fromarray(upright).transpose(Pillow.Transpose(undo[orientation])))


def _rich_exif() -> Pillow.Exif:
    exif = Pillow.Exif()
    exif[0x010F], exif[0x013B] = "Maker", "Artist"
    exif.get_ifd(0x8769)[0x829A] = TiffImagePlugin.IFDRational(1, 60)
    exif.get_ifd(0x8825)[1] = "N"
    return exif


@pytest.mark.parametrize("first", [".png", ".jpg", ".tif", ".webp"])
@pytest.mark.parametrize("second", [".png", ".jpg", ".tif", ".webp", ".ora"])
def test_exif_xmp_profile_and_resolution_travel_between_formats(tmp_path, first, second):
    profile = imagecodecs.cms_profile("adobergb")
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>caf\xc3\xa9</x:xmpmeta>"
    extra = {"exif": _rich_exif(), "icc_profile": profile, "dpi": (300, 300)}
    if first == ".png":
        extra["pnginfo"] = PngImagePlugin.PngInfo()
        extra["pnginfo"].add_itxt("XML:com.adobe.xmp", packet.decode())
    elif first == ".tif":
        extra["exif"][700] = packet
        extra["exif"] = extra["exif"].tobytes()  # or else Pillow writes no EXIF of its own
    else:
        extra["xmp"] = packet
    Pillow.new("RGB", (8, 8), (200, 100, 50)).save(tmp_path / f"a{first}", **extra)
    save_document(open_document(tmp_path / f"a{first}"), tmp_path / f"b{second}")
    found = open_document(tmp_path / f"b{second}")
    exif = Pillow.Exif()
    exif.load(base64.b64decode(found.meta["exif"]))
    assert (exif[0x010F], exif[0x013B]) == ("Maker", "Artist")
    assert exif.get_ifd(0x8769)[0x829A] == pytest.approx(1 / 60)
    assert exif.get_ifd(0x8825)[1] == "N"
    assert found.meta["xmp"] == packet.decode()
    assert found.icc == profile
    if first != ".webp":  # WebP has no place for it
        assert found.resolution_dpi == pytest.approx(300 if second != ".webp" else 72, abs=0.01)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_files_keep_their_metadata_too(tmp_path, suffix, noise):
    meta = {"exif": base64.b64encode(_rich_exif().tobytes()[6:]).decode(), "xmp": "<x/>", "dpi": "240"}
    image = Image(noise((6, 6, 3), "uint16"), srgb_profile(), meta)
    export_image(image, tmp_path / f"x{suffix}")
    found = open_image(tmp_path / f"x{suffix}")
    assert found.icc == srgb_profile()
    assert found.meta["xmp"] == "<x/>"
    assert float(found.meta["dpi"]) == pytest.approx(240, abs=0.01)
    exif = Pillow.Exif()
    exif.load(base64.b64decode(found.meta["exif"]))
    assert exif.get_ifd(0x8769)[0x829A] == pytest.approx(1 / 60)


def test_metadata_and_recipe_stay_out_when_asked(tmp_path, noise):
    meta = {"xmp": "<x/>", "text:Author": "me", KEY: "{}", "dpi": "300"}
    export_image(
        Image(noise((4, 4, 3)), None, meta), tmp_path / "x.png", {"metadata": False, "provenance": False}
    )
    assert set(open_image(tmp_path / "x.png").meta) == {"dpi"}


def test_the_recipe_of_a_generated_picture_travels_in_every_format(tmp_path, document):
    node = next(node for node in document.walk() if isinstance(node, GeneratedLayer))
    alone = Document(70, 50, document.depth)
    layer = GeneratedLayer("Land", node.provenance, document.depth)
    alone.root.append(layer)
    for suffix in (".png", ".jpg", ".webp", ".tif", ".ora"):
        save_document(alone, tmp_path / f"x{suffix}")
        (found,) = open_document(tmp_path / f"x{suffix}").root.children
        assert isinstance(found, GeneratedLayer), suffix
        assert found.provenance == node.provenance


@pytest.mark.parametrize(
    ("suffix", "how"), [(".gif", {}), (".png", {}), (".webp", {"lossless": True}), (".tif", {})]
)
def test_of_several_pictures_the_first_is_opened_and_said_so(tmp_path, suffix, how):
    frames = [Pillow.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / f"x{suffix}", save_all=True, append_images=frames[1:], **how)
    found = open_image(tmp_path / f"x{suffix}")
    assert found.rgba8()[0, 0].tolist() == [255, 0, 0, 255]
    assert "several" in notices(found.meta)[0]


def test_jpeg_puts_transparency_on_a_background_and_says_so(tmp_path):
    clear = Image(np.zeros((8, 8, 4), np.uint8))
    said = export_image(clear, tmp_path / "x.jpg", {"background": "#336699", "quality": 100})
    assert len(said) == 1
    np.testing.assert_allclose(open_image(tmp_path / "x.jpg").pixels[0, 0], (0x33, 0x66, 0x99), atol=2)
    assert export_image(Image(np.full((8, 8, 4), 255, np.uint8)), tmp_path / "x.jpg") == ()


@pytest.mark.parametrize("progressive", [True, False])
def test_pictures_that_jpeg_cannot_shrink_are_saved_too(tmp_path, noise, progressive):
    pixels = noise((300, 300, 3))
    export_image(Image(pixels), tmp_path / "x.jpg", {"quality": 100, "progressive": progressive})
    assert (tmp_path / "x.jpg").stat().st_size > 300 * 300
    assert np.abs(open_image(tmp_path / "x.jpg").pixels.astype(int) - pixels).mean() < 2


def test_jpeg_leaves_out_an_exif_block_it_cannot_hold(tmp_path, noise):
    exif = Pillow.Exif()
    exif[0x010F] = "x" * 70_000
    meta = {"exif": base64.b64encode(exif.tobytes()[6:]).decode()}
    said = export_image(Image(noise((8, 8, 3)), None, meta), tmp_path / "x.jpg")
    assert any("EXIF" in sentence for sentence in said)
    assert "exif" not in open_image(tmp_path / "x.jpg").meta


def test_formats_with_small_limits_refuse_larger_pictures(tmp_path):
    wide = Image(np.zeros((1, 17_000, 3), np.uint8))
    with pytest.raises(UserError, match="16383"):
        export_image(wide, tmp_path / "x.webp")
    assert list(tmp_path.iterdir()) == []


def test_converting_to_srgb_agrees_with_pillow_and_keeps_alpha(noise):
    profile = imagecodecs.cms_profile("adobergb")
    pixels = noise((20, 20, 4)) // 8 + 110  # well inside of both gamuts
    wide = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    rgb = Pillow.fromarray(pixels[..., :3])
    expected = np.asarray(ImageCms.profileToProfile(rgb, wide, ImageCms.createProfile("sRGB")))
    found = to_srgb(Image(pixels, profile))
    assert found.icc is None
    np.testing.assert_array_equal(found.pixels[..., 3], pixels[..., 3])
    np.testing.assert_allclose(found.pixels[..., :3].astype(int), expected, atol=1)
    deep = to_srgb(Image(Image(pixels).array("uint16"), profile))
    np.testing.assert_allclose(deep.pixels[..., :3] / 257, expected, atol=1.5)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_going_to_a_profile_and_back_changes_little(noise, dtype):
    profile = imagecodecs.cms_profile("adobergb")
    image = Image(noise((20, 20, 4), dtype))
    there = to_profile(image, profile)
    assert there.icc == profile
    assert there.pixels.dtype == dtype
    back = to_profile(there, None)
    assert np.quantile(np.abs(image.array() - back.array()), 0.95) < 0.01  # very dark shades lose more
    assert np.abs(image.array() - there.array()).max() > 0.03


def test_grey_goes_to_a_profile_as_rgb(noise):
    profile = imagecodecs.cms_profile("adobergb")
    assert to_profile(Image(noise((4, 4, 1))), profile).channels == 3
    assert to_srgb(Image(noise((4, 4, 1)))).channels == 1


def test_a_picture_without_a_profile_is_already_srgb(noise):
    image = Image(noise((4, 4, 3)))
    assert to_srgb(image) is image


def test_grey_with_an_rgb_profile_becomes_rgb(tmp_path):
    Pillow.new("L", (4, 4), 90).save(tmp_path / "x.png", icc_profile=srgb_profile())
    found = open_image(tmp_path / "x.png")
    assert found.pixels.shape == (4, 4, 3)
    assert found.icc == srgb_profile()


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_with_a_grey_profile_becomes_srgb_in_a_document(tmp_path, mode):
    linear = imagecodecs.cms_profile("gray", whitepoint=(0.3127, 0.329), gamma=1.0)
    Pillow.new(mode, (4, 4), 55 if mode == "L" else (55, 255)).save(tmp_path / "x.png", icc_profile=linear)
    document = open_document(tmp_path / "x.png")
    assert document.icc is None
    assert document.flatten().rgba8()[0, 0].tolist() == [128, 128, 128, 255]


def test_a_profile_that_is_none_is_left_out_and_said_so(tmp_path):
    Pillow.new("RGB", (4, 4)).save(tmp_path / "x.png", icc_profile=b"not a profile" * 20)
    found = open_image(tmp_path / "x.png")
    assert found.icc is None
    assert "profile" in notices(found.meta)[0]


def test_saving_several_layers_flat_is_said_and_leaves_the_document_unsaved(tmp_path, document):
    document.mark_unsaved()
    assert "layers" in save_document(document, tmp_path / "x.png")[0]
    assert document.modified
    assert save_document(document, tmp_path / "x.ora") == ()
    assert not document.modified
    assert (document.title, document.path) == ("x", tmp_path / "x.ora")


def test_a_document_of_one_picture_counts_as_saved(tmp_path, noise):
    document = Document.from_image(Image(noise((4, 4, 3))))
    document.mark_unsaved()
    save_document(document, tmp_path / "x.png")
    assert not document.modified
    assert open_image(tmp_path / "x.png").channels == 3


def test_less_depth_than_the_document_has_is_said(tmp_path, noise):
    document = Document.from_image(Image(noise((4, 4, 3), "uint16")))
    assert "8 bits" in save_document(document, tmp_path / "x.jpg")[0]
    assert "8 bits" in save_document(document, tmp_path / "x.png", depth="8")[0]
    assert open_image(tmp_path / "x.png").pixels.dtype == np.uint8


@pytest.mark.parametrize(
    ("name", "options"),
    [("x", {}), ("x.xyz", {}), ("x.psd", {}), ("x.jpg", {"quality": 0}), ("x.png", {"qualty": 1})],
)
def test_wrong_endings_and_options_are_refused(tmp_path, noise, name, options):
    with pytest.raises(UserError) as caught:
        export_image(Image(noise((4, 4, 3))), tmp_path / name, options)
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_names_do_not_decide_what_a_file_is(tmp_path, noise):
    pixels = noise((5, 5, 3))
    export_image(Image(pixels), tmp_path / "x.png")
    Path(tmp_path / "x.png").rename(tmp_path / "holiday.JPG")
    np.testing.assert_array_equal(open_image(tmp_path / "holiday.JPG").pixels, pixels)
