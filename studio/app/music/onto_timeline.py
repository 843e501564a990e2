"""The song as a sound on the timeline, with a marker at each of its bars or beats."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

from studio.app import places
from studio.app.music import files
from studio.app.video_desk import VideoDesk
from studio.model.clip_open import open_sound
from studio.model.errors import UserError
from studio.model.melody import Melody
from studio.model.timeline import Marker, Source

Unit = Literal["bars", "beats"]
MOST_MARKERS = 5000


def markers(melody: Melody, unit: Unit) -> tuple[Marker, ...]:
    """A marker at each bar ("Bar 3") or each beat ("3.2"), counted from the song's beginning."""
    made = tuple(Marker(moment(melody, tick), title) for tick, title in moments(melody, unit))
    if len(made) > MOST_MARKERS:
        raise UserError(f"That would be {len(made):,} markers.", f"At most {MOST_MARKERS:,} are made.")
    return made


def moment(melody: Melody, tick: int) -> Fraction:
    """When a tick sounds, to the microsecond."""
    return Fraction(melody.seconds(tick)).limit_denominator(1_000_000)


def moments(melody: Melody, unit: Unit) -> Iterator[tuple[int, str]]:
    """Ticks of bars or beats before the song's end, and what they are called."""
    for number, bar in enumerate(melody.bar_lines(melody.end), 1):
        if unit == "bars":
            yield bar, f"Bar {number}"
            continue
        meter = melody.meter_at(bar)
        ticks = range(bar, bar + meter.bar(melody.resolution), meter.beat(melody.resolution))
        for beat, tick in enumerate(ticks, 1):
            if tick < melody.end:
                yield tick, f"{number}.{beat}"


def put(melody: Melody, desk: VideoDesk, unit: Unit = "bars") -> None:
    """Render the song in the background and put it at the end of the first audio track, as one undo step.

    The sound is kept among the user's data, under a name that tells its content. UserError without notes.
    """
    if not melody.count:
        raise UserError("There are no notes to put on the timeline.", "Draw some, or generate a melody.")
    marks, font = markers(melody, unit), desk.app.settings.music.soundfont
    title = melody.title or "Song"

    def work() -> Source:
        path = rendered(melody, font)
        return Source.of_sound(*open_sound(path), title)

    desk.app.tasks.run("Rendering the song", work, lambda source: desk.add(source, markers=marks))


def rendered(melody: Melody, font: str) -> Path:
    """The song as a .wav file, made once for each content and SoundFont."""
    folder = places.data_dir() / "sounds"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{melody.digest()[:20]}-{Path(font).stem or 'studio'}.wav"
    if not path.is_file():
        files.write(melody, path, font)
    return path
