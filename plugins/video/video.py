"""The generator `video`: loops from noise."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from studio.api import Clip, Context, Field, Preview, Recorder, generator

from .frames import LoopParams, moments, picture, straight

if TYPE_CHECKING:
    from torch import Tensor

    from studio.nets.video import Streams, VideoGenerator

FAMILY = "video"


class VideoParams(LoopParams):
    """What is made."""

    motion: int = Field(
        0, ge=0, le=9999, title="Motion", description="Another number moves the same figure in another way."
    )
    size: int = Field(
        256,
        ge=16,
        le=1024,
        title="Size",
        description="Width and height; the network itself draws 32 pixels, the rest is smooth enlarging.",
        json_schema_extra={"unit": "px", "step": 64},
    )
    between: Literal["blend", "hold"] = Field(
        "blend",
        title="Between frames",
        description="The network draws 16 frames of a loop: mix them, or hold each.",
    )
    clear: bool = Field(
        True,
        title="Clear background",
        description="Frames with transparency (folders of PNG keep it); else white.",
    )


@generator(id="video", title="Video", output=Clip, family=FAMILY)
class Video:
    """Makes a short looping clip from a seed: a figure that moves."""

    Params = VideoParams

    def load(self, ctx: Context) -> None:
        """Build the network and keep it warm."""
        from studio.nets.video import VideoGenerator

        self.net: VideoGenerator = ctx.network(VideoGenerator)

    def run(self, ctx: Context, params: VideoParams) -> Iterator[Preview]:
        """The clip, frame by frame."""
        import torch

        with torch.inference_mode():
            streams = self.net(self.noise(ctx, params))
        made = Recorder()
        for moment, duration, progress in moments(params):
            ctx.check()
            image = picture(straight(shown(streams, moment, params)))
            made.add(image, duration)
            yield Preview(image, progress)
        return made.clip(Fraction(params.rate))

    def noise(self, ctx: Context, params: VideoParams) -> Tensor:
        """The figure comes from the seed alone, its motion from both numbers."""
        import torch

        figure = torch.randn((1, self.net.z_dim), generator=ctx.generator(params.seed))
        motion = ctx.generator(params.seed * 10_007 + params.motion + 1)
        return torch.cat([figure, torch.randn((1, self.net.motion_dim), generator=motion)], 1).to(ctx.device)


def shown(streams: Streams, moment: float, params: VideoParams) -> Tensor:
    """The frame (4, S, S) at a moment of the loop, premultiplied, in 0..1."""
    import torch.nn.functional as F

    frames = streams.clip[0].unbind(1)
    place = moment * len(frames)
    one, share = int(place), place - int(place) if params.between == "blend" else 0.0
    mixed = frames[one].lerp(frames[(one + 1) % len(frames)], share) * 0.5 + 0.5
    size = (params.size, params.size)
    frame = F.interpolate(mixed[None], size, mode="bicubic", antialias=True, align_corners=False)[0].clamp(
        0, 1
    )
    if not params.clear:
        frame = frame + (1 - frame[3:])
    return frame
