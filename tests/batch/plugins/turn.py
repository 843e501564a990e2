"""Generators for tests of batches: an opposite, a picky one, a slow one."""

import time

from studio.api import Field, Image, Mask, Params, Preview, UserError, generator


@generator(id="turn", title="Turn", inputs={"image": Image}, output=Image)
class Turn:
    """The opposite of every colour; refuses small pictures if told so."""

    class Params(Params):
        least: int = Field(0, ge=0, le=100)
        wait: float = Field(0.0, ge=0, le=10)

    def run(self, ctx, params, image):
        if image.width < params.least:
            raise UserError("The picture is too small.")
        for step in range(int(params.wait * 100)):
            ctx.check()
            time.sleep(0.01)
            yield Preview(image, step / 1000)
        top = 65535 if image.pixels.dtype == "uint16" else 255
        pixels = image.pixels.copy()
        pixels[..., :3] = top - pixels[..., :3]
        return Image(pixels)


@generator(id="cover", title="Cover", inputs={"image": Image, "mask": Mask}, output=Mask)
class Cover:
    """The mask, where the picture is not black."""

    def run(self, ctx, params, image, mask):
        import numpy as np

        return Mask(np.where(image.array("uint8", 1)[..., 0] > 0, mask.array("uint8"), 0).astype(np.uint8))
