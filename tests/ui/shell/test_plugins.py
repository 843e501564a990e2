"""A plugin shows up without a restart, once it is trusted; recovery copies are offered at the start."""

from desk import close_desk, open_desk

from studio.app import places
from studio.app.face import NewDocument
from studio.app.files import new_document
from studio.app.recovery import Recovery
from studio.engine.plugins import Consent, Registry
from studio.engine.testing import FakeDevice
from studio.model import edits
from studio.ui.app import Studio
from studio.ui.watch import PluginWatch

PLUGIN = '''
from studio.api import Image, generator

@generator(id="grey", title="Grey Card", output=Image)
class Grey:
    """A grey card."""

    def run(self, ctx, params):
        import numpy as np
        yield from ()
        return Image(np.full((4, 4, 3), {shade}, np.uint8))
'''


def watching(desk) -> PluginWatch:
    """Let the registry of a desk look into the plugins folder, and watch it."""
    registry: Registry = desk.app.registry
    registry.consent = Consent(places.config_dir() / "consent.json")
    registry.discover([places.plugins_dir()], entry_points=False)
    return desk.studio.watch


def test_a_new_plugin_asks_for_trust_and_is_there_without_a_restart(desk):
    watching(desk)
    (places.plugins_dir() / "grey.py").write_text(PLUGIN.format(shade=90))
    desk.until(lambda: "grey" in desk.sentence())
    assert "generator.grey" not in desk.app.commands
    desk.window.area.notices.notice.actions[0].run()
    assert desk.app.commands["generator.grey"].title == "Generator: Grey Card"
    desk.app.draft.choose("grey")
    desk.command("generate.run")
    desk.idle()
    assert desk.document.flatten().pixels[0, 0, 0] == 90


def test_a_changed_plugin_asks_again_and_a_removed_one_goes(desk):
    watching(desk)
    path = places.plugins_dir() / "grey.py"
    path.write_text(PLUGIN.format(shade=90))
    desk.until(lambda: bool(desk.app.registry.pending()))
    desk.window.area.notices.notice.actions[0].run()
    told = len(desk.app.notices.items)
    path.write_text(PLUGIN.format(shade=120))
    desk.until(lambda: "generator.grey" not in desk.app.commands and len(desk.app.notices.items) > told)
    path.unlink()
    desk.until(lambda: not desk.app.registry.pending())


def test_a_plugin_that_cannot_be_loaded_is_told_and_the_others_stay(desk):
    watching(desk)
    path = places.plugins_dir() / "broken.py"
    path.write_text("raise RuntimeError('bang')")
    desk.until(lambda: bool(desk.app.registry.pending()))
    desk.window.area.notices.notice.actions[0].run()
    assert "bang" in desk.sentence()
    assert {"dots", "invert"} <= {spec.id for spec in desk.app.registry.specs()}


def test_the_watch_can_be_switched_off(desk):
    watch = watching(desk)
    desk.app.settings.set("generating", "watch_plugins", False)
    (places.plugins_dir() / "grey.py").write_text(PLUGIN.format(shade=90))
    watch.rescan()
    assert desk.app.registry.pending() == []


def test_what_a_crash_left_is_offered_at_the_start_and_recovered(qtbot, qapp, studio_home):
    desk = open_desk(qtbot, qapp)
    document = new_document(desk.app, NewDocument(8, 8))
    document.title = "Lost"
    edits.fill(document, document.active, (1, 2, 3, 255))
    other = Recovery(desk.app, places.autosave_dir())
    other.tick()
    other.close(keep=True)
    close_desk(desk)

    again = open_desk(qtbot, qapp)
    try:
        again.until(lambda: "Lost" in again.sentence())
        again.window.area.notices._buttons.itemAt(0).widget().click()
        again.idle()
        assert again.document.flatten().pixels[0, 0].tolist() == [1, 2, 3, 255]
    finally:
        close_desk(again)


def test_a_settings_file_that_cannot_be_read_is_told_and_the_studio_opens(qtbot, qapp, studio_home):
    places.settings_file().parent.mkdir(parents=True)
    places.settings_file().write_text("{ broken")
    desk = open_desk(qtbot, qapp)
    try:
        assert "set aside" in desk.sentence()
    finally:
        close_desk(desk)


def test_starting_with_files_opens_them(qtbot, qapp, png, studio_home):
    from desk import PLUGINS, Desk

    registry = Registry(built_in=[PLUGINS])
    registry.discover(entry_points=False)
    desk = Desk(Studio(qapp, registry, [FakeDevice()]), qtbot)
    desk.studio.show([png])
    try:
        desk.until(lambda: bool(desk.app.documents))
        assert desk.document.path == png
    finally:
        close_desk(desk)
