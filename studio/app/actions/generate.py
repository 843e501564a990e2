"""The Generate menu."""

from __future__ import annotations

import random
from collections.abc import Callable

from studio.app.actions import when
from studio.app.commands import Command
from studio.app.generation import Target
from studio.app.neighbours import more_like_this
from studio.app.results import Result
from studio.app.session import App
from studio.engine.events import Request
from studio.engine.protocol import SEED_LIMIT
from studio.model.clip import Clip
from studio.model.errors import UserError
from studio.model.nodes import GeneratedLayer

FAVOURITE = "synthesis"


def default_generator(app: App) -> str:
    """The generator in hand, else the one to begin with; `UserError` when there is none at all."""
    ids = [spec.id for spec in app.registry.specs()]
    for id in (app.draft.generator, FAVOURITE, *ids):
        if id in ids:
            return id
    raise UserError("No generator is installed.", "Put a plugin into the plugins folder (Help menu).")


def run(app: App) -> None:
    """Start the generator in hand as it is set."""
    generator = default_generator(app)
    draft = app.draft
    draft.choose(generator)
    if not draft.keep_seed:
        draft.roll()
    spec = app.registry.get(generator)
    if issubclass(spec.output, Clip):
        app.video.maker.generate(spec, draft.params, draft.sources, draft.place)
        app.need_face().show("timeline")
        return
    app.generation.generate(generator, draft.params, target=target(app), sources=draft.sources)


def target(app: App) -> Target:
    """What the draft's choice of target means for what is chosen now."""
    if app.draft.target != "layer":
        return app.draft.target
    node = app.document.active if app.document else None
    if not isinstance(node, GeneratedLayer):
        raise UserError("No generated layer is chosen.", "Choose the one to replace, or add a new layer.")
    return node


def run_with_new_seed(app: App) -> None:
    """Draw another seed, then start the generator in hand."""
    app.draft.choose(default_generator(app))
    if app.draft.keep_seed:
        app.draft.roll()
    run(app)


def generated(app: App) -> bool:
    """The chosen layer was made by a generator."""
    return app.document is not None and isinstance(app.document.active, GeneratedLayer)


def has_source(app: App) -> bool:
    """There is something to make more of."""
    return generated(app) or bool(app.results.items)


def source(app: App) -> Result:
    """What "more like this" starts from: the chosen generated layer, else the newest result."""
    node = app.document.active if app.document else None
    if isinstance(node, GeneratedLayer) and app.document is not None:
        recipe = node.provenance
        request = Request(recipe.generator, recipe.params)
        return Result(0, app.document.image_of(node), request, recipe, node.name, 0)
    if not app.results.items:
        raise UserError("There is nothing to make more of yet.", "Generate a picture first.")
    return app.results.items[-1]


def more(app: App) -> None:
    """Fill the strip with relatives of the chosen generated layer or the newest result."""
    more_like_this(app, source(app))


def reroll(app: App) -> None:
    """Make the chosen generated layer again with another seed, in its place."""
    node = when.active_node(app)
    assert isinstance(node, GeneratedLayer)
    params = {**node.provenance.params, "seed": random.randrange(SEED_LIMIT), "count": 1}
    known = app.registry.get(node.provenance.generator).names().values()
    app.generate(node.provenance.generator, {k: v for k, v in params.items() if k in known}, target=node)


def edit_recipe(app: App) -> None:
    """Show how the chosen layer was made in the generator panel, to go on from there."""
    node = when.active_node(app)
    assert isinstance(node, GeneratedLayer)
    app.registry.get(node.provenance.generator)
    app.draft.keep_seed = True
    app.draft.load(node.provenance.generator, node.provenance.params)
    app.need_face().show("generator")


def cancel_all(app: App) -> None:
    """Stop everything that is running or waiting."""
    app.engine.cancel_all()


def _chooses(id: str) -> Callable[[App], None]:
    def choose(app: App) -> None:
        app.draft.choose(id)
        app.need_face().show("generator")

    return choose


def choosing_commands(app: App) -> list[Command]:
    """A command for each generator that takes it in hand."""
    return [
        Command(
            f"generator.{spec.id}",
            f"Generator: {spec.title}",
            "Generate/Generator",
            _chooses(spec.id),
            icon="generate",
            tip=spec.summary,
            checked=lambda app, id=spec.id: app.draft.generator == id,
        )
        for spec in app.registry.specs()
    ]


GENERATE: tuple[Command, ...] = (
    Command(
        "generate.run",
        "Generate",
        "Generate",
        run,
        keys="Ctrl+Return",
        icon="generate",
        group="run",
        tip="Start the generator in hand; the picture appears as it is made.",
    ),
    Command(
        "generate.new_seed",
        "Generate with New Seed",
        "Generate",
        run_with_new_seed,
        keys="Ctrl+Shift+Return",
        icon="dice",
        group="run",
    ),
    Command(
        "generate.more",
        "More Like This",
        "Generate",
        more,
        keys="Ctrl+Alt+M",
        enabled=has_source,
        icon="more-like-this",
        group="again",
        tip="Relatives of the chosen generated layer, or of the newest result.",
    ),
    Command(
        "generate.reroll",
        "Regenerate Layer with New Seed",
        "Generate",
        reroll,
        keys="Ctrl+Alt+R",
        enabled=generated,
        icon="refresh",
        group="again",
    ),
    Command(
        "generate.recipe",
        "Show Recipe of Layer",
        "Generate",
        edit_recipe,
        enabled=generated,
        icon="latent",
        group="again",
        tip="Load how the layer was made into the generator panel.",
    ),
    Command(
        "generate.cancel",
        "Cancel All Jobs",
        "Generate",
        cancel_all,
        keys="Ctrl+.",
        enabled=lambda app: bool(app.jobs.active()),
        icon="cancel",
        group="stop",
    ),
)
