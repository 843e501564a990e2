"""Where the studio keeps its own files, one function per place.

`LATENT_STUDIO_HOME` moves all of them under one folder: for a portable installation and for tests.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP_NAME = "latent-studio"
HOME_VARIABLE = "LATENT_STUDIO_HOME"
RESOURCES = Path(__file__).resolve().parents[2] / "resources"
BUILT_IN_PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


def _home(kind: str) -> Path | None:
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / kind if home else None


def config_dir() -> Path:
    """Folder of the settings and of what the user agreed to."""
    return _home("config") or Path(platformdirs.user_config_dir(APP_NAME, appauthor=False))


def data_dir() -> Path:
    """Folder of what the user adds: plugins and models."""
    return _home("data") or Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def cache_dir() -> Path:
    """Folder of what can be made again at any time."""
    return _home("cache") or Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False))


def log_dir() -> Path:
    """Folder of the log file."""
    return _home("log") or Path(platformdirs.user_log_dir(APP_NAME, appauthor=False))


def autosave_dir() -> Path:
    """Folder of the snapshots that survive a crash."""
    base = _home("state") or Path(platformdirs.user_state_dir(APP_NAME, appauthor=False))
    return base / "autosave"


def settings_file() -> Path:
    """The one settings file."""
    return config_dir() / "settings.json"


def plugins_dir() -> Path:
    """Folder in which the user's own plugins are found."""
    return data_dir() / "plugins"


def models_dir() -> Path:
    """Folder in which the user's own models are found."""
    return data_dir() / "models"
