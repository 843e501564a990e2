"""The latent panel: sliders through the neighbourhood of a generated layer, which follows at once."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import partial

from pydantic import BaseModel, Field, create_model
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio.app.latent import Directions, load_directions, save_directions
from studio.app.session import App
from studio.engine.spec import Spec
from studio.model.nodes import GeneratedLayer
from studio.model.provenance import Provenance
from studio.ui.calm import Calm
from studio.ui.forms import ParamForm
from studio.ui.keyboard import chain, fields
from studio.ui.panels.base import Follower, attempt, column, follow
from studio.ui.panels.live import LiveRun
from studio.ui.panels.offers import offers
from studio.ui.widgets.buttons import button_row, icon_button, text_button
from studio.ui.widgets.fields import FieldSpec, Kind, fields_of
from studio.ui.widgets.section import Emptiable, quiet_label, scrolled
from studio.ui.widgets.vector import VectorEdit

NO_DOCUMENT = "No document open.\nGenerate a picture to explore what lies around it."
NO_LAYER = "Choose a generated layer to explore what lies around it."
NO_SLIDERS = "The generator of this layer has nothing to slide."
NAMING = "Move a slider, see what changes, and call it that. The names are kept with the model."
WANDER = 1.2
REST_MS = 100


def names_model(count: int, names: Mapping[int, str]) -> type[BaseModel]:
    """A form with a line for the name of each direction."""
    fields = {
        f"direction_{n + 1}": (str, Field(names.get(n, ""), title=f"Direction {n + 1}", max_length=60))
        for n in range(count)
    }
    return create_model("Names", **fields)


def latent_fields(spec: Spec) -> list[str]:
    """The fields to explore with: the vectors first, then whatever else may be dragged, and other seeds."""
    fields = [field for field in fields_of(spec.params) if is_latent(field)]
    fields.sort(key=lambda field: field.kind is not Kind.VECTOR)
    return [field.name for field in fields] if any(field.live for field in fields) else []


def is_latent(field: FieldSpec) -> bool:
    """A field that may be dragged, or a second seed."""
    return field.live or (field.kind is Kind.SEED and field.name != "seed")


class LatentPanel(QWidget):
    """Shows the recipe of the active generated layer; every change makes the layer anew, in its place."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self.node: GeneratedLayer | None = None
        self.form: ParamForm | None = None
        self._shown: Provenance | None = None
        self.title = QLabel()
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.problem = quiet_label()
        self.problem.setProperty("problem", True)
        self.problem.hide()
        self.live = LiveRun(app, self, "live latent")
        self.live.problem.connect(self._show_problem)
        self.live.made.connect(self._note_recipe)
        self.randomise = text_button("Wander", "A random step along all directions", self.wander)
        self.reset = text_button("Reset", "Back to the plain picture of this seed", self.neutralise)
        self.reroll = text_button("New seed", "Another picture of the same kind", self._reroll)
        self.names = icon_button("rename", "Name the directions…", self.name_directions)
        self._lay_out()
        self._calm = Calm(self, self._sync, REST_MS)
        signals = dict.fromkeys(("active_changed", "structure", "history"), self._changed)
        self._follower = Follower(self, app, signals, self._sync)
        self._follower.switch()
        follow(self, app.generators_changed, self._rebuild)

    def _lay_out(self) -> None:
        ground = QWidget()
        self._scrolling = column(ground, spacing=8)
        self._scrolling.setContentsMargins(0, 0, 6, 0)
        self._scrolling.addStretch(1)
        content = QWidget()
        inner = column(content, margin=0)
        inner.setContentsMargins(8, 8, 8, 8)
        heading = QHBoxLayout()
        heading.addWidget(self.title, 1)
        heading.addWidget(self.names)
        inner.addLayout(heading)
        inner.addWidget(scrolled(ground), 1)
        inner.addWidget(self.problem)
        inner.addLayout(button_row(self.randomise, self.reroll, None, self.reset))
        self.empty = Emptiable(content, NO_DOCUMENT)
        column(self, margin=0).addWidget(self.empty)

    def wander(self) -> None:
        """A random step along every direction, as one change."""
        for name in self._vectors():
            self._walk(name)
        self._push()
        self.live.settle()

    def name_directions(self) -> None:
        """Ask what the directions of the model shall be called; the names are kept with it."""
        model = self._model()
        kept = load_directions(model)
        asked = names_model(self._direction_count(), kept.principal)
        found = self._app.need_face().ask_form("Name the Directions", "Keep", asked, {}, NAMING)
        if found is not None:
            told = [str(name).strip() for name in found.values()]
            names = {index: name for index, name in enumerate(told) if name}
            save = partial(save_directions, model, Directions(names, kept.own))
            attempt(self._app, save, "Naming the directions")
            self._show_names()

    def _direction_count(self) -> int:
        """How many sliders of directions there are."""
        editors = [self.form.editor(name) for name in self._vectors()] if self.form else []
        counts = [len(editor.numbers) for editor in editors if isinstance(editor, VectorEdit)]
        spec = self._spec()
        known = direction_count(spec, str(self._params(spec).get("model", ""))) if spec else None
        return min([*counts, known] if known is not None else counts, default=0)

    def neutralise(self) -> None:
        """Everything shown here back to its default, as one change."""
        if self.form is not None:
            for name, row in self.form.rows.items():
                self.form.set_value(name, row.spec.default)
            self._push()
            self.live.settle()

    def _vectors(self) -> list[str]:
        rows = self.form.rows.items() if self.form else ()
        return [name for name, row in rows if isinstance(row.editor, VectorEdit)]

    def _walk(self, name: str) -> None:
        assert self.form is not None
        row = self.form.rows[name]
        assert isinstance(row.editor, VectorEdit)
        low, high = row.spec.minimum or 0.0, row.spec.maximum or 0.0
        steps = (random.gauss(0, WANDER) for _ in row.editor.numbers)
        self.form.set_value(name, tuple(round(min(high, max(low, step)), 2) for step in steps))

    def _reroll(self) -> None:
        self._app.run_command("generate.reroll")

    def _changed(self, *_: object) -> None:
        """Another layer is shown at once, another recipe of the same one when there is time."""
        active = self._app.document.active if self._app.document else None
        if active is self.node:
            self._calm.wake()
        else:
            self._sync()

    def _sync(self) -> None:
        """Follow the active layer, and what undo or others make of its recipe; at the latest when seen."""
        if not self.isVisible():
            return
        document = self._app.document
        active = document.active if document else None
        node = active if isinstance(active, GeneratedLayer) else None
        switched, self.node = node is not self.node, node
        if node is None or self.form is None or self._generator_changed(node):
            self._rebuild()
        elif switched or (node.provenance is not self._shown and not self.live.busy):
            self._show_recipe()
        if node is not None:
            self.title.setText(node.name)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what has changed while nobody looked."""
        super().showEvent(event)
        self._sync()

    def _generator_changed(self, node: GeneratedLayer) -> bool:
        return self._shown is None or node.provenance.generator != self._shown.generator

    def _rebuild(self) -> None:
        """A form for the generator of the layer, or the reason why there is none."""
        self._drop_form()
        spec = self._spec()
        names = latent_fields(spec) if spec else []
        missing = NO_DOCUMENT if self._app.document is None else NO_LAYER if self.node is None else NO_SLIDERS
        self.empty.show_content(bool(names), missing)
        if spec is None or not names or self.node is None:
            return
        self.form = ParamForm(spec.params, self._params(spec), lambda now: offers(spec, now), only=names)
        self._shown = self.node.provenance
        self.form.edited.connect(lambda *_: self._push())
        self.form.finished.connect(lambda _: self.live.settle())
        self._scrolling.insertWidget(0, self.form)
        chain(self.names, fields(self.form))
        self._limit_directions(spec)

    def _drop_form(self) -> None:
        self._show_problem("")
        if self.form is not None:
            self._scrolling.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def _spec(self) -> Spec | None:
        found = {spec.id: spec for spec in self._app.registry.specs()}
        return found.get(self.node.provenance.generator) if self.node else None

    def _params(self, spec: Spec) -> dict[str, object]:
        assert self.node is not None
        known = set(spec.names().values())
        return {name: value for name, value in self.node.provenance.params.items() if name in known}

    def _show_recipe(self) -> None:
        spec = self._spec()
        if self.form is not None and self.node is not None and spec is not None:
            self._shown = self.node.provenance
            self._show_problem("")
            defaults = {name: row.spec.default for name, row in self.form.rows.items()}
            self.form.set_values({**defaults, **self._params(spec)})
            self._limit_directions(spec)

    def _note_recipe(self, _: object) -> None:
        """The layer has caught up with the form."""
        if self.node is not None:
            self._shown = self.node.provenance

    def _limit_directions(self, spec: Spec) -> None:
        """A model may have fewer principal directions than there are sliders."""
        params = self._params(spec)
        count = direction_count(spec, str(params.get("model", "")))
        for name in self._vectors():
            editor = self.form.editor(name) if self.form else None
            if isinstance(editor, VectorEdit) and count is not None:
                editor.show_only(count)
        self._show_names()

    def _show_names(self) -> None:
        """The directions go by the names they were given."""
        names = load_directions(self._model()).principal
        for name in self._vectors():
            editor = self.form.editor(name) if self.form else None
            if isinstance(editor, VectorEdit):
                editor.rename([names.get(index, str(index + 1)) for index in range(len(editor.numbers))])
        self.names.setVisible(bool(self._vectors()))

    def _model(self) -> str:
        """The model of the layer, by name."""
        spec = self._spec()
        name = str(self._params(spec).get("model", "")) if spec is not None and self.node is not None else ""
        return name or "default"

    def _push(self) -> None:
        node, form = self.node, self.form
        if node is None or form is None or not form.valid:
            return
        params = dict(form.values())
        if "count" in params:
            params["count"] = 1
        self.live.push(node.provenance.generator, params, lambda: node)

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))


def direction_count(spec: Spec, model: str) -> int | None:
    """How many principal directions a model file holds, None if that is not known."""
    if not spec.family:
        return None
    infos = {info.name: info for info in spec.weights.models(spec.family)}
    info = infos.get(model)
    tensor = info.header.tensors.get("pca_dirs") if info else None
    return tensor.shape[0] if tensor else None
