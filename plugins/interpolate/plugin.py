"""The generator `interpolate`: smoother motion, or slow motion, from frames drawn between the frames."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from studio.api import Chunk, Clip, Context, Field, Frame, Image, Params, Preview, UserError, generator

from .between import Pair, picture, tensor
from .timing import Sequence, moments, rational

FAMILY = "interpolate"


class InterpolateParams(Params):
    """How many frames, and whether they make it smoother or slower."""

    model: str = Field("", title="Model")
    factor: float = Field(
        2.0,
        ge=1,
        le=16,
        title="Factor",
        description="How many frames for one; 2.5 makes 60 a second of 24.",
        json_schema_extra={"unit": "x", "step": 0.5},
    )
    rate: float = Field(
        0.0,
        ge=0,
        le=240,
        title="Frame rate",
        description="Instead of a factor: frames a second. 0 goes by the factor.",
        json_schema_extra={"unit": "/s"},
    )
    use: Literal["smooth", "slow"] = Field(
        "smooth",
        title="Use",
        description="smooth keeps length and sound; slow plays the frames at the old rate, without sound.",
    )
    cuts: bool = Field(True, title="Keep cuts", description="Draw nothing between two different shots.")
    side: int = Field(
        640,
        ge=64,
        le=2048,
        title="Motion found at",
        description="Longer side of the copy on which motion is found; the frames keep their size.",
        json_schema_extra={"unit": "px", "step": 64},
    )


@generator(id="interpolate", title="Interpolate", inputs={"clip": Clip}, output=Clip, family=FAMILY)
class Interpolate:
    """Draws frames between the frames of a clip: for smooth or slow motion."""

    Params = InterpolateParams

    def load(self, ctx: Context) -> None:
        """Build the network and keep it warm."""
        from studio.nets.interpolators import network

        self.net = ctx.network(network)
        self.pair: tuple[Frame, Frame, Pair] | None = None

    def run(self, ctx: Context, params: InterpolateParams, clip: Clip) -> Iterator[Preview | Chunk]:
        """Frame after frame as a clip of its own as it comes; all of them in the end.

        Those of the given clip are kept as they are.
        """
        rate = rational(params.rate) if params.rate else clip.rate * rational(params.factor)
        factor = rate / clip.rate
        if factor < 1:
            raise UserError(
                f"The clip has {float(clip.rate):g} frames a second already.", "Choose a higher rate."
            )
        slow = params.use == "slow"
        made = Sequence(factor, clip.rate) if slow else Sequence(Fraction(1), rate)
        end = Fraction(0)
        for this, mate in self.pairs(ctx, clip, Cuts(params.cuts)):
            end = this.end
            for time in moments(this.time, end, factor, rate):
                image = self.at(ctx, params, this, mate, time)
                if (before := made.add(image, time)) is not None:
                    yield Chunk(before)
                yield Preview(image, min(1.0, float(time / clip.duration)))
        if (last := made.done(end)) is not None:
            yield Chunk(last)
        return made.clip(None if slow else clip)

    def pairs(self, ctx: Context, clip: Clip, cuts: Cuts) -> Iterator[tuple[Frame, Frame | None]]:
        """Each frame and the next one of its shot, if there is one."""
        frames = clip.frames()
        this = next(frames, None)
        while this is not None:
            following = next(frames, None)
            apart = following is None or cuts.between(ctx, this, following)
            yield this, None if apart else following
            this = following

    def at(
        self, ctx: Context, params: InterpolateParams, this: Frame, following: Frame | None, time: Fraction
    ) -> Image:
        """What is seen at a moment between two frames; without a second one, the first."""
        import torch

        if following is None or time == this.time:
            return this.image
        if self.pair is None or self.pair[:2] != (this, following):
            with torch.inference_mode():
                ends = tensor(ctx, this.image), tensor(ctx, following.image)
                self.pair = this, following, Pair(self.net, *ends, params.side)
        with torch.inference_mode():
            return picture(ctx, self.pair[2].at(float((time - this.time) / (this.end - this.time))))


class Cuts:
    """Tells two shots apart by how much the picture changes, compared with the change before."""

    def __init__(self, wanted: bool) -> None:
        self._wanted, self._usual = wanted, 0.0

    def between(self, ctx: Context, one: Frame, other: Frame) -> bool:
        """Whether a new shot begins with the second of two neighbouring frames."""
        if not self._wanted:
            return False
        from studio.nets.interpolate import is_cut, thumbnail

        small = [thumbnail(tensor(ctx, frame.image)) for frame in (one, other)]
        change = float((small[1] - small[0]).abs().mean())
        found, self._usual = is_cut(change, self._usual), change
        return found
