"""Films are written whole or not at all, and read back by other programs' libraries."""

import av
import numpy as np
import pytest
from PIL import Image as Pillow

from studio.app.movie import between, even, flat, write_movie
from studio.model.errors import UserError


def frames(count=6, height=33, width=48, channels=3):
    out = np.zeros((count, height, width, channels), np.uint8)
    out[..., 3:] = 255
    for i in range(count):
        out[i, :, : (i + 1) * width // count] = 255
    return list(out)


def run(steps):
    seen = []
    try:
        while True:
            seen.append(next(steps))
    except StopIteration as end:
        return end.value, seen


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_videos_have_all_frames_at_the_right_time(tmp_path, suffix):
    path = tmp_path / f"film{suffix}"
    count, shares = run(write_movie(path, frames(), 6, 24))
    assert count == 6 and shares[-1] == 1.0
    with av.open(str(path)) as film:
        (stream,) = film.streams.video
        decoded = list(film.decode(stream))
        assert len(decoded) == 6 and (stream.width, stream.height) == (48, 34)
        assert float(decoded[3].time) == pytest.approx(3 / 24, abs=0.002)
        means = [frame.to_ndarray(format="rgb24").mean() for frame in decoded]
        assert means == sorted(means) and means[-1] > 240


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_moving_pictures_have_all_frames(tmp_path, suffix):
    path = tmp_path / f"film{suffix}"
    assert run(write_movie(path, frames(channels=4), 6, 10))[0] == 6
    with Pillow.open(path) as film:
        assert film.n_frames == 6 and film.size == (48, 33)


def test_stopping_half_way_leaves_nothing(tmp_path):
    steps = write_movie(tmp_path / "film.mp4", frames(), 6, 24)
    next(steps)
    steps.close()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="no kind of film"):
        run(write_movie(tmp_path / "film.txt", frames(), 6, 24))
    for suffix in (".mp4", ".gif"):
        with pytest.raises(UserError, match="no picture"):
            run(write_movie(tmp_path / f"film{suffix}", [], 0, 24))
    with pytest.raises(UserError, match="could not be written"):
        run(write_movie(tmp_path / "missing" / "film.mp4", frames(), 6, 24))
    assert list(tmp_path.iterdir()) == []


def test_frames_are_made_fit_and_mixed():
    clear = np.zeros((3, 5, 4), np.uint8)
    assert (flat(clear) == 255).all() and even(flat(clear)).shape == (4, 6, 3)
    dark, light = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 200, np.uint8)
    assert [int(frame[0, 0, 0]) for frame in between(dark, light, 4)] == [0, 50, 100, 150]
