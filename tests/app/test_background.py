"""Long edits: worked out elsewhere, applied as one undo step, given up without a trace."""

import threading

import numpy as np
import pytest

from studio.app.background import SMALL, on
from studio.model import edits
from studio.model.document import Document
from studio.model.elsewhere import Elsewhere
from studio.model.errors import UserError
from studio.model.media import Image
from studio.model.nodes import Blend, GeneratedLayer
from studio.model.provenance import Provenance

SIDE = 600
assert SIDE * SIDE > SMALL
RED, BLUE = (255, 0, 0, 255), (0, 0, 255, 255)


def large(session, side=SIDE):
    """A document in front that is edited in the background, with one red layer."""
    document = Document(side, side)
    layer = edits.add_layer(document)
    edits.fill(document, layer, RED)
    session.app.add_document(document)
    return document, layer


def named(document, name):
    return next(node for node in document.walk() if node.name == name)


def pixel(document, x=0, y=0):
    return document.composite(document.canvas)[y, x].tolist()


def test_a_long_edit_is_worked_out_on_another_thread_and_becomes_one_undo_step(session):
    document, layer = large(session)
    steps, threads = len(document.history.entries), []

    def work(doc):
        threads.append(threading.current_thread())
        edits.fill(doc, doc.twin(layer), BLUE)
        edits.set_blend(doc, doc.twin(layer), Blend.SCREEN)

    session.app.background.edit(document, "Paint it blue", work)
    assert pixel(document) == list(RED)
    session.idle()
    assert threads[0] is not threading.main_thread()
    assert pixel(document) == list(BLUE) and layer.blend is Blend.SCREEN
    assert [entry.title for entry in document.history.entries][steps:] == ["Paint it blue"]
    document.history.undo()
    assert pixel(document) == list(RED) and layer.blend is Blend.NORMAL
    document.history.redo()
    assert pixel(document) == list(BLUE)


def test_a_small_document_is_edited_at_once(session):
    document, layer = large(session, 64)
    ended = []
    session.app.background.edit(
        document, "Fill", on(layer, lambda doc, node: edits.fill(doc, node, BLUE)), lambda: ended.append(1)
    )
    assert pixel(document) == list(BLUE) and ended == [1]


def test_a_held_document_refuses_other_edits_and_undo_with_a_sentence(session):
    document, layer = large(session)
    go_on = threading.Event()
    session.app.background.edit(document, "Fill", lambda doc: go_on.wait(20))
    with pytest.raises(UserError, match="“Fill” is still being worked on"):
        edits.set_opacity(document, layer, 0.5)
    with pytest.raises(UserError, match="still going on"):
        document.history.undo()
    go_on.set()
    session.idle()
    edits.set_opacity(document, layer, 0.5)
    document.history.undo()


def test_long_edits_of_one_document_wait_for_each_other(session):
    document, _ = large(session)
    go_on, ended = threading.Event(), []
    session.app.background.edit(document, "Fill", lambda doc: go_on.wait(20))
    for command in ("select.all", "edit.clear"):
        assert session.app.run_command(command)
    steps = len(document.history.entries)
    go_on.set()
    session.idle()
    titles = [entry.title for entry in document.history.entries][steps:]
    assert titles == ["Select all", "Clear"]
    assert pixel(document)[3] == 0 and not document.selection.is_empty

    stay = threading.Event()
    session.app.background.edit(document, "Fill", lambda doc: stay.wait(20))
    session.app.background.edit(document, "Again", lambda doc: None, lambda: ended.append(1))
    session.app.background.cancel(document)
    assert ended == [1] and document.held is None
    stay.set()
    session.idle()
    assert len(document.history.entries) == steps + 2


def test_giving_up_frees_the_document_at_once_and_leaves_it_as_it_was(session):
    document, layer = large(session)
    ended, begun = [], threading.Event()

    def work(doc):
        begun.set()
        for _ in range(10_000):
            edits.fill(doc, doc.twin(layer), (*BLUE[:3], 200))

    session.app.background.edit(document, "Fill", work, lambda: ended.append(1))
    assert begun.wait(20)
    steps = len(document.history.entries)
    assert session.app.background.cancel(document)
    assert ended == [1] and not session.app.background.works
    edits.set_opacity(document, layer, 0.5)
    session.until(lambda: not session.app.background._tasks.titles)
    assert pixel(document)[:3] == [255, 0, 0] and len(document.history.entries) == steps + 1
    assert session.sentences() == []


def test_what_an_edit_raises_is_told_and_the_document_is_free_again(session):
    document, layer = large(session)
    edits.set_locked(document, layer, True)
    session.app.background.edit(document, "Fill", on(layer, lambda doc, node: edits.fill(doc, node, BLUE)))
    session.idle()
    assert session.sentences() == [f"“{layer.name}” is locked."]
    edits.set_locked(document, layer, False)


def test_an_edit_that_changes_nothing_leaves_no_step(session):
    document, _ = large(session)
    steps = len(document.history.entries)
    session.app.background.edit(document, "Nothing", lambda doc: None)
    session.idle()
    assert len(document.history.entries) == steps


def test_a_generated_picture_waits_until_the_document_is_free(session):
    document, _ = large(session)
    go_on = threading.Event()
    session.app.background.edit(document, "Fill", lambda doc: go_on.wait(20))
    session.app.generate("dots", {"seed": 7})
    session.until(lambda: not session.app.generation.waiting)
    assert not any(isinstance(node, GeneratedLayer) for node in document.walk())
    go_on.set()
    session.idle()
    assert isinstance(document.active, GeneratedLayer)
    assert session.sentences() == []


def test_closing_a_document_gives_its_edit_up(session):
    document, _ = large(session)
    go_on = threading.Event()
    session.app.background.edit(document, "Fill", lambda doc: go_on.wait(20))
    session.app.remove_document(document)
    assert not session.app.background.works
    go_on.set()


def test_commands_of_large_documents_run_in_the_background(session):
    document, _ = large(session)
    edits.add_layer(document)
    for id in ("image.turn_right", "image.flip_vertical", "image.deep", "layer.merge_down", "image.flatten"):
        steps = len(document.history.entries)
        assert session.app.run_command(id)
        assert document.held
        session.idle()
        assert len(document.history.entries) == steps + 1, id
    assert document.depth == "16" and pixel(document) == [65535, 0, 0, 65535]


def test_every_kind_of_change_comes_home_as_if_it_had_been_done_here():
    def build():
        document = Document(40, 30)
        picture = Image(np.random.default_rng(1).integers(0, 256, (20, 20, 4), np.uint8))
        edits.add_image(document, picture, "One", 3, 4, Provenance("g", "1", {}, 0))
        edits.add_layer(document, "group", "Two")
        edits.select_ellipse(document, 2, 2, 20, 20)
        return document

    def change(doc):
        picture = named(doc, "One")
        edits.duplicate(doc, picture)
        edits.add_layer_mask(doc, picture, "selection")
        group = edits.group_nodes(doc, [picture], "Three")
        edits.set_opacity(doc, group, 0.5)
        edits.add_layer(doc, "mask", "Four")
        edits.remove(doc, named(doc, "Two"))
        edits.resize_canvas(doc, 50, 35)
        edits.convert_depth(doc, "16")
        edits.grow(doc, 3)

    here, there = build(), build()
    change(here)
    before = there.capture()
    away = Elsewhere(there, "Change")
    away.compute(change, lambda progress: None)
    assert there.capture().same_content(before)
    away.bring_home()
    assert [(n.name, type(n), n.opacity, n.parent.name) for n in there.walk()] == [
        (n.name, type(n), n.opacity, n.parent.name) for n in here.walk()
    ]
    assert np.array_equal(there.composite(there.canvas), here.composite(here.canvas))
    assert np.array_equal(there.selection.read(there.canvas), here.selection.read(here.canvas))
    assert there.active.name == here.active.name and there.owns(there.active)
    there.history.undo()
    assert there.capture().same_content(before)
    there.history.redo()
    assert np.array_equal(there.composite(there.canvas), here.composite(here.canvas))
    edits.rename(there, there.active, "still editable")


def test_copying_much_happens_in_the_background_from_what_was_there(session):
    document, _ = large(session)
    edits.select_rect(document, 0, 0, 590, 590)
    session.app.run_command("edit.cut")
    session.idle()
    assert session.face.clipboard.pixels.shape == (590, 590, 4)
    assert session.face.clipboard.pixels[-1, -1].tolist() == list(RED)
    assert pixel(document)[3] == 0 and pixel(document, 595, 595) == list(RED)
