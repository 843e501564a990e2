"""Latent paths on the timeline: made, given keys, set to the beats of a sound."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError

from studio.app.latent_film import LatentFilms
from studio.engine.protocol import SEED_LIMIT
from studio.model import timeline_edits as edits
from studio.model.easing import Ease
from studio.model.errors import UserError
from studio.model.latent_path import LatentPath, Stop, Way
from studio.model.nodes import GeneratedLayer
from studio.model.onsets import onsets
from studio.model.timeline import ZERO, Item, Score
from studio.model.timeline_render import Mix

if TYPE_CHECKING:
    from studio.app.video_desk import VideoDesk

KEYS, GAP = 4, Fraction(2)  # of a new path, and seconds between them
LEAST = Fraction(4)
GENERATOR = "synthesis"


class Drawn(BaseModel):
    """What a path takes over from the params of a picture."""

    model: str = ""
    class_: str = Field("", alias="class")
    truncation: float = 0.7
    point: str = ""
    seed: int = 0

    @classmethod
    def of(cls, params: Mapping[str, object]) -> Drawn:
        """From a recipe, which may come out of a stranger's file. UserError when it makes no sense."""
        try:
            return cls.model_validate(dict(params))
        except ValidationError as error:
            raise UserError("The picture's recipe cannot be read.", "Draw the picture again.") from error


class LatentDesk:
    """What a person does with the latent paths of a timeline. Main thread only."""

    def __init__(self, desk: VideoDesk) -> None:
        self._desk = desk
        self._app = desk.app
        self.films = LatentFilms(desk.app)

    def item(self) -> tuple[Item, LatentPath]:
        """The chosen latent path, else the one under the playhead. `UserError` when there is none."""
        desk = self._desk
        here = [item for track in desk.score.tracks for item in track.at(desk.playhead)]
        for item in (desk.item(), *reversed(here)):
            if item is not None and item.source.path is not None:
                return item, item.source.path
        raise UserError("There is no latent path here.", "Make one with Latent > New Latent Path.")

    @property
    def any(self) -> bool:
        """Whether `item` finds one."""
        try:
            return bool(self.item())
        except UserError:
            return False

    def add(self, path: LatentPath) -> None:
        """Put a path on the timeline, on a track of its own when it is the first."""
        source = self.films.source(path, self._desk.score.rate)
        self._desk.add(source, length=max(path.length, LEAST))

    def add_random(self) -> None:
        """A new path between pictures of random seeds, of the model that was used last."""
        model, class_, truncation = self._last_used()
        stops = tuple(Stop(GAP * n, seed=random.randrange(SEED_LIMIT)) for n in range(KEYS))
        self.add(LatentPath(model, stops, KEYS * GAP, "w", class_, truncation))

    def add_points(
        self,
        model: str,
        points: Sequence[str],
        gap: Fraction,
        loop: bool,
        *,
        truncation: float = 0.7,
        class_: str = "",
    ) -> None:
        """A path through points, such as the explorer's, evenly in time."""
        stops = tuple(Stop(gap * n, point) for n, point in enumerate(points))
        path = LatentPath(model, stops, truncation=truncation, class_=class_)
        self.add(replace(path, loop=gap * len(stops)) if loop and len(stops) > 1 else path)

    def _last_used(self) -> tuple[str, str, float]:
        used = Drawn.of(self._app.draft.params if self._app.draft.generator == GENERATOR else {})
        found = self._app.registry.weights.find("style", used.model)
        return found.name, used.class_, used.truncation

    def change(self, title: str, change: Callable[[LatentPath, Fraction], LatentPath]) -> None:
        """Replace the path by ``change(path, time)``, the time being the playhead's in the path."""
        item, path = self.item()
        time = min(max(item.source_time(self._desk.playhead), ZERO), item.source_time(item.end))
        self.put(item, title, change(path, rounded(path, time)))

    def put(self, item: Item, title: str, path: LatentPath, merge: bool = False) -> None:
        """Give an item another path, as one step."""
        source = self.films.source(path, self._desk.score.rate, item.source.title)
        self._desk.do(title, lambda score: edits.set_source(score, item.id, source), merge)

    def key_random(self) -> None:
        """A key at the playhead, of a random seed."""
        seed = random.randrange(SEED_LIMIT)
        self.change("Add key", lambda path, time: path.with_stop(Stop(time, seed=seed)))

    def key_here(self) -> None:
        """A key at the playhead that keeps what is seen there; the picture is drawn first."""
        item, path = self.item()
        if path.way == "z":
            raise UserError("What lies between two seeds has no seed.", "Go through W, or add a random key.")
        time = rounded(path, max(item.source_time(self._desk.playhead), ZERO))

        def keep(point: str) -> None:
            self.put(item, "Add key", path.with_stop(Stop(time, point)))

        self._desk.work.run("Keeping a place", lambda: self.films.pictures(path, [time]).meta["w"], keep)

    def key_from_layer(self) -> None:
        """The canvas layer's picture becomes a key at the playhead."""
        layer = self._app.need_document().active
        if not isinstance(layer, GeneratedLayer) or layer.provenance.generator != GENERATOR:
            raise UserError(
                "The layer was not drawn by a style-based model.", "Choose one made by Synthesis."
            )
        drawn = Drawn.of(layer.provenance.params)
        if drawn.model != self.item()[1].model:
            raise UserError(
                f"The layer was drawn by “{drawn.model}”, not by the path's model.", "Choose another."
            )
        stop = Stop(ZERO, drawn.point, drawn.seed)
        self.change("Add key", lambda path, time: path.with_stop(replace(stop, at=time)))

    def remove_key(self) -> None:
        """Take the key nearest to the playhead away."""
        self.change("Remove key", lambda path, time: path.without(path.nearest(time)))

    def ease(self, ease: Ease) -> None:
        """How the leg under the playhead begins and ends."""

        def change(path: LatentPath, time: Fraction) -> LatentPath:
            leg = path.moment(time).leg
            stops = [replace(s, ease=ease) if n == leg else s for n, s in enumerate(path.stops)]
            return path.with_stops(stops)

        self.change("Ease", change)

    def go(self, way: Way) -> None:
        """Through the styles or between the seeds' noise."""
        self.change("Way", lambda path, time: replace(path, way=way))

    def loop(self) -> None:
        """Come round again, or end at the last key."""
        self.change("Loop", lambda path, time: path.looped(not path.loop))

    def beats(self, then: Callable[[list[Fraction]], object]) -> None:
        """Listen to the audio tracks (to the clips where there are none), and hand over when it begins."""
        score = heard(self._desk.score)
        self._desk.work.run("Listening for beats", lambda: onsets_of(score), then)

    def to_beats(self, every: int) -> None:
        """A key on every beat that falls on the path, or every second, fourth ..."""
        item, _ = self.item()

        def take(found: list[Fraction]) -> None:
            now, path = self.item()
            inside = [time for time in found if now.start <= time < now.end][::every]
            if now.id == item.id:
                self.put(now, "Keys on beats", path.on_beats([now.source_time(time) for time in inside]))

        self.beats(self._told(take))

    def mark_beats(self) -> None:
        """A marker on each beat, to cut to and snap to."""

        def take(found: list[Fraction]) -> None:
            def change(score: Score) -> Score:
                for number, time in enumerate(found[:1000], 1):
                    score = edits.add_marker(score, score.on_frame(time), f"Beat {number}")
                return score

            self._desk.do("Mark beats", change)

        self.beats(self._told(take))

    def _told(self, take: Callable[[list[Fraction]], object]) -> Callable[[list[Fraction]], object]:
        def run(found: list[Fraction]) -> None:
            try:
                take(found)
            except UserError as error:
                self._app.notices.add_exception(error)

        return run


def rounded(path: LatentPath, time: Fraction) -> Fraction:
    """A time within the round of a loop that its keys lie in."""
    return time % path.loop if path.loop else time


def heard(score: Score) -> Score:
    """Only the audio tracks that are on, if there is anything on them; else everything."""
    audio = tuple(track for track in score.tracks if track.kind == "audio" and not track.off and track.items)
    return replace(score, tracks=audio) if audio else score


def onsets_of(score: Score) -> list[Fraction]:
    """When something begins to sound on a timeline. UserError when nothing sounds."""
    if not any(item.source.sound for track in score.tracks for item in track.items):
        raise UserError("There is no sound to follow.", "Put music on an audio track.")
    blocks = Mix(score).blocks()
    with closing(blocks):
        return onsets(blocks)
