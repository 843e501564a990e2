"""Learning from tunes: both objectives, the numbers that compare sets of tunes, and the shipped files."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.engine.networks import build
from studio.engine.weights import WeightsStore
from studio.nets import melody
from studio.nets.melody_code import Frame, pitch_word, words_of
from studio.nets.melody_sampling import Steps
from studio.train.music import adversarial, fit, judge, publish, statistics
from studio.train.music.data import Piece, load

SCALE = [(0, 24), (2, 24), (4, 24), (5, 24)]
OTHER = [(7, 24), (5, 24), (4, 24), (2, 24)]


def piece(*bars: list[tuple[int, int]]) -> Piece:
    whole = [[(1000, 96)], *bars]
    return Piece("Test", Frame(0, 0, 0, len(bars)), tuple(words_of(whole)))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> list[Piece]:
    monkeypatch.setattr(fit, "Melody", lambda: melody.Melody(dim=16, depth=1, heads=2))
    monkeypatch.setattr(adversarial, "Melody", lambda: melody.Melody(dim=16, depth=1, heads=2))
    monkeypatch.setattr(judge, "Critic", lambda: melody.Critic(dim=16, depth=1, heads=2))
    for name, size in {"STOCK": 8, "FIRST": 12, "ALONE": 2}.items():
        monkeypatch.setattr(adversarial, name, size)
    return [piece(SCALE, OTHER, SCALE, OTHER) for _ in range(12)]


def test_likelihood_training_learns_a_pattern(small: list[Piece], tmp_path: Path) -> None:
    trained = fit.Fit(small, small)
    before = fit.held_out(trained.net, small)
    for _ in range(25):
        trained.step(small, 0.0)
    assert fit.held_out(trained.net, small) < before - 0.5
    fit.keep(trained, tmp_path, [1.0])
    again = fit.Fit(small, small, seed=5)
    again.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    assert fit.held_out(again.net, small) == pytest.approx(fit.held_out(trained.net, small))


def test_a_round_moves_critic_and_generator_and_can_be_resumed(small: list[Piece], tmp_path: Path) -> None:
    game = adversarial.Game(small, small)
    nets = {"net": game.net, "mean": game.mean, "critic": game.judge.critic, "asked": game.judge.mean}
    before = {name: [value.clone() for value in net.parameters()] for name, net in nets.items()}
    first = [value.clone() for value in game.first.parameters()]
    told = game.round()
    for name, net in nets.items():
        assert any(not torch.equal(a, b) for a, b in zip(before[name], net.parameters(), strict=True)), name
    assert all(torch.equal(a, b) for a, b in zip(first, game.first.parameters(), strict=True))
    assert 0 <= told["apart"] <= 1 and told["divergence"] >= 0
    adversarial.keep(game, tmp_path, told)
    again = adversarial.Game(small, small, seed=9)
    again.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    assert again.rounds == 1
    assert fit.held_out(again.mean, small) == pytest.approx(fit.held_out(game.mean, small))
    assert json.loads((tmp_path / "log.jsonl").read_text())["round"] == 1


def test_the_generator_follows_what_the_critic_likes(
    small: list[Piece], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adversarial, "HOLD", 0.5)
    game = adversarial.Game(small, small)
    game.old = game.stock(4)
    game.optimizer.param_groups[0]["lr"] = 0.02

    def likes_the_tonic(steps: Steps) -> torch.Tensor:
        return (steps.pitch == pitch_word(0)).float() * steps.mask

    game.judge.advantages = likes_the_tonic

    def share() -> float:
        made = judge.real(game.stock(24))
        return float(likes_the_tonic(made).sum() / made.mask.sum())

    before = share()
    for _ in range(10):
        game.rounds += 1
        game.round()
    assert share() > before + 0.1


def test_the_critic_learns_to_tell_tunes_apart(small: list[Piece]) -> None:
    rng = np.random.Generator(np.random.PCG64(0))
    other = [piece(OTHER, OTHER, OTHER, OTHER) for _ in range(12)]
    taught = judge.Judge()
    losses = [taught.learn(small, other, rng) for _ in range(80)]
    assert losses[-1] < losses[0] / 2
    taught.mean.load_state_dict(taught.critic.state_dict())
    assert taught.accuracy(small, other) == 1


def test_rewards_fade_with_the_notes_between() -> None:
    sums = judge.answerable(torch.tensor([[1.0, 0.0, 1.0, 5.0]]), torch.tensor([[True, True, True, False]]))
    assert sums[0].tolist() == pytest.approx([1 + 0.81, 0.9, 1.0, 0.0])


def test_no_step_is_gained_beyond_the_clipped_ratio() -> None:
    now = torch.tensor([0.5, -0.5, 0.0], requires_grad=True)
    adversarial.clipped(now, torch.zeros(3), torch.tensor([1.0, -1.0, 1.0])).sum().backward()
    assert now.grad is not None and now.grad.tolist() == pytest.approx([0.0, 0.0, -1.0])


def test_the_divergence_from_oneself_is_none(small: list[Piece]) -> None:
    net, other = (melody.Melody(dim=16, depth=1, heads=2).eval() for _ in range(2))
    steps = judge.real(small[:2])
    assert adversarial.divergence(net, net, steps).abs().max() < 1e-5
    assert bool((adversarial.divergence(net, other, steps)[steps.mask] > 0).all())


def test_numbers_of_tunes() -> None:
    tune = (Frame(0, 0, 0, 3), [piece(SCALE).bars[0], *piece(SCALE, SCALE, OTHER).bars[1:]])
    assert statistics.repeated([tune]) == pytest.approx(1 / 3)
    assert statistics.lags(tune) == [0, 1, 0]
    assert statistics.histograms([tune])["repetition"][:3].tolist() == [2, 1, 0]
    assert statistics.rhythm_repeated([tune]) == 1
    assert statistics.in_key([tune]) == 1
    assert statistics.complete([tune]) == 1
    assert statistics.known_runs([tune], statistics.runs(tune)) == 1
    assert statistics.known_runs([tune], set()) == 0


def test_divergence_and_overlap_at_their_ends() -> None:
    a, b = np.array([1.0, 1, 0, 0]), np.array([0.0, 0, 3, 3])
    assert statistics.divergence(a, a * 5) == 0 and statistics.overlap(a, a * 5) == 1
    assert statistics.divergence(a, b) == 1 and statistics.overlap(a, b) == 0


def test_a_prepared_folder_is_read(tmp_path: Path) -> None:
    row = {
        "title": "T",
        "book": "B",
        "number": 1,
        "kind": "reel",
        "meter": "4/4",
        "mode": "major",
        "tonic": 62,
    }
    rows = [
        {**row, "bars": [[[1000, 96]], [[0, 96]]], "test": 0},
        {**row, "bars": [[[1000, 96]], [[0, 7], [0, 89]]], "test": 0},
        {**row, "bars": [[[1000, 96]], [[4, 96]]], "test": 1},
    ]
    (tmp_path / "tunes.json").write_text(json.dumps(rows))
    train, held = load(tmp_path)
    assert (len(train), len(held)) == (1, 1)
    assert train[0].frame == Frame(0, 0, 0, 1)


def test_a_shipped_model_is_read_by_the_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "CONFIG", {"dim": 16, "depth": 1, "heads": 2})
    net = melody.Melody(dim=16, depth=1, heads=2)
    publish.save({"net": net.state_dict()}, tmp_path / "tune.safetensors", "Tune")
    store = WeightsStore([tmp_path])
    info = store.find("melody", "tune")
    assert build(melody.Melody, info, store.load(info)).pitch.weight.shape == net.pitch.weight.shape
    assert "| in key | 0.500 |" in publish.table({"melody-gan": {"in key": 0.5}})
