"""A folder through a generator: what is taken, what is kept, what is never touched."""

import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.engine.batch.batch import Batch
from studio.engine.batch.cluster import Cluster, need_ray
from studio.engine.batch.local import EngineMaker, Threads
from studio.engine.batch.manifest import NAME, Entry, Stage
from studio.engine.batch.plan import Wish
from studio.engine.batch.work import Outcome
from studio.engine.plugins import Registry
from studio.engine.testing import FakeDevice
from studio.engine.wording import WrongUse
from studio.model import provenance
from studio.model.errors import UserError
from studio.model.io import open_image

Go = Callable[..., dict[str, str]]


def maker(registry: Registry, jobs: int = 1) -> EngineMaker:
    return EngineMaker(registry, [FakeDevice() for _ in range(jobs)], lambda notice: None)


@pytest.fixture
def go(registry: Registry, pictures: Path, tmp_path: Path) -> Go:
    """Run a batch over the pictures; returns source -> why it failed, "" when it did not."""

    def run(jobs: int = 1, resume: bool = False, **wish: Any) -> dict[str, str]:
        given = {"generator": "turn", "source": pictures, "target": tmp_path / "out"} | wish
        batch = Batch(Wish(**given), registry.get(given["generator"]), resume=resume)
        seen: dict[str, str] = {}
        runner = Threads(maker(registry, jobs), jobs)
        try:
            batch.run(runner, lambda entry, outcome: seen.update({entry.source: outcome.why}))
        finally:
            runner.stop()
        return seen

    return run


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_each_picture_is_made_and_one_that_fails_stops_nothing(
    go: Go, pictures: Path, tmp_path: Path
) -> None:
    before = digests(pictures)
    seen = go(jobs=2)
    assert set(seen) == {"a.jpg", "a.png", "b.png", "broken.png", "deep.png"}
    assert [name for name, why in seen.items() if why] == ["broken.png"]
    assert digests(pictures) == before
    for name in ("a.png", "b.png", "deep.png"):
        source, made = open_image(pictures / name), open_image(tmp_path / "out" / name)
        assert made.pixels.dtype == source.pixels.dtype and made.has_alpha == source.has_alpha
        assert json.loads(made.meta[provenance.KEY])["generator"] == "turn"
        opposite = np.iinfo(source.pixels.dtype).max - source.pixels[..., :3]
        assert np.array_equal(made.pixels[..., :3], opposite)


def test_exif_and_profile_are_kept(go: Go, pictures: Path, tmp_path: Path) -> None:
    from PIL import Image as Pillow
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Pillow.open(pictures / "a.jpg") as picture:
        picture.save(pictures / "c.jpg", exif=picture.getexif(), icc_profile=profile)
    go(patterns=("c.jpg",))
    with Pillow.open(tmp_path / "out" / "c.jpg") as made:
        assert made.getexif()[0x010F] == "A Camera" and made.info["icc_profile"] == profile


def test_results_in_the_folder_of_the_originals_get_names_of_their_own(go: Go, pictures: Path) -> None:
    before = digests(pictures)
    go(target=pictures, patterns=("a.png", "b.png"))
    after = digests(pictures)
    assert {name: after[name] for name in before} == before
    assert {"a-2.png", "b-2.png"} <= set(after)


def test_names_that_collide_are_numbered_and_folders_are_kept(go: Go, tmp_path: Path) -> None:
    go(recursive=True, format="png", naming="{stem}-{generator}")
    made = {name for name in digests(tmp_path / "out") if name != NAME}
    assert made == {"a-turn.png", "a-turn-2.png", "b-turn.png", "deep-turn.png", "below/a-turn.png"}


def test_an_earlier_batch_is_taken_up_only_when_wanted(go: Go, pictures: Path, tmp_path: Path) -> None:
    go(patterns=("a.png",))
    with pytest.raises(WrongUse, match="earlier batch"):
        go()
    with pytest.raises(WrongUse, match="other settings"):
        go(resume=True, params={"least": 5})
    assert set(go(resume=True)) == {"a.jpg", "b.png", "broken.png", "deep.png"}
    assert set(go(resume=True)) == {"broken.png"}
    (tmp_path / "out" / "b.png").unlink()
    (pictures / "a.png").write_bytes((pictures / "b.png").read_bytes())
    assert set(go(resume=True)) == {"broken.png", "b.png", "a.png"}


def test_the_manifest_is_never_half_written(registry: Registry, pictures: Path, tmp_path: Path) -> None:
    batch = Batch(Wish("turn", pictures, tmp_path / "out"), registry.get("turn"))
    stages: list[set[str]] = []

    def look(entry: Entry, outcome: Outcome) -> None:
        batch.manifest.save()
        raw = json.loads(batch.manifest.path.read_text())
        stages.append({item["stage"] for item in raw["pictures"]})

    runner = Threads(maker(registry), 1)
    tally = batch.run(runner, look)
    runner.stop()
    assert len(stages) == 5 and (tally.done, tally.failed, tally.left) == (4, 1, 0)


def test_stopping_leaves_the_rest_for_another_time(
    registry: Registry, pictures: Path, tmp_path: Path
) -> None:
    wish = Wish("turn", pictures, tmp_path / "out", {"wait": 0.05})
    batch = Batch(wish, registry.get("turn"))
    runner = Threads(maker(registry), 1)
    tally = batch.run(runner, lambda entry, outcome: threading.Thread(target=runner.stop).start())
    assert tally.left > 0 and tally.done + tally.failed + tally.left == 5
    again = Batch(wish, registry.get("turn"), resume=True)
    assert len(again.waiting) == tally.left + tally.failed


def test_a_further_input_is_the_same_for_all(go: Go, pictures: Path, tmp_path: Path) -> None:
    others = {"mask": pictures / "a.png"}
    seen = go(generator="cover", others=others, patterns=("a.png", "a.jpg"))
    assert seen == {"a.png": "", "a.jpg": ""}
    with pytest.raises(WrongUse, match="also needs “mask”"):
        go(generator="cover", target=tmp_path / "other")


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"naming": "{nothing}"}, "rule for names"),
        ({"naming": "../{stem}"}, "makes no file name"),
        ({"naming": "{stem.__class__}"}, "makes no file name"),
        ({"format": "xyz"}, "xyz"),
        ({"patterns": ("*.gif",)}, "no such pictures"),
        ({"params": {"least": 1000}}, "least"),
        ({"source": Path("/nowhere")}, "no folder"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_written(
    go: Go, tmp_path: Path, wish: dict[str, Any], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        go(**wish)
    assert not (tmp_path / "out").exists()


def test_a_damaged_or_evil_manifest_is_refused(go: Go, tmp_path: Path) -> None:
    go(patterns=("a.png",))
    path = tmp_path / "out" / NAME
    raw = json.loads(path.read_text())
    raw["pictures"][0]["target"] = "../../escape.png"
    path.write_text(json.dumps(raw))
    with pytest.raises(UserError, match="damaged"):
        go(resume=True)


class FakeRay:
    """Ray's manners in one process: actors, references, and a process that dies once."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.actors = 0
        self._results: dict[int, Any] = {}

    def init(self, **_: Any) -> None:
        self.calls.append("init")

    def shutdown(self) -> None:
        self.calls.append("shutdown")

    def remote(self, kind: type[Any]) -> Any:
        ray = self

        class Method:
            def __init__(self, call: Callable[..., Any]) -> None:
                self.call = call

            def remote(self, task: Any) -> int:
                ray._results[len(ray._results)] = self.call, task
                return len(ray._results) - 1

        class Actor:
            def __init__(self, *given: Any) -> None:
                ray.actors += 1
                self.do = Method(kind(*given).do)

        class Handle:
            remote = Actor

        return Handle

    def wait(self, references: list[int], **_: Any) -> tuple[list[int], list[int]]:
        return references[:1], references[1:]

    def get(self, reference: int) -> Any:
        call, task = self._results[reference]
        if task.source.name == "b.png":
            raise RuntimeError("the worker died")
        return call(task)


def test_ray_gets_the_same_tasks(registry: Registry, pictures: Path, tmp_path: Path) -> None:
    ray, makers = FakeRay(), []

    def factory() -> EngineMaker:
        makers.append(maker(registry))
        return makers[-1]

    batch = Batch(Wish("turn", pictures, tmp_path / "out"), registry.get("turn"))
    tally = batch.run(Cluster(factory, 2, ray), lambda entry, outcome: None)
    for one in makers:
        one.close()
    assert (ray.calls, ray.actors) == (["init", "shutdown"], 2)
    assert (tally.done, tally.failed) == (3, 2)
    assert batch.manifest["b.png"].stage is Stage.FAILED and "process" in batch.manifest["b.png"].why


def test_without_ray_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(UserError, match="Ray is not installed"):
        need_ray()
