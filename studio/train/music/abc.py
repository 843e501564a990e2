"""A reader for single-voice dance tunes in ABC notation, version 1.6 (abcnotation.com/wiki/abc:standard).

It knows what collections of session tunes use: fields in the head and inside a tune, notes with accidentals,
lengths, broken rhythm, tuplets, ties, rests, chords (the top note counts), repeats and endings (a first
ending is left out, so that a part keeps its number of bars). Grace notes, chord symbols, ornaments and slurs
are passed over. Anything else raises `AbcError`, and the tune is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SHARPS, FLATS = "FCGDAEB", "BEADGCF"
FIFTHS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "C#": 7}
FIFTHS |= {"F": -1, "Bb": -2, "Eb": -3, "Ab": -4, "Db": -5, "Gb": -6, "Cb": -7}
MODES = {"maj": 0, "ion": 0, "": 0, "mix": -1, "dor": -2, "min": -3, "aeo": -3, "m": -3, "phr": -4, "lyd": 1}
MODE_NAMES = {"maj": "major", "ion": "major", "": "major", "mix": "mixolydian", "dor": "dorian"}
MODE_NAMES |= {"min": "minor", "aeo": "minor", "m": "minor", "phr": "phrygian", "lyd": "lydian"}
TUPLET_TIME = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
TOKEN = re.compile(
    r"""(?P<skip>\{[^}]*\}|"[^"]*"|![^!]*!|\+[a-z]+\+|[\s`\\.~HLMOPSTuvy$*()](?!\d)|[\s`\\~$*.)]|y)"""
    r"""|(?P<tuplet>\((?P<p>\d)(:(?P<q>\d?))?(:(?P<r>\d?))?)"""
    r"""|\[(?P<field>[A-Za-z]):(?P<value>[^\]]*)\]"""
    r"""|(?P<bar>:*[|\]]+:*|::|:+\||\[\||\|)\s*\[?(?P<ending>[\d,\-]+)?"""
    r"""|\[(?P<only>\d)"""
    r"""|\[(?P<chord>[^\]|:]+)\](?P<chordlen>\d*/*\d*)"""
    r"""|(?P<note>(?P<acc>\^\^|\^|__|_|=)?(?P<name>[A-Ga-g])(?P<oct>[,']*)|(?P<rest>[zxZ]))"""
    r"""(?P<len>\d*/*\d*)"""
    r"""|(?P<broken>>+|<+)|(?P<tie>-)""",
    re.VERBOSE,
)


class AbcError(ValueError):
    """A tune holds something this reader does not know."""


@dataclass
class Event:
    """A note or rest: MIDI pitch (None: rest), length in quarter notes, tied to the next note."""

    pitch: int | None
    length: Fraction
    tied: bool = False


@dataclass
class Tune:
    """One tune as it stands in its book. ``parts`` are its bars, each a list of events."""

    number: int = 0
    titles: list[str] = field(default_factory=list)
    rhythm: str = ""
    meter: tuple[int, int] = (4, 4)
    tonic: int = 0
    mode: str = "major"
    bars: list[list[Event]] = field(default_factory=list)


def read_book(text: str) -> Iterator[Tune]:
    """The tunes of an ABC file that can be read and keep one meter and key; others are left out."""
    for block in re.split(r"(?m)^(?=X:)", text):
        if block.startswith("X:"):
            try:
                yield read_tune(block)
            except AbcError:
                continue


def read_tune(block: str) -> Tune:
    """One tune, from its ``X:`` line on. AbcError when it cannot be read."""
    tune, unit, body, key = Tune(), Fraction(1, 8), [], ""
    for raw in block.splitlines():
        line = raw.partition("%")[0].rstrip()
        match = re.match(r"([A-Za-z]):\s*(.*)$", line)
        if not match:
            body.append(line)
            continue
        name, value = match.groups()
        if name == "X":
            tune.number = int(re.sub(r"\D", "", value) or 0)
        elif name == "T" and not key:
            tune.titles.append(value.strip())
        elif name == "R":
            tune.rhythm = value.strip().lower()
        elif name == "M":
            tune.meter = same(tune.meter, meter_of(value), bool(key))
        elif name == "L":
            unit = fraction_of(value)
        elif name == "K":
            key = "".join(value.split()) if not key else agree(key, "".join(value.split()))
        elif name == "V":
            raise AbcError("several voices")
    if not key:
        raise AbcError("no key")
    tune.tonic, tune.mode, signature = key_of(key)
    tune.bars = Body(unit * 4, signature, tune.meter).read("\n".join(body))
    return tune


def same(old: tuple[int, int], new: tuple[int, int], inside: bool) -> tuple[int, int]:
    """The new meter; AbcError when it changes inside the tune."""
    if inside and old != new:
        raise AbcError("the meter changes")
    return new


def agree(old: str, new: str) -> str:
    """The key; AbcError when it changes inside the tune."""
    if key_of(old) != key_of(new):
        raise AbcError("the key changes")
    return old


def fraction_of(text: str) -> Fraction:
    """``1/8`` and the like."""
    match = re.match(r"\s*(\d+)\s*/\s*(\d+)", text)
    if not match or not int(match[2]):
        raise AbcError(f"no fraction: {text}")
    return Fraction(int(match[1]), int(match[2]))


def meter_of(text: str) -> tuple[int, int]:
    """``6/8`` -> (6, 8); C and C| -> (4, 4)."""
    text = text.strip()
    if text.startswith("C"):
        return 4, 4
    match = re.match(r"(\d+)/(\d+)", text)
    if not match:
        raise AbcError(f"no meter: {text}")
    return int(match[1]), int(match[2])


def key_of(text: str) -> tuple[int, str, dict[str, int]]:
    """``Ador`` -> tonic pitch class 9, "dorian", letter -> semitones of the signature."""
    match = re.match(r"([A-G])([#b]?)([A-Za-z]*)", text)
    if not match or match[1] + match[2] not in FIFTHS:
        raise AbcError(f"no key: {text}")
    mode = match[3].lower()
    mode = "m" if mode == "m" else mode[:3]
    if mode not in MODES:
        raise AbcError(f"no mode: {text}")
    fifths = FIFTHS[match[1] + match[2]] + MODES[mode]
    letters = SHARPS[:fifths] if fifths > 0 else FLATS[:-fifths]
    tonic = NATURAL[match[1]] + {"#": 1, "b": -1, "": 0}[match[2]]
    return tonic % 12, MODE_NAMES[mode], dict.fromkeys(letters, 1 if fifths > 0 else -1)


class Body:
    """Reads the music of one tune. ``unit``: the length of a plain note, in quarter notes."""

    def __init__(self, unit: Fraction, signature: dict[str, int], meter: tuple[int, int]) -> None:
        self.unit, self.signature = unit, signature
        self.compound = meter[0] % 3 == 0 and meter[1] == 8
        self.bars: list[list[Event]] = [[]]
        self.altered: dict[str, int] = {}
        self.scale: list[Fraction] = []
        self.broken = Fraction(1)
        self.skipping = False

    def read(self, text: str) -> list[list[Event]]:
        """All bars, empty ones left out. AbcError at the first thing unknown."""
        place = 0
        while place < len(text):
            match = TOKEN.match(text, place)
            if not match:
                raise AbcError(f"unknown: {text[place : place + 8]!r}")
            place = match.end()
            self.take(match)
        return [bar for bar in self.bars if bar]

    def take(self, match: re.Match[str]) -> None:
        """One token."""
        if match["bar"]:
            self.bar(match["bar"], match["ending"])
        elif match["only"]:
            self.skipping = match["only"] == "1"
        elif match["field"]:
            self.inline(match["field"])
        elif match["tuplet"]:
            self.tuplet(int(match["p"]), int(match["q"] or 0), int(match["r"] or 0))
        elif match["broken"]:
            self.break_rhythm(match["broken"])
        elif match["tie"] and self.last() and not self.skipping:
            self.last_event().tied = True
        elif match["chord"]:
            self.chord(match["chord"], match["chordlen"])
        elif match["note"]:
            self.note(match)

    def bar(self, sign: str, ending: str | None) -> None:
        """A bar line: the end of a bar, of a first ending, the begin of an ending."""
        self.altered = {}
        if ":" in sign or len(sign) > 1:
            self.skipping = False
        if ending:
            self.skipping = ending.startswith("1")
        if self.bars[-1]:
            self.bars.append([])

    def inline(self, name: str) -> None:
        """A field among the notes: only ones that do not change the music may stand there."""
        if name in "KMLV":
            raise AbcError("a change inside the tune")

    def tuplet(self, p: int, q: int, r: int) -> None:
        """p notes in the time of q, for the next r."""
        q = q or TUPLET_TIME.get(p, 3 if self.compound else 2)
        self.scale = [Fraction(q, p)] * (r or p)

    def break_rhythm(self, sign: str) -> None:
        """``>`` lengthens the note before by half and shortens the next one; ``<`` the other way."""
        short = Fraction(1, 2 ** len(sign))
        long = 2 - short
        if self.skipping or not self.last():
            return
        self.last_event().length *= long if sign[0] == ">" else short
        self.broken = short if sign[0] == ">" else long

    def chord(self, inside: str, length: str) -> None:
        """The top note of a chord."""
        notes = [m for m in TOKEN.finditer(inside) if m["name"]]
        if not notes:
            raise AbcError(f"empty chord: {inside}")
        top = max(notes, key=lambda m: self.pitch(m) or 0)
        self.add(self.pitch(top), length_of(top["len"]) * length_of(length))

    def note(self, match: re.Match[str]) -> None:
        """A note or rest."""
        if match["rest"] == "Z":
            raise AbcError("bars of rest")
        self.add(None if match["rest"] else self.pitch(match), length_of(match["len"]))

    def add(self, pitch: int | None, factor: Fraction) -> None:
        """Append an event, scaled by tuplet and broken rhythm; nothing inside a first ending."""
        length = factor * self.unit * self.broken
        self.broken = Fraction(1)
        if self.scale:
            length *= self.scale.pop()
        if not self.skipping and length:
            self.bars[-1].append(Event(pitch, length))

    def pitch(self, match: re.Match[str]) -> int:
        """MIDI pitch by name, octave marks, accidentals in this bar, signature."""
        letter, marks = match["name"], match["oct"]
        octave = (1 if letter.islower() else 0) + marks.count("'") - marks.count(",")
        if match["acc"]:
            self.altered[letter + marks] = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}[match["acc"]]
        shift = self.altered.get(letter + marks, self.signature.get(letter.upper(), 0))
        return 60 + 12 * octave + NATURAL[letter.upper()] + shift

    def last(self) -> bool:
        """Whether there is an event before."""
        return bool(self.bars[-1]) or (len(self.bars) > 1 and bool(self.bars[-2]))

    def last_event(self) -> Event:
        """The event before, in this bar or the one before."""
        return (self.bars[-1] or self.bars[-2])[-1]


def length_of(text: str) -> Fraction:
    """``3/2``, ``/``, ``//``, ``2`` -> factor."""
    top, slash, bottom = text.partition("/")
    if not slash:
        return Fraction(int(top or 1))
    slashes = 1 + len(bottom) - len(bottom.lstrip("/"))
    digits = bottom.lstrip("/")
    return Fraction(int(top or 1), int(digits) if digits else 2**slashes)
