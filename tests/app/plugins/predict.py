"""Goes on with a clip by showing its last frame, ever darker, at the pace of a small network."""

import time
from fractions import Fraction

from studio.api import Chunk, Clip, Field, Image, Params, Recorder, generator


@generator(id="predict", title="Predict", inputs={"clip": Clip}, output=Clip)
class Predict:
    """Stands for a network."""

    class Params(Params):
        frames: int = Field(4, ge=1, le=2000)

    def run(self, ctx, params, clip):
        frames = list(clip.frames())
        whole, last = Recorder(), frames[-1].image.array("uint8", 3)
        for number in range(params.frames):
            ctx.check()
            time.sleep(0.004)
            piece, image = Recorder(), Image(last // (number + 2))
            for recorder in (whole, piece):
                recorder.add(image, Fraction(1) / clip.rate)
            yield Chunk(piece.clip(clip.rate))
        return whole.clip(clip.rate)
