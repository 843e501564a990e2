"""The music window under a person's hands."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from desk import Desk
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit

from studio.model.melody import Melody, Note, Part
from studio.model.melody_midi import midi_bytes
from studio.model.song import Song
from studio.ui.pianoroll import player
from studio.ui.pianoroll.change import ChangeDialog
from studio.ui.pianoroll.lane import VelocityLane
from studio.ui.pianoroll.margins import changes
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


def test_the_row_of_the_cursor_stays_in_view(music: MusicWindow) -> None:
    for _ in range(4):
        QTest.keyClick(music.view, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
        assert music.view.viewport().rect().contains(place(music, *music.desk.cursor))


def test_tracks_are_chosen_muted_and_played_alone_by_keys(music: MusicWindow) -> None:
    music.desk.open(Song(Melody((Part((Note(0, 90, 480),)), Part((Note(0, 30, 480),))))))
    music.view.show_pitches()
    QTest.keyClick(music.view, Qt.Key.Key_PageDown)
    assert music.desk.part == 1
    assert music.view.viewport().rect().contains(place(music, 0, 30))
    QTest.keyClick(music.view, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(music.view, Qt.Key.Key_PageUp)
    QTest.keyClick(music.view, Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    assert (music.desk.song.state.muted, music.desk.song.state.solo) == ({1}, {0})
    assert music.actions_["music.track.solo"].isChecked()
    assert not music.actions_["music.track.mute"].isChecked()


def test_the_list_scrolls_to_a_track_that_is_added(desk: Desk, music: MusicWindow) -> None:
    for _ in range(12):
        music.desk.add_track()
    row = music.tracks.rows[-1]
    desk.until(lambda: row.visibleRegion().boundingRect().height() > row.height() / 2)


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


class Keys:
    """A MIDI keyboard with one port, as rtmidi shows it."""

    def __init__(self, name: str) -> None:
        Keys.last = self

    def get_ports(self) -> list[str]:
        return ["Little keys"]

    def ignore_types(self, **_: bool) -> None: ...

    def set_callback(self, callback) -> None:
        self.callback = callback

    def cancel_callback(self) -> None: ...

    def open_port(self, number: int, name: str) -> None: ...

    def close_port(self) -> None: ...


def test_what_is_played_on_a_keyboard_is_recorded_after_the_count_in(
    desk: Desk, music: MusicWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", SimpleNamespace(MidiIn=Keys, RtMidiError=OSError))
    music.desk.set_tempo(480)
    QTest.keyClick(music.view, Qt.Key.Key_R)
    assert music.keys_in.recording and music.actions_["music.record"].isChecked()
    assert "Little keys" in music.told.text()
    desk.until(lambda: (music.view.playhead or 0) > 100)
    Keys.last.callback(([0x90, 64, 77], 0.0), None)
    start = music.view.playhead
    desk.until(lambda: (music.view.playhead or 0) > start + 200)
    Keys.last.callback(([0x80, 64, 0], 0.0), None)
    desk.until(lambda: any(note.duration > 100 for note in music.view.incoming))
    QTest.keyClick(music.view, Qt.Key.Key_Space)
    (note,) = music.desk.notes
    assert (note.pitch, note.velocity) == (64, 77) and note.start > 0 and note.duration > 100
    assert music.desk.selection == {note} and music.desk.song.titles[-1] == "Record"
    assert not music.keys_in.recording and not music.view.incoming


def test_recording_without_a_keyboard_is_a_notice(
    desk: Desk, music: MusicWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    QTest.keyClick(music.view, Qt.Key.Key_R)
    assert any("MIDI keyboard" in notice.sentence for notice in desk.app.notices.items)
    assert not music.keys_in.recording and not music.player.playing


def test_tempo_meter_and_key_change_from_a_bar_on_and_back(music: MusicWindow) -> None:
    music.desk.open(Song(Melody((Part(tuple(Note(i * 480, 60, 480) for i in range(16))),))))
    music.desk.cursor = (1920 + 500, 60)
    dialog = ChangeDialog(music.desk, music)
    assert dialog.windowTitle() == "Change from bar 2"
    dialog.tempo.setValue(60)
    dialog.meter.setCurrentText("3/4")
    dialog.tonic.setCurrentText("D")
    dialog._apply()
    melody = music.desk.melody
    assert melody.seconds(1920 + 480) == pytest.approx(3.0)
    assert list(melody.bar_lines(5000)) == [0, 1920, 3360, 4800]
    assert changes(melody) == [(1920, "60 bpm  3/4  D major")]
    assert not music.grab().isNull()
    music.desk.unchange_bar()
    assert changes(music.desk.melody) == []
    music.desk.song.undo()
    music.desk.song.undo()
    assert music.desk.melody.tempos == Melody().tempos


def test_a_loop_is_drawn_on_the_ruler(music: MusicWindow) -> None:
    ruler, shift = music.view.ruler, Qt.KeyboardModifier.ShiftModifier
    QTest.mousePress(ruler, LEFT, shift, QPoint(music.view.x_of(480) + 2, 10))
    QTest.mouseMove(ruler, QPoint(music.view.x_of(1440) + 2, 10))
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove, QPointF(music.view.x_of(1440) + 2, 10), QPointF(), LEFT, LEFT, shift
    )
    ruler.mouseMoveEvent(event)
    QTest.mouseRelease(ruler, LEFT, shift, QPoint(music.view.x_of(1440) + 2, 10))
    assert music.desk.song.state.loop == (480, 1440)


def test_the_song_goes_onto_the_timeline(desk: Desk, music: MusicWindow) -> None:
    music.desk.open(Song(Melody((Part(tuple(Note(i * 480, 60, 480) for i in range(8))),))))
    music.actions_["music.timeline"].trigger()
    timeline = desk.window.timeline.need()
    desk.until(lambda: any(track.items for track in timeline.desk.score.tracks))
    assert [mark.title for mark in timeline.desk.score.markers] == ["Bar 1", "Bar 2"]
