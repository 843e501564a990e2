"""The menu of presets: load, save, exchange, and the same as a command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.app.command_line import command_line
from studio.app.presets import Preset, file_of, load_preset, presets_of, save_preset
from studio.app.session import App
from studio.engine.spec import Spec
from studio.model.errors import UserError
from studio.ui.forms import ParamForm, as_json
from studio.ui.panels.base import attempt
from studio.ui.theme import icon

FILTER = "Presets (*.json)"


class PresetMenu(QMenu):
    """Fills itself when it opens, for the form that ``current`` gives then."""

    def __init__(
        self, app: App, current: Callable[[], tuple[Spec, ParamForm] | None], parent: QWidget
    ) -> None:
        super().__init__("Presets", parent)
        self._app, self._current = app, current
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List what there is now."""
        self.clear()
        current = self._current()
        if current is None:
            return
        spec, form = current
        for path in presets_of(spec.id):
            self.addAction(icon("star"), path.stem, lambda path=path: self._try(lambda: self.load(path)))
        self.addSeparator()
        self.addAction(icon("save"), "Save preset…", lambda: self._try(self._ask_name))
        self.addAction(icon("import"), "Load from file…", self._ask_file)
        self.addAction(icon("export"), "Save to file…", self._ask_target)
        removal = self.addMenu(icon("trash"), "Delete preset")
        for path in presets_of(spec.id):
            removal.addAction(path.stem, lambda path=path: self._try(lambda: path.unlink(missing_ok=True)))
        removal.setEnabled(bool(presets_of(spec.id)))
        self.addSeparator()
        self.addAction(icon("reset"), "Reset all", form.reset_all)
        self.addAction(icon("copy"), "Copy as command line", self.copy_command)

    def save(self, name: str, path: Path | None = None) -> None:
        """Keep the form's values under a name (`UserError` if the disk refuses)."""
        spec, form = self._need()
        save_preset(Preset(name, spec.id, as_json(form.values())), path or file_of(spec.id, name))

    def load(self, path: Path) -> None:
        """Show a preset's values and tell what did not fit. `UserError` if it is for another generator."""
        spec, form = self._need()
        preset = load_preset(path)
        if preset.generator != spec.id:
            raise UserError(
                f"“{preset.name}” is a preset for another generator.", f"Choose “{preset.generator}” first."
            )
        unknown = form.set_values(preset.params)
        self._app.draft.load(spec.id, as_json(form.values()))
        if unknown:
            self._app.notices.add("warning", f"The preset has unknown fields: {', '.join(unknown)}.")

    def copy_command(self) -> None:
        """Put the command that does the same on the clipboard."""
        spec, form = self._need()
        QGuiApplication.clipboard().setText(command_line(spec, form.values()))
        self._app.notices.add("info", "The command line is on the clipboard.")

    def _need(self) -> tuple[Spec, ParamForm]:
        current = self._current()
        if current is None:
            raise UserError("No generator is chosen.", "Choose one in the generator panel.")
        return current

    def _try(self, do: Callable[[], object]) -> None:
        attempt(self._app, do, "Presets")

    def _ask_name(self) -> None:
        name = self._app.need_face().ask_text("Save preset", "Name", "")
        if name is not None:
            self.save(name)

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Load preset", "", FILTER)
        if name:
            self._try(lambda: self.load(Path(name)))

    def _ask_target(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save preset", "preset.json", FILTER)
        if name:
            self._try(lambda: self.save(Path(name).stem, Path(name).with_suffix(".json")))
