"""Run folders made by hand, as a trainer would leave them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from studio.engine import runs
from studio.engine.runlock import RunLock
from studio.engine.runs import RunInfo, RunState

CELL, COLUMNS, ROWS = 16, 4, 3


def make_run(home: Path, name: str, state: RunState = RunState.DONE, **fields: object) -> Path:
    """A run with a status and nothing else."""
    folder = home / name
    folder.mkdir(parents=True)
    (folder / "recipe.toml").write_text('name = "x"\n')
    usual = {"started": 1000.0, "images": 3200, "images_total": 6400, "seconds": 60.0, "rate": 50.0,
             "cpu_minutes": 2.0, "device": "cpu", "sentence": "Learning.", "data": str(home)}  # fmt: skip
    runs.write(RunInfo(folder, state=state, **{**usual, **fields}))
    return folder


def renew(folder: Path, **fields: object) -> None:
    """Change what run.json says."""
    runs.write(replace(runs.read_status(folder), **fields))


def report(folder: Path, images: int, **losses: float) -> None:
    """Add a line to the log."""
    line = {"images": images, "seconds": images / 50, "cpu_minutes": images / 1500, "rate": 50.0,
            "losses": losses or {"g": 1.0 + images / 1000, "d_real": 0.5}, "metrics": {}}  # fmt: skip
    if images % 500 == 0:
        line["metrics"] = {"kernel": 1 / (1 + images)}
    with (folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")


def sheet(folder: Path, images: int) -> Path:
    """Add a sample sheet whose brightness tells how many images were seen."""
    (folder / "samples").mkdir(exist_ok=True)
    pixels = np.zeros((ROWS * CELL, COLUMNS * CELL, 3), np.uint8)
    pixels[:] = (min(images // 20, 255), 90, 200 - min(images // 30, 200))
    pixels[::CELL], pixels[:, ::CELL] = 0, 0
    path = folder / "samples" / f"{images:08}.png"
    Pillow.fromarray(pixels).save(path)
    layout = {"columns": COLUMNS, "rows": ROWS, "cell": CELL, "labels": []}
    (folder / "samples" / "layout.json").write_text(json.dumps(layout))
    return path


def full_run(home: Path, name: str, state: RunState = RunState.DONE, **fields: object) -> Path:
    """A run with curves and sheets."""
    folder = make_run(home, name, state, **fields)
    for images in range(100, 3300, 100):
        report(folder, images)
    for images in range(400, 3600, 400):
        sheet(folder, images)
    return folder


def owned(folder: Path) -> RunLock:
    """The lock that a living trainer holds; release it at the end."""
    lock = RunLock(folder)
    assert lock.take()
    return lock
