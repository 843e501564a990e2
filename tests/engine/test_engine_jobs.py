"""Jobs: order, priorities, pausing, cancelling, superseding."""

import threading

import engine_notes as notes
import pytest
from engine_kit import Studio, picture, until

from studio.engine.jobs import Changed, Engine, Finished, Previewed, Priority, Request, State
from studio.engine.testing import FakeDevice
from studio.model.errors import UserError
from studio.model.media import Image

PICTURE = "Image(np.full((3, 4, 3), 7, np.uint8))"
ENDLESS = f"""
    i = 0
    while True:
        yield Preview({PICTURE}, 0.5)
        time.sleep(0.001)
"""
WAITING = """
    while True:
        ctx.check()
        time.sleep(0.001)
"""


def test_a_job_reports_in_order_and_ends_with_its_state(studio: Studio) -> None:
    studio.plugin("one", f"yield Preview({PICTURE}, 0.25)\nyield Chunk({PICTURE})\nreturn {PICTURE}")
    job = studio.run("one", seed=5)
    kinds = [type(event).__name__ for event in studio.mail.of(job)]
    assert kinds == ["Changed", "Changed", "Previewed", "Chunked", "Finished", "Changed"]
    assert studio.mail.states(job) == [State.QUEUED, State.RUNNING, State.DONE]
    assert studio.mail.previews(job)[0].progress == 0.25
    assert studio.mail.chunks(job)[0].index == 0


def test_a_result_carries_its_recipe(studio: Studio) -> None:
    studio.plugin("one", f"return {PICTURE}\nyield", version="'7'")
    recipe = studio.mail.result(studio.run("one", seed=5)).provenance
    assert (recipe.generator, recipe.version, recipe.seed, recipe.weights) == ("one", "7", 5, None)
    assert recipe.params == {"seed": 5}


def test_the_recipe_names_the_inputs_by_content(studio: Studio) -> None:
    studio.plugin("one", "yield Preview(inputs['image'])\nreturn inputs['image']", inputs="{'image': Image}")
    image = picture()
    job = studio.engine.submit(Request("one", {}, {"image": image}))
    studio.mail.wait_end(job)
    assert studio.mail.result(job).provenance.inputs == {"image": image.digest()}


def test_requests_show_completed_params_and_stay_frozen(studio: Studio) -> None:
    studio.plugin("one", f"return {PICTURE}\nyield")
    job = studio.run("one")
    info = studio.mail.wait_state(job, State.QUEUED).job
    assert info.request.params == {"seed": 0}
    with pytest.raises(TypeError):
        info.request.params["seed"] = 1  # type: ignore[index]


def test_a_plugin_without_yields_may_simply_return(studio: Studio) -> None:
    studio.plugin("plain", f"return {PICTURE}")
    assert isinstance(studio.mail.result(studio.run("plain")).value, Image)


def test_several_results_come_as_a_tuple(studio: Studio) -> None:
    studio.plugin(
        "many", f"for _ in range(3):\n    yield Chunk({PICTURE})\nreturn ({PICTURE}, {PICTURE}, {PICTURE})"
    )
    job = studio.run("many")
    assert [chunk.index for chunk in studio.mail.chunks(job)] == [0, 1, 2]
    assert len(studio.mail.result(job).value) == 3


def test_urgent_jobs_overtake_waiting_ones(studio: Studio) -> None:
    studio.plugin("endless", ENDLESS)
    studio.plugin("one", f"return {PICTURE}\nyield")
    first = studio.submit("endless")
    studio.mail.wait_state(first, State.RUNNING)
    batch = studio.engine.submit(Request("one", priority=Priority.BATCH))
    normal = studio.engine.submit(Request("one"))
    studio.engine.cancel(first)
    studio.mail.wait_end(batch)
    ended = [e.job.id for e in studio.mail.events if isinstance(e, Changed) and e.job.state is State.DONE]
    assert ended == [normal, batch]


def test_an_urgent_job_runs_between_the_yields_of_another(studio: Studio) -> None:
    studio.plugin("endless", ENDLESS)
    studio.plugin("one", f"return {PICTURE}\nyield")
    long = studio.engine.submit(Request("endless", priority=Priority.BATCH))
    studio.mail.wait(lambda e: isinstance(e, Previewed))
    urgent = studio.engine.submit(Request("one", priority=Priority.INTERACTIVE))
    assert studio.mail.wait_end(urgent) is State.DONE
    seen = len(studio.mail.previews(long))
    until(lambda: len(studio.mail.previews(long)) > seen)
    assert studio.mail.states(long) == [State.QUEUED, State.RUNNING]


def test_a_paused_running_job_lets_others_run_and_goes_on_where_it_was(studio: Studio) -> None:
    studio.plugin(
        "count",
        f"""
        for i in range(400):
            time.sleep(0.001)
            yield Preview({PICTURE}, i / 400)
        return {PICTURE}
        """,
    )
    studio.plugin("one", f"return {PICTURE}\nyield")
    long = studio.submit("count")
    studio.mail.wait(lambda e: isinstance(e, Previewed))
    studio.engine.pause(long)
    studio.mail.wait_state(long, State.PAUSED)
    other = studio.run("one")
    assert studio.mail.states(other)[-1] is State.DONE
    studio.engine.resume(long)
    assert studio.mail.wait_end(long) is State.DONE
    assert len(studio.mail.previews(long)) == 400
    assert studio.mail.states(long) == [
        State.QUEUED, State.RUNNING, State.PAUSED, State.QUEUED, State.RUNNING, State.DONE,
    ]  # fmt: skip


def test_a_paused_waiting_job_does_not_start(studio: Studio) -> None:
    studio.plugin("endless", ENDLESS)
    studio.plugin("one", f"return {PICTURE}\nyield")
    first = studio.submit("endless")
    waiting = studio.submit("one")
    studio.engine.pause(waiting)
    studio.engine.cancel(first)
    studio.run("one")
    assert studio.mail.states(waiting) == [State.QUEUED, State.PAUSED]
    studio.engine.resume(waiting)
    assert studio.mail.wait_end(waiting) is State.DONE


def test_cancelling_closes_the_generator_on_its_own_thread(studio: Studio) -> None:
    studio.plugin(
        "tidy",
        f"""
        import engine_notes as notes
        here = threading.current_thread().name
        try:
            while True:
                yield Preview({PICTURE}, 0.1)
        finally:
            notes.cleanup = (here, threading.current_thread().name)
        """,
    )
    job = studio.submit("tidy")
    studio.mail.wait(lambda e: isinstance(e, Previewed))
    studio.engine.cancel(job)
    assert studio.mail.wait_end(job) is State.CANCELLED
    began, ended = notes.__dict__.pop("cleanup")
    assert began == ended != threading.current_thread().name


def test_check_ends_a_long_step(studio: Studio) -> None:
    studio.plugin("busy", WAITING)
    job = studio.submit("busy")
    studio.mail.wait_state(job, State.RUNNING)
    studio.engine.cancel(job)
    assert studio.mail.wait_end(job) is State.CANCELLED
    assert not [event for event in studio.mail.of(job) if isinstance(event, Finished)]


def test_waiting_and_paused_jobs_can_be_cancelled(studio: Studio) -> None:
    studio.plugin("endless", ENDLESS)
    running, waiting = studio.submit("endless"), studio.submit("endless")
    studio.engine.cancel(waiting)
    assert studio.mail.wait_end(waiting) is State.CANCELLED
    studio.mail.wait(lambda e: isinstance(e, Previewed))
    studio.engine.pause(running)
    studio.mail.wait_state(running, State.PAUSED)
    studio.engine.cancel(running)
    assert studio.mail.wait_end(running) is State.CANCELLED
    assert studio.engine.jobs() == ()


def test_cancel_all_ends_everything(studio: Studio) -> None:
    studio.plugin("endless", ENDLESS)
    jobs = [studio.submit("endless") for _ in range(4)]
    studio.mail.wait_state(jobs[0], State.RUNNING)
    studio.engine.cancel_all()
    assert [studio.mail.wait_end(job) for job in jobs] == [State.CANCELLED] * 4


def test_unknown_jobs_are_ignored(studio: Studio) -> None:
    for act in (studio.engine.cancel, studio.engine.pause, studio.engine.resume):
        act(12345)
    assert studio.engine.jobs() == ()


def test_a_newer_request_on_a_channel_supersedes_the_waiting_one(studio: Studio) -> None:
    studio.plugin("endless", ENDLESS)
    studio.plugin("one", f"return {PICTURE}\nyield")
    blocker = studio.submit("endless")
    older, other, newer = (studio.submit("one", channel=c) for c in ("slider", "brush", "slider"))
    assert studio.mail.wait_end(older) is State.SUPERSEDED
    studio.engine.cancel(blocker)
    assert [studio.mail.wait_end(job) for job in (other, newer)] == [State.DONE, State.DONE]


@pytest.mark.parametrize("body", [ENDLESS, WAITING])
def test_a_newer_request_on_a_channel_supersedes_the_running_one(studio: Studio, body: str) -> None:
    studio.plugin("long", body)
    studio.plugin("one", f"return {PICTURE}\nyield")
    older = studio.submit("long", channel="slider")
    studio.mail.wait_state(older, State.RUNNING)
    newer = studio.submit("one", channel="slider")
    assert studio.mail.wait_end(older) is State.SUPERSEDED
    assert studio.mail.wait_end(newer) is State.DONE


def test_a_superseded_job_in_its_last_step_still_delivers(studio: Studio) -> None:
    """Else a slider that moves faster than a picture takes would never show one."""
    studio.plugin(
        "step",
        f"""
        import engine_notes as notes
        notes.inside.set()
        notes.go.wait()
        return {PICTURE}
        yield
        """,
    )
    notes.inside, notes.go = threading.Event(), threading.Event()
    older = studio.submit("step", channel="slider")
    notes.inside.wait()
    newer = studio.submit("step", channel="slider")
    notes.go.set()
    assert [studio.mail.wait_end(job) for job in (older, newer)] == [State.DONE, State.DONE]
    del notes.inside, notes.go


def test_a_closed_engine_takes_nothing_more(studio: Studio) -> None:
    studio.plugin("endless", ENDLESS)
    job = studio.submit("endless")
    studio.engine.close()
    assert studio.mail.wait_end(job) is State.CANCELLED
    with pytest.raises(UserError, match="closed"):
        studio.submit("endless")
    studio.engine.close()


def test_two_devices_work_at_once(studio: Studio) -> None:
    studio.plugin(
        "meet",
        f"""
        import engine_notes as notes
        notes.barrier.wait(20)
        return {PICTURE}
        yield
        """,
    )
    notes.barrier = threading.Barrier(2)
    engine = Engine(studio.mail, registry=studio.registry, devices=[FakeDevice("a"), FakeDevice("b")])
    jobs = [engine.submit(Request("meet")) for _ in range(2)]
    assert [studio.mail.wait_end(job) for job in jobs] == [State.DONE, State.DONE]
    engine.close()
    del notes.barrier


def test_the_device_is_told_once_and_starts_with_the_first_job(studio: Studio) -> None:
    studio.plugin("one", f"return {PICTURE}\nyield")
    assert studio.engine.device.name == "fake device"
    assert studio.device.started == 0
    studio.run("one")
    studio.run("one")
    assert studio.device.started == 1
    told = [event.sentence for event in studio.mail.events if type(event).__name__ == "Notice"]
    assert told == ["Working on CPU · fake device · 1.0 GB."]


def test_warming_up_starts_the_device_without_a_job(studio: Studio) -> None:
    studio.engine.warm_up()
    studio.mail.wait_notice("Working on")
    assert studio.device.started == 1


def test_a_person_at_the_screen_gets_a_core(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.engine.jobs.cores", lambda: 4)
    studio.plugin("one", f"return {PICTURE}\nyield")
    for on in (True, False):
        studio.engine.interactive(on)
        studio.run("one")
    assert studio.device.threads == [3, 4]


def test_events_come_in_order_from_many_threads(studio: Studio) -> None:
    studio.plugin("one", f"yield Preview({PICTURE}, 0.5)\nreturn {PICTURE}")
    engine, jobs = studio.engine, list[int]()
    threads = [
        threading.Thread(target=lambda: jobs.extend(engine.submit(Request("one")) for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for job in jobs:
        studio.mail.wait_end(job)
        kinds = [type(event).__name__ for event in studio.mail.of(job)]
        assert kinds == ["Changed", "Changed", "Previewed", "Finished", "Changed"]


def test_a_sink_that_raises_does_not_stop_the_engine(studio: Studio) -> None:
    studio.plugin("one", f"return {PICTURE}\nyield")
    mail = studio.mail

    def sink(event: object) -> None:
        mail(event)  # type: ignore[arg-type]
        raise RuntimeError("the face is gone")

    engine = Engine(sink, registry=studio.registry, devices=[FakeDevice()])
    jobs = [engine.submit(Request("one")) for _ in range(2)]
    assert [mail.wait_end(job) for job in jobs] == [State.DONE, State.DONE]
    engine.close()
