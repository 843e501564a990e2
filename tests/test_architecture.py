"""The rules of the house, as checks: directions of import, what loads when, sizes, style and types."""

import ast
import os
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = ("studio", "plugins", "benchmarks", "tools", "tests", "docs")
NETWORK = {"socket", "http", "urllib", "urllib3", "requests", "httpx", "aiohttp", "ftplib", "smtplib"}
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
SCREENFUL = 60


def sources(*folders: str) -> list[Path]:
    """Python files of the project below the given folders, sorted."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module of the environment in the project folder, as a person would."""
    environment = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def imported(module: ast.Module, *, top_level: bool = False) -> Iterator[str]:
    """Absolute module names that a file imports; `top_level`: only when it is itself imported."""
    for node in top_statements(module) if top_level else ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_statements(module: ast.Module) -> Iterator[ast.AST]:
    """Everything that runs at import: not the bodies of functions, nor what only type checkers read."""
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)


def offenders(folders: tuple[str, ...], forbidden: set[str], *, top_level: bool = False) -> list[str]:
    """`file imports module` for each forbidden package imported in these folders."""
    return [
        f"{name_of(path)} imports {module}"
        for path in sources(*folders)
        for module in imported(tree(path), top_level=top_level)
        if module.split(".")[0] in forbidden
    ]


def test_imports_point_the_way_the_design_says() -> None:
    result = run("-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache")
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]


def test_plugins_see_only_the_api_and_the_networks() -> None:
    seen = {
        f"{name_of(path)} imports {module}"
        for path in sources("plugins")
        for module in imported(tree(path))
        if module.split(".")[0] == "studio" and not module.startswith(("studio.api", "studio.nets"))
    }
    assert not seen - {f"{name_of(path)} imports studio" for path in sources("plugins")}


def test_only_the_interface_knows_qt() -> None:
    everything_else = ("studio/model", "studio/engine", "studio/app", "studio/cli", "studio/train", "plugins")
    assert not offenders(everything_else, {"PySide6", "shiboken6", "qtpy", "PyQt6", "PyQt5"})


def test_only_networks_and_training_import_torch_at_the_top() -> None:
    free = ("studio/model", "studio/engine", "studio/app", "studio/cli", "studio/ui", "plugins")
    assert not offenders(free, {"torch", "torchvision"}, top_level=True)


def test_nothing_reaches_for_the_network() -> None:
    allowed = {"urllib.parse", "urllib.parse.quote", "urllib.parse.unquote"}
    found = offenders(("studio", "plugins"), NETWORK)
    assert not [line for line in found if line.split()[-1] not in allowed]


def test_nothing_unpickles() -> None:
    assert not offenders(("studio", "plugins"), UNPICKLERS)


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def test_torch_files_are_read_as_weights_only() -> None:
    careless = [
        f"{name_of(path)}:{call.lineno}"
        for path in sources("studio", "plugins", "benchmarks")
        for call in calls(path)
        if ast.unparse(call.func) == "torch.load"
        and "weights_only=True" not in [ast.unparse(keyword) for keyword in call.keywords]
    ]
    assert not careless


LIGHT = """
import sys
from pathlib import Path
import studio.api, studio.app.session, studio.cli, studio.engine.plugins
from studio.engine.plugins import Registry
registry = Registry(built_in=[Path("plugins")])
changes = registry.discover(entry_points=False)
assert registry.specs(), "no plugin was found"
assert not changes.notices, changes.notices
print(*sorted({name.split(".")[0] for name in sys.modules} & {"torch", "PySide6", "torchvision"}))
"""


def test_core_and_plugins_load_neither_torch_nor_qt() -> None:
    result = run("-c", LIGHT)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


def test_no_torch_before_the_first_window() -> None:
    code = "import sys, studio.ui.main_window, studio.ui.app; sys.exit('torch' in sys.modules)"
    result = run("-c", code)
    assert result.returncode == 0, result.stderr or "torch was imported"


def line_counts() -> dict[str, int]:
    return {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources(*CODE)
        if path.name != "__init__.py"
    }


def test_files_are_short() -> None:
    counts = line_counts()
    assert statistics.median(counts.values()) <= 150
    assert not {name: count for name, count in counts.items() if count > 600}


def functions() -> dict[str, int]:
    """Lines of each function's body, docstring not counted."""
    found = {}
    for path in sources("studio", "plugins", "benchmarks", "tools"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                found[f"{name_of(path)}:{node.lineno} {node.name}"] = lines
    return found


def test_functions_are_short() -> None:
    lengths = functions()
    assert statistics.median(lengths.values()) <= 8
    long = {name: length for name, length in lengths.items() if length > SCREENFUL}
    assert len(long) <= len(lengths) // 100, long


def test_nothing_is_left_to_do_in_comments() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")
    found = [
        f"{name_of(path)}:{number}"
        for path in sources(*CODE)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(f"{word}{end}" in line for word in words for end in (":", " ", "("))
    ]
    assert not found


def test_shipped_weights_have_a_card() -> None:
    models = sorted((ROOT / "resources" / "models").rglob("*.safetensors"))
    bare = [name_of(path) for path in models if not path.with_suffix(".md").exists()]
    assert not bare


def test_version_is_written_in_the_changelog() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert version in headings[0]


DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("resources/**/*.md")]


@pytest.mark.parametrize("document", sorted(DOCUMENTS), ids=name_of)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    parts = document.read_text(encoding="utf-8").split("](")[1:]
    targets = [rest.split(")")[0].split("#")[0] for rest in parts]
    local = [target for target in targets if target and "://" not in target]
    assert not [target for target in local if not document.parent.joinpath(target).exists()]


def test_style() -> None:
    checked = run("-m", "ruff", "check", "--no-cache", ".")
    assert checked.returncode == 0, checked.stdout[-6000:]
    formatted = run("-m", "ruff", "format", "--check", "--no-cache", ".")
    assert formatted.returncode == 0, formatted.stdout[-4000:]


def test_types() -> None:
    result = run("-m", "pyright", PYRIGHT_PYTHON_IGNORE_WARNINGS="1")
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
