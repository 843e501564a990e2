"""The conformance suite: what a generator must do to be a good guest in the studio."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from studio.engine.devices import TorchDevice, available_kinds
from studio.engine.jobs import Request, State
from studio.engine.lab import Lab, Record, sample_inputs
from studio.engine.loading import MAIN
from studio.engine.plugins import Registry, Spec
from studio.engine.spec import describe_params
from studio.engine.weights import WeightsStore
from studio.model.errors import UserError
from studio.model.media import Image, Mask, Media

CANCEL_LIMIT = 0.1  # seconds
RUN_LIMIT = 120.0  # seconds a run with default params may take
PATIENCE = 5.0  # seconds a run at the bounds of a param may take before it is stopped
ALLOWED = ("studio.api", "studio.nets")
SIZES = ((1, 1, 3), (7, 5, 1), (33, 18, 4))
IMPORT = "import sys, json; sys.path.insert(0, {root!r}); {load}; print(json.dumps(sorted(sys.modules)))"
LOAD = (
    "from pathlib import Path; from studio.engine.loading import Source, import_source; "
    "import_source(Source(Path({path!r})), '0' * 12)"
)

Verdict = Literal["pass", "fail", "skip"]


@dataclass(frozen=True)
class Check:
    """One line of the table: what was looked at, how it went, and why or how well."""

    name: str
    verdict: Verdict
    detail: str = ""


def check_plugin(path: Path, weights: WeightsStore, device: str = "auto") -> Iterator[Check]:
    """Check every generator of a plugin, one Check after another. UserError when there is no plugin."""
    main = path / MAIN if path.is_dir() else path
    if not main.is_file():
        raise UserError(f"There is no plugin at “{path}”.", f"Name a .py file, or a folder with {MAIN}.")
    yield check_import(path)
    yield check_names(path)
    registry = Registry(weights)
    changes = registry.add(path)
    for notice in changes.notices:
        yield Check("loads", "fail", f"{notice.sentence} {notice.hint}")
    for spec in registry.specs():
        yield from check_generator(spec, registry, device)


def check_import(path: Path) -> Check:
    """Importing the plugin, in a process of its own, must load neither torch nor Qt."""
    script = IMPORT.format(
        root=str(Path(__file__).resolve().parents[2]), load=LOAD.format(path=str(path.resolve()))
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        return Check("import", "fail", "Importing it takes more than a minute.")
    if done.returncode:
        return Check(
            "import", "fail", (done.stderr.strip().splitlines() or ["Importing it ends the process."])[-1]
        )
    if not done.stdout:
        return Check("import", "fail", "Importing it ends the process.")
    heavy = {"torch", "PySide6"} & set(json.loads(done.stdout.splitlines()[-1]))
    if heavy:
        return Check(
            "import", "fail", f"It loads {', '.join(sorted(heavy))}: import that inside load or run."
        )
    return Check("import", "pass", "Loads neither torch nor Qt.")


def check_names(path: Path) -> Check:
    """Of the studio itself a plugin may use only the API and the networks."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    wrong: list[str] = []
    for file in files:
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError) as error:
            return Check("names", "fail", f"{file.name}: {error}.")
        wrong += [name for name in imported(tree) if not allowed(name)]
    if wrong:
        return Check(
            "names", "fail", f"It imports {', '.join(sorted(set(wrong)))}; only {', '.join(ALLOWED)} stay."
        )
    return Check("names", "pass", "Imports only studio.api and studio.nets of the studio.")


def imported(tree: ast.AST) -> list[str]:
    """The absolute module names that some code imports."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.append(node.module if node.module != "studio" else f"studio.{node.names[0].name}")
    return found


def allowed(name: str) -> bool:
    """Whether a plugin may import a module."""
    return not f"{name}.".startswith("studio.") or any(f"{name}.".startswith(f"{good}.") for good in ALLOWED)


def check_generator(spec: Spec, registry: Registry, device: str) -> Iterator[Check]:
    """All that is checked by running."""
    yield check_form(spec)
    ready = spec.ready()
    if not ready.ok:
        yield Check("ready", "skip", f"{spec.id}: {ready.sentence} {ready.hint}")
        return
    with Lab(registry, TorchDevice(device)) as lab:
        first = lab.run(request_for(spec), RUN_LIMIT)
        yield check_result(spec, first)
        if first.finished is None:
            return
        yield check_pixels(spec, first)
        yield check_previews(first)
        yield check_determinism(spec, first, lab)
        yield from check_bounds(spec, lab)
        if any(kind in (Image, Mask) for kind in spec.inputs.values()):
            yield check_sizes(spec, lab)
        yield check_cancel(spec, lab)
    yield from check_devices(spec, registry)


def request_for(spec: Spec, **params: object) -> Request:
    """The default params, some changed, on the sample inputs."""
    return Request(spec.id, params, sample_inputs(spec))


def check_form(spec: Spec) -> Check:
    """Params need titles for the form, and numbers need both bounds for their sliders."""
    bare = [
        entry["name"]
        for entry in describe_params(spec)
        if entry["type"] in ("integer", "number") and not entry["choices"] and unbounded(entry)
    ]
    if bare:
        return Check("params", "fail", f"{spec.id}: no bounds on {', '.join(bare)}: add ge=... and le=....")
    if not spec.summary:
        return Check("params", "fail", f"{spec.id}: the class needs a docstring, its first line is shown.")
    return Check("params", "pass", f"{spec.id}: {len(spec.params.model_fields)} params, numbers have bounds.")


def unbounded(entry: dict[str, Any]) -> bool:
    """Whether a number of the form lacks a lower or an upper bound."""
    low = entry["min"] if entry["min"] is not None else entry.get("exclusiveMinimum")
    high = entry["max"] if entry["max"] is not None else entry.get("exclusiveMaximum")
    return low is None or high is None


def check_result(spec: Spec, record: Record) -> Check:
    """With default params it must give what it promised."""
    if record.finished is None:
        return Check("result", "fail", record.fault or f"It gave no result within {RUN_LIMIT:.0f} s.")
    many = f"{len(record.values)} x " if len(record.values) > 1 else ""
    return Check("result", "pass", f"{many}{spec.output.__name__} in {record.seconds:.2f} s.")


def check_pixels(spec: Spec, record: Record) -> Check:
    """Float pixels must be numbers in 0..1."""
    for value in (*record.values, *(seen.value for seen in (*record.previews, *record.chunks))):
        if fault := pixel_fault(value):
            return Check("pixels", "fail", f"{spec.id}: {fault}")
    return Check("pixels", "pass", ", ".join(sorted({repr(value) for value in record.values})[:3]))


def pixel_fault(value: Media) -> str:
    """What is wrong with the numbers of a picture; empty if nothing."""
    if not isinstance(value, Image | Mask) or value.pixels.dtype != np.float32:
        return ""
    if not np.isfinite(value.pixels).all():
        return "some pixels are not numbers."
    low, high = float(value.pixels.min()), float(value.pixels.max())
    inside = low >= -1e-3 and high <= 1 + 1e-3
    return "" if inside else f"pixels range from {low:.3g} to {high:.3g}, not 0 to 1."


def check_previews(record: Record) -> Check:
    """Progress must not fall, and what was handed over must not change afterwards."""
    shares = [seen.progress for seen in record.previews]
    if any(later < sooner for sooner, later in pairwise(shares)):
        return Check("previews", "fail", "The progress of its previews falls.")
    if any(seen.value.digest() != seen.digest for seen in (*record.previews, *record.chunks)):
        return Check("previews", "fail", "It writes to a picture it has already handed over: yield copies.")
    return Check("previews", "pass", f"{len(record.previews)} previews, {len(record.chunks)} chunks.")


def check_determinism(spec: Spec, first: Record, lab: Lab) -> Check:
    """The same seed must give the same result, also after another one was made in between."""
    lab.run(request_for(spec, seed=1), stop_after=PATIENCE)
    again = lab.run(request_for(spec), RUN_LIMIT)
    if [value.digest() for value in again.values] != [value.digest() for value in first.values]:
        return Check(
            "seed", "fail", "The same seed gives another result: draw only from ctx.generator or ctx.rng."
        )
    return Check("seed", "pass", "Same seed, same result.")


def check_bounds(spec: Spec, lab: Lab) -> Iterator[Check]:
    """At the lowest and highest value of each number it must work or refuse with a sentence."""
    tried = broken = 0
    for entry in describe_params(spec):
        for value in (entry["min"], entry["max"]):
            if value is None or entry["type"] not in ("integer", "number"):
                continue
            fault = fault_at(spec, lab, entry["name"], value)
            tried += 1
            if fault:
                broken += 1
                yield Check("bounds", "fail", f"{entry['name']}={value}: {fault}")
    if not broken:
        yield Check("bounds", "pass", f"{tried} runs at the bounds of its params.")


def fault_at(spec: Spec, lab: Lab, name: str, value: object) -> str:
    """How it breaks with one param at a bound; empty if it does not."""
    try:
        record = lab.run(request_for(spec, **{name: value}), stop_after=PATIENCE)
    except UserError:
        return ""
    return record.fault if record.broke else next((pixel_fault(value) for value in record.values), "")


def check_sizes(spec: Spec, lab: Lab) -> Check:
    """Tiny, odd, grey and transparent pictures must work or be refused with a sentence."""
    for width, height, channels in SIZES:
        request = Request(spec.id, {}, sample_inputs(spec, width, height, channels))
        record = lab.run(request, stop_after=PATIENCE)
        if record.broke:
            return Check("sizes", "fail", f"{width} x {height} x {channels}: {record.fault}")
    return Check("sizes", "pass", "1 x 1, 7 x 5 grey and 33 x 18 with alpha are taken.")


def check_cancel(spec: Spec, lab: Lab) -> Check:
    """Cancelled at several moments of a run it must stop within the limit."""
    seconds = lab.run(request_for(spec), RUN_LIMIT).seconds
    runs = [lab.run(request_for(spec), stop_after=seconds * share) for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
    stopped = [run.stopped_after for run in runs if run.state is State.CANCELLED]
    if not stopped:
        return Check("cancel", "pass", f"A run takes {seconds * 1000:.0f} ms and was over before it stopped.")
    worst = max(stopped)
    told = f"at most {worst * 1000:.0f} ms"
    if worst > CANCEL_LIMIT:
        return Check("cancel", "fail", f"{told}, allowed are 100: yield or call ctx.check() more often.")
    return Check("cancel", "pass", f"{told}.")


def check_devices(spec: Spec, registry: Registry) -> Iterator[Check]:
    """It must give a result on every device of this machine."""
    for kind in available_kinds():
        with Lab(registry, TorchDevice(kind)) as lab:
            record = lab.run(request_for(spec), RUN_LIMIT)
        verdict: Verdict = "pass" if record.finished else "fail"
        yield Check(f"on {kind}", verdict, record.fault or f"{record.seconds:.2f} s.")
