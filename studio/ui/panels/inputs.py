"""Where a generator's inputs come from: the document, one of its layers, a file, or what is typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from studio.app.inputs import Source
from studio.app.session import App
from studio.engine.spec import Spec
from studio.model.clip import Clip
from studio.model.clip_open import open_clip
from studio.model.io import open_image
from studio.model.media import Image, Labels, Mask, Media, Text
from studio.model.nodes import MaskLayer, Node
from studio.ui.panels.base import Follower
from studio.ui.widgets.editor import Editor
from studio.ui.widgets.fields import sentence_case
from studio.ui.widgets.plain import ChoiceEdit, TextEdit

WHOLE, FILE = "document", "choose a file"
WHOLES = {Image: "Whole picture", Mask: "Selection or mask layer", Clip: "Chosen piece of the timeline"}


@dataclass(frozen=True)
class FromFile:
    """An input read from a file."""

    path: Path
    value: Media


class LayerSource(ChoiceEdit):
    """Picks the document, one of its layers, or a file."""

    def __init__(self, app: App, name: str, kind: type[Media], take: Callable[[Source | None], None]) -> None:
        super().__init__()
        self._app, self._name, self._kind, self._take = app, name, kind, take
        self._file: FromFile | None = None
        self._last: object = WHOLE
        self.changed.connect(self._picked)
        self.refresh()
        self.set_value(WHOLE)

    def refresh(self) -> None:
        """Offer the layers there are now; one that is gone gives way to the document."""
        document = self._app.document
        nodes = list(reversed(list(document.walk()))) if document and self._kind is not Clip else []
        if self._kind is Mask:
            nodes.sort(key=lambda node: not isinstance(node, MaskLayer))
        choices: list[tuple[object, str]] = [(WHOLE, WHOLES[self._kind])]
        choices += [(node, f"Layer: {node.name}") for node in nodes]
        choices += [(self._file, f"File: {self._file.path.name}")] if self._file else []
        choices.append((FILE, "File…"))
        if isinstance(self._last, Node) and self._last not in nodes:
            self._use(WHOLE)
        self.set_value(self._last)
        self.set_choices(choices)

    def load(self, path: Path) -> None:
        """Take the input from a file, read in the background."""

        def done(value: Media) -> None:
            self._file = FromFile(path, value)
            self._use(self._file)
            self.refresh()

        self._app.tasks.run(f"Reading {path.name}", lambda: read(path, self._kind), done)

    def _picked(self, value: object) -> None:
        if value != FILE:
            self._use(value)
            return
        self.set_value(self._last)
        paths = self._app.need_face().ask_open(f"Input “{self._name}”", several=False)
        if paths:
            self.load(paths[0])

    def _use(self, value: object) -> None:
        self._last = value
        if isinstance(value, FromFile):
            self._take(value.value)
        else:
            self._take(value if isinstance(value, Node) else None)


class InputsForm(QWidget):
    """One row per input of a generator; writes into ``app.draft.sources``."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._app = app
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.editors: dict[str, Editor] = {}
        self._follower = Follower(self, app, {"structure": self._refresh}, self._refresh)
        self._follower.switch()

    def show_spec(self, spec: Spec | None) -> None:
        """Show the inputs of another generator, all from the document."""
        while (item := self._column.takeAt(0)) is not None:
            item.widget().deleteLater()
        self._app.draft.sources.clear()
        self.editors = {}
        for name, kind in spec.inputs.items() if spec else ():
            if kind in WHOLES or kind in (Text, Labels):
                self._add(name, kind)
        self.setVisible(bool(self.editors))

    def _add(self, name: str, kind: type[Media]) -> None:
        title = sentence_case(name)
        editor = self._layer_source(name, kind) if kind in WHOLES else self._text_source(name, kind)
        editor.describe(f"Input: {title}", f"Where “{title}” comes from")
        label = QLabel(title)
        label.setBuddy(editor.controls()[0])
        label.setContentsMargins(0, 4 if self.editors else 0, 0, 0)
        self.editors[name] = editor
        self._column.addWidget(label)
        self._column.addWidget(editor)

    def _layer_source(self, name: str, kind: type[Media]) -> Editor:
        return LayerSource(self._app, name, kind, lambda source: self._set(name, source))

    def _text_source(self, name: str, kind: type[Media]) -> Editor:
        editor = TextEdit()
        editor.changed.connect(lambda text: self._set(name, as_words(str(text), kind)))
        self._set(name, as_words("", kind))
        return editor

    def _set(self, name: str, source: Source | None) -> None:
        if source is None:
            self._app.draft.sources.pop(name, None)
        else:
            self._app.draft.sources[name] = source

    def _refresh(self) -> None:
        for editor in self.editors.values():
            if isinstance(editor, LayerSource):
                editor.refresh()


def read(path: Path, kind: type[Media]) -> Media:
    """A file as an input. UserError when it is nothing of the kind."""
    return open_clip(path) if kind is Clip else as_kind(open_image(path), kind)


def as_kind(image: Image, kind: type[Media]) -> Media:
    """A picture as a picture, or as a mask: its alpha if it has one, else its lightness."""
    if kind is not Mask:
        return image
    return Mask(image.array("uint8", 4)[..., 3] if image.has_alpha else image.array("uint8", 1)[..., 0])


def as_words(text: str, kind: type[Media]) -> Media:
    """Typed words as the text or the labels an input wants."""
    if kind is Labels:
        return Labels(tuple(part.strip() for part in text.split(",") if part.strip()))
    return Text(text)
