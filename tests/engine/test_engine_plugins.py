"""Finding plugins: folders, packages, consent, changes, and files that are no good."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_kit import write_plugin

from studio.engine.plugins import Consent, Registry
from studio.model.errors import UserError

BODY = "return Image(np.zeros((1, 1, 3), np.uint8))\nyield"


@pytest.fixture(autouse=True)
def no_stray_modules() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("studio_plugin_", "apple")):
            del sys.modules[name]


def third_party(folder: Path, consent: Path) -> Registry:
    registry = Registry(consent=Consent(consent))
    registry.discover([folder], entry_points=False)
    return registry


def ids(registry: Registry) -> list[str]:
    return [spec.id for spec in registry.specs()]


def test_files_and_folders_are_found_and_hidden_ones_are_not(tmp_path: Path) -> None:
    write_plugin(tmp_path, "apple", BODY)
    write_plugin(tmp_path / "tree", "plugin", BODY)
    for name in ("_draft.py", ".hidden.py", "notes.txt"):
        (tmp_path / name).write_text("raise Exception")
    (tmp_path / "empty").mkdir()
    registry = Registry(built_in=[tmp_path])
    changes = registry.discover()
    assert changes.added == ["apple", "plugin"] and not changes.notices


def test_a_folder_plugin_imports_its_own_files(tmp_path: Path) -> None:
    write_plugin(tmp_path / "tree", "plugin", "from .leaf import colour\nreturn colour()\nyield")
    (tmp_path / "tree" / "leaf.py").write_text("from studio.api import Image\ndef colour(): return Image")
    registry = Registry(built_in=[tmp_path])
    assert not registry.discover().notices


HEAD = "from studio.api import *\n"
GEN = f"{HEAD}@generator(id='bad', title='x', output=Image"
RUN = "\n def run(self, ctx, params): ..."
BAD = {
    "raise RuntimeError('no licence')": "could not be loaded: RuntimeError: no licence.",
    "raise SystemExit": "could not be loaded: SystemExit.",
    "def broken(:": "could not be loaded: SyntaxError",
    "import no_such_module_at_all": "could not be loaded: ModuleNotFoundError",
    "\0": "could not be loaded: ",
    "x = 1": "registers no generator",
    f"{HEAD}@generator(id='Bad Id', title='x', output=Image)\nclass P:{RUN}": "“Bad Id” is no generator id.",
    f"{HEAD}@generator(id='bad', title=' ', output=Image)\nclass P:{RUN}": "“bad” has no title",
    f"{HEAD}@generator(id='bad', title='x', output=int)\nclass P:{RUN}": "“output” must be Image",
    f"{GEN})\nclass P: ...": "needs a method run",
    f"{GEN}, inputs={{'a': Image}})\nclass P:{RUN}": "(self, ctx, params, a)",
    f"{GEN})\nclass P:\n class Params: ...{RUN}": "must derive from",
    f"{GEN})\nclass P:\n class Params(Params):\n  n: int{RUN}": "a default",
    f"{GEN}, api=99)\nclass P:{RUN}": "needs plugin API 99",
    f"{GEN}, family='style')\nclass P:{RUN}": "need `model: str",
}


@pytest.mark.parametrize(("source", "part"), BAD.items())
def test_a_bad_plugin_becomes_a_notice_and_the_others_load(tmp_path: Path, source: str, part: str) -> None:
    (tmp_path / "bad.py").write_text(source)
    write_plugin(tmp_path, "good", BODY)
    registry = Registry(built_in=[tmp_path])
    changes = registry.discover()
    assert ids(registry) == ["good"]
    assert [part in notice.sentence for notice in changes.notices] == [True]


def test_an_unreadable_plugin_becomes_a_notice(tmp_path: Path) -> None:
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    changes = Registry(built_in=[tmp_path]).discover()
    assert len(changes.notices) == 1


def test_duplicates_are_refused_by_name(tmp_path: Path) -> None:
    write_plugin(tmp_path, "apple", BODY)
    (tmp_path / "second.py").write_text((tmp_path / "apple.py").read_text())
    registry = Registry(built_in=[tmp_path])
    changes = registry.discover()
    assert [notice.sentence for notice in changes.notices] == ["Two plugins call themselves “apple”."]
    assert registry.get("apple").origin == tmp_path / "apple.py"


def test_third_party_code_does_not_run_before_consent(tmp_path: Path) -> None:
    path = write_plugin(tmp_path / "plugins", "apple", BODY)
    path.write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n" + path.read_text())
    registry = third_party(tmp_path / "plugins", tmp_path / "consent.json")
    assert ids(registry) == [] and not (tmp_path / "ran").exists()
    assert [pending.name for pending in registry.pending()] == ["apple"]
    assert registry.trust(path).added == ["apple"]
    assert (tmp_path / "ran").exists() and registry.pending() == []


def test_consent_is_remembered_until_the_content_changes(tmp_path: Path) -> None:
    path = write_plugin(tmp_path / "plugins", "apple", BODY)
    third_party(tmp_path / "plugins", tmp_path / "consent.json").trust(path)
    registry = third_party(tmp_path / "plugins", tmp_path / "consent.json")
    assert ids(registry) == ["apple"]
    path.write_text(path.read_text() + "\n# one more line")
    changes = registry.rescan()
    assert changes.removed == ["apple"] and [pending.path for pending in changes.pending] == [path]
    assert ids(registry) == []


@pytest.mark.parametrize("content", ["", "[]", "{", "3", '{"a": 1}'])
def test_a_damaged_consent_file_agrees_to_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "consent.json").write_text(content)
    write_plugin(tmp_path / "plugins", "apple", BODY)
    assert ids(third_party(tmp_path / "plugins", tmp_path / "consent.json")) == []


def test_consent_can_be_withdrawn(tmp_path: Path) -> None:
    path = write_plugin(tmp_path / "plugins", "apple", BODY)
    registry = third_party(tmp_path / "plugins", tmp_path / "consent.json")
    registry.trust(path)
    registry.consent.withdraw(registry.get("apple").digest)
    assert registry.rescan().removed == ["apple"]
    assert "apple" not in Consent(tmp_path / "consent.json")


def test_trusting_a_stranger_to_the_folders_is_refused(tmp_path: Path) -> None:
    registry = third_party(tmp_path, tmp_path / "consent.json")
    with pytest.raises(UserError, match="not among the plugins"):
        registry.trust(tmp_path / "elsewhere.py")


def test_rescanning_sees_new_changed_and_removed_plugins(tmp_path: Path) -> None:
    registry = Registry(built_in=[tmp_path])
    assert not registry.discover(entry_points=False)
    path = write_plugin(tmp_path, "apple", BODY)
    assert registry.rescan().added == ["apple"]
    before = registry.get("apple")
    path.write_text(path.read_text().replace("Apple", "Pear!"))  # same size, same second
    assert registry.rescan().changed == ["apple"]
    assert (before.title, registry.get("apple").title) == ("Apple", "Pear!")
    assert not registry.rescan()
    path.unlink()
    assert registry.rescan().removed == ["apple"]
    with pytest.raises(UserError):
        registry.get("apple")


def test_a_plugin_broken_by_an_edit_comes_back_when_mended(tmp_path: Path) -> None:
    path = write_plugin(tmp_path, "apple", BODY)
    registry = Registry(built_in=[tmp_path])
    registry.discover(entry_points=False)
    good = path.read_text()
    path.write_text(good + "\n1 / 0")
    changes = registry.rescan()
    assert changes.removed == ["apple"] and len(changes.notices) == 1
    path.write_text(good)
    assert registry.rescan().added == ["apple"]


def test_reloading_runs_the_file_again(tmp_path: Path) -> None:
    path = write_plugin(tmp_path, "apple", BODY)
    registry = Registry(built_in=[tmp_path])
    registry.discover(entry_points=False)
    before = registry.get("apple").cls
    assert registry.reload(path).changed == ["apple"]
    assert registry.get("apple").cls is not before


def test_installed_packages_are_found_by_entry_point_without_importing_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plugin(tmp_path / "site" / "apple_pkg", "__init__", BODY.replace("yield", "yield")).rename(
        tmp_path / "site" / "apple_pkg" / "__init__.py"
    )
    source = (tmp_path / "site" / "apple_pkg" / "__init__.py").read_text().replace("'__init__'", "'apple'")
    (tmp_path / "site" / "apple_pkg" / "__init__.py").write_text(source)
    info = tmp_path / "site" / "apple-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: apple\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[studio.plugins]\napple = apple_pkg\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    registry = Registry(consent=Consent(tmp_path / "consent.json"))
    registry.discover()
    assert "apple_pkg" not in sys.modules
    (pending,) = [pending for pending in registry.pending() if "apple" in pending.name]
    assert registry.trust(pending.path).added == ["apple"]


def test_unknown_ids_name_the_nearest(tmp_path: Path) -> None:
    write_plugin(tmp_path, "apple", BODY)
    registry = Registry(built_in=[tmp_path])
    registry.discover(entry_points=False)
    with pytest.raises(UserError, match="Did you mean “apple”"):
        registry.get("aple")
