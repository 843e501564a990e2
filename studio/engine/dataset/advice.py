"""What to mend in a data set, in sentences, each with what can be done about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from studio.engine.dataset.inspection import Report

FEW, ENOUGH, PLENTY = 20, 100, 1000
RESOLUTIONS = (32, 64, 128, 256, 512)
LOPSIDED = 1.5  # longer side over shorter side
NAMED = 3


class Mend(StrEnum):
    """What a clean copy can leave out, or a recipe can be set to."""

    BROKEN = "broken"
    TWINS = "twins"
    ANIMATED = "animated"
    SMALL = "small"


@dataclass(frozen=True)
class Advice:
    """One finding. level: "good", "note" or "problem". mend: what a clean copy would do about it."""

    level: str
    sentence: str
    hint: str = ""
    mend: Mend | None = None


def of(number: int, one: str, many: str) -> str:
    """A number with the words that go with it."""
    return f"{number:,} {one if number == 1 else many}"


def advise(report: Report, resolution: int = 64) -> tuple[Advice, ...]:
    """Everything worth saying about a data set, problems first."""
    found = [*count(report), *damage(report), *likeness(report), *size(report, resolution), *shape(report),
             *colour(report), *balance(report)]  # fmt: skip
    return tuple(sorted(found, key=lambda advice: ("problem", "note", "good").index(advice.level)))


def best_resolution(report: Report, most: int = 128) -> int:
    """The largest usual training size that nine of ten pictures reach, at most ``most``."""
    sides = sorted(min(header.width, header.height) for header in report.headers.values())
    usual = sides[len(sides) // 10] if sides else RESOLUTIONS[0]
    return max((size for size in RESOLUTIONS if size <= min(usual, most)), default=RESOLUTIONS[0])


def count(report: Report) -> Iterator[Advice]:
    """How many pictures there are, and what that is good for."""
    number = report.count - len(report.broken)
    if number == 1:
        yield Advice("problem", "There is one picture only.", "It can teach a texture, not a kind.")
    elif number < FEW:
        yield Advice("problem", f"{number} pictures are very few.", "The model will repeat them.")
    elif number < ENOUGH:
        yield Advice("note", f"{number} pictures are few.", "Take the recipe “Few pictures”, and augment.")
    elif number < PLENTY:
        yield Advice("good", f"{number} pictures suit the recipe “Few pictures”.")
    else:
        yield Advice("good", f"{number:,} pictures are enough for a style-based model.")
    if report.listing.others:
        others = of(report.listing.others, "file is no picture and is", "files are no pictures and are")
        yield Advice("note", f"{others} left alone.")


def damage(report: Report) -> Iterator[Advice]:
    """Files that cannot be read."""
    if not report.broken:
        return
    names = [path.rpartition("/")[2] for path in list(report.broken)[:NAMED]]
    more = f" and {len(report.broken) - NAMED} more" if len(report.broken) > NAMED else ""
    first = next(iter(report.broken.values()))
    number = len(report.broken)
    sentence = f"{of(number, 'file', 'files')} cannot be read: {', '.join(names)}{more}."
    hint = f"{first[:1].upper()}{first[1:]}. Training would skip it."
    if number > 1:
        hint = f"The first, because {first}. Training would skip them."
    yield Advice("problem", sentence, hint, Mend.BROKEN)


def likeness(report: Report) -> Iterator[Advice]:
    """Pictures that are there more than once."""
    if report.twins:
        sentence = f"{of(len(report.surplus), 'picture looks', 'pictures look')} the same as others."
        yield Advice("problem", sentence, "The model would draw those more often.", Mend.TWINS)
    elif report.decoded > 1:
        yield Advice("good", "No picture is there twice.")


def size(report: Report, resolution: int) -> Iterator[Advice]:
    """Whether the pictures are large enough."""
    sides = [min(header.width, header.height) for header in report.headers.values()]
    small = sum(side < resolution for side in sides)
    if small:
        share = "All" if small == len(sides) else f"{small} of {len(sides)}"
        sentence = f"{share} pictures {'is' if small == 1 else 'are'} smaller than {resolution} pixels."
        best = best_resolution(report)
        instead = f"Train at {best}, or leave them out." if best < resolution else "Better leave them out."
        hint = f"Enlarged, they are blurred. {instead}"
        level = "problem" if small * 10 > len(sides) else "note"
        yield Advice(level, sentence, hint, Mend.SMALL if small < len(sides) else None)
    elif sides and median(sides) > 8 * resolution:
        yield Advice("note", f"The pictures are much larger than {resolution} pixels.",
                     "They are scaled down; crop them first if small things matter.")  # fmt: skip


def shape(report: Report) -> Iterator[Advice]:
    """Pictures that are far from square lose their ends."""
    long = [h for h in report.headers.values() if max(h.width, h.height) > LOPSIDED * min(h.width, h.height)]
    if long:
        yield Advice("note", f"{len(long)} of {len(report.headers)} pictures are far from square.",
                     "The middle is taken; “Pad” in the recipe keeps them whole.")  # fmt: skip


def colour(report: Report) -> Iterator[Advice]:
    """Modes that need turning into another, transparency, animation."""
    modes = Counter(header.mode for header in report.headers.values())
    headers = report.headers.values()
    if modes["CMYK"]:
        printed = of(modes["CMYK"], "picture is", "pictures are")
        yield Advice("note", f"{printed} in print colours (CMYK).", "Training turns them into RGB.")
    deep = sum(modes[mode] for mode in ("I;16", "I", "F"))
    if deep:
        found = of(deep, "picture has", "pictures have")
        yield Advice("note", f"{found} more than 8 bits per channel.", "Training takes the upper 8.")
    animated = sum(header.frames > 1 for header in headers)
    if animated:
        sentence = f"{of(animated, 'file is animated or has', 'files are animated or have')} several pages."
        yield Advice("note", sentence, "The first picture is taken.", Mend.ANIMATED)
    alpha = sum(header.alpha for header in headers)
    if 0 < alpha < len(report.headers):
        sentence = f"{alpha} of {len(report.headers)} pictures have transparency."
        yield Advice("note", sentence, "The model learns it; the others count as solid.")
    elif alpha:
        yield Advice("good", "All pictures have transparency; the model can learn it.")


def balance(report: Report) -> Iterator[Advice]:
    """Folders as classes, and whether some have far more pictures than others."""
    classes = {name: number for name, number in report.classes.items() if name}
    if len(classes) < 2:
        return
    least, most = min(classes, key=classes.__getitem__), max(classes, key=classes.__getitem__)
    if classes[most] > 5 * classes[least]:
        yield Advice("note", f"“{most}” has {classes[most]} pictures, “{least}” only {classes[least]}.",
                     "The model will know the small folders less well.")  # fmt: skip
    else:
        yield Advice("good", f"The {len(classes)} folders can be classes; none is far fuller than another.")
    if report.classes.get(""):
        yield Advice("note", f"{report.classes['']} pictures lie beside the folders.", "They have no class.")
