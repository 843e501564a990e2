"""The jobs panel over a real engine."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from studio.engine.events import State
from studio.ui.panels.job_row import duration
from studio.ui.panels.jobs import JobsPanel

LEFT = Qt.MouseButton.LeftButton
LONG = 5000


@pytest.fixture
def panel(bench):
    return bench.show(JobsPanel(bench.app))


def start(bench, panel, **params):
    """Start a job and wait for its row."""
    job = bench.app.generate("tiny", params, target="variations")
    bench.until(lambda: panel.row(job) is not None)
    return panel.row(job)


def reached(bench, row, state):
    bench.until(lambda: row.job.state is state)


def test_a_job_shows_its_picture_its_end_and_how_long_it_took(bench, panel):
    assert panel.empty.message.isVisible()
    row = start(bench, panel, seed=200)
    reached(bench, row, State.DONE)
    bench.until(lambda: not row.thumb.pixmap.isNull())
    assert row.thumb.pixmap.toImage().pixelColor(5, 5).red() == 200
    assert row.title.text() == "Tiny" and row.state.text().startswith("Done in ")
    assert not row.bar.isVisible() and not row.pause.isVisible()


def test_a_running_job_shows_progress_and_previews_and_can_be_cancelled(bench, panel, qtbot):
    row = start(bench, panel, steps=LONG)
    bench.until(lambda: row.bar.value() > 0 and not row.thumb.pixmap.isNull())
    bench.until(row.bar.isVisible)
    assert row.state.text().startswith("Running")
    qtbot.mouseClick(row.cancel, LEFT)
    reached(bench, row, State.CANCELLED)
    assert row.state.text() == "Cancelled" and row.cancel.accessibleName() == "Remove from the list"
    qtbot.mouseClick(row.cancel, LEFT)
    assert panel.empty.message.isVisible()


def test_a_job_pauses_and_goes_on(bench, panel, qtbot):
    row = start(bench, panel, steps=LONG)
    reached(bench, row, State.RUNNING)
    qtbot.mouseClick(row.pause, LEFT)
    reached(bench, row, State.PAUSED)
    assert row.pause.accessibleName() == "Resume"
    qtbot.mouseClick(row.pause, LEFT)
    reached(bench, row, State.RUNNING)
    bench.app.engine.cancel_all()
    reached(bench, row, State.CANCELLED)


def test_a_failed_job_says_why_and_what_to_do(bench, panel, qtbot):
    row = start(bench, panel, fault="dry")
    reached(bench, row, State.FAILED)
    assert row.problem.isVisible()
    assert (row.sentence.text(), row.hint.text()) == ("The paint is dry.", "Open another tin.")


def test_the_details_of_a_fault_fold_out(bench, panel, qtbot):
    row = start(bench, panel, morph_seed=2, count=3, directions=(4.0,))
    reached(bench, row, State.DONE)
    from studio.engine.events import Failed

    row.show_failure(Failed(row.job.id, "It broke.", "", "Traceback: here"))
    row.problem.show()
    assert not row.details.isVisible()
    qtbot.mouseClick(row.expander.header, LEFT)
    assert row.details.isVisible() and row.details.text() == "Traceback: here"
    assert not row.hint.isVisible()


def test_the_newest_job_is_on_top(bench, panel):
    first = start(bench, panel, seed=1)
    second = start(bench, panel, seed=2)
    bench.idle()
    QApplication.processEvents()
    assert second.y() < first.y()


def test_jobs_of_one_slider_share_a_row(bench, panel):
    node = None
    for seed in range(6):
        bench.app.generate("tiny", {"seed": seed}, target=node or "variations", channel="slider")
    bench.until(lambda: "slider" in panel.rows and panel.rows["slider"].job.request.seed == 5)
    assert list(panel.rows) == ["slider"]


def test_clear_finished_keeps_what_runs(bench, panel, qtbot):
    done = start(bench, panel, seed=1)
    reached(bench, done, State.DONE)
    running = start(bench, panel, steps=LONG)
    reached(bench, running, State.RUNNING)
    qtbot.mouseClick(panel.clear, LEFT)
    assert list(panel.rows.values()) == [running]
    assert [job.id for job in bench.app.jobs.all()] == [running.job.id]
    qtbot.mouseClick(panel.cancel_all, LEFT)
    reached(bench, running, State.CANCELLED)
    assert not panel.cancel_all.isEnabled()


def test_jobs_from_before_the_panel_are_listed(bench):
    job = bench.app.generate("tiny", {"seed": 3}, target="variations")
    bench.idle()
    panel = bench.show(JobsPanel(bench.app))
    bench.until(lambda: not panel.row(job).thumb.pixmap.isNull())


def test_the_clock_runs_only_while_something_does(bench, panel):
    row = start(bench, panel, steps=LONG)
    reached(bench, row, State.RUNNING)
    assert panel._clock.isActive()
    row.show_time(row.job.started_at + 75)
    assert row.state.text() == "Running · 1 min 15 s"
    bench.app.engine.cancel_all()
    reached(bench, row, State.CANCELLED)
    assert not panel._clock.isActive()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4 s"), (12.3, "12 s"), (75.9, "1 min 15 s"), (3600, "60 min 0 s")]
)
def test_durations_are_readable(seconds, text):
    assert duration(seconds) == text
