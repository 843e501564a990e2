"""From a request to a layer, by way of the engine."""

import threading

import imagecodecs
import numpy as np
import pytest

from studio.app.inputs import document_mask, picture
from studio.app.neighbours import interpolate, more_like_this
from studio.engine.events import State
from studio.model import edits
from studio.model.document import Document
from studio.model.errors import UserError
from studio.model.geometry import Rect
from studio.model.io import to_profile, to_srgb
from studio.model.media import Image
from studio.model.nodes import GeneratedLayer


def red(document: Document, x: int = 0, y: int = 0) -> int:
    return int(document.flatten().pixels[y, x, 0])


def test_generating_with_nothing_open_makes_a_document_of_the_size_of_the_picture(session):
    session.app.generate("dots", {"seed": 7, "size": 24})
    session.idle()
    document = session.app.document
    assert (document.width, document.height) == (24, 24)
    assert red(document) == 7
    assert isinstance(document.active, GeneratedLayer)
    assert document.active.provenance.seed == 7


def test_a_document_begun_by_a_small_preview_ends_with_the_size_of_the_picture(session):
    seen = []
    session.app.generation.previewed.connect(lambda job, doc, image, rect: seen.append(doc.width))
    session.app.generate("dots", {"seed": 7, "size": 32, "steps": 5, "shrink": 4})
    session.idle()
    assert seen and set(seen) == {8}
    assert [document.width for document in session.app.documents] == [32]


def test_a_new_layer_lies_around_the_centre_of_the_view_but_inside_the_document(session):
    document = Document(100, 80)
    session.app.add_document(document)
    session.face.centre = (50.0, 0.0)
    session.app.generate("dots", {"seed": 9, "size": 20})
    session.idle()
    bounds = document.active.bounds()
    assert (bounds.x, bounds.y, bounds.w, bounds.h) == (40, 0, 20, 20)


def test_undo_takes_a_generated_layer_back(session):
    session.app.add_document(Document(32, 32))
    session.app.generate("dots", {"size": 8})
    session.idle()
    session.app.run_command("edit.undo")
    assert not session.app.document.root.children


def test_replacing_on_a_channel_is_one_undo_step_until_it_is_settled(session):
    app = session.app
    app.generate("dots", {"seed": 1})
    session.idle()
    document, layer = app.document, app.document.active
    for seed in (2, 3, 4):
        app.generate("dots", {"seed": seed}, target=layer, channel="latent")
        session.idle()
    app.generation.settle(layer)
    app.generate("dots", {"seed": 5}, target=layer, channel="latent")
    session.idle()
    assert [red(document), layer.provenance.seed] == [5, 5]
    document.history.undo()
    assert [red(document), layer.provenance.seed] == [4, 4]
    document.history.undo()
    assert [red(document), layer.provenance.seed] == [1, 1]


def test_settling_while_the_last_picture_is_on_its_way_still_ends_the_step(session):
    app = session.app
    app.generate("dots", {"seed": 1})
    session.idle()
    document, layer = app.document, app.document.active
    app.generate("dots", {"seed": 2, "steps": 3}, target=layer, channel="latent")
    app.generation.settle(layer)
    session.idle()
    app.generate("dots", {"seed": 3}, target=layer, channel="latent")
    session.idle()
    document.history.undo()
    assert red(document) == 2


def test_a_newer_request_on_a_channel_supersedes_the_older_one(session):
    app = session.app
    app.generate("dots", {"seed": 1})
    session.idle()
    layer = app.document.active
    first = app.generate("dots", {"seed": 2, "steps": 1000}, target=layer, channel="latent")
    app.generate("dots", {"seed": 3}, target=layer, channel="latent")
    session.idle()
    assert app.jobs.get(first).state is State.SUPERSEDED
    assert red(app.document) == 3


def test_a_locked_layer_is_not_replaced(session):
    app = session.app
    app.generate("dots", {"seed": 1})
    session.idle()
    edits.set_locked(app.document, app.document.active, True)
    with pytest.raises(UserError, match="locked"):
        app.generate("dots", {"seed": 2}, target=app.document.active)


def test_a_layer_locked_meanwhile_keeps_its_picture_and_the_person_is_told(session):
    app = session.app
    app.generate("dots", {"seed": 1})
    session.idle()
    app.generate("dots", {"seed": 2, "steps": 20}, target=app.document.active)
    edits.set_locked(app.document, app.document.active, True)
    session.idle()
    assert red(app.document) == 1
    assert any("locked" in sentence for sentence in session.sentences())


def test_several_pictures_go_to_the_strip_each_with_its_own_recipe(session):
    app = session.app
    app.generate("dots", {"seed": 40, "count": 3})
    session.idle()
    assert app.document is None
    assert [result.seed for result in app.results.items] == [40, 41, 42]
    assert [int(result.image.pixels[0, 0, 0]) for result in app.results.items] == [40, 41, 42]
    app.generation.add_result(app.results.items[1])
    recipe = app.document.active.provenance
    assert (recipe.seed, recipe.params["count"]) == (41, 1)


def test_several_pictures_are_not_previewed_over_the_document(session):
    seen = []
    session.app.generation.previewed.connect(lambda *preview: seen.append(preview))
    session.app.add_document(Document(64, 64))
    session.app.generate("dots", {"count": 2, "steps": 5})
    session.idle()
    assert seen == [] and len(session.app.results.items) == 2


def test_the_recipe_of_a_result_makes_the_same_picture_again(session):
    app = session.app
    app.generate("dots", {"seed": 40, "count": 3})
    session.idle()
    chosen = app.results.items[2]
    app.generate(chosen.request.generator, chosen.request.params)
    session.idle()
    assert red(app.document) == int(chosen.image.pixels[0, 0, 0])


def test_more_like_this_morphs_other_seeds_towards_the_result(session):
    app = session.app
    app.generate("dots", {"seed": 5})
    session.idle()
    more_like_this(app, app.results.items[0], count=4, likeness=0.75)
    session.idle()
    made = [result.request.params for result in app.results.items[1:]]
    assert [(params["morph_seed"], params["morph"]) for params in made] == [(5, 0.75)] * 4
    assert len({params["seed"] for params in made}) == 4
    assert len(app.document.root.children) == 1


def test_interpolating_asks_for_the_steps_between_and_leaves_the_ends_out(session):
    app = session.app
    for seed in (5, 6):
        app.generate("dots", {"seed": seed}, target="variations")
    session.idle()
    interpolate(app, *app.results.items, steps=3)
    session.idle()
    made = [result.request.params for result in app.results.items[2:]]
    assert [(p["seed"], p["morph_seed"], p["morph"]) for p in made] == [
        (5, 6, 0.25),
        (5, 6, 0.5),
        (5, 6, 0.75),
    ]


def test_interpolating_equal_results_is_refused(session):
    app = session.app
    app.generate("dots", {"seed": 5}, target="variations")
    session.idle()
    with pytest.raises(UserError, match="same seed"):
        interpolate(app, app.results.items[0], app.results.items[0])


def test_a_generator_without_morphing_cannot_make_more_like_this(session):
    app = session.app
    app.add_document(Document(8, 8))
    app.generate("invert", {})
    session.idle()
    with pytest.raises(UserError, match="cannot go between seeds"):
        more_like_this(app, app.results.items[-1])


def test_a_generator_that_needs_a_picture_gets_the_document(session):
    app = session.app
    document = Document(8, 8)
    edits.fill(document, edits.add_layer(document), (10, 20, 30, 255))
    app.add_document(document)
    app.generate("invert", {})
    session.idle()
    assert document.flatten().pixels[0, 0, :3].tolist() == [245, 235, 225]


def test_a_generator_that_needs_a_picture_says_so_when_none_is_open(session):
    with pytest.raises(UserError, match="none is open"):
        session.app.generate("invert", {})


@pytest.mark.parametrize(
    ("fault", "sentence"), [("user", "The dots ran out."), ("out of ideas", "out of ideas")]
)
def test_a_failing_job_is_told_in_a_sentence_and_leaves_the_document_alone(session, fault, sentence):
    app = session.app
    app.add_document(Document(8, 8))
    app.generate("dots", {"fault": fault})
    session.idle()
    assert any(sentence in told for told in session.sentences())
    assert app.document.history.entries == ()


def test_a_cancelled_job_leaves_no_layer_and_no_preview(session):
    app = session.app
    app.add_document(Document(64, 64))
    cleared = []
    app.generation.preview_cleared.connect(cleared.append)
    job = app.generate("dots", {"steps": 1000})
    session.until(lambda: app.jobs.preview(job) is not None)
    app.run_command("generate.cancel")
    session.idle()
    assert app.jobs.get(job).state is State.CANCELLED
    assert not app.document.root.children
    assert job in cleared


def test_closing_a_document_cancels_what_was_meant_for_it(session):
    app = session.app
    app.add_document(Document(64, 64))
    job = app.generate("dots", {"steps": 1000})
    app.remove_document(app.document)
    session.idle()
    assert app.jobs.get(job).state is State.CANCELLED
    assert app.documents == []


def test_an_unknown_generator_or_parameter_is_refused_in_a_sentence(session):
    with pytest.raises(UserError, match="dost"):
        session.app.generate("dost", {})
    with pytest.raises(UserError, match="colour"):
        session.app.generate("dots", {"colour": 1})


def test_regenerating_a_layer_keeps_its_place_and_changes_its_seed(session):
    app = session.app
    app.add_document(Document(64, 64))
    session.face.centre = (10.0, 10.0)
    app.generate("dots", {"seed": 1, "size": 8})
    session.idle()
    layer = app.document.active
    before = layer.bounds()
    assert app.run_command("generate.reroll")
    session.idle()
    assert layer.bounds() == before
    assert layer.provenance.seed != 1
    assert layer.provenance.params["size"] == 8


def test_the_recipe_of_a_layer_is_taken_in_hand_again(session):
    app = session.app
    app.generate("dots", {"seed": 77, "size": 8})
    session.idle()
    app.draft.choose("invert")
    app.run_command("generate.recipe")
    assert app.draft.generator == "dots"
    assert (app.draft.params["seed"], app.draft.params["size"]) == (77, 8)
    assert session.face.shown == ["generator"]


def test_the_generate_command_runs_what_is_in_hand_and_a_new_seed_changes_it(session):
    app = session.app
    app.draft.load("dots", {"seed": 3})
    app.run_command("generate.run")
    session.idle()
    app.run_command("generate.new_seed")
    session.idle()
    seeds = [result.seed for result in app.results.items]
    assert seeds[0] == 3 and seeds[1] != 3
    assert app.draft.params["seed"] == seeds[1]


def test_an_input_is_the_document_as_it_was_when_generate_was_pressed(session):
    document = Document(16, 16)
    session.app.add_document(document)
    layer = edits.add_layer(document)
    edits.fill(document, layer, (200, 100, 50, 255))
    session.app.generate("invert", {})
    edits.fill(document, layer, (0, 0, 0, 255))
    session.idle()
    assert document.flatten().pixels[0, 0, :3].tolist() == [55, 155, 205]


def test_inputs_are_put_together_away_from_the_main_thread(session, monkeypatch):
    threads = []
    flatten = Document.flatten

    def watched(document, rect=None):
        threads.append(threading.current_thread().name)
        return flatten(document, rect)

    session.app.add_document(Document(16, 16))
    edits.add_layer(session.app.document)
    monkeypatch.setattr(Document, "flatten", watched)
    session.app.generate("invert", {})
    session.idle()
    assert threads and threading.current_thread().name not in threads


def test_a_recipe_names_the_content_of_its_inputs(session):
    document = Document(16, 16)
    session.app.add_document(document)
    edits.fill(document, edits.add_layer(document), (200, 100, 50, 255))
    before = document.flatten().digest()
    session.app.generate("invert", {})
    session.idle()
    assert document.active.provenance.inputs == {"image": before}
    assert session.app.results.items[-1].provenance.inputs == {"image": before}


def test_a_mask_comes_from_the_selection_or_a_mask_layer_of_any_depth_and_place():
    document = Document(8, 8, "16")
    with pytest.raises(UserError, match="no mask"):
        document_mask(document)
    mask = edits.add_layer(document, "mask")
    edits.select_rect(document, 0, 0, 2, 2)
    edits.fill(document, mask, (255, 255, 255, 255))
    edits.select_none(document)
    edits.translate(document, mask, 3, 4)
    assert np.argwhere(document_mask(document).get().pixels == 255).min(axis=0).tolist() == [4, 3]
    edits.select_rect(document, 6, 0, 1, 1)
    assert document_mask(document).get().pixels.sum() == 255
    assert document_mask(document, Rect(6, 0, 2, 2)).get().pixels.tolist() == [[255, 0], [0, 0]]


def test_a_part_of_the_picture_can_be_an_input():
    document = Document(8, 8)
    layer = edits.add_layer(document)
    edits.select_rect(document, 2, 2, 4, 4)
    edits.fill(document, layer, (9, 8, 7, 255))
    assert picture(document, rect=Rect(3, 3, 2, 1)).get().pixels.tolist() == [[[9, 8, 7, 255]] * 2]
    edits.remove(document, layer)
    with pytest.raises(UserError, match="gone"):
        picture(document, layer)


def test_generated_pictures_take_on_the_documents_own_colours(session):
    document = Document(16, 16)
    document.icc = wide = imagecodecs.cms_profile("adobergb")
    session.app.add_document(document)
    session.app.generate("dots", {"seed": 200})
    session.idle()
    made = document.active.read(Rect(0, 0, 1, 1))[0, 0]
    wanted = to_profile(Image(np.array([[[200, 255, 64]]], np.uint8)), wide).pixels[0, 0]
    assert made[:3].tolist() == wanted.tolist() != [200, 255, 64]
    session.app.generation.add_result(session.app.results.items[-1])
    session.idle()
    assert document.active.read(Rect(0, 0, 1, 1))[0, 0, :3].tolist() == wanted.tolist()


def test_generators_get_srgb_from_a_document_in_other_colours(session):
    document = Document(16, 16)
    document.icc = imagecodecs.cms_profile("adobergb")
    session.app.add_document(document)
    edits.fill(document, edits.add_layer(document), (200, 100, 50, 255))
    shown = to_srgb(document.flatten()).pixels[0, 0, :3]
    assert picture(document).get().pixels[0, 0, :3].tolist() == shown.tolist() != [200, 100, 50]


def test_a_document_of_16_bits_stays_one(session):
    document = Document(16, 16, "16")
    session.app.add_document(document)
    session.app.generate("dots", {"seed": 200})
    session.idle()
    assert document.depth == document.active.depth == "16"
    assert document.flatten().pixels[0, 0].tolist() == [200 * 257, 65535, 64 * 257, 65535]


def test_a_clip_on_its_way_to_the_timeline_opens_no_document(session):
    session.app.generate("reel", {})
    session.idle()
    assert not session.app.documents


def test_a_clip_is_shown_on_the_open_document_while_it_is_made_and_leaves_it_as_it_was(session):
    shown = []
    session.app.add_document(Document(32, 32))
    session.app.generation.previewed.connect(lambda job, doc, image, rect: shown.append(image))
    session.app.generate("reel", {})
    session.idle()
    assert shown and not session.app.document.root.children
    assert not any(image.has_alpha for image in shown)
