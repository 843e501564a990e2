"""Keys struck on a MIDI keyboard, through python-rtmidi where it is installed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from studio.model.errors import UserError

CLIENT = "Latent Studio"


@dataclass(frozen=True)
class Struck:
    """A key goes down, or up when ``velocity`` is 0. time: of `time.perf_counter`, in seconds."""

    pitch: int
    velocity: int
    time: float


def driver() -> Any:
    """The package rtmidi. UserError where it is not installed."""
    try:
        return import_module("rtmidi")
    except ImportError:
        hint = "Install it with: pip install latent-studio[midi]"
        raise UserError("MIDI keyboards need the package python-rtmidi.", hint) from None


def struck(message: Sequence[int], now: float) -> Struck | None:
    """What a MIDI message means; None for all but notes. A note-on of velocity 0 is a note-off."""
    if len(message) < 3 or message[0] & 0xE0 != 0x80:
        return None
    velocity = message[2] & 0x7F if message[0] & 0xF0 == 0x90 else 0
    return Struck(message[1] & 0x7F, velocity, now)


class MidiKeyboard:
    """One keyboard. ``heard`` is called on the driver's thread, for each key."""

    def __init__(self, heard: Callable[[Struck], object]) -> None:
        self._heard = heard
        self._port: Any = None
        self.name = ""

    @property
    def connected(self) -> bool:
        """Whether a keyboard is listened to."""
        return self._port is not None

    def connect(self, wanted: str = "") -> str:
        """Listen to the first keyboard whose name holds ``wanted``; its name. UserError without any."""
        self.close()
        midi = driver()
        try:
            port = midi.MidiIn(name=CLIENT)
            names: list[str] = port.get_ports()
            fitting = [i for i, name in enumerate(names) if fits(name, wanted)]
            if not fitting:
                raise absent(names, wanted)
            port.ignore_types(sysex=True, timing=True, active_sense=True)
            port.set_callback(self._take)
            port.open_port(fitting[0], name="keys")
        except midi.RtMidiError:
            raise absent([], wanted) from None
        self._port, self.name = port, names[fitting[0]]
        return self.name

    def _take(self, event: tuple[Sequence[int], float], _: object = None) -> None:
        key = struck(event[0], time.perf_counter())
        if key is not None:
            self._heard(key)

    def close(self) -> None:
        """Listen no longer."""
        if self._port is not None:
            self._port.cancel_callback()
            self._port.close_port()
            self._port, self.name = None, ""


def fits(name: str, wanted: str) -> bool:
    """Whether a port is the one wanted; unless named, none that only hands the computer's own notes on."""
    if wanted:
        return wanted.lower() in name.lower()
    return "midi through" not in name.lower() and CLIENT.lower() not in name.lower()


def absent(names: Sequence[str], wanted: str) -> UserError:
    """There is no such keyboard."""
    if wanted and names:
        return UserError(f"No MIDI keyboard is called “{wanted}”.", f"There are: {', '.join(names)}.")
    return UserError("No MIDI keyboard was found.", "Plug one in, then connect it again.")
