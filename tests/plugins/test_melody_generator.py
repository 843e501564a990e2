"""The generator `melody`, on a tiny network."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from studio.engine.devices import TorchDevice
from studio.engine.jobs import Request
from studio.engine.lab import Lab, Record
from studio.engine.plugins import Registry
from studio.engine.weights import WeightsStore
from studio.model.errors import UserError
from studio.model.melody import Key, Melody, Meter, Note, Part
from studio.nets.melody import Melody as Network

ROOT = Path(__file__).parents[2]
CONFIG = {"dim": 16, "depth": 1, "heads": 2}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(3)
    meta = {"family": "melody", "format": "1", "title": "Tiny", "config": json.dumps(CONFIG)}
    save_file(Network(**CONFIG).state_dict(), folder / "tiny.safetensors", meta)
    registry = Registry(WeightsStore([folder]), built_in=[ROOT / "plugins" / "melody"])
    registry.discover(entry_points=False)
    if "melody" not in [spec.id for spec in registry.specs()]:
        registry.add(ROOT / "plugins" / "melody")
    with Lab(registry, TorchDevice("cpu")) as made:
        yield made


def make(lab: Lab, primer: Melody | None = None, **params: object) -> Record:
    return lab.run(
        Request("melody", {"model": "tiny", **params}, {} if primer is None else {"primer": primer})
    )


def melody_of(record: Record) -> Melody:
    assert record.finished is not None, record.fault
    value = record.values[0]
    assert isinstance(value, Melody)
    return value


def starts(melody: Melody, part: int = 0) -> list[int]:
    return [note.start for note in melody.parts[part].notes]


@pytest.mark.parametrize(
    ("kind", "meter"), [("reel", (4, 4)), ("jig", (6, 8)), ("slip jig", (9, 8)), ("air", (3, 4))]
)
def test_a_new_tune_has_the_meter_of_its_kind_and_the_bars_asked_for(
    lab: Lab, kind: str, meter: tuple[int, int]
) -> None:
    melody = melody_of(make(lab, kind=kind, bars=4, seed=5))
    assert (melody.meters[0].top, melody.meters[0].bottom) == meter
    bar = melody.meters[0].bar(melody.resolution)
    assert 3 * bar < melody.end <= 5 * bar


def test_notes_never_overlap_or_cross_a_bar_unless_held(lab: Lab) -> None:
    notes = melody_of(make(lab, bars=8, seed=1)).parts[0].notes
    assert all(a.end <= b.start for a, b in pairwise(notes))


def test_bars_come_as_chunks_that_add_up_to_the_result(lab: Lab) -> None:
    record = make(lab, bars=6, seed=2)
    pieces = [seen.value for seen in record.chunks]
    assert 4 <= len(pieces) <= 7
    heard = {note.start for piece in pieces for note in piece.notes()}
    assert heard == set(starts(melody_of(record)))


def test_the_same_seed_writes_the_same_tune_and_another_one_does_not(lab: Lab) -> None:
    first, again, other = (melody_of(make(lab, bars=4, seed=seed)).digest() for seed in (1, 1, 2))
    assert first == again != other


def test_the_key_moves_the_tune_and_names_it(lab: Lab) -> None:
    d, e = (melody_of(make(lab, bars=2, seed=1, key=key)) for key in ("D", "Eb"))
    assert [note.pitch + 1 for note in d.notes()] == [note.pitch for note in e.notes()]
    assert e.keys == (Key(0, 3),)
    assert melody_of(make(lab, bars=1, key="A dorian")).keys == (Key(0, 9, "dorian"),)


def test_a_key_that_is_none_is_refused_with_a_sentence(lab: Lab) -> None:
    with pytest.raises(UserError, match="“H” is no key"):
        make(lab, key="H")


PRIMER = Melody(
    (Part(tuple(Note(i * 240, 62 + (i * 5) % 12, 240) for i in range(32)), "Given", 40),),
    keys=(Key(0, 2),),
    title="Given",
)


def test_continuing_keeps_what_is_given_and_adds_bars(lab: Lab) -> None:
    made = melody_of(make(lab, PRIMER, bars=2))
    assert made.parts[0].notes[:32] == PRIMER.parts[0].notes
    assert len(made.parts[0].notes) >= 32
    assert PRIMER.end + 1 <= made.end <= PRIMER.end + 2 * 1920


def test_filling_writes_only_the_bars_asked_for(lab: Lab) -> None:
    made = melody_of(make(lab, PRIMER, mode="fill", first=2, last=3, seed=4))
    outside = [note for note in PRIMER.notes() if not 1920 <= note.start < 5760]
    assert [note for note in made.notes() if not 1920 <= note.start < 5760] == outside
    assert made != PRIMER


def test_varying_changes_some_bars_and_leaves_others(lab: Lab) -> None:
    made = melody_of(make(lab, PRIMER, mode="vary", change=0.5, seed=1))
    same = [
        bar
        for bar in range(4)
        if [n for n in made.notes() if n.start // 1920 == bar]
        == [n for n in PRIMER.notes() if n.start // 1920 == bar]
    ]
    assert len(same) == 2


def test_harmonising_adds_chords_and_bass_of_the_key(lab: Lab) -> None:
    made = melody_of(make(lab, PRIMER, mode="harmonise"))
    assert [part.name for part in made.parts] == ["Given", "Chords", "Bass"]
    assert made.parts[0] == PRIMER.parts[0]
    scale = Key(0, 2).pitch_classes
    assert {note.pitch % 12 for part in made.parts[1:] for note in part.notes} <= scale


def test_chords_follow_a_melody_that_spells_them(lab: Lab) -> None:
    arpeggios = [(60, 64, 67, 72), (65, 69, 72, 69), (67, 71, 74, 71), (60, 64, 67, 60)]
    notes = [
        Note(1920 * b + 480 * i, p, 480) for b, chord in enumerate(arpeggios) for i, p in enumerate(chord)
    ]
    made = melody_of(make(lab, Melody((Part(tuple(notes)),)), mode="harmonise", harmony="bass"))
    at = {note.start: note.pitch % 12 for note in made.parts[1].notes}
    assert [at[1920 * bar] for bar in range(4)] == [0, 5, 7, 0]


@pytest.mark.parametrize("mode", ["continue", "fill", "vary", "harmonise"])
def test_modes_that_need_a_melody_say_so(lab: Lab, mode: str) -> None:
    assert "there must be a melody" in make(lab, mode=mode).fault


def test_a_meter_the_network_does_not_know_is_told(lab: Lab) -> None:
    assert "no tunes in 5/4" in make(lab, replace(PRIMER, meters=(Meter(0, 5, 4),))).fault


def test_only_drums_are_no_melody(lab: Lab) -> None:
    drums = Melody((Part((Note(0, 36, 10),), drums=True),))
    assert "only drums" in make(lab, drums).fault


def test_long_and_odd_primers_are_read(lab: Lab) -> None:
    notes = tuple(Note(i * 137, (i * 7) % 128, 50 + i % 300) for i in range(2000))
    made = melody_of(make(lab, Melody((Part(notes),)), bars=2))
    assert made.count > 2000
