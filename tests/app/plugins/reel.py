"""A generator for tests: a short clip, with a preview of each frame."""

from fractions import Fraction

from studio.api import Clip, Image, Params, Preview, Recorder, generator


@generator(id="reel", title="Reel", output=Clip)
class Reel:
    """Three grey frames."""

    Params = Params

    def run(self, ctx, params):
        """Frame by frame."""
        import numpy as np

        made = Recorder()
        for number in range(3):
            image = Image(np.full((8, 8, 4), 50 * number, np.uint8))
            made.add(image, Fraction(1, 8))
            yield Preview(image, (number + 1) / 3)
        return made.clip(Fraction(8))
