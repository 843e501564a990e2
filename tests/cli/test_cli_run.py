"""`studio run`: files, exit codes, and the same pixels as the window's."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from studio.app.installed import installed_registry
from studio.cli import main
from studio.engine.devices import TorchDevice
from studio.engine.jobs import Request
from studio.engine.lab import Lab
from studio.model.provenance import KEY, Provenance

pytestmark = pytest.mark.usefixtures("models")
ROOT = Path(__file__).resolve().parents[2]
PLUGIN = """
from studio.api import *
import time

@generator(id="own", title="Own", inputs={inputs}, output={output})
class Own:
    "Made for a test."
    class Params(Params):
        numbers: tuple[int, ...] = ()
        maybe: int | None = 4
    def run(self, ctx, params, **inputs):
{body}
"""


def run(*words: str) -> int:
    return main(["run", "synthesis", "--set", "model=people", "--device", "cpu", *words])


def own_plugin(home: Path, body: str, inputs: str = "{}", output: str = "Image") -> None:
    """A trusted third-party plugin ``own``."""
    path = home / "data" / "plugins" / "own.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PLUGIN.format(body=body, inputs=inputs, output=output))
    assert main(["plugin", "trust", str(path)]) == 0


def test_a_picture_is_written_with_its_recipe(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--seed", "3", "--set", "class=cook", "--out", "a.png") == 0
    assert capsys.readouterr().out == "a.png\n"
    with Pillow.open(here / "a.png") as picture:
        assert picture.size == (16, 16) and picture.mode == "RGBA"
        recipe = Provenance.from_json(picture.text[KEY])
    assert (recipe.generator, recipe.seed, recipe.params["class"]) == ("synthesis", 3, "cook")


def test_the_pixels_are_those_of_the_engine(here: Path) -> None:
    assert run("--seed", "3", "--out", "a.png") == 0
    registry, _ = installed_registry()
    with Lab(registry, TorchDevice("cpu")) as lab:
        (image,) = lab.run(Request("synthesis", {"model": "people", "seed": 3})).values
    with Pillow.open(here / "a.png") as picture:
        assert np.array_equal(np.asarray(picture), image.pixels)


def test_the_recipe_in_the_file_makes_the_same_file_again(here: Path) -> None:
    assert run("--seed", "3", "--set", "directions=1,-2.5", "--set", "morph_seed=9", "--out", "a.png") == 0
    with Pillow.open(here / "a.png") as picture:
        params = Provenance.from_json(picture.text[KEY]).params
    words = [f"--set={name}={json.dumps(v) if isinstance(v, list) else v}" for name, v in params.items()]
    assert main(["run", "synthesis", *words, "--device", "cpu", "--out", "b.png"]) == 0
    with Pillow.open(here / "a.png") as a, Pillow.open(here / "b.png") as b:
        assert np.array_equal(np.asarray(a), np.asarray(b))


def test_several_results_become_a_contact_sheet(here: Path) -> None:
    assert run("--set", "count=5", "--out", "sheet.png") == 0
    with Pillow.open(here / "sheet.png") as sheet:
        assert sheet.size == (3 * 18 - 2, 2 * 18 - 2)
        assert np.asarray(sheet)[:16, 16:18].max() == 0


def test_several_results_become_numbered_files_in_a_folder(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--set", "count=3", "--out", "many/") == 0
    names = [f"synthesis-00{i}.png" for i in (1, 2, 3)]
    assert sorted(path.name for path in (here / "many").iterdir()) == names
    assert capsys.readouterr().out.split() == [f"many/{name}" for name in names]


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.tif", "a.ora"])
def test_the_suffix_chooses_the_format(here: Path, name: str) -> None:
    assert run("--out", name) == 0
    assert (here / name).stat().st_size > 100


def test_without_out_the_file_is_named_after_generator_and_seed(here: Path) -> None:
    assert run("--seed", "8") == 0
    assert [path.name for path in here.iterdir()] == ["synthesis-8.png"]


def test_json_says_all_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "--out", "a.png") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["files"], told["results"], told["device"]) == (["a.png"], 1, "cpu")
    assert told["provenance"]["params"]["model"] == "people"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["run", "syntesis"], "Did you mean “synthesis”?"),
        (["run", "synthesis", "--set", "trunk=1"], "Did you mean “truncation”?"),
        (["run", "synthesis", "--set", "truncation"], "--set needs NAME=VALUE, not “truncation”."),
        (["run", "synthesis", "--set", "seed=1", "--set", "seed=2"], "names “seed” twice"),
        (["run", "synthesis", "--set", "truncation=nan"], "“truncation” must be a finite number"),
        (["run", "synthesis", "--set", "truncation=9"], "“truncation” must be at most 1.5"),
        (["run", "synthesis", "--set", "directions=[1,"], "is no list"),
        (["run", "synthesis", "--set", "class=cok", "--set", "model=people"], "Did you mean “cook”?"),
        (["run", "synthesis", "--set", "model=peple"], "Did you mean “people”?"),
        (["run", "synthesis", "--seed", "-4"], "“seed” must be at least 0"),
        (["run", "synthesis", "--in", "image=a.png"], "There is no input of Synthesis called “image”."),
        (["run", "synthesis", "--out", "a.xyz"], "“.xyz” cannot be written"),
        (["run", "synthesis", "--device", "tpu"], "There is no device “tpu”."),
        (["run"], "Missing argument"),
        (["run", "synthesis", "--nonsense"], "No such option"),
        (["lst"], "Did you mean “list”?"),
        (["bench", "startap"], "There is no benchmark"),
        (["plugin", "new", "Bad Name"], "is no plugin id"),
    ],
)
def test_wrong_use_ends_with_two_and_a_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], part: str
) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert part in " ".join(captured.err.split()) and captured.out == ""
    assert list(here.iterdir()) == []


def test_a_corrupt_model_fails_with_one(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models / "people.safetensors").write_bytes(b"\0" * 100)
    assert run() == 1
    assert "“people.safetensors” cannot be used" in capsys.readouterr().err


def test_no_model_at_all_fails_with_one(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in models.iterdir():
        path.unlink()
    assert main(["run", "synthesis"]) == 1
    assert "No model is installed." in capsys.readouterr().err


def test_a_plugin_that_raises_fails_with_one_and_writes_nothing(
    here: Path, studio_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_plugin(studio_home, "        raise ValueError('no colours')\n        yield")
    assert main(["run", "own", "--out", "a.png"]) == 1
    assert "Own failed with ValueError: no colours." in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_inputs_are_read_from_files(here: Path, studio_home: Path) -> None:
    own_plugin(
        studio_home,
        "        return Image(inputs['image'].pixels * (inputs['mask'].pixels[..., None] > 0))",
        inputs="{'image': Image, 'mask': Mask}",
    )
    Pillow.new("RGB", (4, 2), (9, 8, 7)).save("in.png")
    mask = Pillow.new("L", (4, 2), 0)
    mask.putpixel((1, 0), 255)
    mask.save("mask.png")
    assert main(["run", "own", "--in", "image=in.png", "--in", "mask=mask.png", "--out", "out.png"]) == 0
    with Pillow.open("out.png") as out:
        assert np.asarray(out)[0].tolist() == [[0, 0, 0], [9, 8, 7], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("content", [None, b"", b"GIF89a rubbish", b"\x89PNG\r\n\x1a\n cut off"])
def test_bad_input_files_fail_with_one(
    here: Path, studio_home: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    own_plugin(studio_home, "        return inputs['image']\n        yield", inputs="{'image': Image}")
    if content is not None:
        (here / "in.png").write_bytes(content)
    capsys.readouterr()
    assert main(["run", "own", "--in", "image=in.png", "--out", "out.png"]) == 1
    assert "in.png" in capsys.readouterr().err and not (here / "out.png").exists()


def test_texts_go_in_and_come_out(here: Path, studio_home: Path) -> None:
    own_plugin(
        studio_home,
        "        return Text(str(inputs['text']).upper())\n        yield",
        inputs="{'text': Text}",
        output="Text",
    )
    (here / "in.txt").write_text("grün", "utf-8")
    assert main(["run", "own", "--in", "text=in.txt", "--out", "out.txt"]) == 0
    assert (here / "out.txt").read_text("utf-8") == "GRÜN\n"
    (here / "in.txt").write_bytes(b"\xff\xfe")
    assert main(["run", "own", "--in", "text=in.txt", "--out", "out.txt"]) == 1


def test_lists_and_none_can_be_written_on_the_command_line(here: Path, studio_home: Path) -> None:
    body = "        return Text(f'{params.numbers} {params.maybe}')\n        yield"
    own_plugin(studio_home, body, output="Text")
    assert main(["run", "own", "--set", "numbers=1, 2", "--set", "maybe=none", "--out", "a.txt"]) == 0
    assert (here / "a.txt").read_text() == "(1, 2) None\n"


def test_a_folder_that_cannot_be_made_fails_before_any_work(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").write_text("x")
    assert run("--out", "file/a.png") == 2
    assert "is no folder" in capsys.readouterr().err


def test_ctrl_c_cancels_and_leaves_no_file(here: Path, studio_home: Path) -> None:
    own_plugin(
        studio_home,
        "        open('started', 'w').close()\n"
        "        while True:\n"
        "            time.sleep(0.01)\n"
        "            yield Preview(Image(__import__('numpy').zeros((1, 1, 3), 'uint8')), 0.5)",
    )
    command = [sys.executable, str(ROOT / "main.py"), "run", "own", "--out", "a.png"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ})
    while not (here / "started").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130 and "Cancelled." in err
    assert [path.name for path in here.iterdir()] == ["started"]
