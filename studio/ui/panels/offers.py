"""What a generator's fields can be set to, given the others."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from studio.engine.spec import Spec
from studio.model.errors import UserError
from studio.ui.widgets.labels import Groups

log = logging.getLogger(__name__)


def offers(spec: Spec, values: Mapping[str, object]) -> dict[str, Groups]:
    """Field -> its possible values; class labels of a model are grouped by attribute.

    ``values`` are by public name. A faulty plugin offers none.
    """
    public = spec.names()
    params = {field: values[name] for field, name in public.items() if name in values}
    try:
        found: dict[str, Groups] = dict(spec.choices(params))
    except Exception as error:
        log.warning("%s cannot tell its choices: %r", spec.id, error)
        return {}
    groups = attributes(spec, str(params.get("model", "")))
    flat = [value for values_ in groups.values() for value in values_]
    return {name: groups if flat and list(offer) == flat else offer for name, offer in found.items()}


def attributes(spec: Spec, model: str) -> dict[str, tuple[str, ...]]:
    """The attributes that a model can be told, and their values; none without such a model."""
    if not spec.family:
        return {}
    try:
        info = spec.weights.find(spec.family, model)
    except UserError:
        return {}
    return {condition.name: condition.values for condition in info.conditions}
