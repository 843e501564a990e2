"""What plugins get: tensors, pictures, seeds, warm networks, devices."""

import threading
from pathlib import Path

import engine_notes as notes
import numpy as np
import pytest
import torch
from engine_kit import Studio, until
from tiny_models import tiny_model

from studio.engine.cache import size_of
from studio.engine.context import Cancelled, Context, cancellable
from studio.engine.devices import TorchDevice, available_kinds, is_out_of_memory
from studio.engine.jobs import State
from studio.engine.weights import WeightsStore
from studio.model.errors import UserError
from studio.model.media import Image, Mask

PICTURE = "Image(np.zeros((1, 1, 3), np.uint8))"


@pytest.fixture
def ctx() -> Context:
    return Context(WeightsStore())


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_survive_the_way_through_a_tensor(ctx: Context, channels: int) -> None:
    image = Image(np.random.default_rng(0).integers(0, 256, (5, 7, channels), np.uint8))
    tensor = ctx.tensor(image, channels)
    assert tensor.shape == (1, channels, 5, 7) and tensor.dtype is torch.float32
    assert tensor.min() >= -1 and tensor.max() <= 1
    assert np.array_equal(ctx.image(tensor).pixels, image.pixels)


def test_masks_become_one_channel_from_zero_to_one(ctx: Context) -> None:
    tensor = ctx.tensor(Mask(np.array([[0, 255]], np.uint8)))
    assert tensor.tolist() == [[[[0.0, 1.0]]]]


def test_wild_numbers_are_held_inside(ctx: Context) -> None:
    wild = torch.tensor([[[float("nan"), 5.0, -5.0]]])
    assert ctx.image(wild).pixels.ravel().tolist() == [0, 255, 0]


def test_seeds_give_the_same_numbers(ctx: Context) -> None:
    draws = [torch.randn(3, generator=ctx.generator(5)).tolist() for _ in range(2)]
    assert draws[0] == draws[1] and ctx.generator(5).device.type == "cpu"
    assert ctx.rng(5).random() == ctx.rng(5).random() != ctx.rng(6).random()


def test_batch_and_tile_shrink_after_a_shortage() -> None:
    ctx = Context(WeightsStore(), shrink=2, budget=1024)
    assert (ctx.batch(8), ctx.batch(1), ctx.tile(512), ctx.tile(100), ctx.budget) == (2, 1, 128, 64, 256)


def test_every_layer_of_a_network_can_be_cancelled() -> None:
    stopping: list[bool] = []
    ctx = Context(WeightsStore(), stopped=lambda: bool(stopping))
    net = torch.nn.Sequential(
        torch.nn.Linear(2, 2), torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(2, 2))
    )
    net[1][0].register_forward_hook(lambda *_: stopping.append(True))
    cancellable(net)
    with ctx.active(), pytest.raises(Cancelled):
        net(torch.zeros(1, 2))
    net(torch.zeros(1, 2))  # outside of a run nothing asks


def test_a_network_needs_a_family(ctx: Context) -> None:
    with pytest.raises(UserError, match="no family"):
        ctx.network(torch.nn.Linear)


def test_devices_fall_back_to_the_processor() -> None:
    device = TorchDevice("cuda:7")
    thread = threading.Thread(target=device.start)  # it sets how its own thread rounds
    thread.start()
    thread.join()
    assert device.info.kind in ("cpu", "cuda:7")
    assert available_kinds()[-1] == "cpu"
    device.use_threads(torch.get_num_threads())
    device.release()
    assert device.memory_in_use() >= 0


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("x"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("shape mismatch"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_memory_errors_are_recognised(error: Exception, is_one: bool) -> None:
    assert is_out_of_memory(error) is is_one


def test_a_real_shortage_of_memory_is_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**56, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)


LOADS = """
def load(self, ctx):
    import engine_notes as notes
    import torch
    notes.__dict__.setdefault("loads", []).append(self.__class__)
    self.net = torch.nn.Linear(1000, 250, bias=False)
"""


@pytest.fixture
def loads() -> list[object]:
    notes.__dict__["loads"] = []
    yield notes.__dict__["loads"]
    del notes.__dict__["loads"]


def test_loaded_plugins_stay_warm(studio: Studio, loads: list[object]) -> None:
    studio.plugin("warm", f"return {PICTURE}\nyield", extra=LOADS)
    for _ in range(3):
        studio.run("warm")
    assert len(loads) == 1
    assert studio.engine.memory_in_use() == 1_000_000


def test_an_edited_plugin_is_loaded_again(studio: Studio, loads: list[object]) -> None:
    studio.plugin("warm", f"return {PICTURE}\nyield", extra=LOADS)
    studio.run("warm")
    studio.plugin("warm", f"x = 1\nreturn {PICTURE}\nyield", extra=LOADS)
    studio.run("warm")
    assert len(loads) == 2


def test_the_least_recently_used_plugin_goes_first(studio: Studio, loads: list[object]) -> None:
    for name in ("a", "b", "c"):
        studio.plugin(name, f"return {PICTURE}\nyield", extra=LOADS)
    studio.run("a")
    studio.engine.workers[0].cache.budget = 2_500_000
    for name in ("b", "a", "c"):
        studio.run(name)
    assert studio.engine.memory_in_use() == 2_000_000
    studio.run("a")
    assert len(loads) == 3
    studio.run("b")
    assert len(loads) == 4


def test_a_plugin_in_use_is_never_dropped(studio: Studio, loads: list[object]) -> None:
    studio.plugin("long", f"while True:\n    yield Preview({PICTURE}, 0.5)", extra=LOADS)
    studio.plugin("b", f"return {PICTURE}\nyield", extra=LOADS)
    long = studio.submit("long")
    until(lambda: bool(studio.mail.previews(long)))
    studio.engine.workers[0].cache.budget = 0
    studio.engine.pause(long)
    studio.mail.wait_state(long, State.PAUSED)
    studio.run("b")
    assert studio.engine.memory_in_use() == 2_000_000
    studio.engine.cancel(long)
    studio.mail.wait_end(long)


def test_each_model_is_loaded_once_and_named_in_the_recipe(
    make_studio: object, tmp_path: Path, loads: list[object]
) -> None:
    paths = {name: tiny_model(tmp_path / "models", name) for name in ("people", "land")}
    studio: Studio = make_studio(models=[tmp_path / "models"])  # type: ignore[operator]
    extra = f"class Params(Params):\n    model: str = ''\n{LOADS}"
    studio.plugin(
        "draw",
        f"assert ctx.model.name == params.model\nreturn {PICTURE}\nyield",
        extra=extra,
        family="'style'",
    )
    jobs = [studio.run("draw", model=name) for name in ("people", "land", "people", "")]
    assert len(loads) == 2
    recipes = [studio.mail.result(job).provenance for job in jobs]
    assert [recipe.params["model"] for recipe in recipes] == ["people", "land", "people", "land"]
    store = WeightsStore([tmp_path / "models"])
    assert recipes[0].weights == store.find("style", "people").sha256
    assert set(paths) == set(studio.registry.get("draw").choices({})["model"])


def test_missing_weights_make_a_generator_not_ready(make_studio: object, tmp_path: Path) -> None:
    studio: Studio = make_studio(models=[tmp_path / "models"])  # type: ignore[operator]
    extra = "class Params(Params):\n    model: str = ''"
    studio.plugin("draw", f"return {PICTURE}\nyield", extra=extra, family="'style'")
    ready = studio.registry.get("draw").ready()
    assert not ready.ok and ready.sentence == "No model is installed."
    with pytest.raises(UserError, match="No model is installed"):
        studio.submit("draw")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "x.safetensors").write_bytes(b"not weights")
    assert "x.safetensors" in studio.registry.get("draw").ready().sentence


def test_sizes_count_parameters_and_buffers() -> None:
    class Plugin:
        def __init__(self) -> None:
            self.net = torch.nn.BatchNorm1d(4)
            self.name = "x"

    assert size_of(Plugin()) == 4 * 4 * 4 + 8
    assert size_of(object()) == 0
