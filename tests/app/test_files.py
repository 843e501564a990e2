"""Opening, saving, exporting, closing and recovering, as the person asks for it."""

from pathlib import Path

import numpy as np
import pytest

from studio.app import files
from studio.app.face import Export, NewDocument, Unsaved
from studio.app.recovery import Recovery
from studio.model import edits
from studio.model.document import Document
from studio.model.io.files import export_image, open_document, open_image
from studio.model.media import Image


def picture(value: int = 100, size: int = 8) -> Image:
    return Image(np.full((size, size, 3), value, np.uint8))


@pytest.fixture
def png(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    export_image(picture(), path)
    return path


def painted(session, size: int = 8) -> Document:
    """A document in front with a change that is not saved."""
    document = Document(size, size, title="Sketch")
    session.app.add_document(document)
    edits.fill(document, edits.add_layer(document), (200, 10, 10, 255))
    return document


def test_opening_reads_in_the_background_and_remembers_the_file(session, png):
    session.app.open_files([png])
    assert session.app.tasks.titles == ("Opening cat.png",)
    session.idle()
    assert (session.app.document.title, session.app.document.modified) == ("cat", False)
    assert session.app.recent.paths == (png,)


def test_opening_an_open_file_brings_it_to_the_front(session, png):
    session.app.open_files([png])
    session.idle()
    session.app.add_document(Document(4, 4))
    session.app.open_files([png])
    session.idle()
    assert len(session.app.documents) == 2
    assert session.app.document.path == png


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
def test_a_bad_file_is_told_in_a_sentence_and_the_document_stays(session, tmp_path, content):
    document = painted(session)
    bad = tmp_path / "bad.png"
    bad.write_bytes(content)
    session.app.open_files([bad])
    session.idle()
    assert len(session.sentences()) == 1
    assert session.app.document is document and session.app.documents == [document]
    assert session.app.recent.paths == ()


def test_a_vanished_file_is_told_in_a_sentence(session, tmp_path):
    session.app.open_files([tmp_path / "gone.png"])
    session.idle()
    assert len(session.sentences()) == 1 and "gone.png" in session.sentences()[0]


def test_a_new_document_has_its_background_and_nothing_to_undo_or_save(session):
    session.face.new = NewDocument(20, 10, "16", "black")
    session.app.run_command("file.new")
    document = session.app.document
    assert (document.width, document.height, document.depth) == (20, 10, "16")
    assert document.flatten().pixels[5, 5].tolist() == [0, 0, 0, 65535]
    assert not document.modified and not document.history.can_undo


def test_thinking_better_of_a_question_changes_nothing(session):
    painted(session)
    before = session.app.document.history.entries
    for command in ("file.new", "file.open", "file.save_as", "file.export", "image.scale", "image.canvas"):
        assert session.app.run_command(command)
    session.idle()
    assert len(session.app.documents) == 1
    assert session.app.document.history.entries == before


def test_saving_writes_layers_and_settles_title_path_and_recent_files(session, tmp_path):
    document = painted(session)
    session.face.save = tmp_path / "work.ora"
    session.app.run_command("file.save")
    session.idle()
    assert (document.modified, document.title, document.path) == (False, "work", tmp_path / "work.ora")
    assert session.app.recent.paths == (tmp_path / "work.ora",)
    assert open_document(tmp_path / "work.ora").flatten().pixels[0, 0].tolist() == [200, 10, 10, 255]
    session.face.asked.clear()
    edits.add_layer(document)
    session.app.run_command("file.save")
    session.idle()
    assert session.face.asked == [] and not document.modified


def test_what_is_done_while_saving_is_not_taken_for_saved(session, tmp_path):
    document = painted(session)
    session.face.save = tmp_path / "work.ora"
    session.app.run_command("file.save")
    edits.add_layer(document)
    session.idle()
    assert document.modified
    assert len(list(open_document(tmp_path / "work.ora").walk())) == 1


def test_saving_layers_over_a_flat_file_asks_where_instead_of_flattening_it(session, png):
    session.app.open_files([png])
    session.idle()
    edits.add_layer(session.app.document)
    session.app.run_command("file.save")
    assert session.face.asked == ["save"]


def test_saving_into_a_format_without_layers_warns_and_stays_modified(session, tmp_path):
    document = painted(session)
    edits.add_layer(document)
    session.face.save = tmp_path / "flat.png"
    session.app.run_command("file.save_as")
    session.idle()
    assert "keeps no layers" in session.sentences()[0]
    assert document.modified


def test_saving_into_a_folder_that_is_not_there_is_told_and_the_document_stays_modified(session, tmp_path):
    document = painted(session)
    session.face.save = tmp_path / "nowhere" / "work.ora"
    session.app.run_command("file.save")
    session.idle()
    assert len(session.sentences()) == 1
    assert document.modified and document.path is None


def test_an_unknown_ending_is_refused(session, tmp_path):
    painted(session)
    session.face.save = tmp_path / "work.xyz"
    assert not session.app.run_command("file.save")
    assert "xyz" in session.sentences()[0]


def test_exporting_leaves_the_document_as_it_is(session, tmp_path):
    document = painted(session)
    session.face.export = Export(tmp_path / "out.jpg", {"quality": 80})
    session.app.run_command("file.export")
    session.idle()
    assert (document.modified, document.path) == (True, None)
    assert open_image(tmp_path / "out.jpg").width == 8


@pytest.mark.parametrize(
    ("answer", "left", "saved"),
    [(Unsaved.CANCEL, 1, False), (Unsaved.DISCARD, 0, False), (Unsaved.SAVE, 0, True)],
)
def test_closing_a_changed_document_asks_first(session, tmp_path, answer, left, saved):
    painted(session)
    session.face.unsaved = answer
    session.face.save = tmp_path / "work.ora"
    session.app.run_command("file.close")
    session.idle()
    assert session.face.asked[0] == "unsaved"
    assert len(session.app.documents) == left
    assert (tmp_path / "work.ora").exists() is saved


def test_a_document_stays_open_when_saving_before_closing_fails(session, tmp_path):
    document = painted(session)
    session.face.unsaved, session.face.save = Unsaved.SAVE, tmp_path / "nowhere" / "x.ora"
    session.app.run_command("file.close")
    session.idle()
    assert session.app.documents == [document] and document.modified


def test_closing_an_unchanged_document_does_not_ask(session, png):
    session.app.open_files([png])
    session.idle()
    session.app.run_command("file.close")
    assert session.face.asked == [] and session.app.document is None


def test_closing_brings_the_neighbour_to_the_front(session):
    documents = [Document(2, 2, title=name) for name in "abc"]
    for document in documents:
        session.app.add_document(document)
    session.app.activate(documents[1])
    session.app.run_command("file.close")
    assert session.app.document is documents[2]
    session.app.run_command("file.next")
    assert session.app.document is documents[0]


def test_pictures_are_inserted_as_layers_around_a_point(session, png):
    document = painted(session, 32)
    files.insert_files(session.app, [png], (16.0, 16.0))
    session.idle()
    assert (document.active.name, document.active.bounds().x) == ("cat", 12)


def test_recent_files_are_unique_newest_first_and_limited(session):
    session.app.settings.set("files", "recent_limit", 3)
    for name in "abcab":
        session.app.recent.add(Path(f"/{name}.png"))
    assert [path.stem for path in session.app.recent.paths] == ["b", "a", "c"]
    session.app.recent.add(Path("/d.png"))
    assert len(session.app.recent.paths) == 3


def test_new_documents_are_numbered_but_opened_ones_keep_their_names(session, png):
    for _ in range(3):
        session.app.add_document(Document(2, 2))
    session.app.open_files([png])
    session.idle()
    assert [d.title for d in session.app.documents] == ["Untitled", "Untitled 2", "Untitled 3", "cat"]


def test_limits_take_effect_at_once(session):
    document = painted(session)
    session.app.settings.set("files", "undo_mib", 100)
    session.app.settings.set("generating", "variations_limit", 10)
    assert document.history.limit_bytes == 100 * 2**20
    session.app.generate("dots", {"count": 12})
    session.idle()
    assert len(session.app.results.items) == 10


def test_undo_memory_follows_the_setting(session):
    session.app.settings.set("files", "undo_mib", 64)
    document = painted(session)
    assert document.history.limit_bytes == 64 * 2**20


def test_copying_takes_the_selected_part_with_its_soft_edge(session):
    document = painted(session)
    edits.select_rect(document, 2, 2, 4, 4)
    session.app.run_command("edit.copy")
    assert session.face.clipboard.pixels.shape == (4, 4, 4)
    assert session.face.clipboard.pixels[0, 0].tolist() == [200, 10, 10, 255]


def test_cutting_clears_what_it_copies_in_one_undo_step(session):
    document = painted(session)
    edits.select_rect(document, 0, 0, 4, 8)
    steps = document.history.position
    session.app.run_command("edit.cut")
    assert document.flatten().pixels[0, :, 3].tolist() == [0, 0, 0, 0, 255, 255, 255, 255]
    assert document.history.position == steps + 1


def test_copying_nothing_is_told(session):
    session.app.add_document(Document(8, 8))
    edits.add_layer(session.app.document)
    session.app.run_command("edit.copy")
    assert session.sentences() == ["There is nothing to copy here."]


def test_pasting_adds_a_layer_or_opens_a_document(session):
    session.face.clipboard = picture(50, 4)
    session.app.run_command("edit.paste")
    assert session.app.document.width == 4
    session.app.run_command("edit.paste")
    assert len(session.app.document.root.children) == 2


def test_pasting_from_an_empty_clipboard_is_told(session):
    session.app.run_command("edit.paste")
    assert session.sentences() == ["There is no picture on the clipboard."]


def test_a_crash_leaves_a_copy_that_the_next_start_offers_and_recovers(session, tmp_path):
    folder = tmp_path / "autosave"
    session.app.settings.set("files", "autosave_seconds", 2)
    first = Recovery(session.app, folder)
    document = painted(session)
    first.tick()
    first.close(keep=True)
    session.app.remove_document(document)

    second = Recovery(session.app, folder)
    second.offer()
    (notice,) = session.app.notices.items
    assert "Sketch" in notice.sentence
    assert [action.label for action in notice.actions] == ["Recover", "Discard"]
    notice.actions[0].run()
    session.idle()
    assert session.app.document.flatten().pixels[0, 0].tolist() == [200, 10, 10, 255]
    assert session.app.document.modified
    second.close()
    third = Recovery(session.app, folder)
    third.offer()
    assert len(session.app.notices.items) == 1
    third.close()


def test_a_discarded_copy_is_not_offered_again(session, tmp_path):
    first = Recovery(session.app, tmp_path)
    document = painted(session)
    first.tick()
    first.close(keep=True)
    session.app.remove_document(document)
    second = Recovery(session.app, tmp_path)
    second.offer()
    session.app.notices.items[0].actions[1].run()
    second.offer()
    assert len(session.app.notices.items) == 1
    second.close()
