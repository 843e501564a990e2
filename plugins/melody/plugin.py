"""The generator `melody`: tunes note by note from a trained network, and a rule-based accompaniment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from studio.api import Chunk, Context, Field, Key, Melody, Params, Preview, UserError, generator
from studio.nets.melody_code import KINDS, METERS, MODES, Frame

from .accompany import accompany
from .primer import Primer, gap_of, known_bars, read_primer
from .score import Score, key_named, keys

FIRST_METER = {"jig": "6/8", "slip jig": "9/8", "air": "3/4"}


class MelodyParams(Params):
    """What to write."""

    model: str = Field(
        "melody-gan", title="Model", description="Which trained network writes; empty for the first."
    )
    mode: Literal["auto", "new", "continue", "fill", "vary", "harmonise"] = Field(
        "auto", title="Mode", description="Auto: continue the melody that is given, else write a new one."
    )
    kind: Literal["reel", "jig", "slip jig", "hornpipe", "strathspey", "air", "tune"] = Field(
        "reel", title="Kind", description="The kind of dance; “tune” leaves it open."
    )
    key: str = Field(
        "", title="Key", max_length=40, description="Such as “D”, “Em” or “A dorian”; empty: fitting."
    )
    meter: Literal["auto", "4/4", "2/4", "3/4", "6/8", "9/8"] = Field(
        "auto", title="Meter", description="Auto: the given melody's, else what the kind is danced to."
    )
    bars: int = Field(16, ge=1, le=50, title="Bars", description="Whole bars to write, new or onwards.")
    first: int = Field(0, ge=0, le=100_000, title="From bar", description="Fill and vary: the first; 0: all.")
    last: int = Field(
        0, ge=0, le=100_000, title="To bar", description="Fill and vary: the last; 0: to the end."
    )
    change: float = Field(
        0.5, ge=0.05, le=1, title="Change", description="Vary: share of the bars that is written anew."
    )
    harmony: Literal["chords", "bass", "both"] = Field(
        "both", title="Harmony", description="Harmonise: chords, a bass line, or both; worked out by rule."
    )
    temperature: float = Field(
        0.95, ge=0.3, le=1.6, title="Adventure", description="Low plays safe, high dares.",
        json_schema_extra={"step": 0.05},
    )  # fmt: skip
    tempo: int = Field(
        0, ge=0, le=400, title="Tempo", description="Quarter notes a minute; 0: as the kind is danced.",
        json_schema_extra={"unit": "bpm"},
    )  # fmt: skip
    instrument: int = Field(
        73,
        ge=0,
        le=127,
        title="Instrument",
        description="General MIDI program: 73 flute, 40 violin, 21 accordion.",
    )


@generator(id="melody", title="Melody", inputs={"primer": Melody}, output=Melody, family="melody")
class MelodyGenerator:
    """Writes dance tunes and airs: new, onwards, into a gap, as variations, or with chords and bass."""

    Params = MelodyParams

    @classmethod
    def choices(cls, catalogue: object, params: object) -> dict[str, list[str]]:
        """The keys by name."""
        return {"key": ["", *keys()]}

    @classmethod
    def check(cls, catalogue: object, params: MelodyParams) -> None:
        """Refuse a key that is none."""
        if params.key:
            key_named(params.key)

    def load(self, ctx: Context) -> None:
        """The network of the chosen model."""
        from studio.nets import melody

        self.net = ctx.network(melody.Melody)

    def run(
        self, ctx: Context, params: MelodyParams, primer: Melody | None = None
    ) -> Iterator[Preview | Chunk] | Any:
        """Bar by bar."""
        mode = params.mode if params.mode != "auto" else ("continue" if primer else "new")
        if mode != "new" and (primer is None or not primer.count):
            raise UserError(f"To {mode} there must be a melody.", "Give one as “primer”, or draw some notes.")
        if mode == "harmonise":
            assert primer is not None
            made = accompany(primer, params.harmony, key_named(params.key) if params.key else None)
            yield Chunk(made)
            return made
        given = read_primer(primer, params.key, params.meter) if primer and mode != "new" else None
        return (yield from self._write(ctx, params, mode, given))

    def _write(
        self, ctx: Context, params: MelodyParams, mode: str, given: Primer | None
    ) -> Iterator[Preview | Chunk] | Any:
        """Bars by the network, each handed out as soon as it is complete."""
        from studio.nets.melody_sampling import Plan, Writer

        rng = ctx.rng(params.seed)
        frame, known, wanted, score = self._plan(params, mode, given, rng)
        if not wanted:
            raise UserError("There is no bar to write.", "Choose bars inside the melody.")
        draw = ctx.generator(params.seed)
        writer = Writer(self.net, [Plan(frame, known, wanted)], draw, params.temperature, 0.97)
        for done, (_, bar, words) in enumerate(writer.run(), 1):
            ctx.check()
            part = score.add(bar, words)
            if part.count:
                yield Chunk(part)
            yield Preview(score.melody, done / len(wanted))
        return score.melody

    def _plan(
        self, params: MelodyParams, mode: str, given: Primer | None, rng: Any
    ) -> tuple[Frame, dict[int, Any], list[int], Score]:
        """What is known, what is to be written, and the score it goes into."""
        kind = KINDS.index(params.kind)
        if given is None:
            key = key_named(params.key) if params.key else Key(0, 2, "major")
            meter = FIRST_METER.get(params.kind, "4/4") if params.meter == "auto" else params.meter
            frame = Frame(kind, METERS.index(meter), MODES.index(key.mode), params.bars)
            score = Score.empty(key, meter, params.tempo, params.kind, params.instrument)
            return frame, {}, list(range(params.bars + 1)), score
        wanted = gap_of(given, mode, params.bars, params.first, params.last)
        if mode == "vary":
            count = max(1, round(params.change * len(wanted)))
            wanted = sorted(rng.choice(wanted, count, replace=False).tolist())
        shift, bars, known, wanted = known_bars(given, mode, wanted)
        frame = Frame(kind, METERS.index(given.meter), MODES.index(given.key.mode), bars)
        return frame, known, wanted, Score.onwards(given, shift, wanted)
