"""MIDI between the studio and other programs' libraries: mido and pretty_midi."""

import io

import mido
import pretty_midi
import pytest

from studio.model.melody import Key, Melody, Meter, Note, Part, Tempo
from studio.model.melody_midi import midi_bytes, midi_of

TUNE = Melody(
    (
        Part((Note(0, 60, 480, 90), Note(480, 64, 900, 80), Note(960, 67, 1000, 70)), "Flute", 73),
        Part((Note(0, 36, 120), Note(1920, 38, 120)), "Kit", 0, True),
        Part((Note(240, 40, 2400),), "Bass", 32),
    ),
    480,
    (Tempo(0, 500_000), Tempo(960, 250_000), Tempo(1000, 700_000)),
    (Meter(0, 3, 4), Meter(2880, 6, 8)),
    (Key(0, 2), Key(2880, 9, "minor")),
    "Tune",
)


def test_another_reader_hears_our_file_at_the_same_moments() -> None:
    heard = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(TUNE)))
    assert [(part.name, part.program, part.is_drum) for part in heard.instruments] == [
        ("Flute", 73, False),
        ("Kit", 0, True),
        ("Bass", 32, False),
    ]
    for part, other in zip(TUNE.parts, heard.instruments, strict=True):
        for note, theirs in zip(part.notes, other.notes, strict=True):
            assert (note.pitch, note.velocity) == (theirs.pitch, theirs.velocity)
            assert (theirs.start, theirs.end) == pytest.approx(
                (TUNE.seconds(note.start), TUNE.seconds(note.end))
            )
    assert [(m.numerator, m.denominator) for m in heard.time_signature_changes] == [(3, 4), (6, 8)]


def test_our_file_is_of_type_1_and_leaves_no_note_hanging() -> None:
    read = mido.MidiFile(file=io.BytesIO(midi_bytes(TUNE)))
    assert (read.type, len(read.tracks)) == (1, 4)
    assert read.length == pytest.approx(TUNE.seconds(2880))  # where the last key stands
    for track in read.tracks:
        assert track[-1].type == "end_of_track"
        on = [m for m in track if m.type == "note_on"]
        assert len(on) == sum(m.type == "note_off" for m in track)


@pytest.mark.parametrize("form", [0, 1])
def test_another_writer_is_read_with_its_tempo_map_and_drums(form: int) -> None:
    made = mido.MidiFile(type=form, ticks_per_beat=96)
    track = mido.MidiTrack()
    made.tracks.append(track)
    track.append(mido.MetaMessage("set_tempo", tempo=600_000))
    for channel, pitch in ((0, 60), (9, 38)):
        track.append(mido.Message("note_on", channel=channel, note=pitch, velocity=80))
    track.append(mido.MetaMessage("set_tempo", tempo=300_000, time=96))
    track.append(mido.MetaMessage("time_signature", numerator=6, denominator=8))
    for channel, pitch in ((0, 60), (9, 38)):
        track.append(mido.Message("note_off", channel=channel, note=pitch, time=48))
    data = io.BytesIO()
    made.save(file=data)
    melody = midi_of(data.getvalue())
    assert [(part.drums, part.notes[0].pitch) for part in melody.parts] == [(False, 60), (True, 38)]
    assert melody.seconds(melody.parts[0].end) == pytest.approx(0.75)
    assert melody.duration == pytest.approx(made.length) == pytest.approx(0.9)
    assert melody.meter_at(96) == Meter(96, 6, 8)


def test_overlapping_notes_of_another_writer_keep_their_lengths_in_all() -> None:
    made = mido.MidiFile(ticks_per_beat=96)
    track = mido.MidiTrack()
    made.tracks.append(track)
    for kind, time in (("note_on", 0), ("note_on", 24), ("note_off", 24), ("note_off", 24)):
        track.append(mido.Message(kind, note=60, velocity=64, time=time))
    data = io.BytesIO()
    made.save(file=data)
    assert [(n.start, n.duration) for n in midi_of(data.getvalue()).notes()] == [(0, 48), (24, 48)]
