"""Setting up: what is missing is told, with the one command that brings it."""

import importlib.util
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/system_libraries.py for a Linux on which everything is there."""
    spec = importlib.util.spec_from_file_location("system_libraries", ROOT / "tools" / "system_libraries.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "loads", lambda soname: True)
    monkeypatch.setattr(module.shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(module.sys, "platform", "linux")
    return module


def test_nothing_is_said_when_nothing_is_missing(
    libraries: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert libraries.main("dev") == 0
    assert capsys.readouterr().err == ""


def test_a_user_without_rights_gets_the_one_command(
    libraries: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(libraries, "loads", lambda soname: soname != "libEGL.so.1")
    monkeypatch.setattr(libraries.os, "geteuid", lambda: 1000)
    assert libraries.main("run") == 1
    assert "sudo apt-get update && sudo apt-get install -y libegl1\n" in capsys.readouterr().err


def test_root_installs_what_is_missing(libraries: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    there = set(libraries.LIBRARIES) - {"libxcb-cursor.so.0"}
    commands: list[list[str]] = []

    def apt(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        there.update(libraries.LIBRARIES)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(libraries, "loads", there.__contains__)
    monkeypatch.setattr(libraries.os, "geteuid", lambda: 0)
    monkeypatch.setattr(libraries.subprocess, "run", apt)
    assert libraries.main("run") == 0
    assert commands[0][:2] == ["apt-get", "update"]
    assert "libxcb-cursor0" in commands[1]


def test_only_tests_need_a_virtual_screen(libraries: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries.shutil, "which", lambda program: None)
    assert libraries.missing("run") == []
    assert libraries.missing("dev") == ["xauth", "xvfb"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose environment has a Python that only writes down what it is asked to do."""
    project = tmp_path / "a checkout"
    shutil.copytree(ROOT / "tools", project / "tools")
    shutil.copy(ROOT / "pyproject.toml", project)
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$@" >> "{project}/asked"\n')
    python.chmod(0o755)
    return project


def set_up(project: Path, extra: str) -> list[str]:
    """What the environment's Python has been asked to do so far, after setting up once more."""
    subprocess.run(["sh", "tools/setup.sh", ".venv", extra], cwd=project, check=True, capture_output=True)
    return (project / "asked").read_text().splitlines()


def test_the_second_set_up_does_nothing(checkout: Path) -> None:
    first = set_up(checkout, "run")
    assert [line.split()[0] for line in first] == ["tools/system_libraries.py", "-m"]
    assert first[1].endswith("-e .")
    assert set_up(checkout, "run") == first


def test_tests_need_more_and_a_changed_project_is_set_up_again(checkout: Path) -> None:
    set_up(checkout, "run")
    assert set_up(checkout, "dev")[-1].endswith("-e .[dev]")
    with (checkout / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert len(set_up(checkout, "dev")) == 6
