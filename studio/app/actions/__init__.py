"""Everything a person can do, as lists of commands, one module per menu."""

from __future__ import annotations

from studio.app.actions.edit import EDIT
from studio.app.actions.file import FILE
from studio.app.actions.generate import GENERATE
from studio.app.actions.help import HELP
from studio.app.actions.image import IMAGE
from studio.app.actions.layer import LAYER
from studio.app.actions.models import MODELS
from studio.app.actions.retouch import RETOUCH
from studio.app.actions.select import SELECT
from studio.app.commands import Command

COMMANDS: tuple[Command, ...] = (*FILE, *EDIT, *IMAGE, *LAYER, *RETOUCH, *SELECT, *GENERATE, *MODELS, *HELP)
