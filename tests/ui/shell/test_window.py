"""The window as a person meets it: first run, files, generating, layout, themes."""

from pathlib import Path

import pytest
from desk import close_desk, open_desk
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit

from studio.app.face import NewDocument, Unsaved
from studio.app.files import new_document
from studio.model import edits
from studio.model.paint import Stroke

pytestmark = pytest.mark.filterwarnings("ignore:.*QDragEnterEvent.*:DeprecationWarning")


def top_red(desk) -> int:
    return int(desk.document.flatten().pixels[0, 0, 0])


def test_the_first_run_shows_the_welcome_page_and_no_notice(desk):
    assert desk.window.area.stack.currentWidget() is desk.window.area.welcome
    assert desk.app.notices.items == ()
    assert desk.window.windowTitle() == "Latent Studio"


def test_a_newcomer_generates_paints_undoes_saves_and_exports(desk, tmp_path, monkeypatch):
    desk.app.draft.load("dots", {"seed": 7, "size": 64, "steps": 3})
    desk.bot.keyClick(desk.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.idle()
    assert desk.window.area.stack.currentWidget() is desk.window.area.canvas
    assert top_red(desk) == 7

    stroke = Stroke(desk.document, desk.document.active, desk.app.tools.brush_for(desk.app.tools.tool))
    stroke.to(1, 1)
    stroke.end()
    assert top_red(desk) == 0
    desk.command("edit.undo")
    assert top_red(desk) == 7

    monkeypatch.setattr(desk.app.face, "ask_save", lambda document: tmp_path / "first.ora")
    desk.command("file.save")
    desk.idle()
    assert (tmp_path / "first.ora").exists() and not desk.document.modified
    desk.until(lambda: desk.window.windowTitle().startswith("first"))


def test_the_card_on_the_welcome_page_generates(desk):
    desk.app.draft.load("dots", {"seed": 3})
    desk.bot.keyClick(desk.window.area.welcome.cards[0], Qt.Key.Key_Space)
    desk.idle()
    assert top_red(desk) == 3


def test_the_picture_is_shown_while_it_is_being_made(desk):
    shown = []
    canvas = desk.window.area.canvas
    desk.app.generation.previewed.connect(lambda *_: shown.append(len(canvas.picture._previews)))
    desk.app.draft.load("dots", {"seed": 3, "steps": 20})
    desk.command("generate.run")
    desk.idle()
    assert shown and max(shown) >= 1
    assert not canvas.picture._previews


def test_opening_a_file_shows_it_and_lists_it_on_the_welcome_page(desk, png):
    desk.app.open_files([png])
    desk.idle()
    tabs = desk.window.area.tabs
    assert (tabs.count(), tabs.tabText(0)) == (1, "cat")
    assert desk.window.status.document.text() == "64 × 48 px   8-bit"
    desk.command("file.close")
    assert desk.window.area.stack.currentWidget() is desk.window.area.welcome
    assert desk.window.area.welcome.files() == [png]


def test_the_menu_of_recent_files_opens_them(desk, png):
    desk.app.recent.add(png)
    menu = desk.window.menus.menu("File/Open Recent")
    for _ in range(2):
        menu.aboutToShow.emit()
    recent = [action for action in menu.actions() if action.property("recent") and action.text()]
    assert [action.text() for action in recent] == ["cat.png"]
    recent[0].trigger()
    desk.idle()
    assert desk.document.path == png


def test_a_bad_file_is_told_in_the_bar_and_the_document_stays(desk, png, tmp_path):
    desk.app.open_files([png])
    desk.idle()
    (tmp_path / "bad.png").write_bytes(b"nonsense")
    desk.app.open_files([tmp_path / "bad.png"])
    desk.idle()
    assert "bad.png" in desk.sentence()
    assert desk.document.path == png


def test_tabs_follow_titles_changes_and_the_document_in_front(desk):
    for title in ("one", "two"):
        new_document(desk.app, NewDocument(8, 8)).title = title
    tabs = desk.window.area.tabs
    edits.add_layer(desk.document)
    assert [tabs.tabText(index) for index in range(2)] == ["one", "two *"]
    tabs.setCurrentIndex(0)
    assert desk.document.title == "one"
    desk.command("file.next")
    assert tabs.currentIndex() == 1


def test_a_tab_closes_by_its_button_after_asking(desk, monkeypatch):
    new_document(desk.app, NewDocument(8, 8))
    edits.add_layer(desk.document)
    answers = iter([Unsaved.CANCEL, Unsaved.DISCARD])
    monkeypatch.setattr(desk.app.face, "ask_unsaved", lambda document: next(answers))
    desk.window.area.tabs.tabCloseRequested.emit(0)
    assert len(desk.app.documents) == 1
    desk.window.area.tabs.tabCloseRequested.emit(0)
    assert desk.app.documents == []


def test_closing_the_window_with_unsaved_work_asks_and_can_be_called_off(desk, monkeypatch):
    new_document(desk.app, NewDocument(8, 8))
    edits.add_layer(desk.document)
    monkeypatch.setattr(desk.app.face, "ask_unsaved", lambda document: Unsaved.CANCEL)
    desk.window.close()
    assert desk.window.isVisible()
    monkeypatch.setattr(desk.app.face, "ask_unsaved", lambda document: Unsaved.DISCARD)
    desk.window.close()
    assert not desk.window.isVisible()


def test_closing_the_window_waits_until_the_work_is_saved(desk, monkeypatch, tmp_path):
    new_document(desk.app, NewDocument(8, 8))
    edits.add_layer(desk.document)
    monkeypatch.setattr(desk.app.face, "ask_unsaved", lambda document: Unsaved.SAVE)
    monkeypatch.setattr(desk.app.face, "ask_save", lambda document: tmp_path / "late.ora")
    desk.window.close()
    desk.until(lambda: not desk.window.isVisible())
    assert (tmp_path / "late.ora").exists()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_theme_can_be_switched_and_is_remembered(desk, name):
    desk.app.settings.set("interface", "theme", "light" if name == "dark" else "dark")
    desk.command("window.theme")
    window = QApplication.palette().window().color()
    assert (window.lightness() < 128) is (name == "dark")
    picture = desk.window.grab().toImage()
    assert (picture.pixelColor(picture.width() // 2, 8).lightness() < 128) is (name == "dark")


def test_nothing_loses_its_text_when_the_theme_changes(desk):
    bars = desk.window.options_bar.findChildren(QAbstractSpinBox)
    before = [bar.findChild(QLineEdit).width() for bar in bars]
    desk.command("window.theme")
    QApplication.processEvents()
    assert [bar.findChild(QLineEdit).width() for bar in bars] == before and min(before) > 20


def test_the_canvas_stays_where_it_is_when_the_theme_changes(desk):
    QApplication.processEvents()
    before = (desk.window.tool_bar.width(), desk.window.options_bar.height())
    desk.command("window.theme")
    QApplication.processEvents()
    assert (desk.window.tool_bar.width(), desk.window.options_bar.height()) == before


def test_nothing_moves_when_a_job_starts(desk):
    new_document(desk.app, NewDocument(64, 64))
    QApplication.processEvents()
    before = desk.window.area.geometry()
    desk.app.draft.load("dots", {"steps": 1000})
    desk.command("generate.run")
    desk.until(lambda: desk.window.status.progress.isVisible())
    QApplication.processEvents()
    assert desk.window.area.geometry() == before
    desk.command("generate.cancel")
    desk.idle()


def test_layout_and_size_are_remembered_and_can_be_reset(desk, qtbot, qapp):
    desk.window.docks.docks["history"].hide()
    desk.window.resize(1200, 720)
    desk.window.close()
    desk.studio.app.settings.save()
    other = open_desk(qtbot, qapp, size=(1200, 720))
    try:
        assert other.window.docks.docks["history"].isHidden()
        assert not other.window.docks.docks["layers"].isHidden()
        other.command("window.reset")
        assert not other.window.docks.docks["history"].isHidden()
    finally:
        close_desk(other)


def test_settings_of_one_home_do_not_reach_another(desk, qtbot, qapp, tmp_path, monkeypatch):
    desk.app.settings.set("interface", "theme", "light")
    desk.app.settings.save()
    monkeypatch.setenv("LATENT_STUDIO_HOME", str(tmp_path / "elsewhere"))
    other = open_desk(qtbot, qapp)
    try:
        assert other.app.settings.interface.theme == "dark"
    finally:
        close_desk(other)


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1200)])
def test_the_first_layout_fits_the_screen(desk, size):
    desk.window.resize(*size)
    desk.command("window.reset")
    QApplication.processEvents()
    assert (desk.window.width(), desk.window.height()) == size
    new_document(desk.app, NewDocument(64, 64))
    QApplication.processEvents()
    canvas = desk.window.area.canvas
    assert canvas.width() > 0.5 * size[0] and canvas.height() > 0.5 * size[1]


def test_every_panel_can_be_hidden_and_brought_back_by_its_command(desk):
    for id, dock in desk.window.docks.docks.items():
        desk.window.docks.show(id)
        QApplication.processEvents()
        desk.command(f"window.{id}")
        assert dock.isHidden(), id
        desk.command(f"window.{id}")
        assert not dock.isHidden(), id


def test_hiding_all_panels_and_once_more_brings_back_those_that_were_there(desk):
    desk.window.docks.docks["jobs"].hide()
    desk.command("window.only_canvas")
    assert desk.window.docks.all_hidden
    desk.command("window.only_canvas")
    back = {id for id, dock in desk.window.docks.docks.items() if not dock.isHidden()}
    assert back == set(desk.window.docks.docks) - {"jobs"}


def drop(desk, data: QMimeData, at: QPoint, keys=Qt.KeyboardModifier.NoModifier) -> bool:
    """Drag something over the canvas and let it go there."""
    viewport = desk.window.area.canvas.viewport
    actions, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(at, actions, data, button, keys)
    QApplication.sendEvent(viewport, enter)
    event = QDropEvent(QPointF(at), actions, data, button, keys)
    QApplication.sendEvent(viewport, event)
    desk.idle()
    return enter.isAccepted() and event.isAccepted()


def files_data(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_a_file_dropped_on_the_canvas_becomes_a_layer_there(desk, png):
    new_document(desk.app, NewDocument(400, 300))
    QApplication.processEvents()
    x, y = desk.window.area.canvas.view.to_view(200, 150)
    assert drop(desk, files_data(png), QPoint(round(x), round(y)))
    bounds = desk.document.active.bounds()
    assert abs(bounds.x + bounds.w / 2 - 200) <= 2 and abs(bounds.y + bounds.h / 2 - 150) <= 2
    assert len(desk.app.documents) == 1


def test_a_file_dropped_with_ctrl_or_with_nothing_open_is_opened(desk, png):
    assert drop(desk, files_data(png), QPoint(50, 50))
    assert desk.document.path == png
    desk.app.remove_document(desk.document)
    new_document(desk.app, NewDocument(64, 64))
    assert drop(desk, files_data(png), QPoint(50, 50), Qt.KeyboardModifier.ControlModifier)
    assert len(desk.app.documents) == 2


def test_a_picture_dropped_from_elsewhere_becomes_a_layer(desk):
    new_document(desk.app, NewDocument(64, 64))
    data = QMimeData()
    picture = QImage(10, 10, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    data.setImageData(picture)
    assert drop(desk, data, QPoint(200, 200))
    assert desk.document.active.name == "Dropped"


def test_text_is_not_taken(desk):
    data = QMimeData()
    data.setText("hello")
    assert not drop(desk, data, QPoint(10, 10))


@pytest.mark.parametrize("depth", ["8", "16"])
def test_a_picture_goes_over_the_clipboard_and_back_unharmed(desk, depth):
    document = new_document(desk.app, NewDocument(8, 8, depth, "transparent"))
    edits.select_rect(document, 0, 0, 4, 4)
    edits.fill(document, document.active, (10, 200, 30, 255))
    before = document.flatten().pixels[:4, :4]
    desk.command("edit.copy")
    edits.select_none(document)
    desk.command("edit.paste_new")
    assert desk.document is not document
    assert (desk.document.flatten().array(before.dtype.name, 4) == before).all()
    QGuiApplication.clipboard().clear()


def test_the_status_line_tells_zoom_position_device_and_memory(desk):
    new_document(desk.app, NewDocument(64, 64))
    desk.window.area.canvas.set_view(desk.window.area.canvas.view.zoomed(2.0))
    status = desk.window.status
    assert status.zoom.text() == "200 %"
    status.show_cursor(3.7, 4.2)
    assert status.cursor.text() == "3, 4"
    status.show_cursor(-1, 4)
    assert status.cursor.text() == ""
    desk.until(lambda: "fake device" in status.device.text())
    assert "Models" in status.memory.text()


def test_a_running_job_shows_in_the_status_line_and_can_be_cancelled_there(desk):
    desk.app.draft.load("dots", {"steps": 1000})
    desk.command("generate.run")
    progress = desk.window.status.progress
    desk.until(lambda: progress.isVisible() and progress._bar.value() > 0)
    progress._stop.click()
    desk.idle()
    desk.until(lambda: not progress.isVisible())


def test_what_nobody_caught_becomes_a_notice(desk, monkeypatch):
    import sys
    import threading

    from studio.ui.app import catch_everything

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    catch_everything(desk.studio)
    try:
        raise ZeroDivisionError("oops")
    except ZeroDivisionError:
        sys.excepthook(*sys.exc_info())
    thread = threading.Thread(target=lambda: [].pop())
    thread.start()
    thread.join()
    desk.until(lambda: len(faults(desk)) == 2)
    assert "ZeroDivisionError: oops" in faults(desk)[0]
    assert "IndexError" in faults(desk)[1]


def faults(desk) -> list[str]:
    """The details of what was told as a fault."""
    return [notice.details for notice in desk.app.notices.items if notice.level == "error"]
