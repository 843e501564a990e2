"""Working on a song, hearing it, and melodies that come in bar by bar."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.app.music import playback, soundfont
from studio.app.music.desk import MusicDesk
from studio.app.music.generating import MusicRoom
from studio.app.music.sound import RATE
from studio.model.errors import UserError
from studio.model.melody import Melody, Meter, Note, Part, Tempo
from studio.model.melody_midi import midi_bytes, read_midi

PLUGIN = '''
from studio.api import Chunk, Field, Melody, Note, Params, Part, Preview, generator


@generator(id="melody", title="Melody", inputs={"primer": Melody}, output=Melody)
class Scales:
    """A note a bar."""

    class Params(Params):
        """What to write."""

        model: str = ""
        mode: str = "auto"
        kind: str = "reel"
        key: str = ""
        meter: str = "auto"
        bars: int = Field(4, ge=1, le=50)
        first: int = Field(0, ge=0, le=99)
        last: int = Field(0, ge=0, le=99)
        temperature: float = Field(1.0, ge=0, le=2)

    def run(self, ctx, params, primer=None):
        """One bar after the other."""
        old = primer.parts[0].notes if primer else ()
        start = primer.end if primer else 0
        rest = primer.parts[1:] if primer else ()
        made = []
        for bar in range(params.bars):
            made.append(Note(start + 1920 * bar, 60 + params.first + params.last, 1920))
            yield Chunk(Melody((Part((made[-1],)),)))
            yield Preview(Melody((Part((*old, *made)), *rest)), (bar + 1) / params.bars)
        return Melody((Part((*old, *made)), *rest))
'''


@pytest.fixture
def room(session, tmp_path: Path) -> MusicRoom:
    path = tmp_path / "plugin.py"
    path.write_text(PLUGIN)
    session.app.registry.add(path)
    return MusicRoom(session.app)


def wait(session, room: MusicRoom) -> None:
    session.until(lambda: not room.busy)


def test_a_melody_comes_in_bar_by_bar_and_is_one_undo_step(session, room: MusicRoom) -> None:
    seen: list[int] = []
    room.streamed.connect(seen.append)
    room.params["bars"] = 5
    room.generate("new")
    wait(session, room)
    assert seen == [0, 1920, 3840, 5760, 7680]
    assert room.desk.song.titles == ("Generate melody",)
    room.desk.song.undo()
    assert room.desk.melody.count == 0


def test_continuing_takes_the_edited_track(session, room: MusicRoom) -> None:
    room.desk.add(Note(0, 72, 480))
    room.desk.add_track(40)
    room.desk.add(Note(0, 50, 960))
    room.params["bars"] = 2
    room.generate("continue")
    wait(session, room)
    first, second = room.desk.melody.parts
    assert first.notes == (Note(0, 72, 480),)
    assert [note.start for note in second.notes] == [0, 960, 2880]


def test_a_new_tune_beside_other_tracks_keeps_their_tempo_and_meter(session, room: MusicRoom) -> None:
    room.desk.set_meter(6, 8)
    room.desk.set_tempo(77)
    room.desk.add(Note(0, 40, 480))
    room.desk.add_track(40)
    before = room.desk.melody
    job = room.generate("new")
    assert [info.request.params["meter"] for info in session.app.engine.jobs() if info.id == job] == ["6/8"]
    wait(session, room)
    after = room.desk.melody
    assert (after.tempos, after.meters) == (before.tempos, before.meters)
    assert after.parts[0] == before.parts[0] and after.parts[1].notes


def test_muted_tracks_are_saved_but_not_heard_in_a_sound(session, room: MusicRoom, tmp_path: Path) -> None:
    room.desk.add(Note(0, 60, 4800))
    room.desk.add_track(40)
    room.desk.add(Note(0, 72, 480))
    room.desk.toggle(0, "muted")
    room.save(tmp_path / "all.mid")
    room.save(tmp_path / "heard.wav")
    session.until(lambda: not session.app.tasks.titles)
    assert read_midi(tmp_path / "all.mid").count == 2
    assert soundfile.info(tmp_path / "heard.wav").duration < 4.8


def test_the_bars_of_the_chosen_notes_are_filled(session, room: MusicRoom) -> None:
    for bar in range(4):
        room.desk.add(Note(1920 * bar, 60, 480))
    room.desk.select(room.desk.notes[1:3])
    room.params["bars"] = 1
    room.generate("fill")
    wait(session, room)
    assert room.desk.notes[-1].pitch == 60 + 2 + 3


def test_without_a_melody_only_a_new_one_can_be_made(room: MusicRoom) -> None:
    with pytest.raises(UserError, match="no melody yet"):
        room.generate("vary")
    room.desk.add(Note(0, 60, 480))
    room.desk.select(())
    with pytest.raises(UserError, match="No bars are chosen"):
        room.generate("fill")


def test_files_are_read_and_written_in_the_background(session, room: MusicRoom, tmp_path: Path) -> None:
    melody = Melody((Part((Note(0, 60, 480),), "Tune", 40),), tempos=(Tempo(0, 400_000),))
    (tmp_path / "a.mid").write_bytes(midi_bytes(melody))
    room.open(tmp_path / "a.mid")
    session.until(lambda: room.path is not None)
    assert room.desk.melody == melody
    room.desk.transpose(2)
    assert room.desk.song.modified
    room.save(tmp_path / "b.mid")
    session.until(lambda: not room.desk.song.modified)
    assert (tmp_path / "b.mid").read_bytes() == midi_bytes(room.desk.melody)


def test_a_broken_file_leaves_the_song_as_it_is(session, room: MusicRoom, tmp_path: Path) -> None:
    room.desk.add(Note(0, 60, 480))
    (tmp_path / "a.mid").write_bytes(b"MThd nothing")
    room.open(tmp_path / "a.mid")
    session.until(lambda: bool(session.app.notices.items))
    assert "no sound MIDI file" in session.app.notices.items[-1].sentence
    assert room.desk.melody.count == 1


def test_notes_are_edited_with_the_keyboard_alone() -> None:
    desk = MusicDesk()
    heard: list[int] = []
    desk.auditioned.connect(lambda pitch, velocity: heard.append(pitch))
    desk.write_at_cursor()
    desk.step_cursor(0, 2)
    desk.write_at_cursor()
    assert [(note.start, note.pitch) for note in desk.notes] == [(0, 67), (120, 69)]
    desk.step_cursor(-1, 0)
    desk.pick_at_cursor()
    desk.move(120, 1)
    desk.stretch(120)
    desk.louder(50)
    assert desk.notes[1] == Note(240, 70, 240, 127)
    assert heard == [67, 69, 70]
    desk.delete()
    assert len(desk.notes) == 1


def test_notes_are_chosen_one_by_one_at_the_cursor() -> None:
    desk = MusicDesk()
    for start in (0, 480):
        desk.add(Note(start, 60, 240))
    desk.cursor = (0, 60)
    desk.pick_at_cursor()
    desk.cursor = (480, 60)
    desk.pick_at_cursor(besides=True)
    assert desk.selection == set(desk.notes)
    desk.pick_at_cursor(besides=True)
    assert [note.start for note in desk.selection] == [0]


def test_quantising_half_way_goes_half_way() -> None:
    desk = MusicDesk(Melody((Part((Note(40, 60, 100),)),)))
    desk.quantise(0.5)
    assert desk.notes[0].start == 20
    desk.quantise()
    assert desk.notes[0].start == 0


def test_snapping_to_the_scale_keeps_new_and_moved_notes_in_it() -> None:
    desk = MusicDesk()
    desk.set_key(2, "major")
    desk.scale_snap = True
    desk.add(Note(0, 65, 100))
    desk.move(0, 1)
    assert all(note.pitch % 12 in desk.melody.keys[0].pitch_classes for note in desk.notes)


def test_copies_land_at_the_cursor_and_duplicates_behind() -> None:
    desk = MusicDesk()
    desk.add(Note(0, 60, 480))
    desk.duplicate()
    desk.select(desk.notes)
    desk.copy()
    desk.cursor = (1920, 60)
    desk.paste()
    assert [note.start for note in desk.notes] == [0, 480, 1920, 2400]
    with pytest.raises(UserError, match="no notes to paste"):
        MusicDesk().paste()


def test_the_loop_spans_whole_bars_and_goes_again() -> None:
    desk = MusicDesk(Melody((Part((Note(2000, 60, 100), Note(4000, 60, 100))),), meters=(Meter(0, 3, 4),)))
    desk.loop_selection()
    assert desk.song.state.loop == (1440, 4320)
    desk.loop_selection()
    assert desk.song.state.loop is None


@pytest.fixture
def mixer() -> Iterator[playback.Mixer]:
    made = playback.Mixer()
    yield made
    made.stop()


def heard(mixer: playback.Mixer, seconds: float, until: Callable[[], bool]) -> np.ndarray:
    for _ in range(2000):
        if until():
            break
        time.sleep(0.005)
    return mixer.read(round(seconds * RATE))


BEEP = Melody((Part((Note(960, 69, 480), Note(5760, 69, 480)), "", 80),))


def test_the_song_is_heard_where_its_notes_are(mixer: playback.Mixer) -> None:
    mixer.load(BEEP, soundfont.soundfont())
    mixer.playing = True
    sound = heard(mixer, 1.5, lambda: mixer._ready >= 2 * RATE)
    assert abs(sound[: RATE // 2]).max() < 1e-3 < abs(sound[RATE:]).max()
    assert mixer.position == round(1.5 * RATE)


def test_it_waits_rather_than_skip_what_is_not_ready(mixer: playback.Mixer) -> None:
    mixer.length = 10 * RATE
    mixer.playing = True
    assert not mixer.read(1000).any()
    assert mixer.position == 0


def test_a_loop_is_heard_again(mixer: playback.Mixer) -> None:
    mixer.load(BEEP, soundfont.soundfont())
    mixer.loop = (0, RATE)
    mixer.playing = True
    heard(mixer, 2.25, lambda: mixer._ready >= 2 * RATE)
    assert mixer.position == round(0.25 * RATE)


def test_playing_ends_with_the_song(mixer: playback.Mixer) -> None:
    mixer.load(Melody((Part((Note(0, 60, 480),)),)), soundfont.soundfont())
    mixer.playing = True
    heard(mixer, 3.0, lambda: mixer.ready)
    assert not mixer.playing


def test_auditioned_notes_are_heard_without_playing(mixer: playback.Mixer) -> None:
    mixer.audition(playback.note_sound(60, 100, Part(program=40), soundfont.soundfont()))
    assert mixer.sounding
    assert abs(mixer.read(RATE)).max() > 1e-3


def test_the_metronome_clicks_on_beats_of_every_meter() -> None:
    found = playback.clicks(Melody(meters=(Meter(0, 6, 8), Meter(1440, 2, 4))), 2.6)
    assert [(round(time, 2), high) for time, high in found][:5] == [
        (0.0, True), (0.75, False), (1.5, True), (2.0, False), (2.5, True),
    ]  # fmt: skip
