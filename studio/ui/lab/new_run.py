"""A new training: the pictures on the left, the plan on the right, and what it will take."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from studio.app.lab.estimate import Estimate
from studio.app.lab.plan import Plan, plan_of
from studio.app.lab.work import Work
from studio.app.session import App
from studio.engine.dataset.advice import FEW, PLENTY
from studio.engine.dataset.inspection import Report
from studio.engine.recipe import Recipe
from studio.model.errors import UserError
from studio.ui.forms import ParamForm, as_json
from studio.ui.lab.data import DataPanel
from studio.ui.widgets.buttons import text_button
from studio.ui.widgets.plain import ChoiceEdit
from studio.ui.widgets.section import quiet_label, scrolled

NARROW = 860
FORM_WIDTH = 380
GOES_ON = "Its network goes on learning, at its own size; the recipe tells only how."
NO_DATA = "Choose the pictures first."
OBJECTIVES = {
    "nonsaturating": "Non-saturating (usual)",
    "minimax": "Minimax (cross-entropy)",
    "least-squares": "Least squares",
    "hinge": "Hinge",
    "wasserstein": "Wasserstein with penalty",
    "relativistic": "Relativistic pairs (R3GAN)",
}
WORDS = {
    "objective": OBJECTIVES,
    "fit": {"crop": "Take the middle", "pad": "Pad to a square", "stretch": "Stretch"},
    "labels": {"none": "None", "folders": "Names of the folders", "csv": "From labels.csv"},
    "channels": {"auto": "Automatic", "rgb": "Colour", "rgba": "Colour, transparency", "grey": "Grey"},
    "resolution": {size: f"{size} × {size}" for size in (16, 32, 64, 128, 256)},
}


def recipe_for(report: Report, recipes: Mapping[str, Recipe]) -> str:
    """The ready-made recipe that suits a data set."""
    number = report.count
    wanted = "texture" if number < FEW / 4 else "few-shot" if number < PLENTY else "style"
    return next((name for name in recipes if wanted in name), next(iter(recipes), ""))


class NewRun(QWidget):
    """Chooses data and plan, and starts. ``started(folder)`` follows."""

    started = Signal(object)

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._measuring: Work[float, Estimate] | None = None
        self._named = False
        self.recipes = app.lab.recipes
        self.data = DataPanel(app)
        self.data.inspected.connect(self._inspected)
        self.data.cleared.connect(self._show)
        self.form = self._make_form()
        self.form.edited.connect(self._edited)
        self.form.validity_changed.connect(lambda _: self._show())
        self.about = quiet_label()
        self.goes_on = quiet_label()
        self.form.rows["recipe"].layout().addWidget(self.about)
        self.form.rows["start"].layout().addWidget(self.goes_on)
        self.estimate = quiet_label()
        self.bar = QProgressBar(textVisible=False, maximum=100, accessibleName="Measuring")
        self.measure = text_button(
            "Estimate the Time", "Does a few steps of this training to measure it", self.start_measuring
        )
        self.train = text_button("Train", "Start the training", self.start, primary=True)
        self.problem = quiet_label(NO_DATA)
        self._lay_out()
        self._show_recipe()
        self._show()

    def _make_form(self) -> ParamForm:
        first = next(iter(self.recipes), "")
        start = plan_of(first, self.recipes[first]) if first else {}
        offers: dict[str, list[str]] = {"recipe": list(self.recipes), "start": []}
        form = ParamForm(Plan, {**start, **self._kept()}, offers)
        offers.clear()  # made as combo boxes; what they offer, and in which words, is told here
        titles = [(name, recipe.title) for name, recipe in self.recipes.items()]
        words = {name: list(offer.items()) for name, offer in WORDS.items()}
        for name, choices in {"recipe": titles, "start": self._models(), **words}.items():
            editor = form.editor(name)
            assert isinstance(editor, ChoiceEdit)
            editor.set_choices(choices)
        return form

    def _models(self) -> list[tuple[object, str]]:
        models = [(info.name, info.title) for info in self._app.lab.models()]
        return [("", "Zero: random weights"), *models]

    def _kept(self) -> dict[str, object]:
        """The plan as it was left, as far as it still fits."""
        kept = dict(self._app.settings.lab.plan)
        known = kept.get("recipe") in self.recipes
        names = [name for name, _ in self._models()]
        if kept.get("start", "") not in names:
            kept.pop("start", None)
        return {name: value for name, value in kept.items() if name in Plan.model_fields} if known else {}

    def _lay_out(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(4, 0, 4, 0)
        column.setSpacing(10)
        title = QLabel("Plan")
        title.setProperty("heading", True)
        for widget in (title, self.form):
            column.addWidget(widget)
        column.addStretch(1)
        foot = QVBoxLayout(spacing=8)
        foot.setContentsMargins(4, 0, 4, 0)
        for widget in (self.estimate, self.bar, self.measure, self.problem, self.train):
            foot.addWidget(widget)
        self._side = QWidget()
        right = QVBoxLayout(self._side)
        right.setContentsMargins(0, 0, 0, 0)
        right.addWidget(scrolled(side), 1)
        right.addLayout(foot)
        left = QWidget()
        pictures = QVBoxLayout(left)
        pictures.setContentsMargins(0, 0, 4, 0)
        pictures.addWidget(self.data)
        pictures.addStretch(1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(16, 16, 16, 16)
        self._row.setSpacing(16)
        self._row.addWidget(scrolled(left), 3)
        self._row.addWidget(self._side, 2)
        self._side.setMaximumWidth(FORM_WIDTH)
        self.bar.setFixedHeight(6)
        self.bar.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One below the other where there is little room beside."""
        narrow = event.size().width() < NARROW
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if way is not self._row.direction():
            self._row.setDirection(way)
            self._side.setMaximumWidth(16_777_215 if narrow else FORM_WIDTH)
        super().resizeEvent(event)

    @property
    def plan(self) -> Plan | None:
        """The plan, None while a value does not fit."""
        model = self.form.model()
        return model if isinstance(model, Plan) else None

    def start(self) -> None:
        """Train."""
        plan, folder = self.plan, self.data.folder
        if plan is None or folder is None:
            return
        self.stop_measuring()
        try:
            run = self._app.lab.train(plan, folder)
        except UserError as error:
            self._app.notices.add_exception(error)
            return
        self.started.emit(run)

    def start_measuring(self) -> None:
        """Time a few steps, or stop doing so."""
        if self._measuring is not None:
            self.stop_measuring()
            return
        plan, folder = self.plan, self.data.folder
        if plan is None or folder is None:
            return
        try:
            self._measuring = self._app.lab.measure(plan, folder, self._show_share, self._measured,
                                                    self._not_measured)  # fmt: skip
        except UserError as error:
            self._app.notices.add_exception(error)
        self.estimate.setText("Measuring: a few steps of this training…")
        self._show()

    def stop_measuring(self) -> None:
        """Give up measuring."""
        if self._measuring is not None:
            self._measuring.cancel()
            self._measuring = None
            self.estimate.setText("")
            self._show()

    def _show_share(self, share: float) -> None:
        self.bar.setMaximum(100 if share else 0)
        self.bar.setValue(round(100 * share))

    def _measured(self, estimate: Estimate) -> None:
        self._measuring = None
        self.estimate.setText(estimate.sentence(self.data.report.count if self.data.report else 1))
        self._show()

    def _not_measured(self, error: BaseException) -> None:
        self._measuring = None
        self.estimate.setText("")
        self._show()
        self._app.notices.add_exception(error, "Measuring")

    def _inspected(self, report: Report) -> None:
        """Propose what suits the pictures."""
        name = recipe_for(report, self.recipes)
        if name:
            self._take_recipe(name)
        folders = len([group for group in report.classes if group]) > 1
        values: dict[str, object] = {"resolution": self.data.resolution}
        if not self._named:
            values["name"] = (self.data.folder.name if self.data.folder else "My model").replace("-", " ")[
                :60
            ]
        if not folders:
            values["labels"] = "none"
        self.form.set_values(values)
        self._changed()

    def _take_recipe(self, name: str) -> None:
        self.form.set_values(plan_of(name, self.recipes[name]))
        self._show_recipe()

    def _edited(self, name: str, value: object) -> None:
        self._named |= name == "name"
        if name == "recipe":
            self._take_recipe(str(value))
        self._changed()

    def _changed(self) -> None:
        self.stop_measuring()
        self.estimate.setText("")
        self._app.settings.set("lab", "plan", as_json(self.form.values()))
        self._show_recipe()
        self._show()

    def _show_recipe(self) -> None:
        recipe = self.recipes.get(str(self.form.values()["recipe"]))
        self.about.setText(recipe.summary if recipe else "No recipe came with this studio.")
        values = self.form.values()
        fixed = bool(values["start"])
        self.goes_on.setText(GOES_ON if fixed else "")
        self.goes_on.setVisible(fixed)
        self.form.rows["resolution"].setEnabled(not fixed)
        self.form.rows["channels"].setEnabled(not fixed)
        self.data.show_wish(int(str(values["resolution"])), str(values["fit"]), bool(values["flip"]))

    def _show(self) -> None:
        """What is missing, and whether Train makes sense."""
        busy = self._measuring is not None
        possible = self.data.report is not None and self.plan is not None and bool(self.recipes)
        reason = (
            NO_DATA
            if self.data.report is None
            else ""
            if self.plan
            else "Something in the plan does not fit."
        )
        self.problem.setText(reason)
        self.problem.setVisible(bool(reason))
        self.train.setEnabled(possible)
        self.measure.setEnabled(possible)
        self.measure.setText("Stop Measuring" if busy else "Estimate the Time")
        self.bar.setVisible(busy)
        self.estimate.setVisible(bool(self.estimate.text()))

    def showEvent(self, event: object) -> None:
        """The models to start from may have changed."""
        QTimer.singleShot(0, self, self._list_models)

    def _list_models(self) -> None:
        editor = self.form.editor("start")
        if isinstance(editor, ChoiceEdit):
            editor.set_choices(self._models())
