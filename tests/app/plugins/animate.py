"""Lets a picture slide."""

from fractions import Fraction

import numpy as np

from studio.api import Clip, Image, Params, Recorder, generator


@generator(id="animate", title="Animate", inputs={"image": Image}, output=Clip)
class Animate:
    """Stands for a network."""

    class Params(Params):
        """Nothing to choose."""

    def run(self, ctx, params, image):
        recorder = Recorder()
        for number in range(4):
            recorder.add(Image(np.roll(image.array("uint8", 3), number, 1)), Fraction(1, 24))
        return recorder.clip(Fraction(24))
