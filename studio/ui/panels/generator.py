"""The generator panel: choose a generator, set it, and press Generate."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio.app.actions.generate import default_generator
from studio.app.generation import Target
from studio.app.session import App
from studio.engine.spec import Spec
from studio.model.clip import Clip
from studio.model.nodes import GeneratedLayer
from studio.ui.forms import ParamForm, as_json
from studio.ui.keyboard import chain, fields
from studio.ui.panels.base import MARGIN, column, follow
from studio.ui.panels.inputs import InputsForm
from studio.ui.panels.live import LiveRun
from studio.ui.panels.offers import offers
from studio.ui.panels.preset_menu import PresetMenu
from studio.ui.panels.progress import ProgressLine
from studio.ui.widgets.buttons import icon_button, text_button
from studio.ui.widgets.plain import ChoiceEdit
from studio.ui.widgets.search_combo import SearchCombo
from studio.ui.widgets.section import Emptiable, quiet_label, scrolled
from studio.ui.widgets.seed import SeedEdit

TARGETS = [("new layer", "New layer"), ("layer", "Replace chosen layer"), ("variations", "Variations only")]
PLACES = [("end", "Timeline: behind the last piece"), ("new track", "Timeline: a new track")]
BY_CLIP = [("after", "Timeline: behind the chosen piece"), ("instead", "Timeline: in place of the piece")]
NONE = "No generator is installed.\nPut a plugin into the plugins folder (Help menu)."


class GeneratorPanel(QWidget):
    """The form of the generator in hand. Everything set here lives in ``app.draft``."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._stale = True
        self.spec: Spec | None = None
        self.form: ParamForm | None = None
        app.draft.keep_seed = False
        self.picker = SearchCombo("Generator", "Search generators")
        self.presets = PresetMenu(app, self._current, self)
        self.summary = quiet_label()
        self.readiness = quiet_label()
        self.readiness.setProperty("problem", True)
        self.inputs = InputsForm(app)
        self.target = ChoiceEdit(TARGETS)
        self.target.describe("Result goes to", "What becomes of what is made")
        self.live = QCheckBox("Live")
        self.live.setToolTip("The chosen generated layer follows every change made here")
        self.live.setAccessibleName("Live: the layer follows every change")
        self.problem = quiet_label()
        self.problem.setProperty("problem", True)
        self.problem.hide()
        self.generate = text_button("Generate", "Make the picture (Ctrl+Enter)", self.run, primary=True)
        self.progress = ProgressLine(app, self._generator_id)
        self.run_live = LiveRun(app, self, "live form")
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        ground = QWidget()
        self._scrolling = column(ground, spacing=8)
        for widget in (self.summary, self.readiness, self.inputs):
            self._scrolling.addWidget(widget)
        self._scrolling.addStretch(1)
        content = QWidget()
        inner = column(content, spacing=0, margin=0)
        inner.addLayout(self._head())
        inner.addWidget(scrolled(ground), 1)
        inner.addLayout(self._foot())
        self.empty = Emptiable(content, "")
        column(self, margin=0).addWidget(self.empty)

    def _head(self) -> QHBoxLayout:
        self._star = icon_button("star", "Presets")
        self._star.setMenu(self.presets)
        self._star.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        head = QHBoxLayout()
        head.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        head.addWidget(self.picker, 1)
        head.addWidget(self._star)
        return head

    def _foot(self) -> QVBoxLayout:
        where = QHBoxLayout()
        label = QLabel("To")
        label.setBuddy(self.target.combo)
        where.addWidget(label)
        where.addWidget(self.target, 1)
        where.addWidget(self.live)
        foot = QVBoxLayout()
        foot.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        foot.setSpacing(6)
        foot.addLayout(where)
        foot.addWidget(self.problem)
        foot.addWidget(self.progress)
        foot.addWidget(self.generate)
        return foot

    def _wire(self) -> None:
        self.picker.chosen.connect(self._app.draft.choose)
        self.target.changed.connect(self._set_target)
        self.live.toggled.connect(lambda on: self._push() if on else None)
        self.run_live.problem.connect(self._show_problem)
        follow(self, self._app.draft.changed, self._draft_changed)
        follow(self, self._app.generators_changed, self._look_again)

    def run(self) -> None:
        """Generate, as the command does."""
        self._app.run_command("generate.run")

    def showEvent(self, event: QShowEvent) -> None:
        """Make the form right after the window has appeared, so that the window does not wait for it."""
        super().showEvent(event)
        if self._stale:
            QTimer.singleShot(0, self, self._catch_up)

    def _catch_up(self) -> None:
        if self._stale and self.isVisible():
            self._list_generators()

    def _look_again(self) -> None:
        self._stale = True
        self._catch_up()

    def _list_generators(self) -> None:
        """Show what is installed now; the generator in hand is taken up anew, for it may have changed."""
        specs = sorted(self._app.registry.specs(), key=lambda spec: spec.title.lower())
        self.empty.show_content(bool(specs), NONE)
        if specs and self._app.draft.generator not in [spec.id for spec in specs]:
            self._app.draft.choose(default_generator(self._app))  # which leads back here
            return
        self._stale = False
        current = self._app.draft.generator
        self.picker.set_entries([(spec.id, spec.title, spec.summary) for spec in specs], current)
        self._show_spec(next((spec for spec in specs if spec.id == current), None))

    def _draft_changed(self) -> None:
        """Another generator is in hand, or other parameters for it came from elsewhere."""
        if self.spec is None or self.form is None or self.spec.id != self._app.draft.generator:
            self._look_again()
            return
        self.form.set_values(self._app.draft.params)
        self._show_seed_lock()

    def _show_spec(self, spec: Spec | None) -> None:
        fresh, self.spec = self.spec is None or spec is None or spec.id != self.spec.id, spec
        if self.form is not None:
            self._scrolling.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self.inputs.show_spec(spec)
        self._show_targets(fresh)
        if spec is not None:
            self.form = self._make_form(spec)
            self._scrolling.insertWidget(self._scrolling.count() - 1, self.form)
            self.summary.setText(spec.summary)
            self._show_seed_lock()
            chain(self._star, (*fields(self.inputs), *fields(self.form)))
        self._show_readiness()

    @property
    def _clips(self) -> bool:
        """Whether clips are made, which go onto the timeline."""
        return self.spec is not None and issubclass(self.spec.output, Clip)

    @property
    def _follows(self) -> bool:
        """Whether the layer follows every change."""
        return self.live.isChecked() and not self._clips

    def _show_targets(self, fresh: bool) -> None:
        """Offer the places that fit; only pictures can follow every change. fresh: begin with the first."""
        self.live.setVisible(not self._clips)
        draft, takes_clip = self._app.draft, self.spec is not None and Clip in self.spec.inputs.values()
        offered = [*(BY_CLIP if takes_clip else ()), *PLACES] if self._clips else TARGETS
        if self._clips and fresh:
            draft.place = "after" if takes_clip else "end"
        self.target.set_value(draft.place if self._clips else draft.target)
        self.target.set_choices(offered)

    def _make_form(self, spec: Spec) -> ParamForm:
        known = set(spec.names().values())
        values = {name: value for name, value in self._app.draft.params.items() if name in known}
        form = ParamForm(spec.params, values, lambda now: offers(spec, now))
        form.edited.connect(self._edited)
        form.finished.connect(lambda _: self.run_live.settle() if self._follows else None)
        form.validity_changed.connect(lambda _: self._show_readiness())
        seed = form.editor("seed")
        if isinstance(seed, SeedEdit):
            seed.lock.toggled.connect(self._lock_seed)
        return form

    def _edited(self, name: str, value: object) -> None:
        assert self.form is not None
        self._app.draft.remember(as_json(self.form.values()))
        if self._follows:
            self._push()

    def _push(self) -> None:
        """Let the layer follow the form."""
        if self.spec is None or self.form is None or not self.form.valid:
            return
        params = dict(self.form.values())
        if "count" in params:
            params["count"] = 1
        self.run_live.push(self.spec.id, params, self._live_target, self._app.draft.sources)

    def _live_target(self) -> Target:
        """The chosen layer if this generator made it, else a new one, which is then the chosen one."""
        node = self._app.document.active if self._app.document else None
        assert self.spec is not None
        ours = isinstance(node, GeneratedLayer) and node.provenance.generator == self.spec.id
        return node if ours else "new layer"

    def _set_target(self, value: str) -> None:
        # the box offers no other words than those of the draft's two literals
        if self._clips:
            self._app.draft.place = value  # type: ignore[assignment]
        else:
            self._app.draft.target = value  # type: ignore[assignment]

    def _lock_seed(self, keep: bool) -> None:
        self._app.draft.keep_seed = keep

    def _show_seed_lock(self) -> None:
        seed = self.form.editor("seed") if self.form else None
        if isinstance(seed, SeedEdit):
            seed.lock.setChecked(self._app.draft.keep_seed)

    def _show_readiness(self) -> None:
        """Say what is missing, and whether Generate makes sense."""
        ready = self.spec.ready() if self.spec else None
        reason = " ".join(filter(None, (ready.sentence, ready.hint))) if ready and not ready.ok else ""
        self.readiness.setText(reason)
        self.readiness.setVisible(bool(reason))
        possible = bool(ready and ready.ok and self.form and self.form.valid)
        self.generate.setEnabled(possible)
        self.live.setEnabled(possible)
        self._show_problem(first_problem(self.form) if self.form and not self.form.valid else "")

    def _show_problem(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _generator_id(self) -> str:
        return self.spec.id if self.spec else ""

    def _current(self) -> tuple[Spec, ParamForm] | None:
        return (self.spec, self.form) if self.spec and self.form else None


def first_problem(form: ParamForm) -> str:
    """What is wrong first, for where the field itself may be out of view."""
    name, sentence = next(iter(form.problems().items()))
    title = form.rows[name].spec.title if name in form.rows else ""
    return sentence if sentence.startswith(title) else f"{title}: {sentence}"
