"""The headless face: `studio` and `python main.py`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (``sys.argv`` if None); returns the exit code: 0 done, 1 failed, 2 wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given:
        return just_open()
    from studio.cli.commands import dispatch

    return dispatch(given)


def just_open() -> int:
    """Open the window without loading what only the commands need: a tenth of a second of the start."""
    from studio.cli.window import WINDOW, hand_over
    from studio.model.errors import UserError

    try:
        return hand_over(WINDOW, [])
    except UserError as error:
        from studio.cli.terminal import complain

        complain(error)
        return 1
