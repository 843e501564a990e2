"""The timeline window, worked as a person would: mouse, keys, undo, renders."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from desk import Desk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from video_kit import decoded, number_of, numbered, recorded, write

from studio.app.video_write import Encoding
from studio.engine.events import Finished, State
from studio.model.clip_record import Recorder
from studio.model.media import Image
from studio.model.provenance import Provenance
from studio.model.timeline import Source
from studio.ui.timeline import player
from studio.ui.timeline.layout import HEAD, RULER
from studio.ui.timeline.window import TimelineWindow

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TimelineWindow]:
    """The window with two seconds of numbered frames and their sound; there is no device to hear it."""
    monkeypatch.setattr(player, "open_sink", lambda buffer_ms: None)
    path = write(tmp_path / "film.mp4", numbered(48), sound=2.0)
    desk.command("window.timeline")
    assert desk.window.timeline.window is not None
    window = desk.window.timeline.window
    window.desk.import_files([path])
    desk.until(lambda: bool(window.desk.score.length))
    window.tracks.view.fit()
    yield window


def spans(window: TimelineWindow) -> list[tuple[float, float]]:
    return [
        (float(item.start), float(item.end)) for track in window.desk.score.tracks for item in track.items
    ]


def place(window: TimelineWindow, time: float) -> QPoint:
    """A point on the first track at a time."""
    return QPoint(round(window.tracks.view.layout_.x(time)), RULER + 40)


def drag(window: TimelineWindow, start: QPoint, by: int, keys: Qt.KeyboardModifier = NONE) -> None:
    view = window.tracks.view
    QTest.mousePress(view, LEFT, keys, start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(view, start + QPoint(round(by * share), 0))
    QTest.mouseRelease(view, LEFT, keys, start + QPoint(by, 0))


def test_the_first_clip_sets_size_and_rate(window: TimelineWindow) -> None:
    score = window.desk.score
    assert (score.width, score.height, score.rate) == (48, 32, 24)
    assert spans(window) == [(0, 2)] and "48 x 32" in window.told.text()


def test_scrubbing_shows_the_frame(desk: Desk, window: TimelineWindow) -> None:
    view = window.tracks.view
    QTest.mouseClick(view, LEFT, NONE, QPoint(round(view.layout_.x(1.0)), 8))
    assert window.desk.playhead == 1
    desk.until(lambda: window.viewer.time == 1)
    image = window.viewer.image
    assert image is not None
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    assert abs(middle.red() - 24 * 8 % 256) < 8


def test_splitting_moving_trimming_and_undo(window: TimelineWindow) -> None:
    window.desk.seek(Fraction(1))
    QTest.keyClick(window, Qt.Key.Key_S)
    assert spans(window) == [(0, 1), (1, 2)]
    scale = window.tracks.view.layout_.scale
    drag(window, place(window, 1.5), round(scale))
    assert spans(window) == [(0, 1), (2, 3)]
    drag(window, place(window, 1.0) - QPoint(3, 0), round(-scale / 2))
    assert spans(window) == [(0, 0.5), (2, 3)]
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert spans(window) == [(0, 2)]


def test_pieces_snap_to_each_other(window: TimelineWindow) -> None:
    window.desk.seek(Fraction(1))
    QTest.keyClick(window, Qt.Key.Key_S)
    scale = window.tracks.view.layout_.scale
    drag(window, place(window, 1.5), round(scale))
    window.desk.seek(Fraction(0))
    drag(window, place(window, 2.5), round(-scale) + 6)
    assert spans(window) == [(0, 1), (1, 2)]


def test_deleting_and_closing_the_gap(window: TimelineWindow) -> None:
    window.desk.seek(Fraction(1))
    QTest.keyClick(window, Qt.Key.Key_S)
    QTest.mouseClick(window.tracks.view, LEFT, NONE, place(window, 0.5))
    QTest.keyClick(window, Qt.Key.Key_Delete, SHIFT)
    assert spans(window) == [(0, 1)]


def test_playing_follows_the_clock(desk: Desk, window: TimelineWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.player.playing
    desk.until(lambda: window.desk.playhead > Fraction(1, 4))
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert not window.player.playing


def test_playing_ends_at_the_end(desk: Desk, window: TimelineWindow) -> None:
    window.desk.seek(Fraction(7, 4))
    window.player.play()
    desk.until(lambda: not window.player.playing)
    assert window.desk.playhead == Fraction(47, 24)


def test_rendering_is_listed_and_exact(desk: Desk, window: TimelineWindow, tmp_path: Path) -> None:
    window.desk.render(tmp_path / "out.mp4", Encoding())
    desk.until(lambda: not window.desk.renders.active)
    assert [number_of(picture) for _, picture in decoded(tmp_path / "out.mp4")] == [n % 32 for n in range(48)]
    (job,) = desk.app.jobs.all()
    assert job.state is State.DONE and job.title == "Render out.mp4"


def test_a_render_given_up_leaves_nothing(desk: Desk, window: TimelineWindow, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    window.desk.render(folder / "out.webm", Encoding())
    (job,) = desk.app.jobs.all()
    desk.app.jobs.stoppers[job.id]()
    desk.until(lambda: not window.desk.renders.active)
    assert list(folder.iterdir()) == [] and desk.app.jobs.all()[0].state is State.CANCELLED


def test_a_frame_goes_to_the_canvas_and_back(desk: Desk, window: TimelineWindow) -> None:
    window.desk.seek(Fraction(1, 2))
    window.actions_["to_canvas"].trigger()
    desk.until(lambda: desk.app.document is not None)
    assert number_of(desk.document.flatten()) == 12
    window.actions_["from_canvas"].trigger()
    assert spans(window) == [(0, 2), (2, 6)]


def test_a_generated_clip_comes_onto_the_timeline(desk: Desk, window: TimelineWindow) -> None:
    made = recorded(12)
    desk.app.handle(Finished(77, made, 1.0, Provenance("interpolate", "1", {}, 0)))
    assert spans(window) == [(0, 2), (2, 2.5)]


def test_what_cannot_be_is_told(desk: Desk, window: TimelineWindow, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"nothing")
    window.desk.import_files([tmp_path / "bad.mp4"])
    desk.idle()
    assert any("no video" in notice.sentence for notice in desk.app.notices.items)
    window.actions_["cross"].trigger()
    assert "right before" in desk.app.notices.items[-1].sentence
    assert spans(window) == [(0, 2)]


def test_tracks_are_switched_off_by_a_double_click(window: TimelineWindow) -> None:
    QTest.mouseDClick(window.tracks.view, LEFT, NONE, QPoint(HEAD // 2, RULER + 30))
    assert window.desk.score.tracks[0].off


def test_thumbnails_and_loudness_come_by_themselves(desk: Desk, window: TimelineWindow) -> None:
    looks, (track,) = window.tracks.view.looks, window.desk.score.tracks
    source: Source = track.items[0].source
    desk.until(lambda: looks.thumb(source, 0) is not None)
    desk.until(lambda: len(looks.peaks(source)) > 90)  # type: ignore[arg-type]
    assert np.max(looks.peaks(source)) > 0.3  # type: ignore[arg-type]
    assert not window.grab().isNull()


def test_a_piece_that_grows_keeps_its_thumbnails(desk: Desk, window: TimelineWindow) -> None:
    recorder, looks = Recorder(), window.tracks.view.looks
    for frame in numbered(12):
        recorder.add(Image(frame), Fraction(1, 12))
    first = Source.of_clip(recorder.clip(Fraction(12)), "growing")
    desk.until(lambda: looks.thumb(first, 0) is not None)
    recorder.add(Image(numbered(1)[0]), Fraction(1, 12))
    assert looks.thumb(Source.of_clip(recorder.clip(Fraction(12)), "growing"), 0) is not None
