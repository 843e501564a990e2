"""What is installed on this machine: the one registry that window and command line start from."""

from __future__ import annotations

from studio.app import places
from studio.engine.plugins import Changes, Consent, Registry
from studio.engine.weights import WeightsStore


def installed_registry() -> tuple[Registry, Changes]:
    """Every generator and model there is, and what the person should be told about them. Imports no torch."""
    weights = WeightsStore([places.RESOURCES / "models", places.models_dir()])
    consent = Consent(places.config_dir() / "consent.json")
    registry = Registry(weights, consent, built_in=[places.BUILT_IN_PLUGINS])
    return registry, registry.discover([places.plugins_dir()])
