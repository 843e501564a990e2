"""The timeline and its file: saved, opened, kept against crashes, its missing media found again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app.notices import Action
from studio.model import timeline_edits as edits
from studio.model.clip_missing import Missing
from studio.model.errors import UserError
from studio.model.io.lock import FileLock, is_held
from studio.model.timeline import Item, Score, Source, Timeline
from studio.model.timeline_render import taken_from, whole

if TYPE_CHECKING:
    from studio.app.film_open import Opened
    from studio.app.video_desk import VideoDesk

SUFFIX = ".film"
LOCK = ".lock"


class FilmDesk:
    """Main thread only; reading and writing happen on the timeline's own thread."""

    def __init__(self, desk: VideoDesk, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """folder: where copies against crashes lie."""
        self._desk, self._app, self._folder, self._clock = desk, desk.app, folder, clock
        self.path: Path | None = None
        self._saved = desk.score
        self._kept = desk.score
        self._begun = clock()
        self._copy = folder / f"film-{secrets.token_hex(8)}{SUFFIX}"
        self._lock: FileLock | None = None

    @property
    def modified(self) -> bool:
        """Whether anything is on the timeline that is not in its file."""
        score = self._desk.score
        return score is not self._saved and bool(score.tracks)

    def save(self, path: Path) -> None:
        """Write the timeline to a file."""
        from studio.app.film_save import save_film

        score = self._desk.score
        path = path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX)

        def done(_: None) -> None:
            self.path, self._saved = path, score
            self._drop_copy()
            self._app.notices.add("info", f"{path.name} is saved.", quiet=True)
            self._desk.changed.emit()

        self._desk.work.run(f"Saving {path.name}", lambda: save_film(path, score), done)

    def open(self, path: Path, copy: bool = False) -> None:
        """Read a timeline in place of the present one. copy: one left by a crash, which is not saved yet."""
        from studio.app.film_open import open_film

        draw = self._desk.latent.films.source
        self._desk.work.run(
            f"Opening {path.name}", lambda: open_film(path, draw), partial(self._opened, path, copy)
        )

    def _opened(self, path: Path, copy: bool, opened: Opened) -> None:
        self._desk.replace_timeline(Timeline(opened.score))
        self.path, self._saved = (None, Score()) if copy else (path, opened.score)
        if copy:
            discard(path)
        if opened.missing:
            names = ", ".join(sorted({Path(name).name for name in opened.missing}))
            hint = "Choose such a piece, then Clip > Find the Missing File."
            self._app.notices.add("warning", f"Not found: {names}.", hint)

    @property
    def lost(self) -> Missing | None:
        """What the chosen item misses, if anything."""
        item = self._desk.item()
        return None if item is None else missing_of(item.source)

    def relink(self, path: Path) -> None:
        """Take a file in place of the one that the chosen item misses, wherever it is used."""
        from studio.app.video_desk import read_source

        gone = self.lost
        if gone is None:
            raise UserError("Nothing is missing here.", "Choose a piece whose file was not found.")
        self._desk.work.run(f"Reading {path.name}", lambda: read_source(path), partial(self._relinked, gone))

    def _relinked(self, gone: Missing, found: Source) -> None:
        same = not gone.expected or (found.clip is not None and found.clip.digest() == gone.expected)

        def new(item: Item) -> Item:
            if missing_of(item.source) != gone:
                return item
            return replace(item, source=found_again(item.source, found))

        def change(score: Score) -> Score:
            tracks = (replace(track, items=tuple(map(new, track.items))) for track in score.tracks)
            return edits.checked(replace(score, tracks=tuple(tracks)))

        if self._desk.do("Find file", change) and not same:
            self._app.notices.add("warning", "This is another file than before.", "Look at its pieces.")

    def tick(self) -> None:
        """Keep a copy when one is due. Call about every second."""
        score, every = self._desk.score, float(self._app.settings.files.autosave_seconds)
        if not self.modified:
            self._drop_copy()
        elif score is not self._kept and self._clock() - self._begun >= every * 0.75:
            self._begun, self._kept = self._clock(), score
            self._desk.work.run("Keeping a copy of the timeline", partial(self.write_copy, score), None)

    def write_copy(self, score: Score) -> None:
        """Write the copy now. On any thread. UserError when the disk refuses."""
        from studio.app.film_save import save_film

        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = FileLock(self._copy.with_suffix(LOCK))
        save_film(self._copy, score)

    def _drop_copy(self) -> None:
        if self._lock is not None:
            self._release()
            discard(self._copy)
            self._kept = Score()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def close(self) -> None:
        """Stop; what was not saved stays as a copy, to be offered at the next start."""
        if self.modified and self._desk.score is not self._kept:
            self.write_copy(self._desk.score)
        if self.modified:
            self._release()
        else:
            self._drop_copy()


def missing_of(source: Source) -> Missing | None:
    """The file that a source misses."""
    places = (source.clip.footage if source.clip is not None else None, whole(source.sound))
    return next((held for held in places if isinstance(held, Missing)), None)


def found_again(source: Source, found: Source) -> Source:
    """A source with what was found in place of what is missing: all of it, or its sound alone."""
    if source.clip is None or isinstance(source.clip.footage, Missing):
        return replace(found, title=source.title)
    if found.sound is None or source.sound is None:
        raise UserError("There is no sound in that file.", "Choose another one.")
    sound = taken_from(source.sound, found.sound)
    return replace(source, sound=sound, clip=replace(source.clip, sound=sound))


def left_behind(folder: Path) -> list[Path]:
    """Copies of timelines that no running studio works on, newest last."""
    found = [path for path in folder.glob(f"film-*{SUFFIX}") if not is_held(path.with_suffix(LOCK))]
    return sorted(found, key=lambda path: path.stat().st_mtime)


def discard(path: Path) -> None:
    """Remove a copy for good."""
    path.unlink(missing_ok=True)
    path.with_suffix(LOCK).unlink(missing_ok=True)


def offer(desk: Callable[[], VideoDesk], folder: Path, show: Callable[[], object]) -> None:
    """Ask about each timeline that was not saved when the studio ended."""
    for path in left_behind(folder):

        def recover(path: Path = path) -> None:
            desk().film.open(path, copy=True)
            show()

        actions = (Action("Recover", recover), Action("Discard", partial(discard, path)))
        told = "A timeline was not saved when the studio ended."
        desk().app.notices.add("warning", told, "There is a copy of it.", actions=actions)
