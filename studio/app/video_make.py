"""Generators at work on the timeline: what they make streams onto a track as it comes, as one undo step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from studio.app import video_place as place
from studio.app.draft import Place
from studio.app.inputs import Source as From
from studio.app.inputs import gather_inputs, picture
from studio.engine.events import Changed, Chunked, Event, Failed, Finished, Priority, Request
from studio.engine.spec import Spec
from studio.model.clip import Clip, Sound
from studio.model.clip_record import Recorder
from studio.model.deferred import Input
from studio.model.errors import UserError
from studio.model.media import Image, Media
from studio.model.timeline import ZERO, Item, Source
from studio.model.timeline_render import excerpt

if TYPE_CHECKING:
    from studio.app.video_desk import VideoDesk

FACTOR = Fraction(2)  # frames for one, when frames are drawn between


@dataclass(eq=False)
class Making:
    """A job, where its clip goes, and the frames that have come.

    stretch: seconds of it for one of the piece whose place it takes as it comes; 0: in the end, all at once.
    """

    title: str
    where: Place
    item: Item | None = None
    stretch: Fraction = ZERO
    frames: Recorder = field(default_factory=Recorder)
    rate: Fraction = Fraction(25)
    placed: int = 0

    @property
    def early(self) -> bool:
        """Whether what has come can be shown; a cross-fade must fit into it."""
        if self.where != "instead" or self.item is None:
            return bool(self.frames.count)
        return bool(self.stretch) and self.frames.end / self.item.speed > self.item.fade_in

    @property
    def sound(self) -> Sound | None:
        """What is heard with the frames while they come: that of the piece whose place they take, in step."""
        return excerpt(self.item).sound if self.item and self.stretch == 1 else None

    def first(self, item: Item, source: Source, id: int, whole: bool) -> place.Change:
        """The change that puts it on the timeline."""
        if self.where == "after":
            return lambda score: place.follow(score, item, source, id)
        if whole:
            return lambda score: place.instead(score, item, source, id)
        return lambda score: place.overtake(score, item, source, id, self.stretch)

    def further(self, source: Source, whole: bool) -> place.Change:
        """The change when more has come."""
        if self.where != "instead" or self.item is None:
            return place.grown(self.placed, source)
        if whole:
            return place.settled(self.placed, self.item, source)
        return place.overtaken(self.placed, self.item.id, source, self.stretch)


class VideoMaker:
    """Main thread only."""

    def __init__(self, desk: VideoDesk) -> None:
        self._desk, self._app = desk, desk.app
        self._making: dict[int, Making] = {}

    def continue_clip(self, frames: int) -> None:
        """Let `predict` go on where the chosen clip ends; later pieces of the track make room."""
        item = self.chosen()
        title = f"{item.source.title}, continued"
        self._start("predict", {"frames": frames}, {"clip": excerpt(item)}, Making(title, "after", item))

    def interpolate(self, use: Literal["smooth", "slow"]) -> None:
        """Draw frames between those of the chosen piece; what is made takes its place as it comes."""
        item = self.chosen()
        stretch = FACTOR if use == "slow" else Fraction(1)
        making = Making(f"{item.source.title}, {use}", "instead", item, stretch)
        self._start("interpolate", {"factor": float(FACTOR), "use": use}, {"clip": excerpt(item)}, making)

    def animate(self) -> None:
        """Let the chosen picture move, else what is on the canvas."""
        item = self._desk.item()
        if item is not None and item.source.image is not None:
            image, title = item.source.image, item.source.title
        else:
            document = self._app.need_document()
            image, title = picture(document), document.title
        self._start("animate", {}, {"image": image}, Making(f"{title}, animated", "end"))

    def generate(
        self, spec: Spec, params: Mapping[str, object], sources: Mapping[str, From], where: Place
    ) -> None:
        """Let any generator of clips work. Clips that `sources` does not name are the chosen piece.

        UserError when an input is missing, or the place means a piece and none is chosen.
        """
        named = {*sources, *spec.optional}
        wanted = [name for name, kind in spec.inputs.items() if kind is Clip and name not in named]
        item = self.chosen() if wanted or where in ("after", "instead") else None
        clips = {name: excerpt(item) for name in wanted if item is not None}
        given = gather_inputs(spec, self._app.document, {**sources, **clips})
        title = f"{item.source.title}, {spec.title.lower()}" if item else spec.title
        self._start(spec.id, params, given, Making(title, where, item))

    def chosen(self) -> Item:
        """The chosen piece. UserError when it is no clip."""
        item = self._desk.item()
        if item is None or item.source.clip is None:
            raise UserError("No clip is chosen.", "Choose one on the timeline.")
        return item

    def _start(
        self, generator: str, params: Mapping[str, object], inputs: Mapping[str, Input], making: Making
    ) -> None:
        """Submit; a latent path is drawn first, off the engine's threads."""
        if not any(isinstance(value, Clip) and value.drawn for value in inputs.values()):
            self._submit(generator, params, inputs, making)
            return
        self._desk.work.run(
            f"Drawing {making.title}",
            lambda: {n: recorded(v) if isinstance(v, Clip) and v.drawn else v for n, v in inputs.items()},
            lambda ready: self._submit(generator, params, ready, making),
        )

    def _submit(
        self, generator: str, params: Mapping[str, object], inputs: Mapping[str, Input], making: Making
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
        if making.placed and place.piece(self._desk.score, making.placed) is None:
            self._app.engine.cancel(number)
            return
        if isinstance(value, Clip):
            making.rate = value.rate
            for frame in value.frames():
                making.frames.add(frame.image, frame.duration)
        elif isinstance(value, Image):
            making.frames.add(value, 1 / making.rate)
        if making.early:
            self._show(making, making.frames.clip(making.rate, making.sound), whole=False)

    def _show(self, making: Making, clip: Clip, whole: bool = True) -> None:
        source, item = Source.of_clip(clip, making.title), making.item
        if making.placed:
            self._desk.timeline.amend(making.further(source, whole))
            return
        if making.where in ("end", "new track") or item is None:
            self._desk.add(source, new_track=making.where == "new track")
            making.placed = self._desk.chosen or 0
            return
        id = self._desk.timeline.new_id()
        title = "Continue" if making.where == "after" else "Interpolate"
        if self._desk.do(title, making.first(item, source, id, whole)):
            making.placed = id
            self._desk.choose(id)


def recorded(clip: Clip) -> Clip:
    """A clip with its frames made, once and for all."""
    recorder = Recorder()
    for frame in clip.frames():
        recorder.add(frame.image, frame.duration)
    return recorder.clip(clip.rate, clip.sound)
