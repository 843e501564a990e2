"""Music files by their endings: .mid to read; .mid, .musicxml, .wav, .flac, .ogg to write."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from studio.app.music.sound import RATE, Audio, normalised, render, stems
from studio.app.music.soundfont import soundfont
from studio.model.errors import UserError
from studio.model.io.atomic import atomic_write
from studio.model.io.problems import writing
from studio.model.melody import Melody
from studio.model.melody_midi import midi_bytes, read_midi
from studio.model.melody_xml import musicxml_bytes

SCORES: dict[str, Callable[[Melody], bytes]] = {
    ".mid": midi_bytes,
    ".midi": midi_bytes,
    ".musicxml": musicxml_bytes,
    ".xml": musicxml_bytes,
}
SOUNDS = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS")}
SUFFIXES = (*SCORES, *SOUNDS)


def check_suffix(path: Path) -> None:
    """UserError for an ending that music cannot be written as."""
    if path.suffix.lower() not in SUFFIXES:
        known = "one of .mid, .musicxml, .wav, .flac, .ogg"
        raise UserError(
            f"Music cannot be written as “{path.suffix or path.name}”.", f"Give the file {known}."
        )


def read(path: Path) -> Melody:
    """The music of a MIDI file."""
    if path.suffix.lower() not in (".mid", ".midi", ".kar", ".smf"):
        raise UserError(f"“{path.name}” is no MIDI file by its name.", "Music is read from .mid files.")
    return read_midi(path)


def write(melody: Melody, path: Path, font: str = "") -> None:
    """Write a score, or the sound of it levelled to -16 LUFS; whole or not at all."""
    check_suffix(path)
    suffix = path.suffix.lower()
    if suffix in SCORES:
        with writing(path), atomic_write(path) as file:
            file.write(SCORES[suffix](melody))
    else:
        write_sound(normalised(render(melody, soundfont(font), desk="file")), path)


def write_sound(audio: Audio, path: Path, rate: int = RATE) -> None:
    """(samples, channels) in -1..1 as .wav, .flac or .ogg; whole or not at all."""
    import soundfile

    kind, coding = SOUNDS[path.suffix.lower()]
    with (
        writing(path),
        atomic_write(path) as file,
        soundfile.SoundFile(file, "w", rate, audio.shape[1], coding, format=kind) as sound,
    ):
        for start in range(0, len(audio), rate):  # one second at a time: Vorbis keeps its stack small
            sound.write(audio[start : start + rate])


def write_stems(melody: Melody, folder: Path, suffix: str = ".wav", font: str = "") -> list[Path]:
    """The sound of each part in a file of its own, all brought to the level of the whole; returns them."""
    made = stems(melody, soundfont(font))
    if not made:
        raise UserError("There are no parts to write.", "Draw some notes first.")
    whole = sum(made[1:], made[0])
    peak = float(abs(whole).max(initial=0))
    factor = float(abs(normalised(whole)).max(initial=0)) / peak if peak else 1.0
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for number, (part, audio) in enumerate(zip(melody.parts, made, strict=True), 1):
        name = re.sub(r"[^\w\- ]", "", part.name).strip() or "part"
        paths.append(folder / f"{number:02d} {name}{suffix}")
        write_sound(audio * factor, paths[-1])
    return paths
