"""Between the studio's pictures and Qt's, for the clipboard and for dropping."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from studio.model.media import Image


def to_qimage(image: Image) -> QImage:
    """A copy with straight alpha, 8 or 16 bits per channel."""
    if image.pixels.dtype == np.uint8:
        pixels, layout, size = image.array("uint8", 4), QImage.Format.Format_RGBA8888, 4
    else:
        pixels, layout, size = image.array("uint16", 4), QImage.Format.Format_RGBA64, 8
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, image.width, image.height, image.width * size, layout).copy()


def from_qimage(source: QImage) -> Image:
    """A copy as straight RGBA, 16 bits per channel when the source has more than 8."""
    deep = source.depth() > 32
    layout = QImage.Format.Format_RGBA64 if deep else QImage.Format.Format_RGBA8888
    image = source.convertToFormat(layout)
    dtype = np.dtype(np.uint16 if deep else np.uint8)
    rows = np.frombuffer(image.constBits(), dtype, image.sizeInBytes() // dtype.itemsize)
    row = image.bytesPerLine() // dtype.itemsize
    pixels = rows.reshape(image.height(), row)[:, : image.width() * 4]
    return Image(pixels.reshape(image.height(), image.width(), 4).copy())
