"""The inspection of a data set, on folders made for it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from studio.engine.dataset import inspection
from studio.engine.dataset.advice import Mend, advise, best_resolution
from studio.engine.dataset.cleaning import clean_copy, left_out
from studio.engine.dataset.inspection import Report, inspect, spread
from studio.engine.dataset.looking import read_rgba
from studio.model.errors import UserError


def finish(steps):
    """Run a generator to its end: (what it returned, what it yielded)."""
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return end.value, seen


def report_of(folder: Path) -> Report:
    return finish(inspect(folder))[0]


def noise(seed: int, side: int = 40, channels: int = 3) -> Pillow.Image:
    """Smooth blotches: pictures that differ as much as photographs do."""
    rng = np.random.default_rng(seed)
    small = Pillow.fromarray(rng.integers(0, 256, (6, 6, channels), dtype=np.uint8))
    return small.resize((side, side), Pillow.Resampling.BICUBIC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of pictures with one of each thing that can be wrong."""
    for group, seeds in {"cats": range(6), "dogs": range(10, 14)}.items():
        (tmp_path / group).mkdir()
        for seed in seeds:
            noise(seed).save(tmp_path / group / f"{seed}.png")
    noise(0).resize((90, 90)).save(tmp_path / "dogs" / "copy.jpg", quality=85)
    whole = (tmp_path / "cats" / "1.png").read_bytes()
    (tmp_path / "cats" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cats" / "text.png").write_text("no picture")
    (tmp_path / "readme.txt").write_text("hello")
    (tmp_path / ".hidden").mkdir()
    noise(99).save(tmp_path / ".hidden" / "secret.png")
    frames = [noise(seed) for seed in (50, 51, 52)]
    frames[0].save(tmp_path / "dogs" / "moving.gif", save_all=True, append_images=frames[1:])
    noise(60).convert("CMYK").save(tmp_path / "dogs" / "print.tif")
    Pillow.fromarray((np.arange(1600).reshape(40, 40) * 40).astype(np.uint16)).save(tmp_path / "deep.png")
    noise(61, channels=4).save(tmp_path / "clear.png")
    noise(62).crop((0, 0, 40, 10)).save(tmp_path / "wide.png")
    return tmp_path


def test_it_counts_sizes_modes_and_classes(folder):
    report = report_of(folder)
    assert report.count == 18 and report.listing.others == 1
    assert report.classes == {"": 3, "cats": 8, "dogs": 7}
    assert report.nbytes == sum(Path(entry.path).stat().st_size for entry in report.listing.entries)
    header = report.headers[str(folder / "wide.png")]
    assert (header.width, header.height, header.mode) == (40, 10, "RGB")
    assert report.headers[str(folder / "dogs" / "moving.gif")].frames == 3
    assert report.headers[str(folder / "clear.png")].alpha
    assert report.headers[str(folder / "dogs" / "print.tif")].mode_title == "print colours (CMYK)"


def test_files_that_cannot_be_read_are_named_with_the_reason(folder):
    broken = {Path(path).name: why for path, why in report_of(folder).broken.items()}
    assert broken == {"cut.png": "it is cut off", "text.png": "it is no picture"}


def test_a_resized_and_recompressed_copy_is_found_and_nothing_else(folder):
    (group,) = report_of(folder).twins
    assert [Path(path).name for path in group] == ["0.png", "copy.jpg"]


def test_the_same_shape_in_another_colour_is_no_copy(tmp_path):
    shape = np.zeros((32, 32, 4), np.uint8)
    shape[8:24, 8:24, 3] = 255
    for name, colour in {"pale": (240, 200, 180), "dark": (110, 70, 50)}.items():
        shape[8:24, 8:24, :3] = colour
        Pillow.fromarray(shape).save(tmp_path / f"{name}.png")
    assert report_of(tmp_path).twins == ()


def test_advice_says_what_to_mend(folder):
    advice = advise(report_of(folder), 64)
    said = " ".join(item.sentence for item in advice)
    for words in ("2 files cannot be read", "1 picture looks the same", "16 pictures are very few",
                  "smaller than 64", "far from square", "CMYK", "more than 8 bits", "animated",
                  "of 17 pictures have transparency", "beside the folders"):  # fmt: skip
        assert words in said
    assert [item.level for item in advice] == sorted((item.level for item in advice),
                                                    key=("problem", "note", "good").index)  # fmt: skip
    assert {item.mend for item in advice} >= {Mend.BROKEN, Mend.TWINS, Mend.ANIMATED}


def test_the_resolution_proposed_is_what_nine_of_ten_pictures_reach(tmp_path):
    for seed in range(20):
        noise(seed, side=16 if seed == 0 else 140).save(tmp_path / f"{seed}.png")
    assert best_resolution(report_of(tmp_path)) == 128
    assert best_resolution(report_of(tmp_path), most=64) == 64


def test_a_clean_copy_leaves_out_what_was_chosen_and_touches_nothing(folder, tmp_path_factory):
    report = report_of(folder)
    before = sorted(path.name for path in folder.rglob("*"))
    out = tmp_path_factory.mktemp("sets") / "clean"
    number, steps = finish(clean_copy(report, out, {Mend.BROKEN, Mend.TWINS, Mend.ANIMATED}))
    assert number == 18 - 4 and len(left_out(report, {Mend.TWINS})) == 1
    kept = {path.name for path in out.rglob("*") if path.is_file()}
    assert not kept & {"cut.png", "text.png", "copy.jpg", "moving.gif"} and len(kept) == 14
    assert (out / "cats" / "1.png").is_file() and steps[0].share == 0
    assert sorted(path.name for path in folder.rglob("*")) == before
    again = report_of(out)
    assert again.broken == {} and again.twins == ()
    with pytest.raises(UserError, match="there already"):
        finish(clean_copy(report, out, set()))


def test_a_stopped_copy_leaves_nothing_behind(folder, tmp_path_factory):
    sets = tmp_path_factory.mktemp("sets")
    steps = clean_copy(report_of(folder), sets / "clean", set())
    next(steps)
    steps.close()
    assert list(sets.iterdir()) == []


def test_no_picture_no_folder_and_one_picture(tmp_path):
    with pytest.raises(UserError, match="no picture"):
        report_of(tmp_path)
    with pytest.raises(UserError, match="cannot be read"):
        report_of(tmp_path / "missing")
    noise(1).save(tmp_path / "one.png")
    assert any("one picture" in item.sentence for item in advise(report_of(tmp_path)))


def test_many_files_are_listed_but_only_a_sample_is_read(tmp_path, monkeypatch):
    data = b"not decoded"
    for index in range(3000):
        (tmp_path / f"{index:05}.jpg").write_bytes(data)
    noise(1).save(tmp_path / "00000.jpg")
    monkeypatch.setattr(inspection, "HEADERS", 100)
    monkeypatch.setattr(inspection, "DECODED", 10)
    report, steps = finish(inspect(tmp_path))
    assert report.count == 3000 and len(report.headers) + len(report.broken) == 100
    assert report.decoded == 1 and not report.whole
    assert [step.share for step in steps] == sorted(step.share for step in steps)


def test_pictures_to_show_are_small_rgba(folder):
    shown = read_rgba(str(folder / "wide.png"), 20)
    assert shown.shape == (5, 20, 4) and shown.dtype == np.uint8
    deep = read_rgba(str(folder / "deep.png"), 64)
    assert deep[..., 0].min() < 10 < 200 < deep[..., 0].max()


def test_spread_takes_evenly_from_the_first_on():
    assert list(spread(range(10), 20)) == list(range(10))
    assert list(spread(range(100), 4)) == [0, 25, 50, 75]
