"""A generator for tests: flat squares, one colour per seed, as fast or slow and as faulty as asked for."""

import time

from studio.api import Chunk, Field, Image, Params, Preview, UserError, generator


def square(seed, size, share=1.0):
    """A picture of one colour that tells its seed: red is the seed modulo 256."""
    import numpy as np

    pixels = np.zeros((size, size, 3), np.uint8)
    pixels[:] = (seed % 256, int(255 * share), 64)
    return Image(pixels)


@generator(id="dots", title="Dots", output=Image)
class Dots:
    """Squares of one colour."""

    class Params(Params):
        """What to make."""

        size: int = Field(16, ge=1, le=64, title="Size")
        count: int = Field(1, ge=1, le=16, title="Count")
        steps: int = Field(0, ge=0, le=1000, title="Steps")
        shrink: int = Field(1, ge=1, le=8, title="Shrink previews")
        fault: str = Field("", title="Fault")
        morph_seed: int = Field(-1, ge=-1, title="Morph to")
        morph: float = Field(0.0, ge=0, le=1, title="Morph")

    def run(self, ctx, params):
        """Previews, then one square or several."""
        if params.fault == "user":
            raise UserError("The dots ran out.", "Buy more.")
        if params.fault:
            raise RuntimeError(params.fault)
        for step in range(params.steps):
            ctx.check()
            time.sleep(0.002)
            share = step / params.steps
            yield Preview(square(params.seed, params.size // params.shrink, share), share)
        squares = [square(params.seed + number, params.size) for number in range(params.count)]
        if params.count == 1:
            return squares[0]
        for made in squares:
            yield Chunk(made)
        return tuple(squares)


@generator(id="invert", title="Invert", inputs={"image": Image}, output=Image)
class Invert:
    """The opposite of every colour."""

    def run(self, ctx, params, image):
        """One step."""
        yield Preview(image, 0.5)
        return Image(255 - image.array("uint8", 3))
