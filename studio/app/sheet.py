"""Contact sheets: several pictures side by side in one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from studio.model.errors import UserError
from studio.model.media import Image

GAP = 2
MAX_PIXELS = 1 << 28


def contact_sheet(images: Sequence[Image]) -> Image:
    """Pictures of any sizes side by side in a nearly square grid, transparent or white between them.

    UserError for no picture, or a sheet of more than 256 megapixels.
    """
    if not images:
        raise UserError("There is no picture to lay out.")
    columns = math.ceil(math.sqrt(len(images)))
    rows = -(-len(images) // columns)
    width, height = max(i.width for i in images) + GAP, max(i.height for i in images) + GAP
    if rows * height * columns * width > MAX_PIXELS:
        raise UserError("The contact sheet would be too large.", "Write the pictures into a folder instead.")
    channels = max(image.channels for image in images)
    depth = "uint16" if all(image.pixels.dtype == np.uint16 for image in images) else "uint8"
    background = 0 if channels == 4 else np.iinfo(depth).max
    sheet = np.full((rows * height - GAP, columns * width - GAP, channels), background, depth)
    for n, image in enumerate(images):
        y, x = n // columns * height, n % columns * width
        sheet[y : y + image.height, x : x + image.width] = image.array(depth, channels)
    return Image(sheet)
