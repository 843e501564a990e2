"""The song of the piano roll, its undo, and what is done to notes."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model import song_edits
from studio.model.errors import UserError
from studio.model.melody import Key, Melody, Note, Part
from studio.model.song import Song, add_part, remove_part

A, B, C = Note(0, 60, 100), Note(120, 64, 100), Note(250, 67, 50)


def song(*notes: Note) -> Song:
    return Song(Melody((Part(notes, "Tune"),)))


def test_undo_and_redo_go_through_every_state() -> None:
    made = song()
    for notes in ((A,), (A, B), (A, B, C)):
        made.put_notes("Draw", 0, notes)
    counts = []
    while made.can_undo:
        made.undo()
        counts.append(made.melody.count)
    while made.can_redo:
        made.redo()
    assert counts == [2, 1, 0]
    assert made.melody.parts[0].notes == (A, B, C)


def test_equal_merge_keys_are_one_step_until_sealed() -> None:
    made = song(A)
    made.put_notes("Move", 0, (B,), "m")
    made.put_notes("Move", 0, (C,), "m")
    made.seal()
    made.put_notes("Move", 0, (A, B), "m")
    assert made.titles == ("Move", "Move")
    made.undo()
    made.undo()
    assert made.melody.parts[0].notes == (A,)


def test_an_edit_that_changes_nothing_is_no_step() -> None:
    made = song(A)
    made.put_notes("Draw", 0, (A, A))
    assert not made.can_undo


def test_the_oldest_steps_go_when_the_bytes_are_used_up() -> None:
    made = song()
    made.limit_bytes = 20_000
    for number in range(50):
        made.put_notes("Draw", 0, [Note(i, 60, 1 + number) for i in range(50)])
    assert 1 <= len(made.titles) < 10


def test_saving_is_remembered_across_undo() -> None:
    made = song()
    made.put_notes("Draw", 0, (A,))
    made.mark_saved()
    assert not made.modified
    made.undo()
    assert made.modified
    made.redo()
    assert not made.modified


def test_muted_and_solo_parts() -> None:
    state = add_part(song(A).state, Part((B,)))
    assert [len(p.notes) for p in replace(state, muted=frozenset({0})).audible().parts] == [0, 1]
    assert [len(p.notes) for p in replace(state, solo=frozenset({0})).audible().parts] == [1, 0]


def test_removing_a_part_moves_the_marks_of_those_behind_it() -> None:
    state = add_part(add_part(song(A).state, Part((B,))), Part((C,)))
    left = remove_part(replace(state, muted=frozenset({0, 2})), 0)
    assert (left.muted, len(left.melody.parts)) == (frozenset({1}), 2)


def test_a_song_has_at_most_256_tracks() -> None:
    state = song().state
    with pytest.raises(UserError, match="256 tracks"):
        for _ in range(300):
            state = add_part(state, Part())


notes = st.lists(
    st.builds(Note, st.integers(0, 4000), st.integers(0, 127), st.integers(1, 500)), min_size=1, max_size=12
)


@given(notes, st.integers(-9000, 9000), st.integers(-200, 200))
def test_moving_keeps_the_shape_and_the_bounds(given_notes: list[Note], ticks: int, pitches: int) -> None:
    made = song_edits.moved(given_notes, ticks, pitches)
    shifts = {(b.start - a.start, b.pitch - a.pitch) for a, b in zip(given_notes, made, strict=True)}
    assert len(shifts) == 1
    assert all(note.start >= 0 and 0 <= note.pitch <= 127 for note in made)


@given(notes, st.sampled_from([30, 80, 120]))
def test_quantised_notes_begin_on_the_grid(given_notes: list[Note], grid: int) -> None:
    made = song_edits.quantised(given_notes, grid)
    assert all(note.start % grid == 0 for note in made)
    assert [note.duration for note in made] == [note.duration for note in given_notes]


def test_half_strength_quantises_half_the_way() -> None:
    assert song_edits.quantised([Note(20, 60, 10)], 120, 0.5)[0].start == 10


def test_swing_makes_every_second_step_late() -> None:
    straight = [Note(120 * i, 60, 120) for i in range(4)]
    assert [note.start for note in song_edits.swung(straight, 120, 2 / 3)] == [0, 160, 240, 400]
    half = song_edits.swung(straight, 120, 0.5)
    assert all(a.end == b.start for a, b in pairwise(half))


def test_notes_are_moved_into_the_scale_and_along_it() -> None:
    melody = Melody(keys=(Key(0, 2),))
    black = [Note(0, 61, 10), Note(0, 63, 10), Note(0, 65, 10)]
    assert [note.pitch % 12 for note in song_edits.to_scale(black, melody)] == [1, 2, 4]
    assert [n.pitch for n in song_edits.by_steps([Note(0, 62, 10), Note(0, 66, 10)], 1, melody)] == [64, 67]
