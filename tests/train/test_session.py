"""A run in its folder: it can be told what to do, survives whatever happens, and leaves a generator."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from PIL import Image
from typer.testing import CliRunner

from studio.engine import recipe, runs
from studio.engine.plugins import Registry
from studio.engine.runlock import RunLock
from studio.engine.runs import Control, RunState
from studio.engine.weights import WeightsStore
from studio.model.errors import UserError
from studio.train import checkpoint, datasets, pictures, session
from studio.train.__main__ import go_on, prepare
from studio.train.__main__ import main as command_line
from studio.train.metrics import seam
from studio.train.pictures import open_data
from studio.train.session import Budget, Cadence, Session, cut_log
from studio.train.trainer import Trainer
from tests.train.test_trainer import LIGHT, STYLE, plan

ROOT = Path(__file__).parents[2]
EACH_STEP = Cadence(steps=1)


def start(tmp_path: Path, data: datasets.Data, steps: int, text: str = STYLE) -> Session:
    folder = tmp_path / "run"
    folder.mkdir(exist_ok=True)
    return Session(Trainer(plan(tmp_path, text), data), folder, Budget(steps=steps), EACH_STEP)


def finish(made: Session) -> RunState:
    try:
        return made.run()
    finally:
        made.trainer.close()


def test_a_run_leaves_all_that_its_folder_promises(tmp_path: Path, stripes: datasets.PictureSet) -> None:
    assert finish(start(tmp_path, stripes, steps=12)) is RunState.DONE
    folder = tmp_path / "run"
    info = runs.read(folder)
    assert (info.state, info.images, info.images_total, info.rate) == (RunState.DONE, 96, 96, 0.0)
    reports, offset = runs.read_log(folder)
    assert [report.images for report in reports] == list(range(8, 97, 8))
    assert {"g", "d_real", "d_fake"} <= reports[0].losses.keys()
    assert runs.read_log(folder, offset) == ([], offset)
    layout = runs.layout(folder)
    assert layout is not None
    assert layout.labels == ("across", "down")
    assert [path.stem for path in runs.samples(folder)] == ["00000000", "00000096"]
    assert checkpoint.load(folder / "state.pt")["images"] == 96
    assert (folder / "snapshot-0.001.pt").is_file()


@pytest.mark.parametrize("text", [STYLE, LIGHT], ids=["style", "light"])
def test_the_folder_of_a_run_is_a_plugin_and_a_model(
    tmp_path: Path, stripes: datasets.PictureSet, text: str
) -> None:
    finish(start(tmp_path, stripes, steps=2, text=text))
    registry = Registry(WeightsStore())
    registry.weights.add(tmp_path)
    changes = registry.add(tmp_path / "run")
    assert changes.added == ["run-run"], changes.notices
    assert [info.name for info in registry.weights.models("style")] == ["run"]


def test_pause_and_stop_are_heard_between_two_steps(tmp_path: Path, stripes: datasets.PictureSet) -> None:
    made = start(tmp_path, stripes, steps=1000)
    words = iter([Control.RUN, Control.RUN, Control.PAUSE, Control.PAUSE, Control.SAMPLE, Control.STOP])
    seen = []

    def told() -> Control:
        seen.append(runs.read_status(tmp_path / "run").state)
        return next(words)

    made.told = told  # type: ignore[method-assign]
    assert finish(made) is RunState.STOPPED
    assert made.trainer.steps == 2
    assert RunState.PAUSED in seen
    assert runs.read(tmp_path / "run").can_resume


def test_numbers_out_of_bounds_are_rolled_back_with_a_notice(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    made = start(tmp_path, stripes, steps=14)
    step, poisoned = made.trainer.step, []

    def poisoned_step() -> dict[str, float]:
        if made.trainer.steps == 12 and not poisoned:
            poisoned.append(True)
            with torch.no_grad():
                next(made.trainer.d.parameters()).fill_(float("nan"))
        return step()

    made.trainer.step = poisoned_step  # type: ignore[method-assign]
    assert finish(made) is RunState.DONE
    assert made.trainer.images == 14 * 8
    assert all(value.isfinite().all() for value in made.trainer.d.parameters())
    assert "went back to the state of 80 images" in runs.read(tmp_path / "run").notices[0]


def test_a_run_that_cannot_be_mended_says_what_to_change(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    made = start(tmp_path, stripes, steps=14)
    made.trainer.step = lambda: {"g": float("nan")}  # type: ignore[method-assign]
    with pytest.raises(UserError, match="in a row") as caught:
        finish(made)
    assert "learning rates" in caught.value.hint


def test_a_generator_that_draws_one_picture_only_is_rolled_back(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    made = start(tmp_path, stripes, steps=2)
    made.lively = made.lively_then = True
    grey(made.trainer)
    made.sample()
    assert not made.sound()
    made.trainer.close()
    assert "All pictures had become one" in made.info.notices[0]
    assert any(parameter.any() for parameter in made.trainer.ema.parameters())


def grey(trainer: Trainer) -> None:
    """Let the averaged generator draw nothing."""
    with torch.no_grad():
        for parameter in trainer.ema.parameters():
            parameter.zero_()


def test_a_state_in_which_all_pictures_are_one_is_never_the_good_one(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    """It comes between two sample sheets, and with the last step before a checkpoint."""
    made = start(tmp_path, stripes, steps=24)
    step, struck = made.trainer.step, []

    def striking_step() -> dict[str, float]:
        losses = step()
        if made.trainer.steps == 20 and not struck:
            struck.append(True)
            grey(made.trainer)
            made.lively = made.lively_then = True
        return losses

    made.trainer.step = striking_step  # type: ignore[method-assign]
    made.exhibit.variety = 1e-3  # so that the little which this network draws counts as lively
    assert finish(made) is RunState.DONE
    (notice,) = runs.read(tmp_path / "run").notices
    assert "All pictures had become one; went back to the state of 80 images" in notice
    kept = checkpoint.load(tmp_path / "run/state.pt")
    assert kept["images"] == 24 * 8
    assert all(value.any() for name, value in kept["ema"].items() if name.endswith("weight"))


def test_pictures_may_be_added_or_taken_away_before_a_run_is_resumed(
    tmp_path: Path, stripes: datasets.PictureSet
) -> None:
    first = start(tmp_path, stripes, steps=2)
    finish(first)
    for count in (20, 48):
        fewer = datasets.PictureSet(stripes.images[:count], stripes.labels[:count], stripes.names)
        again = start(tmp_path, fewer, steps=again_steps(tmp_path) + 3)
        go_on(again.trainer, tmp_path / "run")
        assert finish(again) is RunState.DONE
        assert len(again.trainer.sampler.order) == count


def again_steps(tmp_path: Path) -> int:
    return int(checkpoint.load(tmp_path / "run/state.pt")["steps"])


@pytest.mark.parametrize("kind", ["text", "half", "nothing", "code", "list"])
def test_a_damaged_checkpoint_is_a_sentence(tmp_path: Path, stripes: datasets.PictureSet, kind: str) -> None:
    made = start(tmp_path, stripes, steps=1)
    finish(made)
    path = tmp_path / "run/state.pt"
    if kind == "list":
        torch.save([1, 2], path)
    else:
        whole = path.read_bytes()
        content = {"text": b"hello" * 99, "nothing": b"", "code": b"cos\nsystem\n(S'x'\ntR."}
        path.write_bytes(content.get(kind, whole[: len(whole) // 2]))
    with pytest.raises(UserError, match="checkpoint") as caught:
        go_on(made.trainer, tmp_path / "run")
    assert caught.value.hint


def test_a_full_disk_is_told_and_survived(
    tmp_path: Path, stripes: datasets.PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = start(tmp_path, stripes, steps=30)
    save = checkpoint.save

    def refuse_once(path: Path, state: dict[str, object]) -> None:
        if made.trainer.steps == 10:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(path, state)

    monkeypatch.setattr(session.checkpoint, "save", refuse_once)
    assert finish(made) is RunState.DONE
    notices = runs.read(tmp_path / "run").notices
    assert ["Nothing can be saved" in notices[0], "works again" in notices[1]] == [True, True]
    assert checkpoint.load(tmp_path / "run/state.pt")["images"] == 240


TEXTURE = """
name = "moss"
title = "Moss"
[pictures]
resolution = 16
sampling = "windows"
[style]
z_dim = 8
w_dim = 8
mapping_layers = 2
channels = [8, 8, 4]
d_channels = [8, 8]
tileable = true
[train]
cpu_minutes = 1
batch = 4
"""


def test_pictures_that_break_or_go_in_the_middle_of_a_pass_are_named_and_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "CACHE", 0)
    folder = tmp_path / "data"
    folder.mkdir()
    for i in range(24):
        Image.new("RGB", (20, 20), (10 * i, 90, 120)).save(folder / f"{i:02}.png")
    text = TEXTURE.replace('sampling = "windows"', "").replace("tileable = true", "")
    data = open_data(folder, plan(tmp_path, text).pictures)
    made = start(tmp_path, data, steps=14, text=text)
    made.trainer.step()
    seen = {int(row) for row in made.trainer.sampler.order[: made.trainer.sampler.position]}
    fresh = [name for row, name in enumerate(data.files) if row not in seen]
    (folder / fresh[0]).write_bytes(b"no picture any more")
    (folder / fresh[1]).unlink()
    assert finish(made) is RunState.DONE
    told = " ".join(runs.read(tmp_path / "run").notices)
    assert fresh[0] in told and fresh[1] in told
    assert runs.read(tmp_path / "run").images == 56


def test_one_picture_gives_an_endless_texture_without_a_seam(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    (tmp_path / "data").mkdir()
    Image.fromarray(pixels).save(tmp_path / "data/moss.png")
    data = open_data(tmp_path / "data", plan(tmp_path, TEXTURE).pictures)
    made = start(tmp_path, data, steps=3, text=TEXTURE)
    finish(made)
    sheet = made.exhibit.draw(made.trainer.ema)
    assert sheet.shape == (8, 3, 32, 32)
    assert seam(sheet) == pytest.approx(1.0, abs=0.3)
    (info,) = WeightsStore([tmp_path / "run"]).models("style")
    assert info.metadata["tileable"] == "1"


def test_lines_a_checkpoint_has_not_seen_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"images": 8}\n{"images": 16}\n{"images": 24}\n{"imag')
    cut_log(path, 16)
    assert path.read_bytes() == b'{"images": 8}\n{"images": 16}\n'


def trainer_command(tmp_path: Path, data: Path, out: Path, *more: str) -> list[str]:
    (tmp_path / "recipe.toml").write_text(STYLE.replace("snapshot_minutes = [0.001]", ""), "utf-8")
    words = [sys.executable, "-m", "studio.train", str(tmp_path / "recipe.toml"), "--data", str(data)]
    return [*words, "--out", str(out), "--steps", "60", "--report-steps", "1", *more]


def losses(folder: Path) -> list[tuple[int, dict[str, float]]]:
    reports, _ = runs.read_log(folder)
    return [(report.images, dict(report.losses)) for report in reports]


def test_killed_at_any_moment_it_resumes_with_the_same_losses(tmp_path: Path, stripes_folder: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(
        trainer_command(tmp_path, stripes_folder, whole), cwd=ROOT, check=True, capture_output=True
    )
    words = trainer_command(tmp_path, stripes_folder, killed)
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["images"] >= 8 * 33:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.read()
    info = runs.read(killed)
    assert info.state is RunState.STOPPED
    assert "killed" in info.sentence
    assert runs.read_status(killed).state is RunState.RUNNING
    assert checkpoint.load(killed / "state.pt")["images"] < 480
    subprocess.run([*words, "--resume"], cwd=ROOT, check=True, capture_output=True)
    assert losses(killed) == losses(whole)
    assert runs.read(killed).state is RunState.DONE


def test_a_disk_that_takes_no_more_keeps_the_old_checkpoint_whole(
    tmp_path: Path, stripes_folder: Path
) -> None:
    resource = pytest.importorskip("resource")
    out = tmp_path / "run"
    words = trainer_command(tmp_path, stripes_folder, out)
    words[words.index("60")] = "20"
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    kept = (out / "state.pt").read_bytes()
    most = len(kept) // 2
    words[words.index("20")] = "40"
    subprocess.run(
        [*words, "--resume"], cwd=ROOT, check=True, capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )  # fmt: skip
    info = runs.read(out)
    assert (info.state, info.images) == (RunState.DONE, 320)
    assert "could not be saved" in info.sentence
    assert "Make room" in info.hint
    assert ["Nothing can be saved: state.pt" in notice for notice in info.notices] == [True]
    assert (out / "state.pt").read_bytes() == kept
    assert not list(out.glob("*.part"))


def test_a_folder_belongs_to_one_trainer_at_a_time(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    assert lock.take()
    with pytest.raises(UserError, match="already at work"):
        prepare(tmp_path, RunLock(tmp_path))
    lock.release()
    assert not runs.is_run(tmp_path)


def test_what_goes_wrong_is_written_into_the_run(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    app = typer.Typer()
    app.command()(command_line)
    words = ["lab-few-shot", "--data", str(tmp_path / "empty"), "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(app, words)
    info = runs.read(tmp_path / "run")
    assert done.exit_code == 2
    assert info.state is RunState.FAILED
    assert "holds no pictures" in info.sentence
    assert info.hint


def test_every_ready_made_recipe_is_sound_and_builds_its_networks(stripes: datasets.PictureSet) -> None:
    from studio.train.families import build

    for path in recipe.ready_made():
        plan = recipe.read(path)
        names = {**stripes.names, "conditions": stripes.conditions if "labels" in path.read_text() else []}
        images = stripes.images[:8].repeat(2, axis=1).repeat(2, axis=2)
        assert plan.summary
        build(plan, datasets.PictureSet(images, stripes.labels[:8, : len(names["conditions"])], names))
