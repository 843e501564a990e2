"""Taking out, extending, enlarging and restoring, in a session without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from studio.app.retouch import Mark, Marks
from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.media import Image
from studio.model.nodes import GeneratedLayer

if TYPE_CHECKING:
    from conftest import Session

STAND_INS = Path(__file__).parent / "photo" / "stand_ins.py"
DOT = Mark(((100.0, 80.0),), 10.0)


@pytest.fixture
def studio(session: Session) -> Iterator[Session]:
    """A session with stand-ins for the photo generators, and a grey picture of 400 x 300 open."""
    assert not session.app.registry.add(STAND_INS).notices
    session.app.add_document(Document.from_image(Image(np.full((300, 400, 3), 90, np.uint8)), "Photo"))
    session.app.tools.set("inpaint", variants=3, grow=0, feather=0)
    yield session


def settled(studio: Session) -> None:
    retouch = studio.app.retouch
    studio.until(lambda: not retouch.filling and not retouch.waiting)
    studio.idle()


def colour(studio: Session, x: int, y: int) -> tuple[int, ...]:
    document = studio.app.need_document()
    return tuple(int(value) for value in document.composite(Rect(x, y, 1, 1))[0, 0])


def fill(studio: Session, *marks: Mark) -> None:
    for mark in marks or (DOT,):
        studio.app.retouch.mark(mark)
    studio.app.retouch.fill()


def test_a_mark_is_filled_on_a_retouch_layer_in_one_step_and_the_original_stays(studio: Session) -> None:
    fill(studio)
    settled(studio)
    document = studio.app.need_document()
    assert [node.name for node in document.walk()] == ["Background", "Retouch"]
    assert colour(studio, 100, 80) == (0, 90, 0, 255) and colour(studio, 130, 80) == (90, 90, 90, 255)
    assert [entry.title for entry in document.history.entries] == ["Inpaint"]
    document.history.undo()
    assert colour(studio, 100, 80) == (90, 90, 90, 255) and len(list(document.walk())) == 1


def test_fillings_are_flipped_through_in_the_same_step(studio: Session) -> None:
    fill(studio)
    settled(studio)
    retouch = studio.app.retouch
    assert [filling.seed for filling in retouch.fillings] == [0, 1, 2]
    studio.app.run_command("retouch.next")
    assert colour(studio, 100, 80)[0] == 1
    studio.app.run_command("retouch.previous")
    studio.app.run_command("retouch.previous")
    assert colour(studio, 100, 80)[0] == 2 and retouch.index == 2
    assert len(studio.app.need_document().history.entries) == 1


def test_further_marks_join_a_filling_under_way_which_begins_anew(studio: Session) -> None:
    fill(studio)
    assert studio.app.retouch.filling
    fill(studio, Mark(((200.0, 200.0),), 10.0))
    settled(studio)
    assert colour(studio, 100, 80)[0] == colour(studio, 200, 200)[0] == 0
    assert len(studio.app.need_document().history.entries) == 1


def test_the_next_place_is_another_step_on_the_same_layer(studio: Session) -> None:
    fill(studio)
    settled(studio)
    fill(studio, Mark(((104.0, 84.0), (200.0, 84.0)), 6.0))
    settled(studio)
    document = studio.app.need_document()
    assert len(document.history.entries) == 2 and len(list(document.walk())) == 2
    document.history.undo()
    assert colour(studio, 100, 80) == (0, 90, 0, 255) and colour(studio, 190, 84) == (90, 90, 90, 255)


def test_marks_can_be_taken_away_and_given_up(studio: Session) -> None:
    marks = Marks((Mark(((20.0, 20.0), (60.0, 20.0)), 8.0), Mark(((60.0, 20.0),), 12.0, erase=True)))
    mask = marks.coverage(Rect(0, 0, 100, 40))
    assert mask[20, 20] == 255 and mask[20, 40] == 255 and mask[20, 60] == 0 and mask[5, 5] == 0
    area = Marks((Mark(((10.0, 10.0), (50.0, 10.0), (10.0, 50.0))),)).coverage(Rect(0, 0, 60, 60))
    assert area[15, 15] == 255 and area[50, 50] == 0
    studio.app.retouch.mark(DOT)
    studio.app.retouch.cancel()
    with pytest.raises(UserError, match="Nothing of the picture is marked"):
        studio.app.retouch.fill()
    studio.app.retouch.mark(Mark(((5.0, 5.0),), 3.0, erase=True))
    assert not studio.app.retouch.marks


def test_cancelling_a_filling_leaves_the_picture_as_it_was(studio: Session) -> None:
    fill(studio)
    studio.app.retouch.cancel()
    studio.idle()
    assert not studio.app.need_document().history.entries and not studio.app.retouch.fillings


def test_a_layer_that_was_changed_since_is_not_flipped(studio: Session) -> None:
    fill(studio)
    settled(studio)
    studio.app.need_document().history.undo()
    with pytest.raises(UserError, match="changed or taken back"):
        studio.app.retouch.choose(1)


def test_each_filling_can_be_a_layer_of_its_own_with_its_recipe(studio: Session) -> None:
    studio.app.tools.set("inpaint", own_layer=True)
    fill(studio)
    settled(studio)
    studio.app.retouch.choose(2)
    document = studio.app.need_document()
    node = document.active
    assert isinstance(node, GeneratedLayer) and node.provenance.generator == "inpaint"
    assert node.provenance.seed == 2 and colour(studio, 100, 80)[0] == 2
    assert node.bounds() == Rect(90, 70, 21, 21) and len(document.history.entries) == 1


def test_what_is_selected_can_be_filled(studio: Session) -> None:
    document = studio.app.need_document()
    edits.select_rect(document, 50, 60, 30, 20)
    assert studio.app.run_command("retouch.selection")
    settled(studio)
    assert colour(studio, 60, 70) == (0, 90, 0, 255) and colour(studio, 90, 70) == (90, 90, 90, 255)


def test_filling_everything_is_refused_with_a_sentence(studio: Session) -> None:
    edits.select_all(studio.app.need_document())
    studio.app.run_command("retouch.selection")
    settled(studio)
    assert "The mask covers the whole picture." in studio.sentences()
    assert not studio.app.retouch.marks


def test_colours_of_a_retouch_layer_blend_with_what_was_filled_before(studio: Session) -> None:
    fill(studio)
    settled(studio)
    fill(studio, Mark(((112.0, 80.0),), 10.0))
    settled(studio)
    assert colour(studio, 95, 80)[3] == 255 and colour(studio, 118, 80)[3] == 255


def test_extending_makes_room_and_fills_it_in_one_step(studio: Session) -> None:
    studio.face.form = {"left": 40, "right": 0, "top": 0, "bottom": 20}
    assert studio.app.run_command("image.extend")
    settled(studio)
    document = studio.app.need_document()
    assert (document.width, document.height) == (440, 320)
    assert colour(studio, 10, 10) == (0, 90, 0, 255) and colour(studio, 200, 315) == (0, 90, 0, 255)
    assert colour(studio, 41, 299) == (90, 90, 90, 255)
    assert [entry.title for entry in document.history.entries] == ["Extend picture"]
    document.history.undo()
    assert (document.width, document.height) == (400, 300) and colour(studio, 0, 0) == (90, 90, 90, 255)


def test_upscaling_opens_a_larger_document_with_its_recipe(studio: Session) -> None:
    studio.face.form = {"scale": 2, "model": "gan", "strength": 1.0, "to": "new document"}
    assert studio.app.run_command("image.upscale")
    studio.until(lambda: len(studio.app.documents) == 2)
    document = studio.app.need_document()
    assert (document.width, document.height, document.title) == (800, 600, "Photo, upscale")
    assert any("upscale" in value for value in document.meta.values())


def test_a_layer_can_be_enlarged_into_another_layer(studio: Session) -> None:
    studio.face.form = {"scale": 2, "model": "gan", "strength": 1.0, "to": "new layer", "of": "layer"}
    studio.app.run_command("image.upscale")
    studio.idle()
    document = studio.app.need_document()
    assert document.active is not None and document.active.bounds().w == 800


def test_deblurring_makes_a_layer_above_the_chosen_one(studio: Session) -> None:
    studio.face.form = {"strength": 0.8}
    assert studio.app.run_command("layer.deblur")
    studio.idle()
    document = studio.app.need_document()
    assert [type(node) for node in document.walk()][-1] is GeneratedLayer
    assert colour(studio, 5, 5) == (140, 140, 140, 255)
    assert document.find(next(document.walk()).id) is not None


def test_large_results_become_layers_on_another_thread(studio: Session) -> None:
    studio.app.add_document(Document.from_image(Image(np.full((1100, 1200, 3), 10, np.uint8)), "Large"))
    studio.face.form = {"strength": 1.0}
    studio.app.run_command("layer.deblur")
    studio.idle()
    studio.until(lambda: not studio.app.background.works)
    assert colour(studio, 600, 600) == (60, 60, 60, 255)
    assert len(studio.app.need_document().history.entries) == 1


def test_without_its_model_a_command_says_so(session: Session) -> None:
    session.app.add_document(Document(10, 10))
    assert not session.app.run_command("image.extend")
    assert session.sentences()
