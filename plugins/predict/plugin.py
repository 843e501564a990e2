"""The generator `predict`: goes on with a clip, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from studio.api import Chunk, Clip, Context, Field, Image, Params, Preview, Recorder, UserError, generator

from .ahead import Ahead

if TYPE_CHECKING:
    from torch import Tensor

    from studio.nets.predict import Predictor

FAMILY = "predict"
LOOK = 5  # frames at the end that are looked at for cuts


class PredictParams(Params):
    """How far to go on, and how."""

    model: str = Field("", title="Model")
    frames: int = Field(
        8, ge=1, le=120, title="Frames", description="How many to draw. Large motion holds for about three."
    )
    whole: bool = Field(
        False, title="With the clip", description="Give the clip and its sound with the new frames after it."
    )
    cuts: bool = Field(True, title="Heed cuts", description="Go by the last shot alone.")
    side: int = Field(
        640,
        ge=64,
        le=2048,
        title="Motion found at",
        description="Longer side of the copy on which motion is found; the frames keep their size.",
        json_schema_extra={"unit": "px", "step": 64},
    )


@generator(id="predict", title="Continue", inputs={"clip": Clip}, output=Clip, family=FAMILY)
class Predict:
    """Draws the frames that come after the last frame of a clip."""

    Params = PredictParams

    def load(self, ctx: Context) -> None:
        """Build the network and keep it warm."""
        from studio.nets.predict import Predictor

        self.net: Predictor = ctx.network(Predictor)

    def run(self, ctx: Context, params: PredictParams, clip: Clip) -> Iterator[Preview | Chunk]:
        """Each new frame as a clip of its own as it comes; all of them in the end."""
        from studio.nets.predict import CONTEXT

        made = Recorder()
        if params.whole:
            yield from copied(made, clip)
        shot = [ctx.tensor(image) * 0.5 + 0.5 for image in ending(clip, LOOK)]
        if params.cuts:
            shot = shot[last_cut(shot) :]
        if len(shot) < 2:
            raise UserError(
                "One frame does not tell what moves.",
                "Give a clip of two frames or more whose last shot has two.",
            )
        ahead = Ahead(ctx, self.net, shot[-CONTEXT:], params.side)
        for number, frame in enumerate(ahead.made(params.frames)):
            image = ctx.image(frame * 2 - 1)
            made.add(image, 1 / clip.rate)
            yield Preview(image, (number + 1) / params.frames)
            yield Chunk(single(image, clip.rate))
        return made.clip(clip.rate, clip.sound if params.whole else None)


def ending(clip: Clip, count: int) -> list[Image]:
    """The last frames, oldest first; fewer when the clip has no more."""
    back = (count + 1) / clip.rate
    while True:
        start = max(clip.duration - back, Fraction(0))
        found: list[Image] = []
        for frame in clip.frames(start):
            found = [*found[1 - count :], frame.image]
        if len(found) == count or start == 0:
            return found
        back *= 4


def last_cut(frames: list[Tensor]) -> int:
    """Where the last shot begins among frames (1, 3, H, W)."""
    from studio.nets.interpolate import is_cut, thumbnail

    small = [thumbnail(frame) for frame in frames]
    change = [float((b - a).abs().mean()) for a, b in pairwise(small)]
    usual = [change[1] if len(change) > 1 else 0.0, *change]
    return max((i + 1 for i, now in enumerate(change) if is_cut(now, usual[i])), default=0)


def copied(recorder: Recorder, clip: Clip) -> Iterator[Preview]:
    """Keep the given frames, in colour and without transparency as the new ones are."""
    for frame in clip.frames():
        recorder.add(Image(frame.image.array("uint8", 3)), frame.duration, max(frame.time, recorder.end))
        yield Preview(frame.image, 0.0)


def single(image: Image, rate: Fraction) -> Clip:
    """A clip of one frame."""
    recorder = Recorder()
    recorder.add(image, 1 / rate)
    return recorder.clip(rate)
