"""The lab without its face, on run folders made by hand."""

import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from lab_runs import full_run, make_run, owned, renew, report, sheet
from tiny_models import tiny_model

from studio.app import places
from studio.app.lab import samples
from studio.app.lab.book import Run, title_of
from studio.app.lab.estimate import Estimate, estimate_of
from studio.app.lab.lab import install
from studio.app.lab.plan import Plan, free_folder, make_recipe, plan_of, ready_made, slug
from studio.app.lab.series import LOSSES, METRICS, SPEED, Curves, short, smoothed, thinned, ticks
from studio.app.lab.wording import amount, duration
from studio.app.lab.work import Work
from studio.app.tasks import MainLoop
from studio.engine import recipe as recipes
from studio.engine import runs
from studio.engine.runs import Control, Report, RunState
from studio.engine.weights import WeightsStore
from studio.model.errors import UserError


@pytest.fixture
def home():
    return places.data_dir() / "runs"


def looked(session):
    """Look at the runs, and wait until that is over."""
    session.app.lab.look()
    session.until(lambda: not session.app.lab._looking)


@pytest.mark.parametrize("name", list(ready_made()))
@pytest.mark.parametrize("resolution", [16, 32, 64, 128, 256])
def test_every_ready_made_recipe_can_be_planned_at_every_size(name, resolution, tmp_path):
    base = ready_made()[name]
    plan = Plan.model_validate({**plan_of(name, base), "name": "My Cats!", "resolution": resolution})
    made = make_recipe(plan, base)
    assert made.name == "my-cats" and made.pictures.resolution == resolution
    if made.style is not None:
        levels = resolution.bit_length() - 2
        assert len(made.style.channels) == levels and len(made.style.d_channels) == levels - 1
    recipes.write(made, tmp_path / "r.toml")
    assert recipes.read(tmp_path / "r.toml") == made


def test_an_unchanged_plan_is_the_ready_made_recipe():
    for name, base in ready_made().items():
        made = make_recipe(Plan.model_validate({**plan_of(name, base), "name": base.name}), base)
        assert made.train == base.train and made.style == base.style and made.light == base.light


def test_a_plan_that_starts_from_a_model_takes_over_its_network(tmp_path):
    tiny_model(tmp_path, "people", ("r", "g", "b", "a"))
    tiny_model(tmp_path, "land", ("r", "g", "b", "height"), tileable=True)
    store = WeightsStore([tmp_path])
    base = ready_made()["lab-few-shot"]
    plan = Plan.model_validate({**plan_of("lab-few-shot", base), "resolution": 64, "start": "people"})
    made = make_recipe(plan, base, store.find("style", "people"))
    assert made.light is None and made.style.channels == (8, 8, 6) and len(made.style.d_channels) == 2
    assert made.pictures.resolution == 16 and made.pictures.channels == "rgba"
    assert made.train.lr_g == 2e-3
    with pytest.raises(UserError, match="pictures alone"):
        make_recipe(plan, base, store.find("style", "land"))


@pytest.mark.parametrize(("name", "rate"), [("lab-few-shot", 2e-4), ("lab-style", 2e-4)])
def test_a_plan_may_start_from_a_light_model_too(tmp_path, name, rate):
    tiny_model(tmp_path, "faces")
    info = WeightsStore([tmp_path]).find("style", "faces")
    config = {"kind": "light", "resolution": 32, "z_dim": 8, "width": 4, "most": 16, "out_channels": 4}
    base = ready_made()[name]
    plan = Plan.model_validate({**plan_of(name, base), "start": "faces"})
    made = make_recipe(plan, base, replace(info, config=config))
    assert made.style is None and (made.light.z_dim, made.light.width, made.light.most) == (8, 4, 16)
    assert made.pictures.resolution == 32 and made.train.lr_g == rate
    del config["width"]
    with pytest.raises(UserError, match="cannot be trained on"):
        make_recipe(plan, base, replace(info, config=config))


def test_names_become_folders_that_are_free(tmp_path):
    assert slug("  Ünïque—Cats 2 ") == "n-que-cats-2" and slug("!!!") == "model"
    free_folder(tmp_path, "Cats").mkdir()
    assert free_folder(tmp_path, "Cats").name == "cats-2"


def test_runs_are_found_followed_and_told_about(session, home):
    folder = make_run(home, "cats", RunState.RUNNING)
    lock = owned(folder)
    report(folder, 100)
    looked(session)
    (run,) = session.app.lab.book.runs
    assert run.info.state is RunState.RUNNING and run.sheets == ()
    report(folder, 200)
    sheet(folder, 200)
    renew(folder, images=200, notices=("set back to the last good state",))
    looked(session)
    assert run.curves.of(LOSSES, "g")[0].tolist() == [100, 200] and len(run.sheets) == 1
    assert any("set back" in sentence for sentence in session.sentences())
    renew(folder, state=RunState.DONE)
    lock.release()
    looked(session)
    assert any("has finished" in sentence for sentence in session.sentences())
    told = len(session.sentences())
    looked(session)
    assert len(session.sentences()) == told


def test_a_killed_trainer_counts_as_stopped(session, home):
    folder = make_run(home, "cats", RunState.RUNNING)
    lock = owned(folder)
    looked(session)
    lock.release()
    looked(session)
    assert session.app.lab.book.runs[0].info.state is RunState.STOPPED
    assert any("has stopped" in sentence for sentence in session.sentences())


def test_runs_are_told_what_to_do_through_their_folder(session, home):
    folder = make_run(home, "cats", RunState.RUNNING)
    lock = owned(folder)
    looked(session)
    lab, (run,) = session.app.lab, session.app.lab.book.runs
    lab.pause(run)
    assert runs.asked(folder) is Control.PAUSE
    renew(folder, state=RunState.PAUSED)
    looked(session)
    lab.pause(run)
    assert runs.asked(folder) is Control.RUN
    lab.stop(run)
    assert runs.asked(folder) is Control.STOP
    with pytest.raises(UserError, match="being trained"):
        lab.remove(run)
    lock.release()


def test_runs_elsewhere_can_be_followed_and_are_never_deleted(session, home, tmp_path):
    make_run(home, "mine")
    theirs = make_run(tmp_path, "theirs")
    lab = session.app.lab
    lab.add(theirs)
    session.until(lambda: len(lab.book.runs) == 2)
    with pytest.raises(UserError, match="no training run"):
        lab.add(tmp_path)
    for run in lab.book.runs:
        lab.remove(run)
    session.until(lambda: not lab.book.runs)
    assert theirs.is_dir() and not (home / "mine").exists()


PAINTER = """
from studio.api import Image, Params, generator

@generator(id="synthesis", title="Painter", output=Image)
class Painter:
    class Params(Params):
        model: str = ""

    def run(self, ctx, params):
        import numpy as np

        yield from ()
        return Image(np.zeros((4, 4, 3), np.uint8))
"""


def test_a_model_is_opened_in_the_generator_panel(session, home, tmp_path):
    folder = make_run(home, "cats")
    (tmp_path / "painter.py").write_text(PAINTER)
    session.app.registry.built_in = (tmp_path,)
    session.app.registry.rescan()
    session.app.registry.weights.folders = (places.models_dir(),)
    looked(session)
    (run,) = session.app.lab.book.runs
    with pytest.raises(UserError, match="no model yet"):
        session.app.lab.open(run)
    tiny_model(folder, "model")
    session.app.lab.open(run)
    session.until(lambda: bool(session.face.shown))
    assert session.face.shown == ["generator"]
    assert session.app.draft.generator == "synthesis" and session.app.draft.params["model"] == "cats"
    assert (places.models_dir() / "cats.safetensors").is_file()
    session.idle()
    assert session.app.need_document().active.provenance.params["model"] == "cats"


def test_a_run_without_checkpoint_or_data_cannot_be_resumed(session, home):
    folder = make_run(home, "cats", RunState.STOPPED, data=str(home / "gone"))
    looked(session)
    (run,) = session.app.lab.book.runs
    with pytest.raises(UserError, match="cannot go on"):
        session.app.lab.resume(run)
    (folder / "state.pt").write_bytes(b"x")
    looked(session)
    with pytest.raises(UserError, match="are gone"):
        session.app.lab.resume(run)


def test_a_run_goes_on_within_the_budget_it_was_given_last(session, home, monkeypatch):
    asked = []
    monkeypatch.setattr(session.app.lab, "look", lambda: None)
    monkeypatch.setattr(runs, "start", lambda *_, **options: asked.append(options))
    recipe = ready_made()["lab-few-shot"]
    for name, budget in {
        "timed": {"images_total": None, "cpu_minutes_total": 12.0},
        "counted": {"images_total": 50 * recipe.train.batch, "cpu_minutes_total": None},
    }.items():
        folder = make_run(home, name, RunState.STOPPED, **budget)
        recipes.write(recipe, folder / "recipe.toml")
        (folder / "state.pt").write_bytes(b"x")
    for folder in sorted(home.iterdir()):
        session.app.lab.resume(Run(runs.read(folder)))
    told = {(options["steps"], options["cpu_minutes"]) for options in asked}
    assert told == {(None, 12.0), (50, None)}
    session.app.lab._trainers.clear()


def test_a_run_is_called_by_the_name_a_person_gave_it(session, home, monkeypatch):
    monkeypatch.setattr(session.app.lab, "look", lambda: None)
    monkeypatch.setattr(runs, "start", lambda recipe, data, out, **_: recipe.rename(out / runs.RECIPE))
    folders = [session.app.lab.train(Plan(name="My Cats!"), home) for _ in range(2)]
    assert [title_of(folder) for folder in folders] == ["My Cats!", "My Cats! 2"]
    assert [folder.name for folder in folders] == ["my-cats", "my-cats-2"]
    folder = make_run(home, "from-elsewhere")
    recipes.write(ready_made()["lab-few-shot"], folder / runs.RECIPE)
    assert title_of(folder) == "from-elsewhere"
    session.app.lab._trainers.clear()


def test_training_without_a_recipe_is_refused(session, tmp_path):
    with pytest.raises(UserError, match="No recipe"):
        session.app.lab.train(Plan(recipe="nothing"), tmp_path)


def test_installing_on_a_full_disk_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="could not be installed"):
        install(tmp_path / "missing", tmp_path / "out" / "x.safetensors")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_estimate_leaves_the_start_out(tmp_path):
    folder = make_run(tmp_path, "short", images=100, seconds=100.0)
    for images, seconds in ((16, 90.0), (116, 100.0)):
        with (folder / "log.jsonl").open("a") as log:
            log.write(f'{{"images": {images}, "seconds": {seconds}, "cpu_minutes": {seconds / 30}, '
                      '"rate": 1, "losses": {}, "metrics": {}}\n')  # fmt: skip
    estimate = estimate_of(runs.read(folder), 60)
    assert estimate.rate == pytest.approx(10) and estimate.load == pytest.approx(2)
    assert estimate.seconds == pytest.approx(1800) and estimate.images == 18_000
    assert "About 30 min on cpu" in estimate.sentence(100) and "about 180 times" in estimate.sentence(100)
    assert "not all" in Estimate(1, 1, "", 1).sentence(1000)


def reports(*rows):
    return [Report(images, 0.0, 0.0, 5.0, losses, {}) for images, losses in rows]


def test_a_run_that_was_set_back_draws_its_curve_anew_from_there():
    curves = Curves()
    curves.add(reports((10, {"g": 1.0}), (20, {"g": 2.0}), (30, {"g": float("nan")})))
    curves.add(reports((20, {"g": 3.0})))
    xs, ys = curves.of(LOSSES, "g")
    assert xs.tolist() == [10, 20] and ys.tolist() == [1, 3]
    assert curves.names(LOSSES) == ["g"] and curves.names(METRICS) == []
    assert curves.names(SPEED) == ["pictures per second"]


def test_smoothing_starts_at_the_first_value_and_lags():
    steps = np.array([1.0] * 50 + [3.0] * 50)
    soft = smoothed(steps, 0.9)
    assert soft[0] == pytest.approx(1) and 1 < soft[52] < 3 and soft[-1] == pytest.approx(3, abs=0.05)
    assert smoothed(steps, 0) is steps


def test_thinning_keeps_every_peak():
    xs, ys = np.arange(100_000.0), np.zeros(100_000)
    ys[54_321] = 7
    few_xs, few_ys = thinned(xs, ys, 300)
    assert len(few_xs) <= 1200 and few_ys.max() == 7 and few_xs[0] == 0 and few_xs[-1] == 99_999
    assert thinned(xs[:10], ys[:10], 300)[0] is not few_xs


def test_ticks_are_round_and_inside():
    assert ticks(0, 10, 5) == [0, 2, 4, 6, 8, 10]
    assert ticks(0.013, 0.049, 4) == pytest.approx([0.02, 0.03, 0.04])
    assert ticks(1, 1, 5) == [] and ticks(0, float("inf"), 5) == []


def test_numbers_and_times_in_words():
    assert [short(value) for value in (12_345, 2e6, 0.03125, -5)] == ["12.3k", "2M", "0.0312", "-5"]
    assert [duration(s) for s in (5, 59.7, 3600, 12_000, 190_000)] == [
        "5 s", "1 min", "1 h", "3 h 20 min", "2 days 4 h"]  # fmt: skip
    assert amount(500) == "500 bytes" and amount(3 << 20) == "3 MB"


def test_work_tells_progress_and_ends_when_cancelled():
    loop, told, go_on = MainLoop(), [], threading.Event()

    def steps():
        try:
            yield 1
            go_on.wait(20)
            yield 2
            told.append("too far")
        finally:
            told.append("closed")

    work = Work(loop.post, steps(), told.append, told.append, told.append)
    loop.run_one(20)
    assert told == [1]
    work.cancel()
    go_on.set()
    work.close()
    while loop.run_one(0):
        pass
    assert told == [1, "closed"]


def test_work_hands_over_its_result_and_its_faults():
    loop, told = MainLoop(), []

    def good():
        yield 1
        return "done"

    def bad():
        yield 1
        raise UserError("It broke.")

    for steps in (good(), bad()):
        work = Work(loop.post, steps, lambda _: None, told.append, lambda e: told.append(str(e)))
        work._thread.join()
    while loop.run_one(0):
        pass
    assert told == ["done", "It broke."]


def test_a_long_log_is_read_once(session, home):
    folder = full_run(home, "cats")
    looked(session)
    (run,) = session.app.lab.book.runs
    assert len(run.curves.of(LOSSES, "g")[0]) == 32 and run.offset == (folder / "log.jsonl").stat().st_size
    looked(session)
    assert len(run.curves.of(LOSSES, "g")[0]) == 32 and len(run.sheets) == 8


MADE_UP = """
import sys, time, pathlib
words = sys.argv[1:]
out, count = pathlib.Path(words[2]), int(words[4])
out.mkdir()
(out / "labels.csv").write_text("file")
print(count // 2, flush=True)
if count > 1000:
    time.sleep(60)
if count == 13:
    sys.exit("The disk is full.")
"""


@pytest.fixture
def maker(monkeypatch, tmp_path):
    """Stands for the process that draws, which takes seconds to start."""
    script = tmp_path / "maker.py"
    script.write_text(MADE_UP)
    monkeypatch.setattr(samples, "MAKER", (sys.executable, str(script)))


def test_pictures_of_a_run_are_exported_where_a_person_says(session, home, tmp_path, maker):
    folder = make_run(home, "cats")
    looked(session)
    lab, (run,) = session.app.lab, session.app.lab.book.runs
    with pytest.raises(UserError, match="no model yet"):
        lab.export(run, print, print)
    tiny_model(folder, "model")
    session.face.form = {"count": 20, "place": tmp_path / "no"}
    with pytest.raises(UserError, match="no such folder"):
        lab.export(run, print, print)
    session.face.form["place"] = tmp_path
    shares, ended = [], []
    for _ in range(2):
        lab.export(run, shares.append, lambda: ended.append(True))
        session.until(lambda: bool(ended))
        ended.clear()
    assert shares[0] == 0.5 and "20 pictures were exported." in session.sentences()
    assert {path.name for path in tmp_path.glob("cats*")} == {"cats-pictures", "cats-pictures-2"}


def test_an_export_that_fails_tells_why_and_leaves_nothing(session, tmp_path, maker):
    out, told = tmp_path / "out", []
    export = samples.SamplesExport(tmp_path, samples.SamplesWish(count=13), out)
    session.app.lab.work(export.steps(), print, print, told.append)
    session.until(lambda: bool(told))
    assert told[0].hint == "The disk is full." and not out.exists()


def test_an_export_given_up_leaves_nothing(session, tmp_path, maker):
    out = tmp_path / "out"
    export = samples.SamplesExport(tmp_path, samples.SamplesWish(count=100_000), out)
    work = session.app.lab.work(export.steps(), print, print, stopping=export.stop)
    session.until(lambda: (out / "labels.csv").exists())
    work.close()
    assert not out.exists()
