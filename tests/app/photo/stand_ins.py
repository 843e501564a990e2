"""Stand-ins for the photo generators: they answer at once, with one colour per seed."""

import time
from typing import Literal

import numpy as np

from studio.api import Field, Image, Mask, Params, Preview, UserError, generator


@generator(id="inpaint", title="Inpaint", inputs={"image": Image, "mask": Mask}, output=Image)
class Inpaint:
    """Fills the mask with a colour that tells the seed and the mean of what lies around."""

    class Params(Params):
        """As the real one's."""

        grow: int = Field(0, ge=0, le=200, title="Grow")
        feather: int = Field(0, ge=0, le=200, title="Feather")
        result: Literal["picture", "patch"] = Field("picture", title="Result")

    def run(self, ctx, params, image, mask):
        """A preview, then the patch."""
        hole = mask.pixels > 0
        if hole.all():
            raise UserError("The mask covers the whole picture.", "Leave some of it.")
        out = np.zeros((*hole.shape, 4), np.uint8)
        around = image.array("uint8", 3)[~hole].mean()
        out[hole] = (params.seed, int(around), params.grow + params.feather, 255)
        for step in range(20):
            yield Preview(Image(out), step / 20)
            time.sleep(0.002)
        return Image(out)


@generator(id="upscale", title="Upscale", inputs={"image": Image}, output=Image)
class Upscale:
    """Repeats pixels."""

    class Params(Params):
        """As the real one's."""

        scale: Literal[2, 4] = Field(4, title="Scale")
        model: Literal["psnr", "gan"] = Field("gan", title="Model")
        strength: float = Field(1.0, ge=0, le=1, title="Strength")

    def run(self, ctx, params, image):
        """At once."""
        return Image(image.pixels.repeat(params.scale, 0).repeat(params.scale, 1), image.icc)


@generator(id="deblur", title="Deblur", inputs={"image": Image}, output=Image)
class Deblur:
    """The same picture, brighter."""

    class Params(Params):
        """As the real one's."""

        model: str = Field("", title="Model")
        strength: float = Field(1.0, ge=0, le=1, title="Strength")

    def run(self, ctx, params, image):
        """At once."""
        out = image.array("uint8", 4).copy()
        out[..., :3] = np.minimum(out[..., :3].astype(int) + 50, 255)
        return Image(out)
