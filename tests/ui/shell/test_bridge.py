"""The crossing from engine threads into the window."""

import sys
import threading

import numpy as np
import pytest

from studio.engine.events import Chunked, Previewed
from studio.model.media import Image
from studio.ui.bridge import Bridge

PICTURE = Image(np.zeros((1, 1, 3), np.uint8))


@pytest.fixture
def bridge(qapp):
    made = Bridge()
    made.handled = []
    made.handle = made.handled.append
    yield made
    made.close()


def preview(job: int, progress: float) -> Previewed:
    return Previewed(job, PICTURE, progress)


def test_only_the_newest_preview_of_each_job_arrives(bridge, qtbot):
    for step in range(5):
        bridge.post(preview(1, step / 5))
        bridge.post(preview(2, step / 5))
    qtbot.waitUntil(lambda: len(bridge.handled) == 2)
    qtbot.wait(20)
    assert [(event.job_id, event.progress) for event in bridge.handled] == [(1, 0.8), (2, 0.8)]


def test_chunks_keep_their_order_and_a_preview_never_overtakes_or_falls_behind(bridge, qtbot):
    for number in range(100):
        bridge.post(preview(1, number / 100))
        bridge.post(Chunked(1, PICTURE, number))
    qtbot.waitUntil(lambda: len(bridge.handled) == 101)
    chunks = [event.index for event in bridge.handled if isinstance(event, Chunked)]
    assert chunks == list(range(100))
    assert isinstance(bridge.handled[-2], Previewed) and bridge.handled[-2].progress == 0.99


def test_nothing_is_dropped_that_several_threads_post_at_once(bridge, qtbot):
    def work(job: int) -> None:
        for number in range(500):
            bridge.post(Chunked(job, PICTURE, number))

    threads = [threading.Thread(target=work, args=(job,)) for job in range(4)]
    for thread in threads:
        thread.start()
    qtbot.waitUntil(lambda: len(bridge.handled) == 2000, timeout=20_000)
    for thread in threads:
        thread.join()
    for job in range(4):
        assert [e.index for e in bridge.handled if e.job_id == job] == list(range(500))


def test_everything_arrives_on_the_main_thread(bridge, qtbot):
    seen = []
    thread = threading.Thread(target=lambda: bridge.call(lambda: seen.append(threading.current_thread())))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [threading.main_thread()]


def test_a_fault_in_one_call_does_not_stop_the_next(bridge, qtbot, monkeypatch):
    caught, seen = [], []
    monkeypatch.setattr(sys, "excepthook", lambda *error: caught.append(error[1]))
    bridge.call(lambda: 1 / 0)
    bridge.call(lambda: seen.append(1))
    qtbot.waitUntil(lambda: bool(seen))
    assert [type(error) for error in caught] == [ZeroDivisionError]


def test_a_long_queue_is_worked_off_in_slices_that_let_the_window_breathe(bridge, qtbot):
    ticks = []
    bridge.handle = lambda event: (bridge.handled.append(event), threading.Event().wait(0.002))
    for number in range(50):
        bridge.post(Chunked(1, PICTURE, number))
    while len(bridge.handled) < 50:
        qtbot.wait(1)
        ticks.append(len(bridge.handled))
    assert len(ticks) > 3


def test_after_closing_nothing_arrives_any_more(bridge, qtbot):
    bridge.post(preview(1, 0.5))
    bridge.close()
    bridge.post(preview(1, 0.6))
    qtbot.wait(20)
    assert bridge.handled == []
