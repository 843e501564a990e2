"""Dark and light look: one palette and one stylesheet, made from the colours in resources/themes."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from functools import cache

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from studio.app.places import RESOURCES, cache_dir
from studio.ui.icons import Colours, icon, recoloured, source

__all__ = ["Theme", "apply", "colour", "current", "icon", "load"]

FOLDER = RESOURCES / "themes"
log = logging.getLogger(__name__)
_TOKEN = re.compile(r"@(\w+)")
_IMAGE = re.compile(r"icon\(([\w-]+), @(\w+)\)")

STYLED = "latent-studio-styled"


@dataclass(frozen=True)
class Theme:
    """A named set of colours. `colours` maps a token such as "accent" to "#rrggbb"."""

    name: str
    title: str
    dark: bool
    colours: dict[str, str]

    def colour(self, token: str) -> QColor:
        """One colour of the theme."""
        return QColor(self.colours[token])


class _Active:
    theme: Theme | None = None


@cache
def load(name: str) -> Theme:
    """The theme of that name ("dark" or "light")."""
    raw = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Theme(name, raw.pop("title"), raw.pop("dark"), raw)


def current() -> Theme:
    """The theme in use."""
    return _Active.theme or load("dark")


def colour(token: str) -> QColor:
    """A colour of the theme in use, for what paints itself ("accent", "backdrop", "quiet", ...)."""
    return current().colour(token)


def apply(app: QApplication, name: str, text_size: int = 10) -> None:
    """Give the application a theme; icons and everything painted with `colour` follow at the next paint."""
    theme = load(name)
    _Active.theme = theme
    Colours.normal, Colours.disabled = theme.colour("icon"), theme.colour("disabled")
    Colours.selected = theme.colour("on_accent")
    if not app.property(STYLED):  # a style in use hides behind the stylesheet, so it cannot be asked
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setProperty(STYLED, True)
    font = QFont(app.font())
    font.setPointSize(text_size)
    app.setFont(font)
    app.setPalette(palette(theme))
    app.setStyleSheet(stylesheet(theme, text_size))


_ROLES = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "field",
    QPalette.ColorRole.AlternateBase: "panel",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.PlaceholderText: "quiet",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "error",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Highlight: "accent_fill",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Light: "hover",
    QPalette.ColorRole.Midlight: "raised",
    QPalette.ColorRole.Mid: "edge",
    QPalette.ColorRole.Dark: "line",
    QPalette.ColorRole.Shadow: "line",
    QPalette.ColorRole.Accent: "accent_fill",
}
_DISABLED = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
    QPalette.ColorRole.PlaceholderText,
)


def palette(theme: Theme) -> QPalette:
    """The Qt palette of a theme."""
    result = QPalette()
    for role, token in _ROLES.items():
        result.setColor(role, theme.colour(token))
    for role in _DISABLED:
        result.setColor(QPalette.ColorGroup.Disabled, role, theme.colour("disabled"))
    return result


def stylesheet(theme: Theme, text_size: int = 10) -> str:
    """The stylesheet with every @token replaced (`KeyError` for one the theme lacks)."""
    values = {
        **theme.colours,
        "heading_size": f"{text_size + 2}pt",
        "title_size": f"{text_size * 2}pt",
        "row_height": f"{round(text_size * 1.8)}px",
    }
    sheet = (FOLDER / "studio.qss").read_text(encoding="utf-8")
    sheet = _IMAGE.sub(lambda match: _image(theme.colours[match[2]], match[1]), sheet)
    return _TOKEN.sub(lambda match: values[match[1]], sheet)


def _image(shade: str, name: str) -> str:
    """An icon in one colour as a stylesheet names it: a file. `none` if the disk refuses."""
    path = cache_dir() / "icons" / f"{name}-{shade.lstrip('#')}.svg"
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(recoloured(source(name), QColor(shade)), encoding="utf-8")
        except OSError as error:
            log.warning("The icon %s could not be written: %s", path, error)
            return "none"
    return f'url("{path.as_posix()}")'
