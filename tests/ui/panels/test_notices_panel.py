"""The notices panel."""

import pytest
from panel_kit import texts
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from studio.app.notices import Action
from studio.ui.panels.notices import NoticesPanel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(bench):
    bench.app.notices.add("info", "Saved to cat.png.")
    return bench.show(NoticesPanel(bench.app))


def test_notices_are_listed_newest_first(bench, panel):
    bench.app.notices.add("error", "It broke.", "Try again.")
    assert [row.notice.sentence for row in panel.rows] == ["Saved to cat.png.", "It broke."]
    QApplication.processEvents()
    assert panel.rows[1].y() < panel.rows[0].y()
    assert "Try again." in texts(panel.rows[1])


def test_details_fold_out_and_are_copied(bench, panel, qtbot):
    bench.app.notices.add("error", "It <b>broke</b>.", "Try again.", "Traceback\n  line 1")
    row = panel.rows[-1]
    assert "Traceback" not in texts(row)
    qtbot.mouseClick(row.details.header, LEFT)
    assert "Traceback" in texts(row)
    copy = next(b for b in row.findChildren(QToolButton) if b.accessibleName() == "Copy this notice")
    qtbot.mouseClick(copy, LEFT)
    assert QGuiApplication.clipboard().text() == "Error: It <b>broke</b>.\nTry again.\nTraceback\n  line 1"


def test_all_notices_are_copied_at_once(bench, panel, qtbot):
    bench.app.notices.add("warning", "Careful.")
    qtbot.mouseClick(panel.copy_all, LEFT)
    assert QGuiApplication.clipboard().text() == "Info: Saved to cat.png.\n\nWarning: Careful."


def test_the_buttons_of_a_notice_work_and_their_failure_is_told(bench, panel, qtbot):
    def refuse():
        raise RuntimeError("no")

    pressed = []
    bench.app.notices.add(
        "info", "New.", actions=(Action("Do", lambda: pressed.append(1)), Action("Fail", refuse))
    )
    do, fail = (b for b in panel.rows[-1].findChildren(QPushButton) if b.text())
    qtbot.mouseClick(do, LEFT)
    qtbot.mouseClick(fail, LEFT)
    assert pressed == [1]
    assert panel.rows[-1].notice.sentence == "Fail failed unexpectedly."


def test_clearing_leaves_a_sentence(bench, panel, qtbot):
    qtbot.mouseClick(panel.clear, LEFT)
    assert panel.rows == [] and panel.empty.message.isVisible()
    assert bench.app.notices.items == ()


def test_the_list_is_bounded(bench, panel):
    for number in range(210):
        bench.app.notices.add("info", f"Notice {number}.", quiet=True)
    assert len(panel.rows) == 200 and panel.rows[0].notice.sentence == "Notice 10."
