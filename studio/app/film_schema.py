"""What a timeline file holds, as pydantic models: `film.json` in a zip, beside the media that have no file.

Version 2. Times are fractions as text ("1/24"). A version that is newer than this one is refused.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from studio.model.easing import Ease

VERSION = 2  # 1 had no parts of sounds
DAYS = 100 * 3600
MAX_TEXT = 300


def exact(text: str) -> str:
    """A fraction as text, not absurdly large or fine."""
    number = Fraction(text)
    if abs(number) > DAYS or number.denominator > 10**12:
        raise ValueError("out of bounds")
    return text


Time = Annotated[str, Field(max_length=40, pattern=r"^-?\d+(/\d*[1-9]\d*)?$"), AfterValidator(exact)]
Name = Annotated[str, Field(max_length=MAX_TEXT)]


class Part(BaseModel):
    """Base of all parts: nothing unknown, nothing infinite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class File(Part):
    """A file on disk: where it was, where from the timeline's own folder, and what tells it from others."""

    path: Annotated[str, Field(max_length=4096)]
    beside: Annotated[str, Field(max_length=4096)] = ""
    digest: Annotated[str, Field(max_length=64)] = ""


class Heard(Part):
    """What of a sound is heard: seconds counted from `origin`, the time stamp at which its pictures begin."""

    origin: Time = "0"
    start: Time = "0"
    length: Time | None = None


class Frames(Part):
    """A recording in the zip: its member, and each frame: bytes, width, height, channels, time, length."""

    member: Name
    entries: list[tuple[int, int, int, int, Time, Time]] = Field(max_length=1_000_000)


class StopPart(Part):
    """A key of a latent path."""

    at: Time
    point: Annotated[str, Field(max_length=200_000)] = ""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    ease: Ease = "both"


class PathPart(Part):
    """A latent path."""

    model: Name
    stops: list[StopPart] = Field(min_length=1, max_length=2000)
    loop: Time = "0"
    way: Literal["w", "z"] = "w"
    class_: Annotated[str, Field(max_length=400)] = ""
    truncation: Annotated[float, Field(ge=0, le=1.5)] = 0.7


class SourcePart(Part):
    """What an item shows. Exactly one of file, picture, frames, path, but for sounds, which have a file."""

    title: Name
    kind: Literal["video", "image", "audio", "latent"]
    length: Time | None = None
    width: Annotated[int, Field(ge=1, le=100_000)] = 1
    height: Annotated[int, Field(ge=1, le=100_000)] = 1
    rate: Time = "25"
    file: File | None = None
    sound: File | None = None
    heard: Heard | None = None
    picture: Name = ""
    frames: Frames | None = None
    path: PathPart | None = None


class KeyPart(Part):
    """An opacity key."""

    at: Time
    value: Annotated[float, Field(ge=0, le=1)]
    ease: Ease = "linear"


class ItemPart(Part):
    """An item; source: its index in the list of sources."""

    source: Annotated[int, Field(ge=0)]
    start: Time
    length: Time
    offset: Time = "0"
    speed: Time = "1"
    fade_in: Time = "0"
    fade_out: Time = "0"
    opacity: list[KeyPart] = Field(default=[], max_length=10_000)


class TrackPart(Part):
    """A track."""

    kind: Literal["video", "audio"]
    title: Name
    items: list[ItemPart] = Field(default=[], max_length=20_000)
    off: bool = False
    locked: bool = False


class MarkerPart(Part):
    """A marker."""

    at: Time
    title: Name


class FilmPart(Part):
    """A whole timeline."""

    format: Literal["latent-studio-film"] = "latent-studio-film"
    version: int = VERSION
    width: Annotated[int, Field(ge=1, le=32768)]
    height: Annotated[int, Field(ge=1, le=32768)]
    rate: Time
    sources: list[SourcePart] = Field(max_length=20_000)
    tracks: list[TrackPart] = Field(max_length=1000)
    markers: list[MarkerPart] = Field(default=[], max_length=10_000)
