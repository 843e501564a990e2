"""The plugin author's guide: its examples are good guests."""

import re
from pathlib import Path

import pytest
from tiny_models import PEOPLE, tiny_model

from studio.engine.conformance import check_plugin
from studio.engine.weights import WeightsStore

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"


def examples() -> dict[str, str]:
    """The Python blocks of the guide that define a generator, by class name."""
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    return {re.search(r"class (\w+):", block)[1]: block for block in blocks if "@generator" in block}


@pytest.mark.parametrize("name", ["Glow", "Draw"])
def test_an_example_of_the_guide_is_a_good_guest(tmp_path: Path, name: str) -> None:
    tiny_model(tmp_path / "models", "people", conditions=PEOPLE)
    source = examples()[name]
    if "import" not in source.split("class")[0]:
        source = f"from studio.api import Field, Image, Params, generator\n\n{source}"
    path = tmp_path / f"{name.lower()}.py"
    path.write_text(source, "utf-8")
    checks = list(check_plugin(path, WeightsStore([tmp_path / "models"]), "cpu"))
    assert {check.verdict for check in checks} == {"pass"}, checks
    assert len(checks) >= 10


def test_the_guide_has_no_other_examples() -> None:
    assert set(examples()) == {"Glow", "Draw"}


def test_the_example_with_all_its_parts_is_about_twenty_lines() -> None:
    code = [line for line in examples()["Glow"].splitlines() if line.strip()]
    assert len(code) <= 30
