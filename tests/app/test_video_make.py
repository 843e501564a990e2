"""Generators on the timeline: frames stream onto the track, one undo step takes all of them back."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
from video_kit import number_of, recorded

from studio.engine.events import Chunked, Finished
from studio.model import timeline_edits as edits
from studio.model.media import Image
from studio.model.timeline import Source

F = Fraction


def spans(desk):
    return [(float(item.start), float(item.end)) for item in desk.score.tracks[0].items]


def shown(item):
    return [frame.image.array("uint8", 3) for frame in item.source.clip.frames()]


def filled(session):
    """Two pieces, one behind the other; the first one is cut to its first half second and chosen."""
    desk = session.app.video
    desk.add(Source.of_clip(recorded(24), "one"))
    desk.add(Source.of_clip(recorded(24), "two"))
    first = desk.score.tracks[0].items[0].id
    desk.do("Trim", lambda score: edits.trim_end(score, first, F(1, 2), ripple=True))
    desk.choose(first)
    return desk


def test_a_clip_is_continued_from_where_it_was_cut(session):
    desk = filled(session)
    session.app.video.maker.continue_clip(6)
    session.until(lambda: not desk.maker._making)
    assert spans(desk) == [(0, 0.5), (0.5, 0.75), (0.75, 1.75)]
    new = desk.score.tracks[0].items[1]
    frames = shown(new)
    assert len(frames) == 6 and "continued" in new.source.title
    last = recorded(24).frame_at(F(11, 24)).array("uint8", 3)
    assert np.array_equal(frames[0], last // 2), "it must see the piece's last frame, not the film's"
    desk.timeline.undo()
    assert spans(desk) == [(0, 0.5), (0.5, 1.5)]
    desk.timeline.redo()
    assert spans(desk) == [(0, 0.5), (0.5, 0.75), (0.75, 1.75)]


def test_frames_are_seen_as_they_come_and_kept_when_it_is_given_up(session):
    desk = filled(session)
    lengths = []
    desk.changed.connect(lambda: lengths.append(float(desk.score.length)))

    def stop(event):
        if isinstance(event, Chunked) and event.index == 2:
            session.app.engine.cancel(event.job_id)

    session.app.job_event.connect(stop)
    desk.maker.continue_clip(2000)
    session.until(lambda: not desk.maker._making)
    assert [round((b - a) * 24) for a, b in pairwise(lengths) if b > a][:2] == [1, 1]
    piece = desk.score.tracks[0].items[1]
    assert 3 <= round(piece.length * 24) < 2000 and len(shown(piece)) == round(piece.length * 24)
    desk.timeline.undo()
    assert spans(desk) == [(0, 0.5), (0.5, 1.5)], "all of it is one step"


def test_taking_it_back_while_it_comes_gives_it_up(session):
    desk = filled(session)
    ended = []

    def undo(event):
        if isinstance(event, Chunked) and event.index == 1:
            desk.timeline.undo()
        if isinstance(event, Finished):
            ended.append(event)

    session.app.job_event.connect(undo)
    desk.maker.continue_clip(2000)
    session.until(lambda: not desk.maker._making)
    assert not ended and spans(desk) == [(0, 0.5), (0.5, 1.5)]


def test_edits_meanwhile_stay(session):
    desk = filled(session)

    def mark(event):
        if isinstance(event, Chunked) and event.index == 1:
            desk.do("Add marker", lambda score: edits.add_marker(score, F(1), "here"))

    session.app.job_event.connect(mark)
    desk.maker.continue_clip(8)
    session.until(lambda: not desk.maker._making)
    assert len(desk.score.markers) == 1 and round(desk.score.tracks[0].items[1].length * 24) == 8
    desk.timeline.undo()
    assert not desk.score.markers and round(desk.score.tracks[0].items[1].length * 24) == 8


def test_a_picture_on_the_timeline_begins_to_move(session):
    desk = session.app.video
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:, :6] = 255
    desk.add(Source.of_image(Image(picture), "still"))
    desk.maker.animate()
    session.until(lambda: not desk.maker._making)
    moved = desk.score.tracks[0].items[1]
    assert moved.source.title == "still, animated" and len(shown(moved)) == 4
    assert number_of(shown(moved)[0]) == 0


def on_chunk(session, index, act):
    """Do something when a generator has given so many parts."""

    def look(event):
        if isinstance(event, Chunked) and event.index == index:
            act(event)

    session.app.job_event.connect(look)


def test_frames_between_take_the_place_of_the_piece_as_they_come(session):
    desk = filled(session)
    midway = []
    on_chunk(session, 11, lambda event: midway.append((spans(desk), desk.score.tracks[0].items[1])))
    desk.maker.interpolate("smooth")
    session.until(lambda: not desk.maker._making)
    (seen, rest) = midway[0]
    assert seen == [(0, 0.25), (0.25, 0.5), (0.5, 1.5)], "the rest of the old piece must follow"
    assert rest.offset == F(1, 4) and rest.source.title == "one"
    assert spans(desk) == [(0, 0.5), (0.5, 1.5)]
    new = desk.score.tracks[0].items[0]
    assert len(shown(new)) == 24 and new.source.title == "one, smooth"
    desk.timeline.undo()
    assert spans(desk) == [(0, 0.5), (0.5, 1.5)] and desk.score.tracks[0].items[0].source.title == "one"


def test_slow_motion_pushes_later_pieces_on(session):
    desk = filled(session)
    midway = []
    on_chunk(session, 11, lambda event: midway.append(spans(desk)))
    desk.maker.interpolate("slow")
    session.until(lambda: not desk.maker._making)
    assert midway == [[(0, 0.5), (0.5, 0.75), (0.75, 1.75)]]
    assert spans(desk) == [(0, 1), (1, 2)]
    desk.timeline.undo()
    assert spans(desk) == [(0, 0.5), (0.5, 1.5)]


def test_given_up_midway_the_old_rest_stays(session):
    desk = filled(session)
    on_chunk(session, 11, lambda event: session.app.engine.cancel(event.job_id))
    desk.maker.interpolate("smooth")
    session.until(lambda: not desk.maker._making)
    (_, middle), *later = spans(desk)
    assert 0.25 <= middle < 0.5 and later == [(middle, 0.5), (0.5, 1.5)]
    old = desk.score.tracks[0].items[1]
    assert old.source.title == "one" and old.offset == F(middle)


def test_a_cross_fade_stays_while_frames_between_come(session):
    desk = filled(session)
    second = desk.score.tracks[0].items[1].id
    desk.do("Fade", lambda score: edits.cross_fade(score, second, F(1, 4)))
    desk.choose(second)
    desk.maker.interpolate("smooth")
    session.until(lambda: not desk.maker._making)
    assert spans(desk) == [(0, 0.5), (0.25, 1.25)]
    assert desk.score.tracks[0].items[1].fade_in == F(1, 4)
    assert not [notice for notice in session.app.notices.items if notice.level != "info"]
