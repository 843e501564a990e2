"""Whatever a plugin does, the job ends, the studio stays, and the next job runs."""

from collections.abc import Callable

import engine_notes as notes
import numpy as np
import pytest
from engine_kit import Studio

from studio.engine.jobs import Previewed, State

PICTURE = "Image(np.full((3, 4, 3), 7, np.uint8))"

BROKEN = {
    "raises": ("raise ValueError('no such colour')\nyield", "Bad failed with ValueError: no such colour."),
    "raises later": (f"yield Preview({PICTURE})\nraise KeyError('x')", "Bad failed with KeyError: 'x'."),
    "exits": ("raise SystemExit(3)\nyield", "Bad failed with SystemExit: 3."),
    "interrupts": ("raise KeyboardInterrupt\nyield", "Bad failed with KeyboardInterrupt."),
    "closes itself": ("raise GeneratorExit\nyield", "Bad failed with GeneratorExit."),
    "recurses": ("def f(): f()\nf()\nyield", "Bad failed with RecursionError"),
    "yields a number": ("yield 5", "Bad yielded a int"),
    "yields an array": ("yield np.zeros((2, 2, 3))", "Bad yielded a ndarray"),
    "previews an array": ("yield Preview(np.zeros((2, 2, 3)))", "Bad yielded a Preview of a ndarray"),
    "chunks a text": ("yield Chunk(Text('a'))", "Bad gave a Text where it promised Image."),
    "returns nothing": (f"yield Preview({PICTURE})", "Bad gave a NoneType where it promised Image."),
    "returns text": ("return Text('a')\nyield", "Bad gave a Text where it promised Image."),
    "returns no pictures": ("return ()\nyield", "Bad returned an empty tuple."),
    "returns mixed": (f"return ({PICTURE}, 3)\nyield", "Bad gave a int where it promised Image."),
    "progress is nan": (f"yield Preview({PICTURE}, float('nan'))", "Bad gave nan as its progress"),
    "progress is text": (f"yield Preview({PICTURE}, 'half')", "Bad gave 'half' as its progress"),
    "makes no picture": (
        "return Image(np.zeros((0, 4, 3), np.uint8))\nyield",
        "A picture needs at least one pixel.",
    ),
    "says it in words": ("raise UserError('The sky is empty.', 'Paint one.')\nyield", "The sky is empty."),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_run_fails_its_job_only(studio: Studio, name: str) -> None:
    body, sentence = BROKEN[name]
    studio.plugin("bad", body)
    studio.plugin("good", f"return {PICTURE}\nyield")
    job = studio.run("bad")
    assert studio.mail.states(job)[-1] is State.FAILED
    assert studio.mail.failure(job).sentence.startswith(sentence)
    assert studio.mail.states(studio.run("good"))[-1] is State.DONE


def test_a_bug_shows_its_traceback_and_a_refusal_does_not(studio: Studio) -> None:
    studio.plugin("bad", "raise ValueError('x')\nyield")
    studio.plugin("polite", "raise UserError('No.', 'Try yes.')\nyield")
    assert "raise ValueError('x')" in studio.mail.failure(studio.run("bad")).details
    refusal = studio.mail.failure(studio.run("polite"))
    assert (refusal.sentence, refusal.hint, refusal.details) == ("No.", "Try yes.", "")


@pytest.mark.parametrize("error", ["ValueError('x')", "SystemExit(1)", "KeyboardInterrupt()"])
def test_a_broken_load_fails_the_job_and_is_tried_again(studio: Studio, error: str) -> None:
    studio.plugin("bad", f"return {PICTURE}\nyield", extra=f"def load(self, ctx):\n    raise {error}")
    assert [studio.mail.states(studio.run("bad"))[-1] for _ in range(2)] == [State.FAILED, State.FAILED]


def test_progress_beyond_its_range_is_held_inside(studio: Studio) -> None:
    studio.plugin("eager", f"yield Preview({PICTURE}, -3)\nyield Preview({PICTURE}, 9)\nreturn {PICTURE}")
    assert [preview.progress for preview in studio.mail.previews(studio.run("eager"))] == [0.0, 1.0]


def test_endless_previews_can_be_cancelled(studio: Studio) -> None:
    studio.plugin("flood", f"while True:\n    yield Preview({PICTURE}, 0.5)")
    job = studio.submit("flood")
    studio.mail.wait(lambda e: isinstance(e, Previewed))
    studio.engine.cancel(job)
    assert studio.mail.wait_end(job) is State.CANCELLED


def test_a_plugin_that_raises_while_it_is_closed_is_cancelled_all_the_same(studio: Studio) -> None:
    studio.plugin(
        "sour",
        f"try:\n    while True:\n        yield Preview({PICTURE}, 0.5)\nfinally:\n    raise ValueError('no')",
    )
    studio.plugin(
        "deaf",
        f"""
        try:
            while True:
                yield Preview({PICTURE}, 0.5)
        except GeneratorExit:
            yield Preview({PICTURE}, 0.5)
        """,
    )
    for name in ("sour", "deaf"):
        job = studio.submit(name)
        studio.mail.wait(lambda e, job=job: isinstance(e, Previewed) and e.job_id == job)
        studio.engine.cancel(job)
        assert studio.mail.wait_end(job) is State.CANCELLED


def test_a_stuck_plugin_is_left_behind_when_cancelled(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(grace=0.05)
    studio.plugin("stuck", "while True:\n    time.sleep(0.001)")
    studio.plugin("good", f"return {PICTURE}\nyield")
    job = studio.submit("stuck")
    studio.mail.wait_state(job, State.RUNNING)
    studio.engine.cancel(job)
    assert studio.mail.wait_end(job) is State.CANCELLED
    assert "left behind" in studio.mail.wait_notice("Stuck did not stop").sentence
    assert studio.mail.states(studio.run("good"))[-1] is State.DONE
    assert studio.mail.states(job)[-1] is State.CANCELLED


def test_a_plugin_that_swallows_everything_is_left_behind(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(grace=0.05)
    studio.plugin(
        "glutton",
        """
        import engine_notes as notes
        while not getattr(notes, "enough", False):
            try:
                while True:
                    ctx.check()
                    time.sleep(0.001)
            except BaseException:
                pass
        yield
        """,
    )
    studio.plugin("good", f"return {PICTURE}\nyield")
    job = studio.submit("glutton")
    studio.mail.wait_state(job, State.RUNNING)
    studio.engine.cancel(job)
    assert studio.mail.wait_end(job) is State.CANCELLED
    assert studio.mail.states(studio.run("good"))[-1] is State.DONE
    notes.enough = True
    studio.close()


def test_the_other_jobs_of_a_thread_left_behind_go_on(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(grace=0.05)
    studio.plugin(
        "slow",
        f"for i in range(50):\n    time.sleep(0.001)\n    yield Preview({PICTURE}, i / 50)\nreturn {PICTURE}",
    )
    studio.plugin("stuck", "while True:\n    time.sleep(0.001)")
    slow = studio.submit("slow")
    studio.mail.wait(lambda e: isinstance(e, Previewed))
    studio.engine.pause(slow)
    studio.mail.wait_state(slow, State.PAUSED)
    stuck = studio.submit("stuck")
    studio.mail.wait_state(stuck, State.RUNNING)
    studio.engine.cancel(stuck)
    studio.mail.wait_end(stuck)
    studio.engine.resume(slow)
    assert studio.mail.wait_end(slow) is State.DONE


def test_a_silent_plugin_is_mentioned_once(make_studio: Callable[..., Studio]) -> None:
    studio = make_studio(quiet=0.02)
    studio.plugin("silent", "while True:\n    ctx.check()\n    time.sleep(0.001)")
    job = studio.submit("silent")
    studio.mail.wait_notice("Silent has shown nothing")
    studio.engine.cancel(job)
    studio.mail.wait_end(job)
    told = [event for event in studio.mail.events if "shown nothing" in getattr(event, "sentence", "")]
    assert len(told) == 1


def test_memory_shortage_is_retried_in_smaller_pieces(studio: Studio) -> None:
    studio.plugin(
        "hungry",
        """
        size = ctx.tile(512)
        for i in range(4):
            yield Chunk(Image(np.full((1, 1, 1), i, np.uint8)))
            if size > 128 and i == 2:
                raise MemoryError
        return Image(np.full((1, ctx.batch(64), 1), 9, np.uint8))
        """,
    )
    job = studio.run("hungry")
    assert studio.mail.states(job)[-1] is State.DONE
    assert [int(chunk.value.pixels[0, 0, 0]) for chunk in studio.mail.chunks(job)] == [0, 1, 2, 3]
    assert studio.mail.result(job).value.width == 16
    notices = [event for event in studio.mail.events if "ran out of memory" in getattr(event, "sentence", "")]
    assert len(notices) == studio.device.released == 2


def test_memory_shortage_without_end_fails_in_a_sentence(studio: Studio) -> None:
    studio.plugin("greedy", "raise MemoryError\nyield")
    failure = studio.mail.failure(studio.run("greedy"))
    assert failure.sentence == "Greedy needs more memory than there is."


def test_the_budget_halves_with_each_shortage(studio: Studio) -> None:
    studio.plugin(
        "hungry",
        """
        if ctx.shrink < 2:
            raise MemoryError
        return Image(np.array([[[ctx.budget / 2**30]]], np.float32))
        yield
        """,
    )
    value = studio.mail.result(studio.run("hungry")).value
    assert np.allclose(value.pixels, studio.device.info.memory_total / 2 / 4 / 2**30)
