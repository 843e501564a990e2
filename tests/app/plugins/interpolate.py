"""Draws frames between by showing each one twice, at the pace of a small network."""

import time
from typing import Literal

from studio.api import Chunk, Clip, Field, Params, Recorder, generator


@generator(id="interpolate", title="Interpolate", inputs={"clip": Clip}, output=Clip)
class Interpolate:
    """Stands for a network."""

    class Params(Params):
        factor: float = Field(2.0)
        use: Literal["smooth", "slow"] = "smooth"

    def run(self, ctx, params, clip):
        whole, times = Recorder(), 1 if params.use == "slow" else 2
        rate = clip.rate * times
        for frame in clip.frames():
            for _ in range(2):
                ctx.check()
                time.sleep(0.004)
                piece = Recorder()
                for recorder in (whole, piece):
                    recorder.add(frame.image, frame.duration / times)
                yield Chunk(piece.clip(rate))
        return whole.clip(rate, clip.sound if times == 2 else None)
