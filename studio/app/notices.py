"""What the studio tells the person: one sentence, a hint, and details on demand."""

from __future__ import annotations

import itertools
import logging
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from psygnal import Signal

from studio.model.errors import UserError

log = logging.getLogger(__name__)


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_LOG_LEVELS = {Level.INFO: logging.INFO, Level.WARNING: logging.WARNING, Level.ERROR: logging.ERROR}


@dataclass(frozen=True, eq=False)
class Action:
    """One thing to do about a notice: the label of its button and what pressing it does."""

    label: str
    run: Callable[[], None]


@dataclass(frozen=True, eq=False)
class Notice:
    """One message. `sentence` says what happened, `hint` what to do, `details` is for a bug report.

    A quiet one is only listed, not brought before the person.
    """

    id: int
    level: Level
    sentence: str
    hint: str = ""
    details: str = ""
    actions: tuple[Action, ...] = field(default=())
    quiet: bool = False


class Notices:
    """The notices of this run, newest last, bounded in number. Main thread only."""

    added = Signal(Notice)
    cleared = Signal()

    def __init__(self, limit: int = 200) -> None:
        self._ids = itertools.count(1)
        self._items: deque[Notice] = deque(maxlen=limit)

    @property
    def items(self) -> tuple[Notice, ...]:
        """All notices kept, oldest first."""
        return tuple(self._items)

    def add(
        self,
        level: Level | str,
        sentence: str,
        hint: str = "",
        details: str = "",
        actions: tuple[Action, ...] = (),
        quiet: bool = False,
    ) -> Notice:
        """Record a notice, write it to the log and announce it."""
        notice = Notice(next(self._ids), Level(level), sentence, hint, details, actions, quiet)
        self._items.append(notice)
        log.log(_LOG_LEVELS[notice.level], "%s %s %s", sentence, hint, details)
        self.added.emit(notice)
        return notice

    def add_exception(self, error: BaseException, doing: str = "") -> Notice:
        """A `UserError` becomes its own sentence; anything else is a fault, with its traceback."""
        if isinstance(error, UserError):
            return self.add(Level.ERROR, error.sentence, error.hint)
        details = "".join(traceback.format_exception(error))
        sentence = f"{doing} failed unexpectedly." if doing else "Something unexpected went wrong."
        return self.add(
            Level.ERROR, sentence, "Your document is untouched. Details help to report it.", details
        )

    def clear(self) -> None:
        """Forget all notices."""
        self._items.clear()
        self.cleared.emit()
