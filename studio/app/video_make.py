"""Generators at work on the timeline: what they make streams onto a track as it comes, as one undo step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from studio.engine.events import Changed, Chunked, Event, Failed, Finished, Priority, Request
from studio.model import timeline_edits as edits
from studio.model.clip import Clip
from studio.model.clip_record import Recorder
from studio.model.errors import UserError
from studio.model.media import Image, Media
from studio.model.timeline import Item, Score, Source
from studio.model.timeline_render import excerpt

if TYPE_CHECKING:
    from studio.app.video_desk import VideoDesk

Where = Literal["after", "instead", "end"]


@dataclass(eq=False)
class Making:
    """A job, where its clip goes, and the frames that have come."""

    title: str
    where: Where
    item: Item | None
    frames: Recorder = field(default_factory=Recorder)
    rate: Fraction = Fraction(25)
    placed: int = 0


class VideoMaker:
    """Main thread only."""

    def __init__(self, desk: VideoDesk) -> None:
        self._desk, self._app = desk, desk.app
        self._making: dict[int, Making] = {}

    def continue_clip(self, frames: int) -> None:
        """Let `predict` go on where the chosen clip ends; later pieces of the track make room."""
        item = self._chosen()
        title = f"{item.source.title}, continued"
        self._start("predict", {"frames": frames}, "clip", item, Making(title, "after", item))

    def interpolate(self, factor: float, use: Literal["smooth", "slow"]) -> None:
        """Draw frames between those of the chosen piece; what is made takes its place."""
        item = self._chosen()
        making = Making(f"{item.source.title}, {use}", "instead", item)
        self._start("interpolate", {"factor": factor, "use": use}, "clip", item, making)

    def animate(self) -> None:
        """Let the chosen picture move, else what is on the canvas."""
        item = self._desk.item()
        if item is not None and item.source.image is not None:
            image, title = item.source.image, item.source.title
        else:
            document = self._app.need_document()
            image, title = document.flatten(), document.title
        self._submit("animate", {}, {"image": image}, Making(f"{title}, animated", "end", None))

    def _chosen(self) -> Item:
        item = self._desk.item()
        if item is None or item.source.clip is None:
            raise UserError("No clip is chosen.", "Choose one on the timeline.")
        return item

    def _start(
        self, generator: str, params: Mapping[str, object], name: str, item: Item, making: Making
    ) -> None:
        """Submit with what an item shows; a latent path is drawn first, off the engine's threads."""
        part = excerpt(item)
        if not part.drawn:
            self._submit(generator, params, {name: part}, making)
            return
        self._desk.work.run(
            f"Drawing {item.source.title}",
            lambda: recorded(part),
            lambda clip: self._submit(generator, params, {name: clip}, making),
        )

    def _submit(
        self, generator: str, params: Mapping[str, object], inputs: Mapping[str, Media], making: Making
    ) -> None:
        job = self._app.engine.submit(Request(generator, params, inputs, Priority.BATCH))
        self._making[job] = making

    def take(self, event: Event) -> bool:
        """Take in an event of a job; whether it was one of these."""
        number = event.job.id if isinstance(event, Changed) else getattr(event, "job_id", 0)
        making = self._making.get(number)
        if making is None:
            return False
        if isinstance(event, Chunked):
            self._grow(number, making, event.value)
        elif isinstance(event, Finished) and isinstance(event.value, Clip):
            self._show(making, event.value)
        elif isinstance(event, Changed) and event.job.state.ended and not isinstance(event, Failed):
            del self._making[number]
        return True

    def _grow(self, number: int, making: Making, value: Media) -> None:
        """Some more frames; when the person has taken the piece away meanwhile, the job is given up."""
        if making.placed and not self._there(making.placed):
            self._app.engine.cancel(number)
            return
        if isinstance(value, Clip):
            making.rate = value.rate
            for frame in value.frames():
                making.frames.add(frame.image, frame.duration)
        elif isinstance(value, Image):
            making.frames.add(value, 1 / making.rate)
        if making.frames.count:
            self._show(making, making.frames.clip(making.rate))

    def _there(self, id: int) -> bool:
        return any(item.id == id for track in self._desk.score.tracks for item in track.items)

    def _show(self, making: Making, clip: Clip) -> None:
        source = Source.of_clip(clip, making.title)
        if making.placed:
            self._desk.timeline.amend(grown(making.placed, source))
            return
        if making.where == "end" or making.item is None:
            self._desk.add(source)
            making.placed = self._desk.chosen or 0
            return
        id, item = self._desk.timeline.new_id(), making.item
        place: Callable[[Score], Score] = (
            (lambda s: follow(s, item, source, id))
            if making.where == "after"
            else (lambda s: instead(s, item, source, id))
        )
        title = "Continue" if making.where == "after" else "Interpolate"
        if self._desk.do(title, place):
            making.placed = id
            self._desk.choose(id)


def recorded(clip: Clip) -> Clip:
    """A clip with its frames made, once and for all."""
    recorder = Recorder()
    for frame in clip.frames():
        recorder.add(frame.image, frame.duration)
    return recorder.clip(clip.rate, clip.sound)


def follow(score: Score, item: Item, source: Source, id: int) -> Score:
    """A new piece right behind another; later ones move on."""
    assert source.length is not None
    track, before = score.find(item.id)
    new = Item(id, source, before.end, source.length)
    later = [replace(o, start=o.start + new.length) for o in track.items if o.start >= before.end]
    kept = [o for o in track.items if o.start < before.end]
    return edits.replaced(score, track, [*kept, new, *later])


def instead(score: Score, item: Item, source: Source, id: int) -> Score:
    """A new piece in place of another, at the old speed; later ones follow its end."""
    assert source.length is not None
    track, old = score.find(item.id)
    length = source.length / old.speed
    change = length - old.length
    new = replace(old, id=id, source=source, offset=Fraction(0), length=length)
    items = [
        replace(o, start=o.start + change) if o.start >= old.end else o for o in track.items if o.id != old.id
    ]
    return edits.replaced(score, track, [*items, new])


def grown(id: int, source: Source) -> Callable[[Score], Score]:
    """The change that gives a piece its longer source, later pieces making room."""

    def change(score: Score) -> Score:
        found = [(t, i) for t in score.tracks for i in t.items if i.id == id]
        if not found or source.length is None:
            return score
        track, old = found[0]
        new = replace(old, source=source, length=source.length / old.speed)
        by = new.length - old.length
        items = [new if o.id == id else replace(o, start=o.start + by) if o.start >= old.end else o
                 for o in track.items]  # fmt: skip
        return edits.replaced(score, track, items)

    return change
