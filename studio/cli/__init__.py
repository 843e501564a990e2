"""The headless face: `studio` and `python main.py`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (``sys.argv`` if None); returns the exit code: 0 done, 1 failed, 2 wrong use."""
    from studio.cli.commands import dispatch

    return dispatch(list(sys.argv[1:] if arguments is None else arguments))
