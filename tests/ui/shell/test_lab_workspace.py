"""The lab in the main window: it takes the place of canvas and panels, and gives it back."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from studio.model.document import Document


def visible(desk):
    return {id for id, dock in desk.window.docks.docks.items() if not dock.isHidden()}


def test_the_lab_takes_the_place_of_the_panels_and_gives_it_back(desk):
    before = visible(desk)
    desk.command("window.lab")
    assert desk.window.lab.shown and desk.window.lab.page.isVisible()
    assert visible(desk) == set() and not desk.window.tool_bar.isVisible()
    desk.command("window.theme")
    assert desk.window.lab.shown
    desk.bot.mouseClick(desk.window.lab.page.back, Qt.MouseButton.LeftButton)
    assert not desk.window.lab.shown and visible(desk) == before and desk.window.tool_bar.isVisible()


def test_a_document_coming_to_the_front_leaves_the_lab(desk):
    before = visible(desk)
    desk.command("window.lab")
    desk.app.add_document(Document(32, 32))
    assert not desk.window.lab.shown and visible(desk) == before


def test_the_layout_of_the_panels_is_remembered_from_within_the_lab(desk):
    layout = desk.window.docks.state()
    desk.command("window.lab")
    desk.window.remember()
    assert desk.app.settings.window.layout == layout
    desk.window.lab.leave()


def test_the_welcome_page_leads_to_the_lab(desk):
    card = next(card for card in desk.window.area.welcome.cards if "own" in card.accessibleName())
    desk.bot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert desk.window.lab.shown
    desk.window.lab.leave()


def test_a_notice_stays_in_front_when_the_page_behind_it_changes(desk):
    desk.app.notices.add("error", "Something went wrong.")
    bar, stack = desk.window.area.notices, desk.window.area.stack
    desk.command("window.lab")
    QApplication.processEvents()
    seen = stack.childAt(bar.geometry().center())
    assert seen is bar or bar.isAncestorOf(seen)
    desk.window.lab.leave()
