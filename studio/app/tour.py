"""The tour: what the studio can do, run without a window and left as files to look at.

Every generator that is ready, a contact sheet per model, and a document painted, saved and read back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.app.headless import Headless, Made, headless
from studio.app.painting import painted, sun_mask
from studio.app.sheet import contact_sheet
from studio.engine.events import Request
from studio.engine.plugins import Registry
from studio.engine.spec import Spec, check_together
from studio.model.errors import UserError
from studio.model.io import atomic_write, export_image, open_document, save_document
from studio.model.media import Image, Mask, Media
from studio.model.provenance import KEY

SHEET = 16
ENDLESS_SIDE = 768
SEED = 1

Tell = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Stop:
    """One thing shown: a generator with some of its params, and the file it goes to."""

    spec: Spec
    params: Mapping[str, object]
    file: str


def tour(out: Path, registry: Registry, tell: Tell = print) -> list[Path]:
    """Run everything once, write it below `out`, and return the files. UserError when that is impossible."""
    start = time.monotonic()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder “{out}” cannot be made.", error.strerror or "") from None
    with headless(registry) as face:
        made = {stop: found for stop in stops(registry) if (found := show(face, stop, out, tell)) is not None}
        device = face.engine.device.line
    drawn = [found.images for stop, found in made.items() if not stop.spec.inputs]
    pictures = [images[i] for i in range(4) for images in drawn if i < len(images)]
    files = [out / stop.file for stop in made] + save_painting(pictures, out, tell)
    seconds = round(time.monotonic() - start, 1)
    entries = [told(stop.file, found) for stop, found in made.items()]
    write_summary(out, {"device": device, "seconds": seconds, "made": entries})
    tell(f"{len(files)} files in {out}, made on {device} in {seconds} s.")
    return [*files, out / "summary.json"]


def stops(registry: Registry) -> list[Stop]:
    """Every model of every generator that is ready; large for those without edges, sixteen of the others."""
    found: list[Stop] = []
    for spec in registry.specs():
        if not spec.ready().ok or not issubclass(spec.output, Image):
            continue
        models = registry.weights.models(spec.family) if spec.family else []
        for model in models:
            endless = model.metadata.get("tileable") == "1"
            wish = {"width": ENDLESS_SIDE, "height": ENDLESS_SIDE} if endless else {"count": SHEET}
            params = known(spec, {"model": model.name, **wish})
            if takes(spec, params):
                found.append(Stop(spec, params, f"{spec.id}-{model.name}.png"))
        if not models:
            found.append(Stop(spec, known(spec, {}), f"{spec.id}.png"))
    return found


def takes(spec: Spec, params: Mapping[str, object]) -> bool:
    """Whether the generator works with this model: to look for a picture in an endless one makes no sense."""
    try:
        check_together(spec, spec.validate(params))
    except UserError:
        return False
    return True


def known(spec: Spec, params: Mapping[str, object]) -> dict[str, object]:
    """The params that the generator has, with the tour's seed."""
    fields = spec.params.model_fields
    return {"seed": SEED} | {name: value for name, value in params.items() if name in fields}


def show(face: Headless, stop: Stop, out: Path, tell: Tell) -> Made | None:
    """Run one stop and write its picture, or the contact sheet of its pictures; None if it failed."""
    try:
        wanted = {n: kind for n, kind in stop.spec.inputs.items() if n not in stop.spec.optional}
        inputs = {name: sample(kind) for name, kind in wanted.items()}
        made = face.make(Request(stop.spec.id, stop.params, inputs))
        whole = made.images[0] if len(made.images) == 1 else contact_sheet(made.images)
        recipe = {KEY: made.provenance.to_json()}
        export_image(Image(whole.pixels, whole.icc, recipe), out / stop.file)
    except UserError as error:
        tell(f"{stop.spec.title}: {error.sentence} {error.hint}")
        return None
    tell(f"{stop.spec.title}: {len(made.images)} in {made.seconds:.2f} s -> {out / stop.file}")
    return made


def sample(kind: type[Media]) -> Media:
    """An input for generators that take one: the painting without any layer of theirs, or its sun's place."""
    if issubclass(kind, Image):
        return painted(()).flatten()
    if issubclass(kind, Mask):
        return sun_mask()
    raise UserError(f"The tour has no {kind.__name__.lower()} to give.")


def save_painting(pictures: list[Image], out: Path, tell: Tell) -> list[Path]:
    """Paint a document, save it with layers and flat, and read the layers back. UserError if they differ."""
    document = painted(pictures)
    files = [out / "painting.ora", out / "painting.png"]
    for file in files:
        save_document(document, file)
    again = open_document(files[0])
    if again.flatten().digest() != document.flatten().digest():
        raise UserError(f"“{files[0].name}” does not hold the picture that was saved.", "Please report this.")
    layers = sum(1 for _ in document.walk())
    tell(f"Painting: {layers} layers, saved and read back -> {files[0]}")
    return files


def told(file: str, made: Made) -> dict[str, object]:
    """An entry of the summary."""
    recipe = json.loads(made.provenance.to_json())
    return {"file": file, "pictures": len(made.images), "seconds": round(made.seconds, 3), "recipe": recipe}


def write_summary(out: Path, summary: Mapping[str, object]) -> None:
    """What was made, how long it took and on what, as JSON."""
    with atomic_write(out / "summary.json") as file:
        file.write(json.dumps(summary, indent=2, ensure_ascii=False).encode())
