"""All that a plugin may import from the studio. Importing it loads neither torch nor Qt.

A generator in one file::

    from studio.api import Field, Image, Params, Preview, generator

    @generator(id="invert", title="Invert", inputs={"image": Image}, output=Image)
    class Invert:
        "Turns every colour into its opposite."

        class Params(Params):
            strength: float = Field(1.0, ge=0, le=1, title="Strength")

        def run(self, ctx, params, image):
            pixels = image.array("float32", 3)
            yield Preview(image, 0.5)
            return Image(pixels + params.strength * (1 - 2 * pixels))
"""

from pydantic import Field

from studio.engine.context import Catalogue, Context
from studio.engine.points import decode as decode_point
from studio.engine.points import encode as encode_point
from studio.engine.protocol import API_VERSION, Chunk, Params, Preview, Readiness, generator
from studio.engine.weights import Condition, ModelInfo
from studio.engine.wording import pick
from studio.model.clip import Clip, Frame
from studio.model.clip_record import Recorder
from studio.model.errors import UserError
from studio.model.media import Image, Labels, Mask, Media, Text
from studio.model.melody import Key, Melody, Meter, Note, Part, Tempo

__all__ = [
    "API_VERSION",
    "Catalogue",
    "Chunk",
    "Clip",
    "Condition",
    "Context",
    "Field",
    "Frame",
    "Image",
    "Key",
    "Labels",
    "Mask",
    "Media",
    "Melody",
    "Meter",
    "ModelInfo",
    "Note",
    "Params",
    "Part",
    "Preview",
    "Readiness",
    "Recorder",
    "Tempo",
    "Text",
    "UserError",
    "decode_point",
    "encode_point",
    "generator",
    "pick",
]
