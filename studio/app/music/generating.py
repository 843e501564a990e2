"""The piano roll's side of the generator `melody`: bars come in as they are written, and are one undo
step.
"""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from studio.app.music import files
from studio.app.music.desk import MusicDesk
from studio.engine.events import Changed, Chunked, Event, Finished, Previewed, Request
from studio.engine.protocol import SEED_LIMIT
from studio.engine.weights import ModelInfo
from studio.model.errors import UserError
from studio.model.melody import Melody
from studio.model.song import Song

if TYPE_CHECKING:
    from studio.app.session import App

GENERATOR = "melody"
FIRST_CHOICE = "melody-gan"  # by its measurements
TITLES = {
    "new": "Generate melody",
    "continue": "Continue melody",
    "fill": "Fill bars",
    "vary": "Vary bars",
    "harmonise": "Harmonise",
}


class MusicRoom:
    """One desk, the generator's jobs for it, and the files of its song. Main thread only.

    `streamed(tick)` tells where notes have just come in; `opened` that another song lies on the desk.
    """

    streamed = Signal(int)
    opened = Signal()
    state_changed = Signal()

    def __init__(self, app: App) -> None:
        self.app = app
        self.desk = MusicDesk()
        self.path: Path | None = None
        self.params: dict[str, object] = {
            "kind": "reel",
            "bars": 16,
            "temperature": 0.95,
            "model": FIRST_CHOICE,
        }
        self._jobs: dict[int, str] = {}
        app.job_event.connect(self._event)

    def models(self) -> list[ModelInfo]:
        """The networks that can write."""
        return self.app.registry.weights.models(GENERATOR)

    @property
    def busy(self) -> bool:
        """Whether something is being written."""
        return bool(self._jobs)

    def generate(self, mode: str) -> int:
        """Start the generator; returns the job. UserError when it is missing or does not fit."""
        melody = self.desk.melody
        params: dict[str, object] = {**self.params, "mode": mode, "seed": random.randrange(SEED_LIMIT)}
        if mode != "new" and not melody.count:
            raise UserError("There is no melody yet.", "Draw some notes, or generate a melody first.")
        if mode in ("fill", "vary"):
            params |= self._bars(required=mode == "fill")
        inputs = {} if mode == "new" else {"primer": self._leading(melody)}
        if mode != "harmonise":
            params["key"] = melody.keys[0].title if mode == "new" else ""
        if mode == "new" and self._has_company():
            params["meter"] = f"{melody.meters[0].top}/{melody.meters[0].bottom}"
        job = self.app.engine.submit(Request(GENERATOR, params, inputs))
        self._jobs[job] = mode
        self.state_changed.emit()
        return job

    def _has_company(self) -> bool:
        """Whether other tracks have notes, so that what is made must fit to them."""
        return any(part.notes for i, part in enumerate(self.desk.melody.parts) if i != self.desk.part)

    def _leading(self, melody: Melody) -> Melody:
        """The music with the edited track first, which the generator takes for the melody."""
        if not 0 < self.desk.part < len(melody.parts):
            return melody
        parts = list(melody.parts)
        parts[0], parts[self.desk.part] = parts[self.desk.part], parts[0]
        return replace(melody, parts=tuple(parts))

    def _bars(self, *, required: bool) -> dict[str, object]:
        """The bars of the chosen notes or the loop, as the generator counts them."""
        state = self.desk.song.state
        notes = self.desk.selection
        if notes:
            span = (min(note.start for note in notes), max(note.end for note in notes))
        elif state.loop is not None:
            span = state.loop
        elif required:
            raise UserError("No bars are chosen.", "Choose notes in the bars to fill, or loop over them.")
        else:
            return {}
        lines = list(self.desk.melody.bar_lines(max(self.desk.melody.end, span[1])))
        first = sum(line <= span[0] for line in lines)
        return {"first": first, "last": max(first, sum(line < span[1] for line in lines))}

    def cancel(self) -> None:
        """Stop writing; what has come stays."""
        for job in list(self._jobs):
            self.app.engine.cancel(job)

    def _event(self, event: Event) -> None:
        job = event.job.id if isinstance(event, Changed) else getattr(event, "job_id", None)
        if job is None or job not in self._jobs:
            return
        mode = self._jobs[job]
        if isinstance(event, Previewed | Finished) and isinstance(event.value, Melody):
            self._show(job, mode, event.value)
        elif isinstance(event, Chunked) and isinstance(event.value, Melody) and event.value.count:
            self.streamed.emit(min(note.start for note in event.value.notes()))
        elif isinstance(event, Changed) and event.job.state.ended:
            del self._jobs[job]
            self.desk.song.seal()
            self.state_changed.emit()

    def _show(self, job: int, mode: str, melody: Melody) -> None:
        """Put what there is so far onto the desk; all of one job is one undo step."""
        song = self.desk.song
        if mode != "new" and self.desk.part != 0:
            melody = self._leading(melody)
        if mode == "new" and (len(song.melody.parts) > 1 or song.melody.count):
            melody = self._onto_track(melody)
        song.put_melody(TITLES[mode], melody, ("generate", job))

    def _onto_track(self, made: Melody) -> Melody:
        """The new tune in the place of the edited track's notes, the other tracks kept."""
        old = self.desk.melody
        made = made.at_resolution(old.resolution)
        parts = list(old.parts)
        parts[self.desk.part] = replace(parts[self.desk.part], notes=made.parts[0].notes)
        return replace(old if self._has_company() else made, parts=tuple(parts))

    def owns(self, job: int) -> bool:
        """Whether a job was started here."""
        return job in self._jobs

    def take_over(self, melody: Melody) -> None:
        """A melody from elsewhere in the studio comes onto the desk as one undo step."""
        self.desk.song.put_melody("Generated melody", melody)
        self.opened.emit()

    def open(self, path: Path) -> None:
        """Read a MIDI file in the background and put it onto the desk."""

        def done(melody: Melody) -> None:
            self.path = path
            self.desk.open(Song(melody))
            self.opened.emit()

        self.app.tasks.run(f"Opening {path.name}", lambda: files.read(path), done)

    def save(self, path: Path) -> None:
        """Write the song as its ending says, in the background: a score has all tracks, sound those heard."""
        song, font = self.desk.song, self.app.settings.music.soundfont
        files.check_suffix(path)
        melody = song.melody if path.suffix.lower() in files.SCORES else song.state.audible()

        def done(_: None) -> None:
            if path.suffix.lower() in (".mid", ".midi"):
                self.path = path
                song.mark_saved()
            self.app.notices.add("info", f"“{path.name}” is written.")

        self.app.tasks.run(f"Writing {path.name}", lambda: files.write(melody, path, font), done)

    def save_stems(self, folder: Path) -> None:
        """Write each track as a sound file of its own."""
        melody, font = self.desk.melody, self.app.settings.music.soundfont

        def done(paths: list[Path]) -> None:
            self.app.notices.add("info", f"{len(paths)} stems are in “{folder.name}”.")

        self.app.tasks.run("Writing stems", lambda: files.write_stems(melody, folder, font=font), done)
