"""A generator for the panels' tests: flat pictures whose colour tells how they were made."""

import time
from typing import Annotated

from studio.api import Chunk, Field, Image, Mask, Params, Preview, Text, UserError, generator


def flat(size, red, green, blue):
    """A picture of one colour."""
    import numpy as np

    pixels = np.empty((size, size, 3), np.uint8)
    pixels[:] = [int(value) % 256 for value in (red, green, blue)]
    return Image(pixels)


@generator(id="tiny", title="Tiny", output=Image)
class Tiny:
    """Flat colours that can be slid through."""

    class Params(Params):
        """What to make."""

        kind: str = Field("", alias="class", title="Class", json_schema_extra={"widget": "labels"})
        model: str = Field("one", title="Model")
        truncation: float = Field(0.5, ge=0, le=1, title="Truncation", json_schema_extra={"live": True})
        directions: tuple[Annotated[float, Field(ge=-4, le=4)], ...] = Field(
            (), max_length=3, title="Directions", json_schema_extra={"live": True}
        )
        morph_seed: int = Field(-1, ge=-1, title="Morph to")
        morph: float = Field(0.0, ge=0, le=1, title="Morph", json_schema_extra={"live": True})
        count: int = Field(1, ge=1, le=16, title="Count")
        steps: int = Field(0, ge=0, le=5000, title="Steps", json_schema_extra={"advanced": True})
        fault: str = Field("", title="Fault", json_schema_extra={"advanced": True})

    @classmethod
    def choices(cls, ctx, params):
        """Other classes for the other model."""
        animals = ["cat", "dog"] if params.get("model") == "one" else ["newt"]
        return {"kind": animals, "model": ["one", "two"]}

    def run(self, ctx, params):
        """Previews, then one picture or several."""
        if params.fault:
            raise UserError("The paint is dry.", "Open another tin.")
        for step in range(params.steps):
            time.sleep(0.002)
            yield Preview(flat(8, 0, 0, step), step / params.steps)
        first = (params.directions or (0,))[0]
        made = [
            flat(16, params.seed + i + 100 * params.morph, 255 * params.truncation, 128 + 20 * first)
            for i in range(params.count)
        ]
        for image in made if params.count > 1 else ():
            yield Chunk(image)
        return made[0] if params.count == 1 else tuple(made)


@generator(id="mixer", title="Mixer", inputs={"image": Image, "mask": Mask, "words": Text}, output=Image)
class Mixer:
    """Red where the mask is, green as long as the words are."""

    def run(self, ctx, params, image, mask, words):
        """One picture as large as the first."""
        out = image.array("uint8", 3).copy()
        out[..., 0] = mask.array("uint8")
        out[..., 1] = len(words.value)
        yield Preview(image, 0.5)
        return Image(out)


@generator(id="absent", title="Absent model", output=Image, family="nowhere")
class Absent:
    """Needs weights that nobody has."""

    class Params(Params):
        """Only a model."""

        model: str = ""

    def run(self, ctx, params):
        """Never reached."""
        yield Preview(flat(1, 0, 0, 0), 0)
        return flat(1, 0, 0, 0)
