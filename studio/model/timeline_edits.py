"""What a person does on a timeline: functions from one score to the next. `UserError` for what cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from studio.model.errors import UserError
from studio.model.timeline import ZERO, Item, Key, Marker, Score, Source, Track

SPEEDS = (Fraction(1, 16), Fraction(16))


def add_track(score: Score, id: int, kind: Literal["video", "audio"], title: str = "") -> Score:
    """An empty track: a video track on top of the others, an audio track below them."""
    number = sum(track.kind == kind for track in score.tracks) + 1
    track = Track(id, kind, title or f"{kind.capitalize()} {number}")
    return replace(score, tracks=(*score.tracks, track))


def remove_track(score: Score, id: int) -> Score:
    """Without a track and all on it."""
    return replace(score, tracks=tuple(t for t in score.tracks if t is not score.track(id)))


def set_track(score: Score, id: int, *, off: bool | None = None, locked: bool | None = None) -> Score:
    """Switch a track off or on, lock it or not."""
    track = score.track(id)
    changed = replace(
        track, off=track.off if off is None else off, locked=track.locked if locked is None else locked
    )
    return _with_track(score, changed)


def place(score: Score, track: int, item: Item) -> Score:
    """Put an item where there is room for it."""
    return _set_items(score, score.track(track), [*score.track(track).items, item])


def place_all(score: Score, track: int, items: Iterable[Item]) -> Score:
    """Put several items on a track at once."""
    return _set_items(score, score.track(track), [*score.track(track).items, *items])


def replaced(score: Score, track: Track, items: list[Item]) -> Score:
    """Other items on a track, if they fit."""
    return _set_items(score, track, items)


def append(score: Score, track: int, item: Item) -> Score:
    """Put an item behind the last one of a track."""
    items = score.track(track).items
    return place(score, track, replace(item, start=items[-1].end if items else ZERO))


def remove(score: Score, id: int, ripple: bool = False) -> Score:
    """Without an item; with ripple all later ones of the track close the gap."""
    track, item = score.find(id)
    rest = [other for other in track.items if other.id != id]
    if ripple:
        rest = [_shifted(other, -item.length) if other.start >= item.start else other for other in rest]
    return _set_items(score, track, rest)


def move(score: Score, id: int, start: Fraction, track: int | None = None) -> Score:
    """An item at another time, or on another track of its kind."""
    home, item = score.find(id)
    goal = home if track is None else score.track(track)
    if goal.kind != home.kind:
        raise UserError("Sound belongs on audio tracks, pictures on video tracks.")
    moved = replace(item, start=max(start, ZERO))
    score = _set_items(score, home, [other for other in home.items if other.id != id])
    goal = score.track(goal.id)
    return _set_items(score, goal, [*goal.items, moved])


def trim_start(score: Score, id: int, time: Fraction, ripple: bool = False) -> Score:
    """Let an item begin at a time of the timeline, its end staying; with ripple its beginning stays."""
    track, item = score.find(id)
    earliest = item.start - item.offset / item.speed if item.source.length is not None else ZERO
    time = max(min(time, item.end - 1 / score.rate), earliest, ZERO)
    cut = time - item.start
    keys = tuple(replace(key, at=key.at - cut) for key in item.opacity)
    changed = replace(
        item, start=time, length=item.length - cut, offset=item.offset + cut * item.speed, opacity=keys
    )
    if item.source.length is None:
        changed = replace(changed, offset=ZERO)
    if not ripple:
        return _replace(score, track, changed)
    items = [_shifted(changed, -cut) if o.id == id else o for o in track.items]
    return _set_items(score, track, [_shifted(o, -cut) if o.start > item.start else o for o in items])


def trim_end(score: Score, id: int, time: Fraction, ripple: bool = False) -> Score:
    """Let an item end at a time; it cannot outlast its source. With ripple later items follow its end."""
    track, item = score.find(id)
    time = max(time, item.start + 1 / score.rate)
    if item.source.length is not None:
        time = min(time, item.start + (item.source.length - item.offset) / item.speed)
    change = time - item.end
    changed = replace(item, length=time - item.start)
    items = [changed if other.id == id else other for other in track.items]
    if ripple:
        items = [_shifted(other, change) if other.start > item.start else other for other in items]
    return _set_items(score, track, items)


def split(score: Score, id: int, time: Fraction, new_id: int) -> Score:
    """Cut an item in two at a time inside it."""
    track, item = score.find(id)
    if not item.start < time < item.end:
        raise UserError("There is nothing to split here.", "Move the playhead into the piece.")
    at = time - item.start
    left = replace(item, length=at, fade_out=ZERO, fade_in=min(item.fade_in, at))
    right = replace(
        item,
        id=new_id,
        start=time,
        length=item.length - at,
        offset=item.offset + at * item.speed if item.source.length is not None else ZERO,
        fade_in=ZERO,
        fade_out=min(item.fade_out, item.length - at),
        opacity=tuple(replace(key, at=key.at - at) for key in item.opacity),
    )
    others = [other for other in track.items if other.id != id]
    return _set_items(score, track, [*others, left, right])


def set_speed(score: Score, id: int, speed: Fraction, ripple: bool = True) -> Score:
    """Play an item faster or slower: the same part of its source in less or more time."""
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise UserError("The speed must be between 1/16 and 16.")
    track, item = score.find(id)
    length = item.length * item.speed / speed if item.source.length is not None else item.length
    change = length - item.length
    changed = replace(item, speed=speed, length=length, fade_in=min(item.fade_in, length))
    changed = replace(changed, fade_out=min(item.fade_out, length))
    items = [changed if other.id == id else other for other in track.items]
    if ripple:
        items = [_shifted(other, change) if other.start > item.start else other for other in items]
    return _set_items(score, track, items)


def set_fades(score: Score, id: int, fade_in: Fraction, fade_out: Fraction) -> Score:
    """How long an item comes and goes; both together fit into it."""
    track, item = score.find(id)
    fade_in = min(max(fade_in, ZERO), item.length)
    fade_out = min(max(fade_out, ZERO), item.length - fade_in)
    return _replace(score, track, replace(item, fade_in=fade_in, fade_out=fade_out))


def cross_fade(score: Score, id: int, length: Fraction) -> Score:
    """Let an item come in over the end of the one before; it and all later ones move up by ``length``."""
    track, item = score.find(id)
    before = [other for other in track.items if other.end == item.start]
    if not before:
        raise UserError("There is no piece right before this one.", "Move the two together first.")
    if not 0 < length < min(before[0].length, item.length):
        raise UserError("The cross-fade must be shorter than both pieces.")
    faded = replace(item, fade_in=length)
    items = [faded if other.id == id else other for other in track.items]
    return _set_items(
        score, track, [_shifted(other, -length) if other.start >= item.start else other for other in items]
    )


def set_key(score: Score, id: int, key: Key) -> Score:
    """Set the opacity at a moment of an item, in place of a key at the same moment."""
    track, item = score.find(id)
    keys = (*(other for other in item.opacity if other.at != key.at), key)
    keys = tuple(sorted(keys, key=lambda key: key.at))
    return _replace(score, track, replace(item, opacity=keys))


def remove_key(score: Score, id: int, at: Fraction) -> Score:
    """Without the key at a moment of an item."""
    track, item = score.find(id)
    return _replace(score, track, replace(item, opacity=tuple(key for key in item.opacity if key.at != at)))


def set_source(score: Score, id: int, source: Source) -> Score:
    """Another source for an item, which stays as long as it is."""
    track, item = score.find(id)
    return _replace(score, track, replace(item, source=source))


def add_marker(score: Score, at: Fraction, title: str) -> Score:
    """A named moment, in place of one at the same time."""
    others = [marker for marker in score.markers if marker.at != at]
    return replace(score, markers=tuple(sorted([*others, Marker(at, title)], key=lambda marker: marker.at)))


def mark(score: Score, id: int, markers: Iterable[Marker]) -> Score:
    """With markers that are counted from the beginning of an item; those at the same moments give way."""
    start = next(item.start for track in score.tracks for item in track.items if item.id == id)
    found = {marker.at: marker for marker in score.markers}
    found |= {start + marker.at: Marker(start + marker.at, marker.title) for marker in markers}
    return replace(score, markers=tuple(found[at] for at in sorted(found)))


def remove_marker(score: Score, at: Fraction) -> Score:
    """Without the marker at a time."""
    return replace(score, markers=tuple(marker for marker in score.markers if marker.at != at))


def snap(
    score: Score, time: Fraction, reach: Fraction, without: int = 0, more: Iterable[Fraction] = ()
) -> Fraction:
    """The nearest edge of an item, marker, beginning or other moment within reach; else the nearest frame."""
    places = [ZERO, *more, *(marker.at for marker in score.markers)]
    for track in score.tracks:
        for item in track.items:
            if item.id != without:
                places += (item.start, item.end)
    nearest = min(places, key=lambda place: abs(place - time))
    return nearest if abs(nearest - time) <= reach else score.on_frame(time)


def _shifted(item: Item, by: Fraction) -> Item:
    return replace(item, start=item.start + by)


def _replace(score: Score, track: Track, item: Item) -> Score:
    return _set_items(score, track, [item if other.id == item.id else other for other in track.items])


def _set_items(score: Score, track: Track, items: list[Item]) -> Score:
    """A track with other items, sorted; `UserError` when it is locked or two lie over each other."""
    if track.locked:
        raise UserError(f"The track {track.title} is locked.", "Unlock it first.")
    ordered = sorted(items, key=lambda item: item.start)
    for item in ordered:
        fits = (item.source.kind == "audio") == (track.kind == "audio")
        if not fits:
            raise UserError("Sound belongs on audio tracks, pictures on video tracks.")
    for one, other in pairwise(ordered):
        if one.end - other.start > other.fade_in or (other.start < one.end and other.end <= one.end):
            raise UserError("There is no room for it here.", "Two pieces may only overlap in a cross-fade.")
    return _with_track(score, replace(track, items=tuple(ordered)))


def checked(score: Score) -> Score:
    """The score, if all that is on it fits; pieces longer than their source are cut off at its end."""
    for track in score.tracks:
        items = [replace(item, length=min(item.length, rest)) if (rest := left(item)) else item
                 for item in track.items]  # fmt: skip
        score = _with_track(score, replace(track, items=tuple(items)))
    return score


def left(item: Item) -> Fraction:
    """How long an item can last at most, from where it begins in its source; 0 for as long as one likes."""
    if item.source.length is None:
        return ZERO
    return max((item.source.length - item.offset) / item.speed, Fraction(1, 1000))


def _with_track(score: Score, track: Track) -> Score:
    return replace(score, tracks=tuple(track if other.id == track.id else other for other in score.tracks))
