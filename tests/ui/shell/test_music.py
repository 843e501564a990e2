"""The music window under a person's hands."""

from pathlib import Path

import pytest
from desk import Desk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit

from studio.model.melody import Melody, Note, Part
from studio.model.melody_midi import midi_bytes
from studio.model.song import Song
from studio.ui.pianoroll import player
from studio.ui.pianoroll.lane import VelocityLane
from studio.ui.pianoroll.window import MusicWindow

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def music(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> MusicWindow:
    monkeypatch.setattr(player, "open_sink", lambda buffer: None)
    monkeypatch.setattr(player, "load_ahead", lambda chosen: None)
    desk.command("window.music")
    window = desk.window.music.need()
    desk.until(lambda: window.isVisible())
    yield window
    window.desk.song.mark_saved()
    window.close()


def place(music: MusicWindow, tick: int, pitch: int) -> QPoint:
    view = music.view
    return QPoint(view.x_of(tick) + 3, view.y_of(pitch) + view.row // 2)


def drag(
    music: MusicWindow, start: QPoint, end: QPoint, button=LEFT, keys=Qt.KeyboardModifier.NoModifier
) -> None:
    port = music.view.viewport()
    QTest.mousePress(port, button, keys, start)
    QTest.mouseMove(port, (start + end) / 2)
    QTest.mouseMove(port, end)
    QTest.mouseRelease(port, button, keys, end)


def test_notes_are_drawn_moved_stretched_and_erased(music: MusicWindow) -> None:
    drag(music, place(music, 0, 67), place(music, 470, 67))
    assert music.desk.notes == (Note(0, 67, 480),)
    drag(music, place(music, 120, 67), place(music, 600, 69))
    assert music.desk.notes == (Note(480, 69, 480),)
    end = QPoint(music.view.rect_of(music.desk.notes[0]).right() - 1, place(music, 0, 69).y())
    drag(music, end, end + QPoint(round(480 * music.view.scale), 0))
    assert music.desk.notes == (Note(480, 69, 960),)
    QTest.mouseClick(music.view.viewport(), RIGHT, pos=place(music, 700, 69))
    assert music.desk.notes == ()
    for _ in range(4):
        QTest.keyClick(music.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert music.desk.notes == () and not music.desk.song.can_undo


def test_a_frame_chooses_and_escape_gives_up_a_drag(music: MusicWindow) -> None:
    music.desk.open(Song(Melody((Part(tuple(Note(i * 480, 66 + i, 240) for i in range(4))),))))
    drag(music, place(music, 0, 72), place(music, 900, 64), keys=Qt.KeyboardModifier.ShiftModifier)
    assert {note.pitch for note in music.desk.selection} == {66, 67}
    before = music.desk.notes
    port = music.view.viewport()
    QTest.mousePress(port, LEFT, pos=place(music, 60, 66))
    QTest.mouseMove(port, place(music, 960, 70))
    QTest.keyClick(music.view, Qt.Key.Key_Escape)
    QTest.mouseRelease(port, LEFT, pos=place(music, 960, 70))
    assert music.desk.notes == before


def test_the_keyboard_is_enough(music: MusicWindow) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_Left):
        QTest.keyClick(music.view, key)
    QTest.keyClick(music.view, Qt.Key.Key_S)
    QTest.keyClick(music.view, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert [(note.start, note.pitch) for note in music.desk.notes] == [(0, 67), (240, 68)]
    QTest.keyClick(music.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(music.view, Qt.Key.Key_Delete)
    assert music.desk.notes == ()


def test_velocities_are_drawn_in_one_step(music: MusicWindow) -> None:
    music.desk.open(Song(Melody((Part(tuple(Note(i * 480, 67, 240) for i in range(3))),))))
    lane = music.findChild(VelocityLane)
    start = QPoint(60 + music.view.x_of(0), 8)
    QTest.mousePress(lane, LEFT, pos=start)
    for i in (1, 2):
        QTest.mouseMove(lane, QPoint(60 + music.view.x_of(480 * i), 40))
    QTest.mouseRelease(lane, LEFT)
    assert music.desk.notes[0].velocity > 115 > music.desk.notes[1].velocity > 40
    assert music.desk.song.titles == ("Velocity",)


def test_it_plays_silently_where_there_is_no_device(desk: Desk, music: MusicWindow) -> None:
    music.desk.open(Song(Melody((Part((Note(0, 67, 960),)),))))
    QTest.keyClick(music.view, Qt.Key.Key_Space)
    assert music.player.playing and music.player.silent
    desk.until(lambda: (music.view.playhead or 0) > 200)
    desk.until(lambda: not music.player.playing)
    assert any("No audio device" in notice.sentence for notice in desk.app.notices.items)


def test_a_missing_soundfont_is_a_notice(desk: Desk, music: MusicWindow) -> None:
    desk.app.settings.set("music", "soundfont", "/nowhere.sf2")
    music.desk.add(Note(0, 60, 480))
    QTest.keyClick(music.view, Qt.Key.Key_Space)
    assert any("SoundFont" in notice.sentence for notice in desk.app.notices.items)
    assert not music.player.playing


def test_tracks_are_added_muted_and_named(music: MusicWindow) -> None:
    music.desk.add_track(40)
    first, second = music.tracks.rows
    second.mute.click()
    assert music.desk.song.state.muted == {1}
    QTest.mouseClick(first, LEFT, pos=QPoint(2, 2))
    assert music.desk.part == 0
    steps = music.desk.song.titles
    second.name.setFocus()
    first.name.setFocus()
    assert music.desk.song.titles == steps
    first.name.selectAll()
    QTest.keyClicks(first.name, "Tune")
    QTest.keyClick(first.name, Qt.Key.Key_Return)
    assert music.desk.melody.parts[0].name == "Tune"


def test_a_midi_file_is_opened_and_shown(desk: Desk, music: MusicWindow, tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    path.write_bytes(
        midi_bytes(Melody((Part((Note(0, 60, 480),), "A", 40), Part((Note(0, 40, 480),), "B", 32))))
    )
    music.open_file(path)
    desk.until(lambda: len(music.tracks.rows) == 2)
    assert music.windowTitle().startswith("tune.mid")


def test_every_control_has_a_name(music: MusicWindow) -> None:
    nameless = [
        widget
        for kind in (QAbstractButton, QComboBox, QLineEdit)
        for widget in music.findChildren(kind)
        if not (widget.accessibleName() or getattr(widget, "text", str)())
        and not widget.objectName().startswith("qt_")
    ]
    assert not nameless


def test_a_hundred_thousand_notes_can_be_looked_at(music: MusicWindow) -> None:
    music.desk.open(Song(Melody((Part(tuple(Note(i * 60, 40 + i % 40, 50) for i in range(100_000))),))))
    music.view.fit()
    music.view.zoom(4.0)
    assert not music.grab().isNull()
