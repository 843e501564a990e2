"""The lab as a person works with it, on run folders made by hand."""

import av
import pytest
from lab_runs import full_run, make_run, owned, renew, report, sheet
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.app import places
from studio.app.lab.series import LOSSES
from studio.engine import recipe as recipes
from studio.engine import runs
from studio.engine.dataset.advice import Mend
from studio.engine.runs import Control, RunState
from studio.ui import theme
from studio.ui.lab.plot import line_colour

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def home():
    return places.data_dir() / "runs"


@pytest.fixture
def started(monkeypatch):
    """What trainers were asked to do; none is started."""
    asked = []

    class Trainer:
        returncode = 0

        def poll(self):
            return 0

    def start(recipe, data, out, **options):
        asked.append((recipes.read(recipe), data, out, options))
        make = runs.RunInfo(out, state=RunState.RUNNING, started=5.0, data=str(data))
        runs.write(make)
        return Trainer()

    monkeypatch.setattr(runs, "start", start)
    return asked


def inspected(lab, page, pictures):
    page.open_data(pictures)
    lab.until(lambda: page.new.data.report is not None and bool(page.new.data.preview.tiles))


def test_a_folder_is_looked_at_and_a_plan_is_proposed(lab, pictures):
    page = lab.show()
    assert not page.new.train.isEnabled() and "Choose the pictures" in page.new.problem.text()
    inspected(lab, page, pictures)
    assert page.new.train.isEnabled() and page.new.problem.isHidden()
    assert "32 pictures" in page.new.data.findings.summary.text()
    plan = page.new.plan
    assert plan.recipe == "lab-few-shot" and plan.resolution == 64 and plan.name == "pets"
    assert page.new.data.findings.mends == {Mend.BROKEN, Mend.TWINS}
    assert len(page.new.data.preview.tiles) == 31


def test_a_clean_copy_is_made_and_looked_at(lab, pictures, qtbot):
    page = lab.show()
    inspected(lab, page, pictures)
    assert page.new.data.clean.text().endswith("without 2")
    qtbot.mouseClick(page.new.data.clean, LEFT)
    lab.until(lambda: page.new.data.folder != pictures and page.new.data.report is not None)
    assert page.new.data.report.count == 30 and not page.new.data.report.broken
    assert any("30 pictures" in sentence for sentence in lab.sentences())
    assert len(list(pictures.rglob("*.png"))) == 32


def test_a_folder_without_pictures_is_told_where_it_was_dropped(lab, tmp_path, pictures):
    page = lab.show()
    (tmp_path / "empty").mkdir()
    page.open_data(tmp_path / "empty")
    lab.until(lambda: bool(lab.sentences()))
    assert "no picture" in lab.sentences()[0] and not page.new.train.isEnabled()
    told = page.new.data.refused
    assert told.isVisible() and "no picture" in told.text() and lab.app.notices.items[0].quiet
    inspected(lab, page, pictures)
    assert not told.isVisible()


def drop(page, *paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where = QPointF(page.new.data.mapTo(page, page.new.data.rect().center()))
    copy, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), copy, mime, LEFT, keys)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(where, copy, mime, LEFT, keys))


def test_pictures_dropped_together_become_a_data_set_and_their_neighbours_do_not(lab, pictures):
    page = lab.show()
    drop(page, pictures / "cats" / "01.png", pictures / "dogs" / "21.png")
    lab.until(lambda: page.new.data.report is not None)
    assert page.new.data.report.count == 2
    drop(page, pictures / "cats", pictures / "dogs")
    lab.until(lambda: page.new.data.report is not None and page.new.data.report.count > 2)
    assert page.new.data.report.classes == {"cats": 21, "dogs": 11}
    assert page.new.data.folder.parent == lab.app.lab.data_sets


def test_a_dropped_file_that_is_no_picture_is_a_notice(lab, tmp_path):
    (tmp_path / "words.txt").write_text("hello")
    page = lab.show()
    drop(page, tmp_path / "words.txt")
    lab.until(lambda: bool(lab.sentences()))
    assert lab.sentences() == ["There is no picture among these."] and page.new.data.invitation.isVisible()


def test_train_writes_the_recipe_and_shows_the_run(lab, pictures, qtbot, started):
    page = lab.show()
    inspected(lab, page, pictures)
    page.new.form.set_values({"minutes": 7, "measure": True})
    qtbot.mouseClick(page.new.train, LEFT)
    lab.until(lambda: page.stack.currentWidget() is page.view)
    ((recipe, data, out, options),) = started
    assert recipe.train.cpu_minutes == 7 and recipe.name == "pets" and recipe.pictures.resolution == 64
    assert (data, out.parent.name, options["start"]) == (pictures, "runs", None) and options["measure"]
    assert page.view.runs[0].folder == out and page.view.title.text() == "pets"


def test_another_recipe_brings_its_own_values(lab, pictures):
    page = lab.show()
    inspected(lab, page, pictures)
    combo = page.new.form.editor("recipe").combo
    index = [combo.itemText(i) for i in range(combo.count())].index("Endless texture")
    combo.setCurrentIndex(index)
    combo.activated.emit(index)
    assert page.new.plan.recipe == "lab-texture" and not page.new.plan.augment
    assert "texture" in page.new.about.text().lower()
    assert lab.app.settings.lab.plan["recipe"] == "lab-texture"


def test_runs_are_listed_with_their_state_and_chosen(lab, home, qtbot):
    folder = full_run(home, "cats", RunState.RUNNING, cpu_minutes_total=4.0)
    lock = owned(folder)
    full_run(home, "older", started=1.0)
    page = lab.show()
    lab.until(lambda: page.list.count() == 2)
    assert [page.list.run_at(row).title for row in (0, 1)] == ["cats", "older"]
    rect = page.list.visualItemRect(page.list.item(0))
    qtbot.mouseClick(page.list.viewport(), LEFT, pos=rect.center())
    assert page.stack.currentWidget() is page.view and page.view.progress.value() == 500
    assert "Training" in page.view.state.text() and "about 1 min to go" in page.view.state.text()
    qtbot.mouseClick(page.view.pause, LEFT)
    assert runs.asked(folder) is Control.PAUSE
    renew(folder, state=RunState.PAUSED)
    lab.look()
    assert page.view.pause.text() == "Continue" and page.view.sample.isHidden()
    qtbot.mouseClick(page.view.stop, LEFT)
    assert runs.asked(folder) is Control.STOP
    lock.release()
    lab.look()
    assert page.view.stop.isHidden() and page.view.resume.isVisible()
    assert not page.view.resume.isEnabled() and not page.view.open.isEnabled()


def test_a_finished_run_can_be_trained_on_for_longer(lab, home, started):
    folder = full_run(home, "cats", cpu_minutes=2.0, cpu_minutes_total=2.0)
    (folder / runs.STATE).write_bytes(b"")
    recipes.write(lab.app.lab.recipes["lab-few-shot"], folder / runs.RECIPE)
    page = lab.show()
    choose(lab, page, folder)
    view = page.view
    assert view.more.isVisible() and view.more.isEnabled() and view.resume.isHidden()
    assert [action.text() for action in view.more.menu().actions()][:2] == ["5 min more", "15 min more"]
    view.more.menu().actions()[0].trigger()
    assert started[0][3]["resume"] and started[0][3]["cpu_minutes"] == 7.0


def test_what_the_state_says_is_not_said_again(lab, home):
    page = lab.show()
    choose(lab, page, full_run(home, "cats", sentence="Done."))
    assert page.view.sentence.isHidden() and "Finished · 3,200 pictures seen" in page.view.state.text()


def test_what_is_shown_of_a_run_is_not_told_in_front_of_it_too(lab, home):
    """A notice would lie over the run's title; where nobody looks at the run it is brought forward."""
    folder = full_run(home, "cats", RunState.RUNNING)
    lock = owned(folder)
    page = lab.show()
    choose(lab, page, folder)
    renew(folder, notices=("went back (320 images)",))
    lab.look()
    assert "went back (320 images)." in page.view.sentence.text()
    page.plan_new()
    renew(folder, state=RunState.STOPPED)
    lock.release()
    lab.look()
    warning, ended = lab.app.notices.items
    assert warning.quiet and not ended.quiet and "has stopped" in ended.sentence


def choose(lab, page, *folders):
    lab.until(lambda: page.list.count() >= len(folders))
    page.list.clearSelection()
    for row in range(page.list.count()):
        if page.list.run_at(row).folder in folders:
            page.list.item(row).setSelected(True)
    QApplication.processEvents()


def test_a_run_that_ended_before_its_first_samples_promises_none(lab, home):
    page = lab.show()
    choose(lab, page, full_run(home, "cats"))
    choose(lab, page, make_run(home, "early", RunState.FAILED))
    lab.look()
    choose(lab, page, home / "early")
    sheets = page.view.sheets
    assert "ended before" in sheets.sheets[0].waiting and sheets.moment.text() == ""


def test_curves_grow_while_one_looks(lab, home):
    folder = full_run(home, "cats")
    page = lab.show()
    choose(lab, page, folder)
    plot = page.view.curves.plot
    assert [line.title for line in plot.lines] == ["discriminator, real", "generator"]
    report(folder, 9000, g=2.0)
    lab.look()
    assert plot.whole_x() == (100, 9000)
    plot.set_smoothing(0)
    (_, images, value) = plot.values_at(8800)[1]
    assert (images, value) == (9000, 2.0)


def test_a_run_that_has_just_begun_comes_to_show_its_losses(lab, home):
    folder = make_run(home, "cats", RunState.RUNNING)
    lock = owned(folder)
    page = lab.show()
    choose(lab, page, folder)
    report(folder, 100)
    lab.look()
    curves = page.view.curves
    assert curves.tabs.tabText(curves.tabs.currentIndex()) == LOSSES
    lock.release()


def test_the_plot_zooms_around_the_pointer_moves_and_comes_back(lab, home, qtbot):
    page = lab.show()
    choose(lab, page, full_run(home, "cats"))
    plot = page.view.curves.plot
    at = QPointF(plot.area().left() + plot.area().width() * 0.75, plot.area().center().y())
    under = plot._x_at(at.x())
    event = QWheelEvent(at, plot.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(plot, event)
    low, high = plot.view_x()
    assert high - low < 3100 * 0.7 and plot._x_at(at.x()) == pytest.approx(under)
    qtbot.mousePress(plot, LEFT, pos=at.toPoint())
    qtbot.mouseMove(plot, at.toPoint() + QPoint(60, 0))
    qtbot.mouseRelease(plot, LEFT, pos=at.toPoint() + QPoint(60, 0))
    assert plot.view_x()[0] < low
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert plot.range is None


def test_a_legend_button_hides_its_curve(lab, home, qtbot):
    page = lab.show()
    choose(lab, page, full_run(home, "cats"))
    curves = page.view.curves
    button = curves._legend.itemAt(1).widget()
    high = curves.plot.view_y()[1]
    qtbot.mouseClick(button, LEFT)
    assert curves.plot.view_y()[1] < high


def test_the_legend_has_the_colours_of_the_curves_in_another_theme_too(lab, home, qapp):
    theme.apply(qapp, "dark")
    page = lab.show()
    choose(lab, page, full_run(home, "cats"))
    curves = page.view.curves
    for name in ("light", "dark"):
        theme.apply(qapp, name)
        QApplication.processEvents()
        patch = curves._legend.itemAt(1).widget().icon().pixmap(12, 12).toImage()
        assert patch.pixelColor(6, 6) == line_colour(curves.plot.lines[1].number)


def test_beside_each_other_a_legend_button_hides_its_quantity_in_all_runs(lab, home, qtbot):
    page = lab.show()
    choose(lab, page, full_run(home, "one"), full_run(home, "two"))
    curves = page.view.curves
    named = [curves._legend.itemAt(i).widget() for i in range(curves._legend.count())]
    assert [widget.text() for widget in named] == ["one", "two", "discriminator, real", "generator"]
    qtbot.mouseClick(named[3], LEFT)
    assert {line.key for line in curves.plot._shown()} == {"d_real"}


def test_the_scrubber_shows_the_sheet_of_its_moment_and_new_ones_come_at_the_end(lab, home):
    folder = full_run(home, "cats")
    page = lab.show()
    choose(lab, page, folder)
    sheets = page.view.sheets
    shown = sheets.sheets[0]
    lab.until(lambda: shown.below is not None and shown.below.pixelColor(5, 5).red() == 160)
    sheets.scrubber.setValue(0)
    lab.until(lambda: shown.below.pixelColor(5, 5).red() == 20)
    sheets.scrubber.setValue(50)
    lab.until(lambda: shown.above is not None)
    assert shown.way == 0.5 and sheets.images == 600 and page.view.curves.plot.at == 600
    sheets.scrubber.setValue(sheets.scrubber.maximum())
    sheet(folder, 4000)
    lab.look()
    assert sheets.scrubber.value() == sheets.scrubber.maximum() and sheets.images == 4000


def test_playing_reaches_the_end_and_stops(lab, home, qtbot):
    page = lab.show()
    choose(lab, page, full_run(home, "cats"))
    sheets = page.view.sheets
    qtbot.mouseClick(sheets.play, LEFT)
    assert sheets.scrubber.value() < sheets.scrubber.maximum()
    sheets.scrubber.setValue(sheets.scrubber.maximum() - 5)
    lab.until(lambda: not sheets._timer.isActive())
    assert sheets.scrubber.value() == sheets.scrubber.maximum()


def test_a_film_of_the_training_is_saved(lab, home, tmp_path):
    page = lab.show()
    choose(lab, page, full_run(home, "cats"))
    path = tmp_path / "film.mp4"
    page.view.sheets.save_film(path)
    lab.until(lambda: any("Saved film.mp4" in sentence for sentence in lab.sentences()))
    with av.open(str(path)) as film:
        assert film.streams.video[0].width == 512 and film.streams.video[0].frames == 7 * 12 + 36


def test_two_runs_are_shown_beside_and_over_each_other(lab, home):
    one, two = full_run(home, "one"), full_run(home, "two", RunState.FAILED, sentence="It broke.")
    page = lab.show()
    choose(lab, page, one, two)
    assert len(page.view.sheets.sheets) == 2 and len(page.view.curves.plot.lines) == 4
    lines = page.view.curves.plot.lines
    assert [(line.key, line.run) for line in lines] == [("d_real", 0), ("g", 0), ("d_real", 1), ("g", 1)]
    assert [line.number for line in lines] == [0, 1, 0, 1]  # one colour for a quantity, dashes for a run
    assert "It broke." in page.view.sentence.text() and page.view.open.isHidden()
    page.list.clearSelection()
    assert page.stack.currentWidget() is page.new


def test_a_run_is_deleted_from_the_list(lab, home):
    folder = make_run(home, "cats")
    page = lab.show()
    choose(lab, page, folder)
    page.remove(page.list.selected)
    lab.until(lambda: page.list.count() == 0)
    assert not folder.exists() and page.stack.currentWidget() is page.new


@pytest.mark.parametrize("name", ["dark", "light"])
def test_every_control_has_a_name_and_room(lab, home, pictures, name, qapp):
    theme.apply(qapp, name)
    folder = full_run(home, "cats")
    page = lab.show(840, 600)
    inspected(lab, page, pictures)
    assert cramped(page) == [] and nameless(page) == []
    choose(lab, page, folder)
    assert cramped(page) == [] and nameless(page) == []


def nameless(page: QWidget) -> list[str]:
    found = [w for w in page.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    inner = ("qt_spinbox_lineedit", "qt_scrollarea_viewport")
    shown = [w for w in found if w.isVisible() and w.objectName() not in inner]
    return [type(w).__name__ for w in shown if not (w.accessibleName() or getattr(w, "text", str)())]


def cramped(page: QWidget) -> list[str]:
    shown = [w for w in page.findChildren(QWidget) if w.isVisible() and not w.isWindow()]
    return [
        f"{type(w).__name__} sticks out of {type(w.parentWidget()).__name__}"
        for w in shown
        if w.parentWidget().layout() is not None and w.x() + w.width() > w.parentWidget().width() + 1
    ]
