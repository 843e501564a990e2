"""Contact sheets: several pictures side by side in one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from studio.model.errors import UserError
from studio.model.media import Image

GAP = 4
MAX_SIDE = 16_384


def contact_sheet(images: Sequence[Image], columns: int | None = None, gap: int = GAP) -> Image:
    """Pictures in rows of `columns` (default: nearly square), centred in equal cells, transparent between.

    UserError for no picture, or a sheet beyond 16384 pixels a side.
    """
    if not images:
        raise UserError("There is no picture to lay out.")
    columns = columns or math.ceil(math.sqrt(len(images)))
    rows = -(-len(images) // columns)
    width, height = (max(getattr(image, side) for image in images) for side in ("width", "height"))
    size = (rows * (height + gap) + gap, columns * (width + gap) + gap)
    if max(size) > MAX_SIDE:
        raise UserError("The contact sheet would be too large.", "Write the pictures into a folder instead.")
    sheet = np.zeros((*size, 4), np.uint8)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        top = gap + row * (height + gap) + (height - image.height) // 2
        left = gap + column * (width + gap) + (width - image.width) // 2
        sheet[top : top + image.height, left : left + image.width] = image.rgba8()
    return Image(sheet)
