"""Sound by a SoundFont, and the files it goes to."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.app.music import files, sound, soundfont
from studio.model.errors import UserError
from studio.model.melody import Melody, Note, Part, Tempo

TUNE = Melody(
    (Part((Note(0, 60, 480), Note(480, 67, 480)), "Flute", 73), Part((Note(0, 40, 960),), "Bass", 32)),
    tempos=(Tempo(0, 300_000),),
)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_music_is_written_as_sound_at_an_even_loudness(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"tune{suffix}"
    files.write(TUNE, path)
    audio, rate = soundfile.read(path, dtype="float32")
    assert (rate, audio.shape[1]) == (44_100, 2)
    assert len(audio) / rate > TUNE.duration
    assert sound.loudness(audio) == pytest.approx(-16, abs=0.5)
    assert 0.05 < abs(audio).max() <= 1


def test_a_full_scale_sine_has_the_loudness_the_standard_says() -> None:
    time = np.arange(48_000 * 2) / 48_000
    sine = np.sin(2 * np.pi * 997 * time).astype(np.float32)[:, None]
    assert sound.loudness(sine, 48_000) == pytest.approx(-3.01, abs=0.02)


def test_silence_stays_silence() -> None:
    assert not sound.normalised(np.zeros((5000, 2), np.float32)).any()
    assert sound.render(Melody(), soundfont.soundfont()).shape == (0, 2)


def test_stems_add_up_to_the_whole() -> None:
    font = soundfont.soundfont()
    whole, parts = sound.render(TUNE, font), sound.stems(TUNE, font)
    summed = sum(parts[1:], parts[0])
    assert abs(summed[: len(whole)] - whole[: len(summed)]).max() < 1e-3


def test_each_part_becomes_a_file(tmp_path: Path) -> None:
    made = files.write_stems(TUNE, tmp_path / "stems")
    assert [path.name for path in made] == ["01 Flute.wav", "02 Bass.wav"]


def test_a_missing_soundfont_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfont, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="no SoundFont") as told:
        files.write(TUNE, tmp_path / "a.wav")
    assert "settings" in told.value.hint
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_soundfont_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "a.sf2"
    wrong.write_bytes(b"nothing of the kind")
    with pytest.raises(UserError, match="is no SoundFont"):
        soundfont.soundfont(str(wrong))
    wrong.write_bytes(b"RIFF\x04\x00\x00\x00sfbk")
    with pytest.raises(UserError, match="is no sound SoundFont"):
        sound.render(TUNE, soundfont.soundfont(str(wrong)))


def test_an_ending_that_is_no_music_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"“\.png”"):
        files.write(TUNE, tmp_path / "a.png")
    with pytest.raises(UserError, match="no MIDI file"):
        files.read(tmp_path / "a.wav")
