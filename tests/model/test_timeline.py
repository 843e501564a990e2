"""The timeline: every edit is exact, refuses what cannot be, and can be undone."""

from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from video_kit import number_of, recorded

from studio.model import timeline_edits as edits
from studio.model.errors import UserError
from studio.model.media import Image
from studio.model.timeline import Item, Key, Score, Source, Timeline, eased, keyed
from studio.model.timeline_render import Mix, rendered

RATE = Fraction(24)
SECOND = Fraction(1)


class Beep:
    """A sound whose every sample is the number of its second."""

    path = ""

    def blocks(self, start=Fraction(0), end=None):
        at = round(start * 48_000)
        while end is None or at < round(end * 48_000):
            yield np.full((480, 2), (at // 48_000) / 10, np.float32)
            at += 480


def film(count=48):
    """Two seconds of numbered frames."""
    return Source.of_clip(recorded(count, RATE), "film")


def still(value=100):
    return Source.of_image(Image(np.full((32, 48, 3), value, np.uint8)), "still")


def filled(*lengths, source=None):
    """One video track with items one behind the other, ids 1, 2, ..., of a source each two seconds."""
    score = edits.add_track(Score(48, 32, RATE), 100, "video")
    for id, length in enumerate(lengths, 1):
        score = edits.append(score, 100, Item(id, source or film(), Fraction(0), Fraction(length)))
    return score


def spans(score, track=0):
    return [(float(item.start), float(item.end)) for item in score.tracks[track].items]


def test_items_follow_one_another():
    assert spans(filled(1, 2, 1)) == [(0, 1), (1, 3), (3, 4)]


def test_items_do_not_lie_over_each_other():
    score = filled(1, 2)
    with pytest.raises(UserError, match="no room"):
        edits.move(score, 1, Fraction(2))
    with pytest.raises(UserError, match="no room"):
        edits.place(score, 100, Item(9, film(), Fraction(1, 2), Fraction(1, 4)))


def test_kinds_stay_apart():
    score = edits.add_track(filled(1), 200, "audio")
    with pytest.raises(UserError, match="audio tracks"):
        edits.move(score, 1, Fraction(0), 200)
    with pytest.raises(UserError, match="audio tracks"):
        edits.place(score, 100, Item(5, Source.of_sound(Beep(), SECOND, "beep"), Fraction(9), SECOND))


def test_moving_to_another_track():
    score = edits.move(edits.add_track(filled(1, 1), 200, "video"), 2, Fraction(5), 200)
    assert spans(score) == [(0, 1)] and spans(score, 1) == [(5, 6)]


def test_locked_tracks_stay_as_they_are():
    score = edits.set_track(filled(1), 100, locked=True)
    with pytest.raises(UserError, match="locked"):
        edits.remove(score, 1)


def test_removing_leaves_a_gap_or_closes_it():
    assert spans(edits.remove(filled(1, 2, 1), 2)) == [(0, 1), (3, 4)]
    assert spans(edits.remove(filled(1, 2, 1), 2, ripple=True)) == [(0, 1), (1, 2)]


def test_splitting_goes_on_where_it_was():
    score = edits.split(filled(2), 1, Fraction(5, 4), 7)
    left, right = score.tracks[0].items
    assert (left.length, right.start, right.offset, right.length) == (
        Fraction(5, 4), Fraction(5, 4), Fraction(5, 4), Fraction(3, 4),
    )  # fmt: skip
    with pytest.raises(UserError, match="nothing to split"):
        edits.split(score, 1, Fraction(5, 4), 8)


def test_splitting_changes_no_picture():
    whole = [frame.image.digest() for frame in rendered(filled(2)).frames()]
    cut = [frame.image.digest() for frame in rendered(edits.split(filled(2), 1, Fraction(5, 4), 7)).frames()]
    assert whole == cut and len(whole) == 48


def test_trimming_the_beginning():
    score = edits.trim_start(filled(2, 1), 1, Fraction(1, 2))
    item = score.tracks[0].items[0]
    assert (item.start, item.end, item.offset) == (Fraction(1, 2), 2, Fraction(1, 2))
    back = edits.trim_start(score, 1, Fraction(-5))
    assert back.tracks[0].items[0] == filled(2).tracks[0].items[0] or spans(back)[0] == (0, 2)
    assert spans(edits.trim_start(filled(2, 1), 1, Fraction(1, 2), ripple=True)) == [(0, 1.5), (1.5, 2.5)]


def test_trimming_the_end():
    assert spans(edits.trim_end(filled(2, 1), 1, Fraction(1))) == [(0, 1), (2, 3)]
    assert spans(edits.trim_end(filled(2, 1), 1, Fraction(1), ripple=True)) == [(0, 1), (1, 2)]
    assert spans(edits.trim_end(filled(1), 1, Fraction(9))) == [(0, 2)]  # no longer than its source
    assert spans(edits.trim_end(filled(1, source=still()), 1, Fraction(9))) == [(0, 9)]  # a picture lasts
    assert edits.trim_end(filled(1), 1, Fraction(-1)).tracks[0].items[0].length == 1 / RATE


def test_speed_keeps_the_part_of_the_source():
    score = edits.set_speed(filled(2, 1), 1, Fraction(2))
    assert spans(score) == [(0, 1), (1, 2)]
    assert [number_of(frame.image) for frame in rendered(score).frames(Fraction(0), Fraction(1, 4))] == [
        0, 2, 4, 6, 8, 10,
    ]  # fmt: skip
    assert spans(edits.set_speed(score, 1, Fraction(1))) == [(0, 2), (2, 3)]
    with pytest.raises(UserError, match="speed"):
        edits.set_speed(score, 1, Fraction(100))


def test_cross_fades_overlap_and_mix():
    score = edits.append(filled(1, source=still(0)), 100, Item(2, still(200), Fraction(0), Fraction(1)))
    score = edits.cross_fade(score, 2, Fraction(1, 2))
    assert spans(score) == [(0, 1), (0.5, 1.5)]
    seen = [int(frame.image.pixels[0, 0, 0]) for frame in rendered(score).frames()]
    assert seen[:12] == [0] * 12 and seen[12:24] == sorted(seen[12:24]) and seen[-1] == 200
    assert abs(seen[18] - 100) <= 1
    with pytest.raises(UserError, match="shorter"):
        edits.cross_fade(filled(1, 1), 2, Fraction(2))
    with pytest.raises(UserError, match="right before"):
        edits.cross_fade(filled(1, 1), 1, Fraction(1, 2))


def test_opacity_keys_ease():
    keys = (Key(Fraction(0), 0.0, "both"), Key(Fraction(2), 1.0, "hold"), Key(Fraction(3), 0.5))
    assert keyed(keys, Fraction(-1)) == 0 and keyed(keys, Fraction(1)) == pytest.approx(0.5)
    assert (
        keyed(keys, Fraction(1, 2)) < 0.25
        and keyed(keys, Fraction(5, 2)) == 1
        and keyed(keys, Fraction(9)) == 0.5
    )
    assert eased(0.5, "in") == 0.25 and eased(0.5, "out") == 0.75
    score = edits.set_key(filled(2), 1, Key(Fraction(1), 0.5))
    score = edits.set_key(score, 1, Key(Fraction(1), 0.25))
    assert [key.value for key in score.tracks[0].items[0].opacity] == [0.25]
    assert edits.remove_key(score, 1, Fraction(1)).tracks[0].items[0].opacity == ()


def test_fades_fit_into_their_item():
    item = edits.set_fades(filled(2), 1, Fraction(3, 2), Fraction(2)).tracks[0].items[0]
    assert (item.fade_in, item.fade_out) == (Fraction(3, 2), Fraction(1, 2))
    assert item.strength(Fraction(3, 4)) == pytest.approx(0.5)


def test_tracks_lie_over_each_other():
    score = edits.add_track(filled(1, source=still(50)), 200, "video")
    score = edits.place(
        score, 200, Item(9, still(150), Fraction(0), Fraction(1), opacity=(Key(Fraction(0), 0.5),))
    )
    assert next(rendered(score).frames()).image.pixels[0, 0, 0] == 100
    hidden = edits.set_track(score, 200, off=True)
    assert next(rendered(hidden).frames()).image.pixels[0, 0, 0] == 50


def test_other_shapes_keep_their_proportions():
    tall = Source.of_image(Image(np.full((40, 10, 3), 255, np.uint8)), "tall")
    frame = next(rendered(filled(1, source=tall)).frames()).image.pixels
    assert frame.shape == (32, 48, 3)
    assert frame[:, 20:28].min() == 255 and frame[:, :19].max() == 0 and frame[:, 29:].max() == 0


def test_markers_and_snapping():
    score = edits.add_marker(filled(1, 1), Fraction(7, 3), "beat")
    assert edits.snap(score, Fraction(19, 20), Fraction(1, 10)) == 1
    assert edits.snap(score, Fraction(12, 5), Fraction(1, 10)) == Fraction(7, 3)
    assert edits.snap(score, Fraction(101, 200), Fraction(1, 100)) == Fraction(12, 24)
    assert edits.remove_marker(score, Fraction(7, 3)).markers == ()


def test_sound_is_mixed_to_the_sample():
    score = edits.add_track(Score(rate=RATE), 100, "audio")
    beep = Source.of_sound(Beep(), Fraction(10), "beep")
    score = edits.place(score, 100, Item(1, beep, Fraction(1, 2), Fraction(2), offset=Fraction(3)))
    samples = np.concatenate(list(Mix(score).blocks()))
    assert len(samples) == 120_000
    assert not samples[:24_000].any()
    assert samples[24_000:72_000] == pytest.approx(0.3) and samples[72_000:] == pytest.approx(0.4)
    part = np.concatenate(list(Mix(score).blocks(Fraction(1), Fraction(2))))
    assert np.array_equal(part, samples[48_000:96_000])


def test_sound_crosses_over_without_a_step():
    score = edits.add_track(Score(rate=RATE), 100, "audio")
    beep = Source.of_sound(Beep(), Fraction(10), "beep")
    for id in (1, 2):
        score = edits.append(score, 100, Item(id, beep, Fraction(0), Fraction(1), offset=Fraction(5)))
    samples = np.concatenate(list(Mix(edits.cross_fade(score, 2, Fraction(1, 2))).blocks()))
    assert samples == pytest.approx(0.5, abs=1e-3)


def test_faster_sound_is_shorter():
    score = edits.add_track(Score(rate=RATE), 100, "audio")
    beep = Source.of_sound(Beep(), Fraction(10), "beep")
    score = edits.place(score, 100, Item(1, beep, Fraction(0), Fraction(4)))
    samples = np.concatenate(list(Mix(edits.set_speed(score, 1, Fraction(2))).blocks()))
    assert len(samples) == 96_000
    assert samples[36_000] == pytest.approx(0.1) and samples[60_000] == pytest.approx(0.2)


def test_an_empty_timeline_is_not_rendered():
    with pytest.raises(UserError, match="empty"):
        rendered(Score())


def test_undo_and_redo():
    timeline, seen = Timeline(filled(1)), []
    timeline.changed.connect(lambda: seen.append(spans(timeline.score)))
    timeline.edit("Move", lambda score: edits.move(score, 1, Fraction(1)), merge=True)
    timeline.edit("Move", lambda score: edits.move(score, 1, Fraction(3)), merge=True)
    timeline.edit("Trim", lambda score: edits.trim_end(score, 1, Fraction(7, 2)))
    assert (timeline.undo_title, timeline.redo_title) == ("Trim", "")
    timeline.undo()
    timeline.undo()
    assert spans(timeline.score) == [(0, 1)] and timeline.undo_title == ""
    timeline.undo()
    timeline.redo()
    assert spans(timeline.score) == [(3, 4)] and seen[-1] == [(3, 4)]
    timeline.edit("Remove", lambda score: edits.remove(score, 1))
    assert timeline.redo_title == ""


def test_what_is_refused_leaves_no_step():
    timeline = Timeline(filled(1, 1))
    with pytest.raises(UserError):
        timeline.edit("Move", lambda score: edits.move(score, 1, Fraction(1)))
    assert timeline.undo_title == "" and spans(timeline.score) == [(0, 1), (1, 2)]
    assert timeline.new_id() == 101 and timeline.new_id() == 102


@given(st.lists(st.tuples(st.sampled_from(["move", "start", "end", "split", "remove", "speed", "cross"]),
                          st.integers(1, 6), st.integers(0, 120), st.booleans()), max_size=25))  # fmt: skip
def test_no_edit_breaks_the_order(steps):
    timeline = Timeline(filled(1, 2, 1))
    source = timeline.score.tracks[0].items[0].source
    for kind, id, frames, ripple in steps:
        time = Fraction(frames, 24)
        try:
            timeline.edit(kind, partial(apply, kind, id, time, ripple, timeline.new_id()))
        except UserError:
            continue
        items = timeline.score.tracks[0].items
        assert all(item.length > 0 and item.start >= 0 and item.offset >= 0 for item in items)
        assert all(item.source_time(item.end) <= source.length for item in items)
        for one, other in pairwise(items):
            assert one.start < other.start and one.end - other.start <= other.fade_in
    while timeline.undo_title:
        timeline.undo()
    assert spans(timeline.score) == [(0, 1), (1, 3), (3, 4)]


def apply(kind, id, time, ripple, new_id, score):
    """One random edit."""
    later = time + Fraction(1, 48)
    return {
        "move": lambda: edits.move(score, id, time),
        "start": lambda: edits.trim_start(score, id, time, ripple),
        "end": lambda: edits.trim_end(score, id, time, ripple),
        "split": lambda: edits.split(score, id, time, new_id),
        "remove": lambda: edits.remove(score, id, ripple),
        "speed": lambda: edits.set_speed(score, id, later, ripple),
        "cross": lambda: edits.cross_fade(score, id, later),
    }[kind]()
