"""Colours one can read, icons that follow, a stylesheet without holes."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QPushButton

from studio.app import places
from studio.ui import theme
from studio.ui.icons import FOLDER, icon

NAMES = ("dark", "light")
DRAWINGS = sorted(path for path in FOLDER.glob("*.svg") if path.stem != "blank")
READ = [
    ("text", "window", 7.0),
    ("text", "panel", 7.0),
    ("text", "field", 7.0),
    ("text", "accent_soft", 4.5),
    ("text", "raised", 7.0),
    ("quiet", "window", 4.5),
    ("quiet", "panel", 4.5),
    ("quiet", "field", 4.5),
    ("quiet", "backdrop", 3.0),
    ("on_accent", "accent_fill", 4.5),
    ("on_accent", "accent_hover", 3.0),
    ("accent", "panel", 3.0),
    ("icon", "window", 4.5),
    ("error", "panel", 4.5),
    ("warning", "panel", 4.5),
]


def luminance(colour: QColor) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [colour.redF(), colour.greenF(), colour.blueF()]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: QColor, second: QColor) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("front", "back", "least"), READ)
def test_colours_that_lie_on_each_other_can_be_read(name, front, back, least):
    look = theme.load(name)
    assert contrast(look.colour(front), look.colour(back)) >= least


def test_both_themes_have_the_same_colours_and_greys_are_neutral():
    dark, light = map(theme.load, NAMES)
    assert set(dark.colours) == set(light.colours)
    for look in (dark, light):
        for token in ("window", "panel", "field", "backdrop"):
            assert look.colour(token).hslSaturationF() <= 0.08, token


@pytest.mark.parametrize("name", NAMES)
def test_the_stylesheet_has_no_hole(name, studio_home):
    sheet = theme.stylesheet(theme.load(name))
    assert "@" not in sheet and "icon(" not in sheet
    assert list((places.cache_dir() / "icons").iterdir())


def test_the_stylesheet_does_without_icons_when_the_disk_refuses(studio_home):
    places.cache_dir().write_text("a file where the folder should be")
    assert "image: none;" in theme.stylesheet(theme.load("dark"))


def shade(picture: QImage) -> float:
    """Mean lightness of what is drawn."""
    pixels = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
    drawn = [pixel.lightness() for pixel in pixels if pixel.alpha() > 200]
    return sum(drawn) / len(drawn)


def test_icons_follow_the_theme(qapp: QApplication):
    button = icon("save")
    theme.apply(qapp, "dark")
    dark = shade(button.pixmap(QSize(24, 24)).toImage())
    theme.apply(qapp, "light")
    light = shade(button.pixmap(QSize(24, 24)).toImage())
    assert dark > 150 > light


def test_icons_are_sharp_on_dense_screens():
    assert icon("save").pixmap(QSize(24, 24), 2.0).toImage().width() == 48


def test_an_icon_without_room_is_drawn_as_nothing():
    assert icon("save").pixmap(QSize(0, 0)).isNull()


def test_an_unknown_icon_is_drawn_as_missing_instead_of_failing():
    assert not icon("no-such-icon").pixmap(16, 16).isNull()


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_every_icon_is_a_24_px_drawing_in_one_colour(path):
    text = path.read_text()
    assert 'viewBox="0 0 24 24"' in text and 'stroke-width="1.6"' in text
    assert {part[:3] for part in text.split("#")[1:]} <= {"000"}
    picture = icon(path.stem).pixmap(24, 24).toImage()
    assert any(picture.pixelColor(x, y).alpha() > 120 for x in range(24) for y in range(24))


def test_the_text_size_follows_the_setting(qapp: QApplication):
    theme.apply(qapp, "dark", 14)
    try:
        assert QPushButton("x").font().pointSize() == 14
    finally:
        theme.apply(qapp, "dark")
