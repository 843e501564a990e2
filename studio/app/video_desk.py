"""The timeline as a person works on it: what is chosen, the playhead, and the ways in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Literal

from psygnal import Signal

from studio.app import places
from studio.app.film_desk import FilmDesk
from studio.app.generation import document_for, placement
from studio.app.latent_desk import LatentDesk
from studio.app.session import App
from studio.app.tasks import Tasks
from studio.app.video_make import VideoMaker
from studio.app.video_render import RenderQueue
from studio.app.video_write import Encoding
from studio.engine.events import Event, Finished
from studio.model import edits as layers
from studio.model import timeline_edits as edits
from studio.model.clip import Clip
from studio.model.errors import UserError
from studio.model.media import Image
from studio.model.timeline import ZERO, Item, Marker, Score, Source, Timeline, Track
from studio.model.timeline_picture import Renderer
from studio.model.timeline_render import rendered

STILL = Fraction(4)  # seconds a picture lasts at first
LATENT = "Latent"  # title of the track for latent paths
LARGE = 512  # pixels: drawn pictures come up to this on a timeline that begins with them


class VideoDesk:
    """One timeline and what is being done with it. Main thread only.

    `changed`: the score or the choice; `moved`: the playhead.
    """

    changed = Signal()
    moved = Signal()

    def __init__(self, app: App) -> None:
        self.app = app
        self.timeline = Timeline()
        self.chosen: int | None = None
        self.playhead = ZERO
        self.renders = RenderQueue(app)
        self.work = Tasks(app.post, app.notices.add_exception, "timeline")
        self.latent = LatentDesk(self)
        self.film = FilmDesk(self, places.autosave_dir())
        self.maker = VideoMaker(self)
        self.timeline.changed.connect(self._score_changed)
        app.job_event.connect(self.take)

    @property
    def score(self) -> Score:
        """What is on the timeline now."""
        return self.timeline.score

    def item(self) -> Item | None:
        """The chosen item, if it is still there."""
        found = (item for track in self.score.tracks for item in track.items if item.id == self.chosen)
        return next(found, None)

    def replace_timeline(self, timeline: Timeline) -> None:
        """Another timeline in place of this one, with its own history."""
        self.timeline.changed.disconnect(self._score_changed)
        self.timeline, self.playhead, self.chosen = timeline, ZERO, None
        timeline.changed.connect(self._score_changed)
        self.changed.emit()
        self.moved.emit()

    def choose(self, id: int | None) -> None:
        """Choose an item, or none."""
        if id != self.chosen:
            self.chosen = id
            self.changed.emit()

    def seek(self, time: Fraction) -> None:
        """Put the playhead on the frame at a time."""
        time = self.score.on_frame(max(time, ZERO))
        if time != self.playhead:
            self.playhead = time
            self.moved.emit()

    def step(self, frames: int) -> None:
        """Some frames on or back."""
        self.seek(self.playhead + frames / self.score.rate)

    def do(self, title: str, change: Callable[[Score], Score], merge: bool = False) -> bool:
        """One edit; what it refuses becomes a notice. Whether it went well."""
        try:
            self.timeline.edit(title, change, merge)
        except UserError as error:
            self.app.notices.add_exception(error)
            return False
        return True

    def import_files(self, paths: Iterable[Path]) -> None:
        """Read clips, pictures and sounds in the background and put them on the timeline."""
        for path in paths:
            self.app.tasks.run(f"Reading {path.name}", partial(read_source, path), self.add)

    def add(
        self,
        source: Source,
        at: Fraction | None = None,
        length: Fraction | None = None,
        markers: Iterable[Marker] = (),
        new_track: bool = False,
    ) -> None:
        """Put a source at the end of the first track of its kind, or on a track of its own.

        The first clip sets size and rate.

        A latent path comes on top, on a track for such paths. length: what it lasts, if not all of it.
        markers: counted from the source's beginning.
        """
        kind: Literal["video", "audio"] = "audio" if source.kind == "audio" else "video"
        item = Item(self.timeline.new_id(), source, at or ZERO, length or source.length or STILL)
        track_id = self.timeline.new_id()

        def change(score: Score) -> Score:
            score = score if score.length else fitted_to(score, source)
            homes = () if new_track else score.tracks
            track = next((t for t in homes if t.kind == kind and takes(t, source)), None)
            if track is None:
                score = edits.add_track(score, track_id, kind, LATENT if source.path else "")
                track = score.track(track_id)
            return edits.mark(edits.append(score, track.id, item), item.id, markers)

        if self.do(f"Add {source.title}", change):
            self.choose(item.id)

    def split(self) -> None:
        """Cut the chosen item, or all items under the playhead, in two."""
        here = [i for track in self.score.tracks if not track.locked for i in track.at(self.playhead)]
        wanted = [item for item in here if item.id == self.chosen] or here
        for item in wanted:
            if item.start < self.playhead:
                change = partial(edits.split, id=item.id, time=self.playhead, new_id=self.timeline.new_id())
                self.do("Split", change)

    def remove(self, ripple: bool) -> None:
        """Take the chosen item away."""
        if self.chosen is not None and self.item() is not None:
            title = "Ripple delete" if ripple else "Delete"
            self.do(title, partial(edits.remove, id=self.chosen, ripple=ripple))
            self.choose(None)

    def render(self, path: Path, encoding: Encoding) -> None:
        """Write the timeline to a file, after those that wait already."""
        self.renders.add(path, rendered(self.score), encoding)

    def frame(self) -> Image:
        """The picture under the playhead, at full size."""
        renderer = Renderer()
        try:
            return Image(renderer.frame(self.score, self.playhead))
        finally:
            renderer.close()

    def to_canvas(self) -> None:
        """Put the picture under the playhead onto the canvas as a layer."""
        rendered(self.score)  # refuses an empty timeline
        self.work.run("Taking a frame", self.frame, self._place)

    def _place(self, image: Image) -> None:
        if self.app.document is None:
            self.app.add_document(document_for(image))
        document = self.app.need_document()
        rect = placement(document, image, None)
        layers.add_image(document, image, f"Frame at {float(self.playhead):.2f} s", rect.x, rect.y)

    def from_canvas(self) -> None:
        """Put the picture on the canvas onto the timeline."""
        document = self.app.need_document()
        self.add(Source.of_image(document.flatten(), document.title))

    def take(self, event: Event) -> None:
        """A clip that a generator has made is put on the timeline."""
        if self.maker.take(event):
            return
        if isinstance(event, Finished) and isinstance(event.value, Clip):
            self.add(Source.of_clip(event.value, event.provenance.generator))

    def _score_changed(self) -> None:
        if self.chosen is not None and self.item() is None:
            self.chosen = None
        self.changed.emit()

    def close(self) -> None:
        """Give up what is being rendered."""
        self.latent.films.close()
        self.renders.close()
        self.work.close()
        self.film.close()


def takes(track: Track, source: Source) -> bool:
    """Whether a new source goes onto a track by itself: latent paths keep to theirs."""
    return not track.locked and (track.title == LATENT) == (source.path is not None)


def fitted_to(score: Score, source: Source) -> Score:
    """An empty timeline as large and as quick as its first clip; what is drawn small is shown larger."""
    clip = source.clip
    if clip is None:
        return score
    times = max(1, LARGE // max(clip.width, clip.height)) if clip.drawn else 1
    return replace(score, width=clip.width * times, height=clip.height * times, rate=clip.rate)


def read_source(path: Path) -> Source:
    """What a file can give to a timeline. UserError when it is nothing of the kind."""
    from studio.model.clip_open import SOUNDS, is_video, open_clip, open_sound

    if path.suffix.lower() in SOUNDS:
        return Source.of_sound(*open_sound(path), path.stem)
    if is_video(path):
        return Source.of_clip(open_clip(path), path.stem)
    from studio.model.io import open_image, to_srgb

    return Source.of_image(to_srgb(open_image(path)), path.stem)
