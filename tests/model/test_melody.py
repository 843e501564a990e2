"""Music as a value, MIDI in and out, MusicXML out."""

import struct
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.model.errors import UserError
from studio.model.melody import Key, Melody, Meter, Note, Part, Tempo
from studio.model.melody_midi import MAX_BYTES, midi_bytes, midi_of, read_midi
from studio.model.melody_xml import musicxml_bytes
from studio.model.notation import GRID, spelled

FLUTE = Part((Note(0, 60, 480, 90), Note(480, 64, 240, 80), Note(960, 67, 1000, 70)), "Flute", 73)
KIT = Part((Note(0, 36, 120), Note(480, 38, 120)), "Kit", 0, True)
TUNE = Melody(
    (FLUTE, KIT),
    480,
    (Tempo(0, 500_000), Tempo(960, 250_000)),
    (Meter(0, 3, 4), Meter(2880, 6, 8)),
    (Key(0, 2), Key(2880, 9, "minor")),
    "Étude",
)


def chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack(">I", len(data)) + data


def file(*tracks: bytes, form: int = 1, division: int = 96) -> bytes:
    head = chunk(b"MThd", struct.pack(">HHH", form, len(tracks), division))
    return head + b"".join(chunk(b"MTrk", track) for track in tracks)


END = b"\x00\xff\x2f\x00"


def notes_of(data: bytes) -> list[tuple[int, int, int, int]]:
    return [(n.start, n.duration, n.pitch, n.velocity) for n in midi_of(data).notes()]


def test_what_is_written_as_midi_is_read_back_exactly() -> None:
    assert midi_of(midi_bytes(TUNE)) == TUNE


note = st.builds(Note, st.integers(0, 5000), st.integers(0, 127), st.integers(1, 900), st.integers(1, 127))


@settings(max_examples=40, deadline=None)
@given(st.lists(note, min_size=1, max_size=30, unique_by=lambda n: n.pitch))
def test_any_notes_survive_midi(notes: list[Note]) -> None:
    melody = Melody((Part(tuple(notes), "x", 5),))
    assert midi_of(midi_bytes(melody)).parts == melody.parts


def test_seconds_follow_the_tempo_map_both_ways() -> None:
    assert TUNE.seconds(960) == pytest.approx(1.0)
    assert TUNE.seconds(1440) == pytest.approx(1.25)
    assert [TUNE.tick_at(TUNE.seconds(tick)) for tick in (0, 700, 960, 3000)] == [0, 700, 960, 3000]


def test_bar_lines_begin_anew_with_a_meter() -> None:
    assert list(TUNE.bar_lines(6000)) == [0, 1440, 2880, 4320, 5760]


def test_running_status_and_note_on_with_velocity_zero() -> None:
    track = b"\x00\x90\x3c\x40" + b"\x60\x3e\x40" + b"\x60\x3c\x00" + b"\x00\x3e\x00" + END
    assert notes_of(file(track)) == [(0, 192, 60, 64), (96, 96, 62, 64)]


def test_running_status_goes_on_past_a_meta_event() -> None:
    track = b"\x00\x90\x3c\x40" + b"\x10\xff\x01\x02hi" + b"\x10\x3c\x00" + END
    assert notes_of(file(track)) == [(0, 32, 60, 64)]


def test_names_of_tracks_are_read_in_old_and_new_writing() -> None:
    def named(name: bytes) -> str:
        head = b"\x00\xff\x03" + bytes([len(name)]) + name
        return midi_of(file(END, head + b"\x00\x90\x3c\x40\x10\x80\x3c\x00" + END)).parts[0].name

    assert named("Flöte".encode()) == named("Flöte".encode("latin-1")) == "Flöte"


def test_overlapping_notes_of_one_pitch_end_oldest_first() -> None:
    track = b"\x00\x90\x3c\x40\x10\x90\x3c\x50\x10\x80\x3c\x00\x10\x80\x3c\x00" + END
    assert notes_of(file(track)) == [(0, 32, 60, 64), (16, 32, 60, 80)]


def test_a_note_that_is_never_ended_lasts_as_long_as_its_track() -> None:
    assert notes_of(file(b"\x00\x90\x3c\x40\x60\xff\x2f\x00")) == [(0, 96, 60, 64)]


def test_format_0_is_parted_by_channel_and_program_and_knows_drums() -> None:
    play = b"\x00\x90\x3c\x40\x10\x80\x3c\x00"
    track = b"\x00\xc0\x28" + play + b"\x00\x99\x24\x40\x10\x89\x24\x00" + b"\x00\xc0\x49" + play + END
    parts = midi_of(file(track, form=0)).parts
    assert [(part.program, part.drums, len(part.notes)) for part in parts] == [
        (40, False, 1),
        (73, False, 1),
        (0, True, 1),
    ]


@pytest.mark.parametrize(("code", "half"), [(24, 0.5), (25, 0.5), (29, 0.5005), (30, 0.5)])
def test_smpte_time_is_kept_exactly(code: int, half: float) -> None:
    frames = 30 if code == 29 else code
    division = (256 - code) << 8 | 40
    ticks = frames * 40 // 2
    delta = bytes([0x80 | ticks >> 7, ticks & 0x7F])
    melody = midi_of(file(b"\x00\x90\x3c\x40" + delta + b"\x80\x3c\x00" + END, division=division))
    assert melody.duration == pytest.approx(half)


def test_system_exclusive_and_unknown_meta_events_are_passed_over() -> None:
    track = b"\x00\xf0\x03\x01\x02\xf7\x00\xff\x7f\x02ab\x00\x90\x3c\x40\x10\x80\x3c\x00" + END
    assert len(notes_of(file(track))) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF....",
        file(b"\x00\x90\x3c\x40" + END)[:-6],
        file(b"\x00\x3c\x40" + END),
        file(b"\x00\x90\x3c"),
        file(b"\xff\xff\xff\xff\x00"),
        file(b"\x00\x90\xbc\x40" + END),
        file(division=0),
        file(b"\x00\xf4\x00" + END),
        chunk(b"MThd", struct.pack(">HHH", 1, 0, 96)),
    ],
)
def test_a_broken_file_is_told_in_one_sentence(data: bytes) -> None:
    with pytest.raises(UserError, match=r"“x.mid” is no sound MIDI file: .*\.$"):
        midi_of(data, "x.mid")


def test_empty_and_silent_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"")
    with pytest.raises(UserError, match=r"“a.mid” is empty\."):
        read_midi(tmp_path / "a.mid")
    with pytest.raises(UserError, match="holds no notes"):
        midi_of(file(END))
    with pytest.raises(UserError, match="cannot be read"):
        read_midi(tmp_path / "none.mid")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 200))
def test_no_bytes_break_the_reader(junk: bytes, place: int) -> None:
    data = midi_bytes(TUNE)
    for broken in (data[:place] + junk + data[place + len(junk) :], file(junk)):
        try:
            midi_of(broken[:MAX_BYTES])
        except UserError as error:
            assert error.sentence.endswith(".")


def test_a_hundred_thousand_notes_are_read() -> None:
    melody = Melody((Part(tuple(Note(i * 10, i % 128, 9) for i in range(100_000))),))
    assert midi_of(midi_bytes(melody)).count == 100_000


def test_a_note_out_of_bounds_is_refused() -> None:
    with pytest.raises(UserError):
        Melody((Part((Note(0, 128, 1),)),))


def test_parts_of_equal_content_have_equal_digests() -> None:
    assert TUNE.digest() == replace(TUNE, title="other").digest()
    assert TUNE.digest() != replace(TUNE, parts=(FLUTE,)).digest()


def test_musicxml_bars_are_full_and_ties_meet() -> None:
    root = ElementTree.fromstring(musicxml_bytes(TUNE))
    assert [key.findtext("fifths") for key in root.iter("key")][:1] == ["2"]
    measures = root.find("part").findall("measure")
    assert len(measures) == 2
    for measure in measures:
        assert sum(int(n.findtext("duration")) for n in measure.findall("note")) == 3 * GRID
    ties = [tie.get("type") for tie in root.find("part").iter("tie")]
    assert ties.count("start") == ties.count("stop") > 0


def test_musicxml_puts_overlapping_notes_into_voices_and_equal_ones_into_chords() -> None:
    part = Part((Note(0, 60, 960), Note(0, 64, 960), Note(480, 67, 960)))
    root = ElementTree.fromstring(musicxml_bytes(Melody((part,))))
    assert len(list(root.iter("chord"))) == 1
    assert {voice.text for voice in root.iter("voice")} == {"1", "2"}
    assert [int(b.findtext("duration")) for b in root.iter("backup")] == [4 * GRID]


ORDERS = {
    "note": "chord pitch rest duration tie voice type dot time-modification notations",
    "attributes": "divisions key time clef",
    "direction": "direction-type offset sound",
    "score-part": "part-name score-instrument midi-instrument",
    "midi-instrument": "midi-channel midi-program",
    "pitch": "step alter octave",
}


def test_musicxml_elements_stand_in_the_order_of_the_schema() -> None:
    mixed = replace(TUNE, parts=(Part((Note(0, 61, 960), Note(0, 65, 960), Note(300, 70, 1700))), KIT))
    root = ElementTree.fromstring(musicxml_bytes(mixed))
    for name, order in ORDERS.items():
        found = [[child.tag for child in element] for element in root.iter(name)]
        assert found
        for tags in found:
            places = [order.split().index(tag) for tag in tags]
            assert places == sorted(places), (name, tags)


def test_musicxml_tells_tempo_changes_where_they_are() -> None:
    root = ElementTree.fromstring(musicxml_bytes(TUNE))
    found = [
        (d.find("sound").get("tempo"), d.findtext("offset")) for d in root.find("part").iter("direction")
    ]
    assert found == [("120", None), ("240", str(2 * GRID))]


def test_musicxml_names_instruments_and_puts_low_parts_and_drums_into_their_clefs() -> None:
    low = Part((Note(0, 40, 480),), "Bass", 32)
    root = ElementTree.fromstring(musicxml_bytes(replace(TUNE, parts=(*TUNE.parts, low))))
    assert [clef.text for clef in root.iter("sign")] == ["G", "percussion", "F"]
    assert [program.text for program in root.iter("midi-program")] == ["74", "1", "33"]
    assert [channel.text for channel in root.iter("midi-channel")] == ["10"]


def test_a_key_that_changes_within_a_bar_is_written_at_the_next_line() -> None:
    late = replace(TUNE, keys=(Key(0, 2), Key(700, 7)), meters=())
    measures = ElementTree.fromstring(musicxml_bytes(late)).find("part").findall("measure")
    assert [measure.findtext("attributes/key/fifths") for measure in measures] == ["2", "1"]


@pytest.mark.parametrize(
    ("pitch", "fifths", "name"),
    [
        (60, 0, ("C", 0, 4)),
        (66, -2, ("F", 1, 4)),  # the leading note of G minor
        (63, 1, ("D", 1, 4)),  # of E minor
        (59, -3, ("B", 0, 3)),  # of C minor
        (70, -1, ("B", -1, 4)),
        (71, -6, ("C", -1, 5)),
        (60, 6, ("B", 1, 3)),
    ],
)
def test_pitches_are_spelled_by_their_key(pitch: int, fifths: int, name: tuple[str, int, int]) -> None:
    assert spelled(pitch, fifths) == name


@given(st.integers(0, 127), st.integers(-6, 6))
def test_a_spelling_sounds_as_its_pitch(pitch: int, fifths: int) -> None:
    step, alter, octave = spelled(pitch, fifths)
    assert (
        12 * (octave + 1) + {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[step] + alter == pitch
    )
    assert -1 <= alter <= 1
