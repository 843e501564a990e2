"""A song on the timeline's audio track, with markers in its tempo."""

from fractions import Fraction

import pytest

from studio.app.music import onto_timeline
from studio.app.video_desk import VideoDesk
from studio.model.errors import UserError
from studio.model.melody import Melody, Meter, Note, Part, Tempo

SONG = Melody(
    (Part(tuple(Note(i * 480, 60 + i, 480) for i in range(10))),),
    480,
    (Tempo(0, 500_000), Tempo(1920, 1_000_000)),
    (Meter(0, 4, 4), Meter(1920, 3, 4)),
    title="Walk",
)


def test_markers_follow_tempo_and_meter() -> None:
    bars = onto_timeline.markers(SONG, "bars")
    assert [(float(mark.at), mark.title) for mark in bars] == [(0, "Bar 1"), (2, "Bar 2"), (5, "Bar 3")]
    beats = onto_timeline.markers(SONG, "beats")
    assert [mark.title for mark in beats[3:6]] == ["1.4", "2.1", "2.2"]
    assert beats[5].at == Fraction(3)


def test_a_song_without_notes_is_refused(session) -> None:
    with pytest.raises(UserError, match="no notes"):
        onto_timeline.put(Melody((Part(),)), VideoDesk(session.app))


def test_the_song_comes_behind_what_is_there_as_one_step(session) -> None:
    desk = VideoDesk(session.app)
    for _ in range(2):
        before = len(desk.score.tracks[0].items) if desk.score.tracks else 0
        onto_timeline.put(SONG, desk)
        session.until(lambda n=before: desk.score.tracks and len(desk.score.tracks[0].items) > n)
    first, second = desk.score.tracks[0].items
    assert first.source.title == "Walk" and first.length >= SONG.duration
    assert [mark.at - second.start for mark in desk.score.markers[-3:]] == [0, 2, 5]
    desk.timeline.undo()
    assert len(desk.score.markers) == 3
    desk.close()
