"""The generator in hand: which one is chosen, and what it is set to before Generate is pressed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Literal

from psygnal import Signal

from studio.app.inputs import Source
from studio.app.settings import Settings
from studio.engine.protocol import SEED_LIMIT

Place = Literal["end", "new track", "after", "instead"]


class Draft:
    """The chosen generator and the parameters of every generator as they were left, kept in the settings.

    `changed` follows when another generator is chosen or its parameters are set from elsewhere than its form.
    keep_seed: whether Generate leaves the seed as it is; else it draws another one first.
    sources: where inputs come from, by name; what is not named comes from the document.
    target: what becomes of the result ("layer" replaces the chosen generated layer).
    place: where on the timeline clips go.
    """

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.keep_seed = True
        self.sources: dict[str, Source] = {}
        self.target: Literal["new layer", "layer", "variations"] = "new layer"
        self.place: Place = "end"

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
