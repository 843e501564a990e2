"""Generated pictures in the colours of the document they go to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from studio.model.document import Document
from studio.model.media import Image

if TYPE_CHECKING:
    from studio.app.session import App


def in_colours_of(app: App, document: Document, image: Image, then: Callable[[Image], object]) -> None:
    """Call `then` with a picture converted to the document's profile: at once where there is nothing to do.

    Else it is converted in the background. What cannot be converted is told, and used as it is.
    """
    if image.icc == document.icc:
        then(image)
        return

    def broken(error: BaseException) -> None:
        app.notices.add_exception(error, "Converting the colours")
        then(image)

    app.tasks.run("Converting colours", partial(_converted, image, document.icc), then, broken)


def _converted(image: Image, icc: bytes | None) -> Image:
    from studio.model.io import to_profile

    return to_profile(image, icc)
