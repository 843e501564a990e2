"""The generator in hand: which one is chosen, and what it is set to before Generate is pressed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from psygnal import Signal

from studio.app.settings import Settings
from studio.engine.protocol import SEED_LIMIT


class Draft:
    """The chosen generator and the parameters of every generator as they were left, kept in the settings.

    `changed` follows when another generator is chosen or its parameters are set from elsewhere than its form.
    """

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def generator(self) -> str:
        """Id of the generator chosen last, "" for none yet."""
        return self._settings.window.generator

    @property
    def params(self) -> dict[str, Any]:
        """Its parameters by their public names, as far as they were set."""
        return dict(self._settings.window.generator_params.get(self.generator, {}))

    def choose(self, generator: str) -> None:
        """Take another generator in hand."""
        if generator != self.generator:
            self._settings.set("window", "generator", generator)
            self.changed.emit()

    def remember(self, params: Mapping[str, Any]) -> None:
        """Keep what the form shows now; tells nobody."""
        kept = {**self._settings.window.generator_params, self.generator: dict(params)}
        self._settings.set("window", "generator_params", kept)

    def load(self, generator: str, params: Mapping[str, Any]) -> None:
        """Take a generator in hand with these parameters: those of a result or of a layer."""
        self._settings.set("window", "generator", generator)
        self.remember(params)
        self.changed.emit()

    def roll(self) -> None:
        """Draw another seed."""
        self.load(self.generator, {**self.params, "seed": random.randrange(SEED_LIMIT)})
