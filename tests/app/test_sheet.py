"""Contact sheets."""

import numpy as np
import pytest

from studio.app import sheet
from studio.app.sheet import GAP, contact_sheet
from studio.model.errors import UserError
from studio.model.media import Image


def flat(width: int, height: int, value: int, channels: int = 3, depth: type = np.uint8) -> Image:
    return Image(np.full((height, width, channels), value, depth))


def test_pictures_lie_in_reading_order() -> None:
    made = contact_sheet([flat(4, 3, value) for value in (10, 20, 30)]).pixels
    assert made.shape == (3 + GAP + 3, 4 + GAP + 4, 3)
    assert [made[0, 0, 0], made[0, -1, 0], made[-1, 0, 0]] == [10, 20, 30]
    assert made[-1, -1, 0] == 255


def test_alpha_of_one_makes_the_gaps_transparent() -> None:
    made = contact_sheet([flat(4, 4, 9), flat(2, 2, 9, channels=4)]).pixels
    assert made.shape[2] == 4
    assert made[0, 0, 3] == 255 and made[0, 4, 3] == 0


def test_sixteen_bits_stay_when_all_have_them() -> None:
    deep = [flat(2, 2, 40_000, depth=np.uint16)] * 2
    assert contact_sheet(deep).pixels[0, 0, 0] == 40_000
    assert contact_sheet([*deep, flat(2, 2, 1)]).pixels.dtype == np.uint8


def test_nothing_and_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError):
        contact_sheet([])
    monkeypatch.setattr(sheet, "MAX_PIXELS", 100)
    with pytest.raises(UserError, match="too large"):
        contact_sheet([flat(20, 20, 1)])
