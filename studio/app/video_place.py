"""Where clips that are being made go on a timeline and how they grow: functions from score to score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from studio.model import timeline_edits as edits
from studio.model.timeline import ZERO, Item, Score, Source, Track

Change = Callable[[Score], Score]


def follow(score: Score, item: Item, source: Source, id: int) -> Score:
    """A new piece right behind another; later ones move on."""
    assert source.length is not None
    track, before = score.find(item.id)
    new = Item(id, source, before.end, source.length)
    return edits.replaced(score, track, [new, *following([*track.items], before.end, new.length)])


def instead(score: Score, item: Item, source: Source, id: int) -> Score:
    """A new piece in place of another, at the old speed; later ones follow its end."""
    assert source.length is not None
    track, old = score.find(item.id)
    length = source.length / old.speed
    new = replace(old, id=id, source=source, offset=ZERO, length=length)
    others = [o for o in track.items if o.id != old.id]
    return edits.replaced(score, track, [new, *following(others, old.end, length - old.length)])


def overtake(score: Score, item: Item, source: Source, id: int, stretch: Fraction) -> Score:
    """A new piece in place of the beginning of another, whose rest comes behind it.

    stretch: how long the new piece is for one second of what it replaces.
    """
    track, old = score.find(item.id)
    begun = replace(old, id=id, source=source, offset=ZERO, length=ZERO, fade_out=ZERO)
    return _on(score, track, begun, old.id, source, stretch)


def overtaken(id: int, old: int, source: Source, stretch: Fraction) -> Change:
    """The change that lets such a piece grow into the rest of the old one."""

    def change(score: Score) -> Score:
        begun = piece(score, id)
        return score if begun is None else _on(score, score.find(id)[0], begun, old, source, stretch)

    return change


def _on(score: Score, track: Track, begun: Item, old: int, source: Source, stretch: Fraction) -> Score:
    assert source.length is not None
    longer = replace(begun, source=source, length=source.length / begun.speed)
    by, end, rest = longer.length - begun.length, begun.end, list[Item]()
    for left in [o for o in track.items if o.id == old]:
        used = min(by / stretch, left.length)
        by, end = by - used, left.end
        rest = [shortened(left, used, longer.end)] if used < left.length else []
    others = [o for o in track.items if o.id not in (begun.id, old)]
    return edits.replaced(score, track, [*following(others, end, by), longer, *rest])


def shortened(item: Item, by: Fraction, start: Fraction) -> Item:
    """An item that has lost its beginning, at another place."""
    keys = tuple(replace(key, at=key.at - by) for key in item.opacity)
    offset, length = item.offset + by * item.speed, item.length - by
    return replace(item, start=start, offset=offset, length=length, fade_in=ZERO, opacity=keys,
                   fade_out=min(item.fade_out, length))  # fmt: skip


def settled(id: int, old: Item, source: Source) -> Change:
    """The change that gives such a piece all of its source, and takes away what is left of the old one."""

    def change(score: Score) -> Score:
        found = piece(score, id)
        if found is None or source.length is None:
            return score
        track, _ = score.find(id)
        rest = next((o for o in track.items if o.id == old.id), None)
        whole = replace(found, source=source, length=source.length / found.speed, fade_out=old.fade_out)
        end = rest.end if rest is not None else found.end
        others = [o for o in track.items if o.id not in (id, old.id)]
        return edits.replaced(score, track, [whole, *following(others, end, whole.end - end)])

    return change


def grown(id: int, source: Source) -> Change:
    """The change that gives a piece its longer source, later pieces making room."""

    def change(score: Score) -> Score:
        found = piece(score, id)
        if found is None or source.length is None:
            return score
        track, _ = score.find(id)
        new = replace(found, source=source, length=source.length / found.speed)
        others = [o for o in track.items if o.id != id]
        by = new.length - found.length
        return edits.replaced(score, track, [new, *following(others, found.end, by)])

    return change


def piece(score: Score, id: int) -> Item | None:
    """An item by its id, if it is there."""
    return next((item for track in score.tracks for item in track.items if item.id == id), None)


def following(items: list[Item], end: Fraction, by: Fraction) -> list[Item]:
    """Items, those from a time on moved."""
    return [shifted(o, by) if o.start >= end else o for o in items]


def shifted(item: Item, by: Fraction) -> Item:
    """An item at another time."""
    return replace(item, start=item.start + by)
