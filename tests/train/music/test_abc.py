"""Reading session tunes, and making them alike."""

from fractions import Fraction

import numpy as np
import pytest

from studio.nets.melody_code import HOLD, REST
from studio.train.music.abc import AbcError, Tune, read_book, read_tune
from studio.train.music.data import order_with_gap
from studio.train.music.tunes import row_of, split


def tune(body: str, key: str = "D", meter: str = "4/4", more: str = "") -> Tune:
    return read_tune(f"X:1\nT:Test\n{more}M:{meter}\nL:1/8\nK:{key}\n{body}\n")


def pitches(read: Tune) -> list[int | None]:
    return [event.pitch for bar in read.bars for event in bar]


def lengths(read: Tune) -> list[Fraction]:
    return [event.length for bar in read.bars for event in bar]


def test_signature_accidentals_and_octaves() -> None:
    assert pitches(tune("F =F F | F c' C,")) == [66, 65, 65, 66, 85, 49]


def test_modes_have_their_signatures() -> None:
    assert pitches(tune("F C", "Ador")) == [66, 60]
    assert pitches(tune("F C", "A Minor")) == [65, 60]


def test_lengths_broken_rhythm_and_triplets() -> None:
    half = Fraction(1, 2)
    assert lengths(tune("A2 A/ A3/2 A//")) == [1, half / 2, half * 3 / 2, half / 4]
    assert lengths(tune("A>B c<d")) == [half * 3 / 2, half / 2, half / 2, half * 3 / 2]
    assert lengths(tune("(3ABc d")) == [Fraction(1, 3)] * 3 + [half]


def test_ornaments_graces_chords_and_comments() -> None:
    assert pitches(tune('"Am"~A {gf}B [FAd] .c "tr"uB % nothing\n')) == [69, 71, 74, 73, 71]


def test_a_first_ending_is_left_out() -> None:
    assert pitches(tune("A8 |1 B8 :|2 c8 |]")) == [69, 73]


@pytest.mark.parametrize("body", ["A @ B", "A [K:G] B", "Z2", "A|\nM:6/8\nB"])
def test_what_is_not_known_is_refused(body: str) -> None:
    with pytest.raises(AbcError):
        tune(body)


def test_a_book_gives_the_tunes_that_can_be_read() -> None:
    book = "X:1\nT:A\nM:C\nL:1/8\nK:G\nGABc|\n\nX:2\nT:B\nK:none\nA\n"
    assert [read.titles for read in read_book(book)] == [["A"]]


REEL = "|:A|" + "dABc d4|" * 7 + "d4 d3:|"


def test_rows_have_whole_bars_after_an_upbeat() -> None:
    row = row_of(tune(REEL, more="R:reel\n"), "Book")
    assert row is not None
    assert (row["kind"], row["meter"], row["mode"], row["tonic"]) == ("reel", "4/4", "major", 62)
    assert row["bars"][0] == [(REST, 84), (7, 12)]
    assert {sum(ticks for _, ticks in bar) for bar in row["bars"]} == {96}
    assert row["bars"][-1][-1] == (REST, 12)


def test_a_tie_over_the_bar_line_is_held() -> None:
    row = row_of(tune("d4 d4-|" + "d4 A4|" * 7), "Book")
    assert row is not None and row["bars"][2][0] == (HOLD, 48)


def test_bars_that_do_not_add_up_drop_the_tune() -> None:
    assert row_of(tune("d8|d3|d8|" + "d8|" * 6), "Book") is None


def word(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in str(number))


def test_settings_of_one_tune_are_never_parted() -> None:
    rows = [
        {
            "title": f"T{i}",
            "titles": [f"Name {word(i // 3)} reel"],
            "book": "B",
            "number": i,
            "bars": [[], [(i, 1)]],
        }
        for i in range(300)
    ]
    split(rows)
    groups = [{row["test"] for row in rows[i : i + 3]} for i in range(0, 300, 3)]
    assert all(len(group) == 1 for group in groups)
    assert 0.03 < np.mean([row["test"] for row in rows]) < 0.25


def test_an_order_with_a_gap_has_every_bar_once() -> None:
    rng = np.random.default_rng(0)
    for bars in (1, 2, 8, 40):
        order, silent = order_with_gap(bars, rng)
        assert sorted(order) == list(range(bars + 1))
        assert all(order.index(bar) < order.index(max(order)) or bar == max(order) for bar in silent)
