"""The studio as scripts use it: real processes, shipped models, files on disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.engine.weights import WeightsStore
from studio.model import edits
from studio.model.io import open_document, open_image, save_document
from studio.model.nodes import Blend, GeneratedLayer
from studio.model.paint import Brush, Stroke

ROOT = Path(__file__).resolve().parents[1]
KEYS = {"id", "title", "inputs", "output", "params", "ready"}


def studio(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """`python main.py ARGUMENTS`, from another folder, without a screen."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    command = [sys.executable, str(ROOT / "main.py"), *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture made by `studio run synthesis`."""
    folder = tmp_path_factory.mktemp("portrait")
    done = studio("run", "synthesis", "--seed", 7, "--out", "a.png", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "a.png"


def test_list_tells_scripts_what_there_is(tmp_path: Path) -> None:
    done = studio("list", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {spec["id"]: spec for spec in json.loads(done.stdout)}
    assert all(spec.keys() >= KEYS for spec in found.values())
    synthesis = found["synthesis"]
    assert synthesis["ready"] and synthesis["inputs"] == {} and synthesis["output"] == "Image"
    names = {param["name"] for param in synthesis["params"]}
    assert names >= {"model", "seed", "class", "truncation", "count"}


def test_same_seed_same_pixels_and_another_seed_others(portrait: Path, tmp_path: Path) -> None:
    for seed, name in ((7, "same.png"), (8, "other.png")):
        done = studio("run", "synthesis", "--seed", seed, "--out", name, folder=tmp_path)
        assert done.returncode == 0, done.stderr
    first, same, other = (
        open_image(path).rgba8() for path in (portrait, tmp_path / "same.png", tmp_path / "other.png")
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_the_recipe_inside_a_picture_makes_it_again(portrait: Path, tmp_path: Path) -> None:
    layer = open_document(portrait).root.children[0]
    assert isinstance(layer, GeneratedLayer)
    recipe = layer.provenance
    assert (recipe.generator, recipe.seed) == ("synthesis", 7)
    settings = [
        f"--set={name}={text(value)}" for name, value in recipe.params.items() if value not in ("", [], ())
    ]
    done = studio("run", recipe.generator, *settings, "--out", "again.png", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(open_image(tmp_path / "again.png").rgba8(), open_image(portrait).rgba8())


def text(value: object) -> str:
    """A param as it is written on the command line."""
    return json.dumps(value) if isinstance(value, bool | list | tuple) else str(value)


def test_several_results_become_a_sheet_or_numbered_files(tmp_path: Path) -> None:
    for target in ("sheet.png", "many/"):
        done = studio("run", "synthesis", "--set", "count=3", "--out", target, folder=tmp_path)
        assert done.returncode == 0, done.stderr
    files = sorted((tmp_path / "many").iterdir())
    assert len(files) == 3
    one, sheet = open_image(files[0]), open_image(tmp_path / "sheet.png")
    assert sheet.width > one.width and sheet.height > one.height


WRONG = {
    "an unknown generator": ("run", "synthesiss"),
    "an unknown param": ("run", "synthesis", "--set", "sede=1"),
    "a number out of range": ("run", "synthesis", "--set", "truncation=9"),
    "not a number": ("run", "synthesis", "--set", "truncation=nan"),
    "an unknown model": ("run", "synthesis", "--set", "model=nobody"),
    "an unknown class": ("run", "synthesis", "--set", "class=purple"),
    "an input that it does not take": ("run", "synthesis", "--in", "image=a.png"),
    "a format nobody writes": ("run", "synthesis", "--out", "a.xyz"),
    "an unknown command": ("paint",),
    "a file that is not there": ("nothing.png",),
    "an unknown option": ("list", "--jsno"),
    "an unknown benchmark": ("bench", "nothing"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_wrong_use_is_one_sentence_and_exit_code_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = studio(*arguments, folder=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.strip() and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_corrupt_model_is_told_and_fails(tmp_path: Path, studio_home: Path) -> None:
    models = studio_home / "data" / "models"
    models.mkdir(parents=True)
    shipped = next((ROOT / "resources" / "models").glob("*.safetensors"))
    (models / "torn.safetensors").write_bytes(shipped.read_bytes()[:5000])
    done = studio("run", "synthesis", "--set", "model=torn", folder=tmp_path)
    assert done.returncode in (1, 2)
    assert "torn" in done.stderr and "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = studio("run", "synthesis", "--out", "file/a.png", folder=tmp_path)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_document_around_a_generated_layer_comes_back_whole(portrait: Path, tmp_path: Path) -> None:
    document = open_document(portrait)
    generated = document.root.children[0]
    document.active = generated
    edits.select_ellipse(document, 4, 4, 40, 40, feather=2)
    edits.add_layer_mask(document, generated, "selection")
    edits.select_none(document)
    paint = edits.add_layer(document, name="Über Pinsel")
    stroke = Stroke(document, paint, Brush(size=9, color=(200, 40, 90, 255)))
    stroke.to(5, 5)
    stroke.to(50, 40)
    stroke.end()
    edits.set_blend(document, paint, Blend.MULTIPLY)
    edits.set_opacity(document, paint, 0.5)
    save_document(document, tmp_path / "whole.ora")

    again = open_document(tmp_path / "whole.ora")
    assert [node.name for node in again.walk()] == [node.name for node in document.walk()]
    first, top = again.root.children
    assert isinstance(first, GeneratedLayer) and first.provenance.seed == 7 and first.mask is not None
    assert (top.blend, top.opacity) == (Blend.MULTIPLY, 0.5)
    assert np.array_equal(again.composite(again.canvas), document.composite(document.canvas))


def test_the_tour_runs_everything_and_says_so(tmp_path: Path) -> None:
    done = studio("tour", "--out", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    models = {model.name for model in WeightsStore([ROOT / "resources" / "models"]).models("style")}
    assert {made["recipe"]["params"].get("model") for made in summary["made"]} >= models
    assert all((tmp_path / "out" / made["file"]).stat().st_size for made in summary["made"])
    assert {"inpaint-inpaint.png", "matte.png"} <= {made["file"] for made in summary["made"]}
    flat, layered = (open_image(tmp_path / "out" / name) for name in ("painting.png", "painting.ora"))
    assert np.array_equal(flat.rgba8(), layered.rgba8())
