"""The one way from the command line to the window.

The command line knows nothing of Qt: it names the module that does and hands the arguments over, so that
`studio list` starts without it and the two faces stay independent of each other.
"""

from __future__ import annotations

import gc
from importlib import import_module

from studio.model.errors import UserError

WINDOW = "studio.ui.app"
CORE = "studio.app.actions"  # comes before Qt, which looks at the source of every module imported after it


def hand_over(module: str, arguments: list[str]) -> int:
    """Call ``run(arguments)`` of a module of the window; its exit code. UserError when Qt cannot load."""
    gc.disable()  # nothing that importing makes is garbage; searching it costs a tenth of the time
    try:
        import_module(CORE)
        face = import_module(module)
    except ImportError as error:
        raise UserError(
            f"The window cannot open: {str(error).rstrip('.')}.",
            "Run “make run” once, which installs what is missing; “studio list” works without a window.",
        ) from error
    finally:
        gc.freeze()
        gc.enable()
    return int(face.run(arguments))
