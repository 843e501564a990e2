"""Timeline files: what was saved comes back, what is missing is told, what is hostile is refused."""

import json
import shutil
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from video_kit import number_of, numbered, recorded, write

from studio.app.film_desk import found_again, left_behind, missing_of
from studio.app.film_open import open_film
from studio.app.film_save import INFO, save_film
from studio.app.film_schema import VERSION
from studio.model import timeline_edits as edits
from studio.model.clip_open import open_clip
from studio.model.errors import UserError
from studio.model.latent_path import LatentPath, Stop
from studio.model.media import Image
from studio.model.timeline import Item, Key, Score, Source
from studio.model.timeline_picture import Renderer
from studio.model.timeline_render import SoundExcerpt

F = Fraction


def draw(path, rate, title=""):
    """A latent path that is shown as numbered frames; nothing is drawn here."""
    return Source.of_path(path, recorded(24), title)


def everything(folder):
    """A score with one of each kind, edited in every way."""
    path = LatentPath(
        "people", (Stop(F(0), "AAAA"), Stop(F(1, 3), seed=5, ease="hold")), F(2), "w", "cook", 0.5
    )
    film = Source.of_clip(open_clip(write(folder / "film.mp4", numbered(48), sound=2.0)), "film")
    still = Source.of_image(Image(np.full((32, 48, 4), 90, np.uint16)), "still")
    score = Score(48, 32, F(24000, 1001))
    for id, kind in ((1, "video"), (2, "video"), (3, "audio")):
        score = edits.add_track(score, id, kind)
    score = edits.append(score, 1, Item(10, film, F(0), F(2), opacity=(Key(F(0), 0.25, "both"),)))
    score = edits.split(score, 10, F(1), 11)
    score = edits.cross_fade(score, 11, F(1, 4))
    score = edits.set_speed(score, 11, F(1, 2))
    score = edits.append(score, 1, Item(12, still, F(0), F(1, 7)))
    score = edits.append(score, 2, Item(13, draw(path, F(24), "path"), F(0), F(3)))
    score = edits.append(score, 2, Item(14, Source.of_clip(recorded(12), "made"), F(0), F(1, 2)))
    score = edits.append(score, 3, Item(15, Source.of_sound(film.sound, F(2), "tone"), F(0), F(2)))
    score = edits.set_track(score, 2, off=True, locked=True)
    return edits.add_marker(score, F(1, 3), "Here")


def facts(score):
    """All that a file must keep of a score but the media themselves."""
    return [
        (t.kind, t.title, t.off, t.locked,
         [(i.start, i.length, i.offset, i.speed, i.fade_in, i.fade_out, i.opacity, i.source.title,
           i.source.kind, i.source.length, i.source.path) for i in t.items])
        for t in score.tracks
    ], score.markers, score.width, score.height, score.rate  # fmt: skip


def picture(score, time):
    renderer = Renderer()
    try:
        return renderer.frame(score, time)
    finally:
        renderer.close()


def test_everything_comes_back(tmp_path):
    score = everything(tmp_path)
    save_film(tmp_path / "one.film", score)
    opened = open_film(tmp_path / "one.film", draw)
    assert facts(opened.score) == facts(score) and not opened.missing
    for time in (F(0), F(3, 4), F(2)):
        assert np.array_equal(picture(opened.score, time), picture(score, time))
    shared = [item.source for item in opened.score.tracks[0].items]
    assert shared[0] is shared[1], "pieces of one film still share it"
    made = opened.score.tracks[1].items[1].source.clip
    assert [number_of(frame.image) for frame in made.frames()] == list(range(12))
    still = opened.score.tracks[0].items[2].source.image
    assert still.pixels.dtype == np.uint16 and still.pixels.shape == (32, 48, 4)
    assert len(next(iter(opened.score.tracks[2].items[0].source.sound.blocks()))) > 0


def test_a_folder_that_moves_takes_its_media_along(tmp_path):
    (tmp_path / "one").mkdir()
    save_film(tmp_path / "one" / "cut.film", everything(tmp_path / "one"))
    shutil.move(tmp_path / "one", tmp_path / "two")
    assert not open_film(tmp_path / "two" / "cut.film", draw).missing


def test_missing_files_are_named_and_keep_their_place(tmp_path):
    score = everything(tmp_path)
    save_film(tmp_path / "one.film", score)
    (tmp_path / "film.mp4").unlink()
    opened = open_film(tmp_path / "one.film", draw)
    assert {Path(name).name for name in opened.missing} == {"film.mp4"}
    assert facts(opened.score) == facts(score)
    with pytest.raises(UserError, match="missing"):
        picture(opened.score, F(0))
    save_film(tmp_path / "two.film", opened.score)
    assert {Path(name).name for name in open_film(tmp_path / "two.film", draw).missing} == {"film.mp4"}


def rewritten(path, change):
    """The file with its description changed."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    info = json.loads(members[INFO])
    change(info)
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            new.writestr(name, json.dumps(info) if name == INFO else content)


def set_in(*where, value):
    def change(info):
        for key in where[:-1]:
            info = info[key]
        info[where[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        set_in("width", value=10**9), set_in("rate", value="1/0"), set_in("rate", value="-5"),
        set_in("rate", value="nan"), set_in("tracks", 0, "items", 0, "source", value=99),
        set_in("tracks", 0, "items", 0, "length", value="-1"),
        set_in("tracks", 0, "items", 0, "speed", value="0"),
        set_in("tracks", 0, "items", 0, "start", value="1e400"),
        set_in("tracks", 0, "items", 1, "start", value="0"), set_in("tracks", value={}),
        set_in("sources", 1, "picture", value="../../etc/passwd"), set_in("unknown", value=1),
        set_in("sources", 3, "frames", "entries", 0, 0, value=10**9),
        set_in("sources", 2, "path", "stops", value=[]),
        set_in("sources", 2, "path", "loop", value="1/10"),
    ],
)  # fmt: skip
def test_impossible_files_are_refused(tmp_path, change):
    save_film(tmp_path / "one.film", everything(tmp_path))
    rewritten(tmp_path / "one.film", change)
    with pytest.raises(UserError):
        open_film(tmp_path / "one.film", draw)


def test_a_newer_file_says_so(tmp_path):
    save_film(tmp_path / "one.film", Score())
    rewritten(tmp_path / "one.film", set_in("version", value=VERSION + 1))
    with pytest.raises(UserError, match="newer"):
        open_film(tmp_path / "one.film", draw)


def test_damaged_bytes_never_do_worse_than_a_sentence(tmp_path):
    save_film(tmp_path / "one.film", everything(tmp_path))
    raw = (tmp_path / "one.film").read_bytes()
    rng = np.random.default_rng(0)
    for number in range(40):
        broken = bytearray(raw[: rng.integers(1, len(raw))] if number % 2 else raw)
        for place in rng.integers(0, len(broken), 8):
            broken[place] ^= 0xFF
        (tmp_path / "bad.film").write_bytes(broken)
        try:
            score = open_film(tmp_path / "bad.film", draw).score
            for item in (item for track in score.tracks for item in track.items):
                if item.source.clip is not None:
                    list(item.source.clip.frames())
        except UserError:
            pass


def test_recorded_frames_cannot_unpack_to_more_than_they_say(tmp_path):
    save_film(tmp_path / "one.film", everything(tmp_path))
    rewritten(tmp_path / "one.film", set_in("sources", 3, "frames", "entries", 0, 1, value=24))
    score = open_film(tmp_path / "one.film", draw).score
    with pytest.raises(UserError, match="damaged"):
        list(score.tracks[1].items[1].source.clip.frames())


def test_saving_opening_and_modified(session, tmp_path):
    desk = session.app.video
    assert not desk.film.modified
    desk.add(Source.of_clip(recorded(12), "made"))
    assert desk.film.modified
    desk.film.save(tmp_path / "cut")
    session.until(lambda: not desk.film.modified)
    assert desk.film.path == tmp_path / "cut.film"
    desk.remove(False)
    assert desk.film.modified
    desk.film.open(tmp_path / "cut.film")
    session.until(lambda: bool(desk.score.length))
    assert not desk.film.modified and not desk.timeline.undo_title
    desk.add(Source.of_clip(recorded(12), "more"))
    assert len({item.id for item in desk.score.tracks[0].items}) == 2


def test_a_crash_leaves_a_copy_that_is_offered(session, tmp_path):
    desk = session.app.video
    folder = desk.film._folder
    desk.add(Source.of_clip(recorded(12), "made"))
    desk.film._begun -= 100
    desk.film.tick()
    session.until(lambda: not desk.work.titles)
    assert not left_behind(folder), "a running studio's copy is its own"
    desk.film._lock.release()  # as the system does when the process dies
    (copy,) = left_behind(folder)
    assert (
        number_of(next(iter(open_film(copy, draw).score.tracks[0].items[0].source.clip.frames())).image) == 0
    )
    desk.film.open(copy, copy=True)
    session.until(lambda: not desk.work.titles)
    assert desk.film.modified and not left_behind(folder) and desk.score.length == F(1, 2)
    desk.film._lock = None
    desk.film.close()
    assert len(left_behind(folder)) == 1, "what was not saved waits for the next start"


def test_a_missing_file_is_found_again(session, tmp_path):
    write(tmp_path / "film.mp4", numbered(24))
    desk = session.app.video
    desk.add(Source.of_clip(open_clip(tmp_path / "film.mp4"), "film"))
    desk.film.save(tmp_path / "cut.film")
    session.until(lambda: desk.film.path is not None)
    (tmp_path / "film.mp4").rename(tmp_path / "moved.mp4")
    desk.film.open(tmp_path / "cut.film")
    session.until(lambda: not desk.work.titles)
    assert "film.mp4" in session.sentences()[-1]
    desk.choose(desk.score.tracks[0].items[0].id)
    assert desk.film.lost is not None
    desk.film.relink(tmp_path / "moved.mp4")
    session.until(lambda: desk.film.lost is None)
    assert number_of(picture(desk.score, F(1, 2))) == 12
    desk.timeline.undo()
    assert desk.film.lost is not None


def heard(sound, start=0.0, end=0.5):
    return np.concatenate(list(sound.blocks(F(start), F(end))))


def test_cut_sound_of_frames_that_were_made_comes_back(tmp_path):
    film = open_clip(write(tmp_path / "film.mp4", numbered(48), sound=2.0))
    cut = SoundExcerpt(SoundExcerpt(film.sound, F(1, 4), F(3, 2)), F(1, 4), F(1, 2))
    made = recorded(12)
    source = Source.of_clip(replace(made, sound=cut), "made")
    score = edits.append(edits.add_track(Score(48, 32, F(24)), 1, "video"), 1, Item(2, source, F(0), F(1, 2)))
    save_film(tmp_path / "one.film", score)
    back = open_film(tmp_path / "one.film", draw).score.tracks[0].items[0].source.sound
    assert np.array_equal(heard(back), heard(film.sound, F(1, 2), F(1)))
    assert np.abs(heard(back)).max() > 0.1
    (tmp_path / "film.mp4").unlink()
    opened = open_film(tmp_path / "one.film", draw)
    assert [Path(name).name for name in opened.missing] == ["film.mp4"]
    save_film(tmp_path / "two.film", opened.score)
    write(tmp_path / "film.mp4", numbered(48), sound=2.0)
    again = open_film(tmp_path / "two.film", draw).score.tracks[0].items[0].source.sound
    assert np.array_equal(heard(again), heard(back)), "what is missing keeps its cut"
    lost = opened.score.tracks[0].items[0].source
    assert missing_of(lost) is not None
    relinked = found_again(lost, Source.of_clip(film, "film"))
    assert missing_of(relinked) is None and np.array_equal(heard(relinked.sound), heard(back))
    assert relinked.clip.footage is lost.clip.footage


def test_files_of_the_first_version_are_read(tmp_path):
    save_film(tmp_path / "one.film", everything(tmp_path))

    def older(info):
        info["version"] = 1
        for source in info["sources"]:
            source.pop("heard")

    rewritten(tmp_path / "one.film", older)
    assert not open_film(tmp_path / "one.film", draw).missing
