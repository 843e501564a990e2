"""Runs as folders: what a reader makes of them, whole, half-written or abandoned, and how one is started."""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from studio.engine import recipe, runs
from studio.engine.recipe import Pictures, Recipe
from studio.engine.runlock import RunLock, held
from studio.engine.runs import Control, RunInfo, RunState
from studio.model.errors import UserError

STAND_IN = (
    sys.executable,
    "-c",
    "import os, sys; print(os.getsid(0), os.environ['OMP_WAIT_POLICY'], sys.argv)",
)


def write(folder: Path, state: RunState, **more: object) -> RunInfo:
    folder.mkdir(exist_ok=True)
    info = replace(RunInfo(folder), state=state, pid=1, images=32, **more)  # type: ignore[arg-type]
    runs.write(info)
    return info


def age(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(folder / runs.STATUS, (then, then))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    info = write(tmp_path, RunState.DONE, notices=("a", "b"), images_total=64, data="/x", cpu_minutes=1.5)
    assert runs.read(tmp_path) == info


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PAUSED])
def test_a_run_whose_trainer_is_gone_is_stopped(tmp_path: Path, state: RunState) -> None:
    write(tmp_path, state, rate=3.0)
    found = runs.read(tmp_path)
    assert (found.state, found.rate) == (RunState.STOPPED, 0.0)
    assert found.hint


def test_a_run_whose_trainer_lives_is_as_it_says(tmp_path: Path) -> None:
    write(tmp_path, RunState.RUNNING)
    lock = RunLock(tmp_path)
    assert lock.take()
    assert held(tmp_path)
    assert runs.read(tmp_path).state is RunState.RUNNING
    lock.release()
    assert not held(tmp_path)


def test_a_starting_trainer_has_a_minute_to_come_to_work(tmp_path: Path) -> None:
    write(tmp_path, RunState.STARTING)
    assert runs.read(tmp_path).state is RunState.STARTING
    age(tmp_path, 2 * runs.MAX_STARTING)
    assert runs.read(tmp_path).state is RunState.STOPPED


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"state": "flying"}', "7", '{"state": "done", "notices": 3}']
)
def test_a_damaged_run_is_told_in_a_sentence_and_left_out_of_lists(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / runs.STATUS).write_text(text)
    write(tmp_path / "good", RunState.DONE)
    with pytest.raises(UserError):
        runs.read(tmp_path / "bad")
    assert [info.name for info in runs.runs(tmp_path)] == ["good"]


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    for name, started in (("old", 1.0), ("new", 3.0), ("middle", 2.0)):
        write(tmp_path / name, RunState.DONE, started=started)
    (tmp_path / "no run").mkdir()
    assert [info.name for info in runs.runs(tmp_path)] == ["new", "middle", "old"]
    assert runs.runs(tmp_path / "missing") == []


def test_the_log_is_read_as_it_grows_and_anew_when_it_was_cut(tmp_path: Path) -> None:
    path, line = tmp_path / runs.LOG, {"images": 8, "losses": {"g": 1.5}, "metrics": {}, "rate": 2}
    path.write_text(json.dumps(line) + "\n" + "no json\n" + '{"images": 16')
    found, offset = runs.read_log(tmp_path)
    assert [(report.images, report.losses, report.rate) for report in found] == [(8, {"g": 1.5}, 2.0)]
    with path.open("a") as file:
        file.write("}\n")
    found, offset = runs.read_log(tmp_path, offset)
    assert [report.images for report in found] == [16]
    path.write_text('{"images": 8}\n')
    assert [report.images for report in runs.read_log(tmp_path, offset)[0]] == [8]
    assert runs.read_log(tmp_path / "missing", 10) == ([], 0)


def test_a_trainer_hears_what_it_is_told(tmp_path: Path) -> None:
    assert runs.asked(tmp_path) is Control.RUN
    for word in Control:
        runs.command(tmp_path, word.value)
        assert runs.asked(tmp_path) is word
    (tmp_path / runs.CONTROL).write_bytes(b"\xff\xfe dance")
    assert runs.asked(tmp_path) is Control.RUN


def test_a_started_trainer_stands_alone_and_writes_what_it_prints(tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = runs.start(Path("a.toml"), tmp_path, out, steps=5, python=STAND_IN)
    assert runs.read(out).state is RunState.STARTING
    assert process.wait(60) == 0
    session, policy, words = (out / runs.OUTPUT).read_text().split(maxsplit=2)
    assert int(session) != os.getsid(0)
    assert policy == "PASSIVE"
    assert "'--steps', '5'" in words
    assert "--resume" not in words


def test_a_folder_at_work_is_not_started_again(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    lock.take()
    with pytest.raises(UserError, match="already at work"):
        runs.start(Path("a.toml"), tmp_path, tmp_path, python=STAND_IN)
    lock.release()


def test_resuming_keeps_what_is_known(tmp_path: Path) -> None:
    write(tmp_path, RunState.STOPPED, notices=("rolled back",))
    runs.start(Path("a.toml"), tmp_path, tmp_path, resume=True, python=STAND_IN).wait(60)
    info = runs.read(tmp_path)
    assert (info.state, info.images, info.notices) == (RunState.STARTING, 32, ("rolled back",))


def test_a_damaged_layout_is_none(tmp_path: Path) -> None:
    assert runs.layout(tmp_path) is None
    (tmp_path / runs.SAMPLES).mkdir()
    (tmp_path / runs.SAMPLES / runs.LAYOUT).write_text('{"columns": 3}')
    assert runs.layout(tmp_path) is None


def plans() -> list[Path]:
    return [*recipe.ready_made(), *Path(recipe.__file__).parents[2].glob("plugins/synthesis/recipes/*.toml")]


@pytest.mark.parametrize("path", plans(), ids=lambda path: path.stem)
def test_a_written_recipe_reads_as_it_was(path: Path, tmp_path: Path) -> None:
    plan = recipe.read(path)
    changed = plan.model_copy(update={"title": 'A “title” with "quotes"\n\tand \\', "pictures": Pictures()})
    for made in (plan, changed):
        recipe.write(made, tmp_path / "again.toml")
        assert recipe.read(tmp_path / "again.toml") == made


def test_a_recipe_has_one_family() -> None:
    plan = recipe.read(recipe.find("lab-few-shot")).model_dump(exclude_none=True)
    style = recipe.read(recipe.find("lab-style")).model_dump(exclude_none=True)["style"]
    for wrong in ({**plan, "style": style}, {key: value for key, value in plan.items() if key != "light"}):
        with pytest.raises(ValueError, match="exactly one"):
            Recipe.model_validate(wrong)


def test_an_unknown_recipe_is_answered_with_those_there_are() -> None:
    with pytest.raises(UserError) as caught:
        recipe.find("dragons")
    assert "lab-texture" in caught.value.hint
