"""Settings: declared once, kept in one file, never lost to a bad one."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from studio.app import places
from studio.app.settings import SECTIONS, Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "settings.json"


def test_what_is_set_is_there_after_saving_and_loading(path):
    settings = Settings(path)
    settings.set("interface", "theme", "light")
    settings.set("window", "recent", ["/a.png"])
    settings.save()
    again = Settings.load(path)
    assert (again.interface.theme, again.window.recent, again.problems) == ("light", ["/a.png"], [])


def test_a_change_is_announced_once_and_no_change_is_not(path):
    settings, heard = Settings(path), []
    settings.changed.connect(lambda section, field: heard.append((section, field)))
    settings.set("canvas", "rulers", False)
    settings.set("canvas", "rulers", False)
    assert heard == [("canvas", "rulers")]


def test_a_value_out_of_range_is_refused_and_nothing_changes(path):
    settings = Settings(path)
    with pytest.raises(ValidationError):
        settings.set("interface", "text_size", 400)
    assert settings.interface.text_size == 10


def test_keys_of_another_version_survive(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"timeline": {"fps": 24}, "canvas": {"future": 1, "rulers": False}}))
    settings = Settings.load(path)
    settings.save()
    kept = json.loads(path.read_text())
    assert kept["timeline"] == {"fps": 24}
    assert (kept["canvas"]["future"], kept["canvas"]["rulers"]) == (1, False)
    assert settings.problems == []


def test_a_value_that_does_not_fit_is_reset_and_the_others_stay(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"interface": {"theme": "pink", "text_size": 12}}))
    settings = Settings.load(path)
    assert (settings.interface.theme, settings.interface.text_size) == ("dark", 12)
    assert settings.problems == ["The setting interface.theme did not fit and was reset."]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe\x00", b"[" * 100_000, b"null", b'"NaN"'])
def test_a_file_that_cannot_be_read_is_set_aside(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    settings = Settings.load(path)
    assert settings.interface.theme == "dark"
    assert len(settings.problems) == 1 and "set aside" in settings.problems[0]
    assert path.with_suffix(".unreadable.json").read_bytes() == content
    assert not path.exists()


def test_an_enormous_file_is_not_read(path):
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(1 << 34)
    assert len(Settings.load(path).problems) == 1


def test_sections_that_are_no_objects_do_not_matter(path):
    path.parent.mkdir()
    path.write_text(json.dumps({"canvas": 7, "interface": None}))
    assert Settings.load(path).canvas.rulers is True


def test_saving_fails_without_harming_the_file_that_was_there(path, monkeypatch):
    settings = Settings(path)
    settings.save()
    before = path.read_bytes()
    settings.set("interface", "theme", "light")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError):
        settings.save()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_reset_gives_every_field_of_a_section_its_default(path):
    settings = Settings(path)
    settings.set("interface", "theme", "light")
    settings.set("interface", "text_size", 14)
    settings.set("canvas", "rulers", False)
    settings.reset("interface")
    assert (settings.interface.theme, settings.interface.text_size, settings.canvas.rulers) == (
        "dark",
        10,
        False,
    )


def test_every_setting_shown_has_a_title_and_a_description():
    shown = [
        info for section in SECTIONS.values() if not section.hidden for info in section.model_fields.values()
    ]
    assert shown
    assert all(info.title and info.description for info in shown)


def test_places_lie_under_the_home_that_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.setenv(places.HOME_VARIABLE, str(tmp_path))
    found = [
        places.config_dir(),
        places.data_dir(),
        places.log_dir(),
        places.cache_dir(),
        places.autosave_dir(),
    ]
    assert all(path.is_relative_to(tmp_path) for path in found)
    assert len(set(found)) == len(found)
