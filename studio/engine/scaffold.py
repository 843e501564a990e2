"""A first plugin to start from."""

from __future__ import annotations

import re
from pathlib import Path

from studio.engine.wording import WrongUse
from studio.model.errors import UserError

TEMPLATE = '''\
from studio.api import Field, Image, Params, Preview, generator


@generator(id="{id}", title="{title}", inputs={{"image": Image}}, output=Image)
class {name}:
    """Adds grain to a picture. Say here in one line what yours does."""

    class Params(Params):
        strength: float = Field(0.2, ge=0, le=1, title="Strength", json_schema_extra={{"live": True}})

    def run(self, ctx, params, image):
        pixels = image.array("float32", image.channels).copy()
        noise = ctx.rng(params.seed).normal(0, params.strength, pixels.shape[:2])
        for row in range(0, image.height, 64):
            ctx.check()
            part = pixels[row : row + 64, :, :3]
            part += noise[row : row + 64, :, None]
            yield Preview(Image(pixels.clip(0, 1)), row / image.height)
        return Image(pixels.clip(0, 1))
'''


def write_plugin(id: str, folder: Path) -> Path:
    """Write a working plugin into a folder; returns its file. UserError for a bad id or an existing file."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,63}", id):
        raise WrongUse(
            f"“{id}” is no plugin id.", "Use lower-case letters, digits and dashes, a letter first."
        )
    words = id.split("-")
    path = folder / f"{'_'.join(words)}.py"
    text = TEMPLATE.format(
        id=id, title=" ".join(words).capitalize(), name="".join(map(str.capitalize, words))
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"“{path}” exists already.", "Choose another name.") from None
    except OSError as error:
        raise UserError(f"“{path}” cannot be written: {error.strerror}.") from None
    return path
