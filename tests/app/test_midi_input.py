"""A MIDI keyboard at the driver's boundary, and what is recorded from it."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from studio.app.music import playback
from studio.app.music.midi_input import MidiKeyboard, Struck
from studio.app.music.recorder import Recorder
from studio.model.errors import UserError
from studio.model.melody import Melody, Meter, Note, Tempo


class FakePort:
    """What rtmidi.MidiIn does, with keys pressed by the test."""

    names = ("Midi Through Port-0", "Keys 25", "Grand 88")

    def __init__(self, name: str) -> None:
        self.opened: int | None = None
        self.callback = None
        FakePort.last = self

    def get_ports(self) -> list[str]:
        return list(self.names)

    def ignore_types(self, **_: bool) -> None: ...

    def set_callback(self, callback) -> None:
        self.callback = callback

    def cancel_callback(self) -> None:
        self.callback = None

    def open_port(self, number: int, name: str) -> None:
        self.opened = number

    def close_port(self) -> None:
        self.opened = None


class DriverError(Exception): ...


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> type[FakePort]:
    module = SimpleNamespace(MidiIn=FakePort, RtMidiError=DriverError)
    monkeypatch.setitem(sys.modules, "rtmidi", module)
    return FakePort


def test_the_first_real_keyboard_is_listened_to(driver: type[FakePort]) -> None:
    heard: list[Struck] = []
    keyboard = MidiKeyboard(heard.append)
    assert keyboard.connect() == "Keys 25" and driver.last.opened == 1
    for message in ([0x93, 60, 100], [0x93, 60, 0], [0x80, 62, 64], [0xB0, 64, 127], [0xF8]):
        driver.last.callback((message, 0.1), None)
    assert [(key.pitch, key.velocity) for key in heard] == [(60, 100), (60, 0), (62, 0)]
    keyboard.close()
    assert driver.last.opened is None and not keyboard.connected


def test_a_keyboard_is_found_by_a_part_of_its_name(driver: type[FakePort]) -> None:
    assert MidiKeyboard(print).connect("grand") == "Grand 88"
    with pytest.raises(UserError, match="No MIDI keyboard is called “organ”"):
        MidiKeyboard(print).connect("organ")


def test_without_a_keyboard_it_is_one_sentence(
    driver: type[FakePort], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "names", ("Midi Through Port-0",))
    with pytest.raises(UserError, match="No MIDI keyboard was found"):
        MidiKeyboard(print).connect()

    def fail(self: FakePort, name: str) -> None:
        raise DriverError("no sequencer")

    monkeypatch.setattr(driver, "__init__", fail)
    with pytest.raises(UserError, match="No MIDI keyboard was found"):
        MidiKeyboard(print).connect()


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(UserError) as told:
        MidiKeyboard(print).connect()
    assert "latent-studio[midi]" in told.value.hint


def test_keys_become_notes_and_early_ones_begin_with_the_bar() -> None:
    recorder = Recorder(Melody(), 1920)
    recorder.key(50, 80, 600)  # during the count-in
    recorder.key(50, 0, 700)
    recorder.key(60, 90, 1880)
    recorder.key(64, 70, 2400)
    recorder.key(60, 0, 2300)
    assert set(recorder.so_far(2880)) == {Note(1920, 60, 380, 90), Note(2400, 64, 480, 70)}


def test_a_key_held_round_the_loop_ends_with_it() -> None:
    recorder = Recorder(Melody(), 0, (0, 1920))
    recorder.key(60, 90, 1800)
    recorder.key(60, 0, 50)
    assert recorder.so_far(60) == (Note(1800, 60, 120, 90),)


def test_a_count_in_clicks_each_beat_and_comes_before_the_song(monkeypatch: pytest.MonkeyPatch) -> None:
    melody = Melody((), 480, (Tempo(0, 500_000),), (Meter(0, 3, 4),))
    lead = playback.count_in(melody, 0, 2)
    assert len(lead) == 6 * playback.RATE // 2
    loud = [bool(np.abs(lead[i * playback.RATE // 2 :][:400]).max() > 0.05) for i in range(6)]
    assert all(loud) and np.abs(lead[: playback.RATE // 4][2000:]).max() < 0.05
    mixer = playback.Mixer()
    mixer.lead, mixer.playing, mixer.length = lead, True, playback.RATE
    first = mixer.read(len(lead))
    assert np.array_equal(first, lead) and mixer.position == 0


def test_a_key_sounds_until_it_is_let_go() -> None:
    mixer = playback.Mixer()
    mixer.audition(np.full((playback.RATE * 4, 2), 0.5, np.float32), 60)
    assert mixer.read(1000).min() > 0.2
    mixer.release(61)
    assert mixer.read(1000).min() > 0.2
    mixer.release(60)
    tail = mixer.read(playback.RATE)
    assert tail[0].max() > 0.2 and tail[-1].max() == 0 and not mixer.sounding
