"""Tunes of the books made alike: whole bars, pitches from the tonic, one kind, and a split by tune.

A prepared data set is one file, ``tunes.json``: a list of objects with ``title``, ``book``, ``number``,
``kind``, ``meter`` ("6/8"), ``mode``, ``tonic`` (MIDI pitch), ``test`` (held out) and ``bars``: a list of
bars, each a list of [pitch, ticks]. Pitch counts semitones from the tonic, or is REST or HOLD. A quarter
note has 24 ticks. Bar 0 is the upbeat: a whole bar that begins with its rest.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from studio.nets.melody_code import HIGH, HOLD, KINDS, LOW, METERS, MODES, REST, TICKS, bar_ticks
from studio.train.music.abc import Event, Tune, read_book

BOOKS = {"oneills1850": "O'Neill", "airdsAirs": "Aird", "ryansMammoth": "Ryan"}
AIRS_TO = 626  # O'Neill's first part, the airs, ends here
FEWEST, MOST = 6, 50  # bars
INCIPIT = 12  # intervals that make two settings the same tune
RHYTHMS = {
    "slip": "slip jig",
    "jig": "jig",
    "reel": "reel",
    "hornpipe": "hornpipe",
    "clog": "hornpipe",
    "strathspey": "strathspey",
    "fling": "strathspey",
    "air": "air",
    "waltz": "air",
}
Bar = list[tuple[int, int]]


def prepare(packages: dict[str, Path], out: Path) -> None:
    """Read the three books of the music21 corpus and write ``tunes.json``."""
    rows = [row for folder, book in BOOKS.items() for row in book_rows(packages["music21"], folder, book)]
    split(rows)
    out.mkdir(parents=True, exist_ok=True)
    (out / "tunes.json").write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")), "utf-8")


def book_rows(package: Path, folder: str, book: str) -> list[dict[str, Any]]:
    """The usable tunes of one book."""
    files = sorted((package / "music21" / "corpus" / folder).glob("*.abc"))
    tunes = [tune for file in files for tune in read_book(file.read_text("utf-8", "replace"))]
    return [row for tune in tunes if (row := row_of(tune, book)) is not None]


def row_of(tune: Tune, book: str) -> dict[str, Any] | None:
    """A tune as the data set keeps it; None when it does not fit the vocabulary."""
    meter = "{}/{}".format(*tune.meter)
    if meter not in METERS or tune.mode not in MODES:
        return None
    bars = whole_bars(tune.bars, bar_ticks(meter))
    if bars is None or not FEWEST <= len(bars) - 1 <= MOST:
        return None
    tonic = tonic_of(tune)
    coded = coded_bars(bars, tonic)
    if coded is None:
        return None
    title = tune.titles[0] if tune.titles else f"{book} {tune.number}"
    return {
        "title": title,
        "book": book,
        "number": tune.number,
        "kind": kind_of(tune, book),
        "meter": meter,
        "mode": tune.mode,
        "tonic": tonic,
        "bars": coded,
        "titles": tune.titles,
    }


def kind_of(tune: Tune, book: str) -> str:
    """The kind of dance its rhythm field names, "air" for O'Neill's airs, else "tune"."""
    for word, kind in RHYTHMS.items():
        if word in tune.rhythm.replace("slipjig", "slip jig"):
            return kind
    return "air" if book == "O'Neill" and tune.number < AIRS_TO else "tune"


def tonic_of(tune: Tune) -> int:
    """The MIDI pitch of the tonic in the octave in which the tune lies on average 0 to 12 semitones above."""
    notes = [(e.pitch, e.length) for bar in tune.bars for e in bar if e.pitch is not None]
    mean = sum(float(length) * pitch for pitch, length in notes) / max(1.0, sum(float(n) for _, n in notes))
    return int(tune.tonic + 12 * ((mean - 1 - tune.tonic) // 12))


def whole_bars(bars: list[list[Event]], full: int) -> list[list[Event]] | None:
    """Bars of exactly ``full`` ticks after an upbeat bar; None when they cannot be made so.

    A short bar and the upbeat after it belong together; the first upbeat gets its rest before, the last bar
    its rest behind.
    """
    want = Fraction(full, TICKS)
    sums = [sum((e.length for e in bar), Fraction(0)) for bar in bars]
    made: list[list[Event]] = []
    place = 0
    if not bars:
        return None
    if sums[0] < want:
        made.append([Event(None, want - sums[0]), *bars[0]])
        place = 1
    else:
        made.append([Event(None, want)])
    while place < len(bars):
        if sums[place] == want:
            made.append(bars[place])
        elif place + 1 < len(bars) and sums[place] + sums[place + 1] == want:
            made.append(bars[place] + bars[place + 1])
            place += 1
        elif place + 1 == len(bars) and sums[place] < want:
            made.append([*bars[place], Event(None, want - sums[place])])
        else:
            return None
        place += 1
    return made


def coded_bars(bars: list[list[Event]], tonic: int) -> list[Bar] | None:
    """Events as pairs of numbers, ties merged or carried over the bar line; None when one does not fit."""
    coded: list[Bar] = []
    tied: int | None = None
    for bar in bars:
        out: Bar = []
        for event in bar:
            pitch = REST if event.pitch is None else event.pitch - tonic
            ticks = event.length * TICKS
            if ticks.denominator != 1 or (pitch != REST and not LOW <= pitch <= HIGH):
                return None
            if tied is not None and pitch == tied and out:
                out[-1] = (out[-1][0], out[-1][1] + int(ticks))
            elif pitch == REST and out and out[-1][0] == REST:
                out[-1] = (REST, out[-1][1] + int(ticks))
            else:
                out.append((HOLD if tied is not None and pitch == tied else pitch, int(ticks)))
            tied = pitch if event.tied and pitch != REST else None
        coded.append(out)
    return coded


def split(rows: list[dict[str, Any]]) -> None:
    """Hold a tenth of the tunes out: settings that share a title or a beginning are one tune."""
    parent = list(range(len(rows)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    seen: dict[str, int] = {}
    for i, row in enumerate(rows):
        for mark in [*map(plain, row.pop("titles")), incipit(row["bars"])]:
            if mark:
                parent[root(i)] = root(seen.setdefault(mark, i))
    names: dict[int, list[str]] = defaultdict(list)
    for i, row in enumerate(rows):
        names[root(i)].append(f"{row['title']} {row['book']} {row['number']}")
    for i, row in enumerate(rows):
        row["test"] = int(zlib.crc32(min(names[root(i)]).encode()) % 10 == 0)


def plain(title: str) -> str:
    """A title without article, dance, setting and punctuation."""
    words = re.sub(r"[^a-z ]", "", title.lower().replace("-", " ")).split()
    drop = {"the", "a", "reel", "jig", "hornpipe", "air", "strathspey", "clog", "st", "nd", "setting"}
    return " ".join(word for word in words if word not in drop)


def incipit(bars: list[Bar]) -> str:
    """The first intervals of a tune from its first whole bar on."""
    notes = [pitch for bar in bars[1:] for pitch, _ in bar if pitch not in (REST, HOLD)][: INCIPIT + 1]
    return " ".join(str(b - a) for a, b in pairwise(notes))


__all__ = ["KINDS", "prepare", "row_of", "split"]
