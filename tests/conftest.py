"""What every test may rely on: no trace of one test reaches the next or the user's own files."""

import gc
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Set before anything imports numpy, torch or the studio.
SANDBOX = Path(tempfile.mkdtemp(prefix="latent-studio-tests-"))
THREADS = str(min(2, os.cpu_count() or 1))
os.environ.update(
    OMP_WAIT_POLICY="PASSIVE",
    GOMP_SPINCOUNT="0",
    OMP_NUM_THREADS=THREADS,
    OPENBLAS_NUM_THREADS=THREADS,
    MKL_NUM_THREADS=THREADS,
    LATENT_STUDIO_HOME=str(SANDBOX / "home"),
    XDG_CONFIG_HOME=str(SANDBOX / "user" / "config"),
    XDG_DATA_HOME=str(SANDBOX / "user" / "data"),
    XDG_STATE_HOME=str(SANDBOX / "user" / "state"),
    XDG_CACHE_HOME=str(SANDBOX / "user" / "cache"),
)

# A run started in the background ignores Ctrl+C, and so would the programs that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

USER_FOLDERS = SANDBOX / "user"
THREAD_PATIENCE_S = 5.0

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    print_blob=True,
    max_examples=60,
    # The fixtures below hold for a whole test, not for each example; they only compare before and after.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_unconfigure() -> None:
    """Remove the sandbox when the last test has run."""
    shutil.rmtree(SANDBOX, ignore_errors=True)


@pytest.fixture(autouse=True)
def studio_home(
    no_process_changes: None,
    no_user_files: None,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A fresh, empty folder in which this test's settings, consent, log and autosave lie."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LATENT_STUDIO_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_user_files() -> Iterator[None]:
    """Fail when a test writes outside `studio_home`, where a person's own settings would lie."""
    before = studio_files()
    yield
    leaked = studio_files() - before
    assert not leaked, f"written to the user's own folders: {sorted(leaked)}"


def studio_files() -> set[str]:
    """Files of the studio in the stand-ins of the user's folders."""
    paths = (str(path.relative_to(USER_FOLDERS)) for path in USER_FOLDERS.rglob("*"))
    return {path for path in paths if "latent" in path.lower() or path.endswith((".conf", ".ini"))}


@pytest.fixture(autouse=True)
def no_process_changes() -> Iterator[None]:
    """Fail when a test leaves another working directory, environment or scheduler behind.

    Under a real-time scheduler the tests and all that they start would take turns with nobody.
    """
    from studio.app.priority import realtime

    folder, variables = Path.cwd(), environment()
    yield
    assert not realtime(), "threads were left under a real-time scheduler"
    changed = {name for name, _ in environment().items() ^ variables.items()}
    moved = Path.cwd()
    os.chdir(folder)
    assert moved == folder, f"the working directory was left at {moved}"
    assert not changed, f"environment variables left changed: {sorted(changed)}"


@pytest.fixture(autouse=True)
def small_numbers() -> Iterator[None]:
    """Give back the smallest floats, which training rounds to zero for speed in all that the thread does."""
    yield
    smallest = sys.float_info.min
    if smallest / 2 == 0.0:
        sys.modules["torch"].set_flush_denormal(False)


def environment() -> dict[str, str]:
    """The environment without what the test runner itself keeps there."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fail when a thread that a test started outlives it."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_PATIENCE_S
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, deadline - time.monotonic()))
    leaked = [thread.name for thread in set(threading.enumerate()) - before if thread.is_alive()]
    assert not leaked, f"threads left running: {sorted(leaked)}"


@pytest.fixture(autouse=True)
def no_leaked_windows() -> Iterator[None]:
    """Fail when a top-level widget outlives its test. Costs nothing in tests that never load Qt."""
    before = set(map(id, top_level_widgets()))
    yield
    if not set(map(id, top_level_widgets())) - before:
        return
    gc.collect()
    leaked = [widget for widget in top_level_widgets() if id(widget) not in before]
    names = sorted(f"{type(widget).__name__} {widget.objectName()!r}" for widget in leaked)
    for widget in leaked:
        widget.deleteLater()
    assert not names, f"windows left open: {names}"


def top_level_widgets() -> list:
    """Top-level widgets that are not already waiting to be deleted."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    core = sys.modules["PySide6.QtCore"]
    core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)
    return widgets.QApplication.topLevelWidgets()
