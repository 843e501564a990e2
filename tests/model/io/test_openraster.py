"""OpenRaster: nothing is lost, the specification is kept, and other programs' files open."""

import io
import re
import zipfile
from xml.etree import ElementTree

import numpy as np
import pyora
import pytest
from picture_samples import make_document, make_mask_with_black_outside, make_noise
from PIL import Image as Pillow

from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.io import notices, open_document, save_document
from studio.model.io.colour import srgb_profile
from studio.model.nodes import Blend, GeneratedLayer, Group, MaskLayer, Node, RasterLayer


def described(group: Group) -> list[object]:
    """All that a tree says, as plain values."""
    return [_described(node) for node in group.children]


def _described(node: Node) -> object:
    facts = (type(node).__name__, node.name, node.visible, node.locked, node.opacity, node.blend, node.clip)
    if isinstance(node, Group):
        return (*facts, described(node))
    return (*facts, getattr(node, "provenance", None), getattr(node, "mask_enabled", None))


def test_a_document_comes_back_whole(tmp_path, document):
    save_document(document, tmp_path / "x.ora")
    found = open_document(tmp_path / "x.ora")
    assert described(found.root) == described(document.root)
    assert (found.width, found.height, found.depth) == (document.width, document.height, document.depth)
    assert (found.resolution_dpi, found.meta, found.icc) == (300, document.meta, None)
    assert found.active is not None and document.active is not None
    assert found.active.name == document.active.name
    assert not found.modified and not found.history.can_undo
    around = document.canvas.expanded(20)
    for before, after in zip(document.walk(), found.walk(), strict=True):
        if isinstance(before, RasterLayer | MaskLayer):
            np.testing.assert_array_equal(after.read(around), before.read(around))
        if isinstance(before, RasterLayer) and before.mask:
            shifted = around.translated(-before.offset[0], -before.offset[1])
            np.testing.assert_array_equal(after.mask.read(around), before.mask.read(shifted))
    np.testing.assert_array_equal(found.composite(around), document.composite(around))


def test_saving_twice_gives_the_same_bytes(tmp_path, document):
    save_document(document, tmp_path / "a.ora")
    save_document(open_document(tmp_path / "a.ora"), tmp_path / "b.ora")
    assert (tmp_path / "a.ora").read_bytes() == (tmp_path / "b.ora").read_bytes()


def test_a_mask_that_hides_what_is_outside_of_it_comes_back(tmp_path):
    document = make_document()
    layer = document.root.children[0]
    assert isinstance(layer, RasterLayer)
    make_mask_with_black_outside(layer)
    save_document(document, tmp_path / "x.ora")
    found = open_document(tmp_path / "x.ora").root.children[0]
    assert isinstance(found, RasterLayer) and found.mask and layer.mask
    assert not found.mask_enabled
    np.testing.assert_array_equal(found.mask.read(document.canvas), layer.mask.read(document.canvas))


def test_the_profile_comes_back(tmp_path):
    document = make_document()
    document.icc = srgb_profile()
    save_document(document, tmp_path / "x.ora")
    assert open_document(tmp_path / "x.ora").icc == srgb_profile()


def test_names_may_hold_what_xml_cannot(tmp_path):
    document = Document(4, 4)
    document.root.append(RasterLayer("a\0b\x1b\ufffe\ud800c]]>&amp;"))
    save_document(document, tmp_path / "x.ora")
    assert open_document(tmp_path / "x.ora").root.children[0].name == "abc]]>&amp;"


def test_the_archive_is_as_the_specification_wants_it(tmp_path, document):
    save_document(document, tmp_path / "x.ora")
    raw = (tmp_path / "x.ora").read_bytes()
    assert raw[30:38] == b"mimetype" and raw[38:54] == b"image/openraster"
    with zipfile.ZipFile(tmp_path / "x.ora") as archive:
        names = archive.namelist()
        assert names[0] == "mimetype"
        assert archive.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
        assert len(names) == len(set(names))
        assert {"stack.xml", "mergedimage.png", "Thumbnails/thumbnail.png"} < set(names)
        root = ElementTree.fromstring(archive.read("stack.xml"))
        sources = [layer.attrib["src"] for layer in root.iter("layer")]
        assert sorted(sources) == sorted(name for name in names if name.startswith("data/"))
        merged = Pillow.open(io.BytesIO(archive.read("mergedimage.png")))
        assert merged.size == (document.width, document.height)
        shown = np.asarray(merged.convert("RGBA")).astype(int)
        np.testing.assert_allclose(shown, document.flatten().rgba8(), atol=1)
    assert (root.tag, root.attrib["w"], root.attrib["h"]) == ("image", "70", "50")
    assert re.fullmatch(r"\d+\.\d+\.\d+", root.attrib["version"])
    assert [child.tag for child in root] == ["stack"]
    assert root[0].attrib == {}
    for element in (*root.iter("layer"), *root[0].iter("stack")):
        assert 0 <= float(element.get("opacity", "1")) <= 1
        assert element.get("visibility", "visible") in ("visible", "hidden")
        assert element.get("composite-op", "svg:src-over").startswith("svg:")


@pytest.mark.parametrize(
    ("size", "expected"), [((1000, 500), (256, 128)), ((100, 40), (100, 40)), ((1, 2000), (1, 256))]
)
def test_the_thumbnail_is_small_8_bit_and_never_enlarged(tmp_path, size, expected):
    save_document(Document(*size, "16"), tmp_path / "x.ora")
    with zipfile.ZipFile(tmp_path / "x.ora") as archive:
        content = archive.read("Thumbnails/thumbnail.png")
    assert Pillow.open(io.BytesIO(content)).size == expected
    assert (content[24], content[28]) == (8, 0)  # bits per channel; not interlaced


@pytest.mark.parametrize("blend", Blend)
def test_every_blend_mode_has_a_name_of_the_specification(tmp_path, blend):
    document = Document(4, 4)
    layer = RasterLayer("x")
    layer.blend = blend
    document.root.append(layer)
    save_document(document, tmp_path / "x.ora")
    assert open_document(tmp_path / "x.ora").root.children[0].blend is blend


def test_a_file_krita_wrote_opens_and_looks_like_in_krita(data):
    document = open_document(data / "krita.ora")
    assert notices(document.meta) == ()
    assert document.resolution_dpi == 150
    paper, figure, shade, sketch = document.root.children
    assert isinstance(figure, Group)
    assert figure.opacity == pytest.approx(0.8)
    assert [node.name for node in (paper, *figure.children, shade, sketch)] == [
        "Paper", "Disc", "Stripe", "Shade", "Sketch",
    ]  # fmt: skip
    assert figure.children[1].blend is Blend.SCREEN
    assert shade.blend is Blend.MULTIPLY
    assert (sketch.visible, sketch.locked) == (False, True)
    assert shade.bounds() == Rect(28, 4, 18, 28)
    with zipfile.ZipFile(data / "krita.ora") as archive:
        theirs = Pillow.open(io.BytesIO(archive.read("mergedimage.png"))).convert("RGBA")
    difference = np.abs(document.flatten().rgba8().astype(int) - np.asarray(theirs))
    assert difference.max() <= 2


def test_pyora_reads_what_we_write(tmp_path):
    document = make_document()
    save_document(document, tmp_path / "x.ora")
    project = pyora.Project.load(str(tmp_path / "x.ora"))
    assert project.dimensions == (70, 50)
    land = project["Land"]
    assert (land.visible, land.composite_op, land.offsets) == (False, "svg:exclusion", (20, 20))
    ours = next(node for node in document.walk() if node.name == "Land")
    assert isinstance(ours, GeneratedLayer)
    np.testing.assert_array_equal(np.asarray(land.get_image_data(raw=True)), ours.read(ours.bounds()))
    assert project["Grüße <&> “x”"].opacity == pytest.approx(0.5)


def test_we_read_what_pyora_writes(tmp_path):
    pixels = make_noise((20, 30, 4))
    project = pyora.Project.new(64, 48, xres=200, yres=200)
    project.add_layer(Pillow.fromarray(pixels), "/Below")
    top = project.add_layer(Pillow.fromarray(pixels[:10]), "/Figures/Above", offsets=(7, -3))
    top.opacity, top.composite_op, top.visible = 0.5, "svg:luminosity", False
    project.save(str(tmp_path / "x.ora"), composite_image=Pillow.new("RGBA", (64, 48)))
    document = open_document(tmp_path / "x.ora")
    below, group = document.root.children
    assert isinstance(below, RasterLayer) and isinstance(group, Group)
    (above,) = group.children
    assert (above.opacity, above.blend, above.visible) == (0.5, Blend.LUMINOSITY, False)
    assert isinstance(above, RasterLayer)
    np.testing.assert_array_equal(below.read(Rect(0, 0, 30, 20)), pixels)
    np.testing.assert_array_equal(above.read(Rect(7, -3, 30, 10)), pixels[:10])
    assert document.resolution_dpi == 200


def archive_of(stack: str, *names: str, mime: str = "image/openraster") -> bytes:
    """A small .ora file with a stack.xml and grey pictures of 4 x 4."""
    picture, out = io.BytesIO(), io.BytesIO()
    Pillow.new("RGBA", (4, 4), (100, 100, 100, 255)).save(picture, "PNG")
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", mime)
        archive.writestr("stack.xml", stack)
        for name in ("mergedimage.png", *names):
            archive.writestr(name, picture.getvalue())
    return out.getvalue()


def opened(tmp_path, stack: str, *names: str) -> Document:
    (tmp_path / "x.ora").write_bytes(archive_of(stack, *names))
    return open_document(tmp_path / "x.ora")


def test_what_attributes_leave_out_has_the_specified_default(tmp_path):
    document = opened(
        tmp_path, "<image w='8' h='6'><stack><layer src='data/a.png'/></stack></image>", "data/a.png"
    )
    (layer,) = document.root.children
    assert (layer.opacity, layer.visible, layer.blend, layer.locked) == (1, True, Blend.NORMAL, False)
    assert layer.bounds() == Rect(0, 0, 4, 4)
    assert document.resolution_dpi == 72


def test_stacks_have_no_offset_of_their_own(tmp_path):
    stack = "<image w='8' h='6'><stack><stack x='3' y='3'><layer src='a.png' x='-1'/></stack></stack></image>"
    assert opened(tmp_path, stack, "a.png").root.bounds() == Rect(-1, 0, 4, 4)


@pytest.mark.parametrize(
    ("inside", "said", "layers"),
    [
        ("<layer src='a.png' composite-op='krita:dodge'/>", "krita:dodge", 1),
        ("<layer src='a.svg'/>", "PNG", 0),
        ("<text x='1'>hello</text>", "other than layers", 0),
        ("<filter type='blur'/>", "other than layers", 0),
        ("<stack isolation='auto'><layer src='a.png' composite-op='svg:multiply'/></stack>", "isolated", 2),
    ],
)
def test_what_is_not_supported_is_said_and_the_rest_opens(tmp_path, inside, said, layers):
    stack = f"<image w='8' h='6'><stack>{inside}<layer src='a.png'/></stack></image>"
    document = opened(tmp_path, stack, "a.png")
    assert said in notices(document.meta)[0]
    assert len(list(document.walk())) == layers + 1


def test_values_out_of_range_are_brought_into_it(tmp_path):
    inside = "<layer src='a.png' opacity='7'/><layer src='a.png' opacity='nan' x='1.75' y='?'/>"
    document = opened(tmp_path, f"<image w='8.0' h='6' xres='0'><stack>{inside}</stack></image>", "a.png")
    assert {layer.opacity for layer in document.root.children} == {1.0}
    assert document.root.children[0].bounds().x == 1
    assert document.resolution_dpi == 1


@pytest.mark.parametrize(
    "stack",
    [
        "",
        "not xml",
        "<html/>",
        "<image w='8' h='6'/>",
        "<image w='0' h='6'><stack/></image>",
        "<image h='6'><stack/></image>",
        "<image w='9999999' h='9999999'><stack/></image>",
        "<image w='8' h='6'><stack><layer src='missing.png'/></stack></image>",
        "<image w='8' h='6'><stack><layer src='../../etc/passwd.png'/></stack></image>",
        "<image w='8' h='6'><stack>" + "<stack>" * 500 + "</stack>" * 500 + "</stack></image>",
        "<image w='8' h='6'><stack>" + "<layer src='a.png'/>" * 1200 + "</stack></image>",
        "<!DOCTYPE image [<!ENTITY a 'x'>]><image w='8' h='6'><stack><stack name='&a;'/></stack></image>",
        "<!DOCTYPE image SYSTEM 'file:///etc/passwd'><image w='8' h='6'><stack/></image>",
    ],
)
def test_a_stack_that_makes_no_sense_is_one_clear_error(tmp_path, stack):
    with pytest.raises(UserError) as caught:
        opened(tmp_path, stack, "a.png")
    assert caught.value.sentence.endswith(".") and caught.value.hint


def test_a_broken_merged_picture_does_not_cost_the_layers(tmp_path):
    content = archive_of("<image w='8' h='6'><stack><layer src='a.png'/></stack></image>", "a.png")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, b"broken" if name == "mergedimage.png" else source.read(name))
    (tmp_path / "x.ora").write_bytes(out.getvalue())
    document = open_document(tmp_path / "x.ora")
    assert len(document.root.children) == 1
    assert "merged" in notices(document.meta)[0]


def test_more_layers_than_can_be_opened_are_not_saved(tmp_path):
    document = Document(4, 4)
    for _ in range(1001):
        document.root.append(RasterLayer(""))
    with pytest.raises(UserError, match="too many layers"):
        save_document(document, tmp_path / "x.ora")
    assert list(tmp_path.iterdir()) == []
