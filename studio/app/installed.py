"""What is installed on this machine: the one registry that window and command line start from."""

from __future__ import annotations

from studio.app import places
from studio.engine.plugins import Changes, Consent, Registry
from studio.engine.weights import WeightsStore


def installed_registry() -> tuple[Registry, Changes]:
    """Every generator and model there is, and what the person should be told about them. Imports no torch."""
    registry = empty_registry()
    return registry, discover(registry)


def discover(registry: Registry) -> Changes:
    """Look for every generator there is."""
    return registry.discover([places.plugins_dir()])


def empty_registry() -> Registry:
    """The registry that knows where models and consent are, before anything was looked for."""
    weights = WeightsStore([places.RESOURCES / "models", places.models_dir()])
    consent = Consent(places.config_dir() / "consent.json")
    return Registry(weights, consent, built_in=[places.BUILT_IN_PLUGINS])
