"""Where the sounds come from: a SoundFont of one's choice, or the one inside the package pretty_midi."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from studio.model.errors import UserError

HINT = "Choose a .sf2 or .sf3 file in the settings (Music)."
MAX_BYTES = 2 << 30


def packaged() -> Path | None:
    """TimGM6mb.sf2 as pretty_midi brings it, without importing that package."""
    spec = find_spec("pretty_midi")
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder) / "TimGM6mb.sf2"
        if path.is_file():
            return path
    return None


def soundfont(chosen: str = "") -> Path:
    """The SoundFont to play with. UserError when the chosen file is none, or there is none at all."""
    if not chosen:
        path = packaged()
        if path is None:
            raise UserError("There is no SoundFont to play with.", HINT)
        return path
    path = Path(chosen)
    try:
        with path.open("rb") as file:
            head = file.read(12)
        size = path.stat().st_size
    except OSError as error:
        raise UserError(f"The SoundFont “{path.name}” cannot be read: {error.strerror}.", HINT) from None
    if head[:4] != b"RIFF" or head[8:] != b"sfbk" or size > MAX_BYTES:
        raise UserError(f"“{path.name}” is no SoundFont.", HINT)
    return path
