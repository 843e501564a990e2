"""All that can be done in the music window, as commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.app.commands import Command
from studio.app.music.generating import TITLES
from studio.app.session import App

if TYPE_CHECKING:
    from studio.ui.pianoroll.window import MusicWindow

GENERATE_KEYS = {
    "new": "Ctrl+Return",
    "continue": "Ctrl+Shift+Return",
    "fill": "Ctrl+Alt+F",
    "vary": "Ctrl+Alt+V",
    "harmonise": "Ctrl+Alt+H",
}
GENERATE_TIPS = {
    "new": "Write a new tune of the kind, key and length set at the right.",
    "continue": "Write further bars after the edited track.",
    "fill": "Write the bars of the chosen notes, or of the loop, anew.",
    "vary": "Write about half of the bars anew.",
    "harmonise": "Add chords and a bass line, worked out by rule from the melody.",
}


def music_commands(window: MusicWindow) -> list[Command]:
    """The commands of a music window, menu by menu."""
    desk, view, room = window.desk, window.view, window.room

    def of(run: Callable[[], object]) -> Callable[[App], object]:
        return lambda _: run()

    def has_notes(_: App) -> bool:
        return bool(desk.notes)

    def has_chosen(_: App) -> bool:
        return bool(desk.selection)

    def command(id: str, title: str, menu: str, run: Callable[[], object], **more: object) -> Command:
        return Command(f"music.{id}", title, menu, of(run), **more)  # type: ignore[arg-type]

    files = [
        command("new", "New song", "File", window.new_song, keys="Ctrl+N", icon="file-new"),
        command("open_file", "Open MIDI file…", "File", window.ask_open, keys="Ctrl+O", icon="folder-open"),
        command("save", "Save as MIDI", "File", window.save, keys="Ctrl+S", icon="save"),
        command(
            "export",
            "Export…",
            "File",
            window.ask_export,
            keys="Ctrl+Shift+E",
            icon="export",
            tip="MIDI, MusicXML, or sound as WAV, FLAC or OGG.",
        ),
        command("stems", "Export stems…", "File", window.ask_stems, tip="A sound file for each track."),
    ]
    edit = [
        command(
            "undo",
            "Undo",
            "Edit",
            lambda: desk.song.undo(),
            keys="Ctrl+Z",
            icon="undo",
            enabled=lambda _: desk.song.can_undo,
        ),
        command(
            "redo",
            "Redo",
            "Edit",
            lambda: desk.song.redo(),
            keys="Ctrl+Shift+Z; Ctrl+Y",
            icon="redo",
            enabled=lambda _: desk.song.can_redo,
        ),
        command("copy", "Copy", "Edit", desk.copy, keys="Ctrl+C", enabled=has_chosen, group="clip"),
        command("paste", "Paste at cursor", "Edit", desk.paste, keys="Ctrl+V", group="clip"),
        command(
            "duplicate", "Duplicate", "Edit", desk.duplicate, keys="Ctrl+D", enabled=has_chosen, group="clip"
        ),
        command(
            "delete", "Delete", "Edit", desk.delete, keys="Del; Backspace", enabled=has_chosen, group="clip"
        ),
        command(
            "select_all",
            "Select all",
            "Edit",
            lambda: desk.select(desk.notes),
            keys="Ctrl+A",
            enabled=has_notes,
            group="clip",
        ),
    ]
    notes = [
        command("quantise", "Quantise", "Notes", desk.quantise, keys="Q", enabled=has_notes),
        command("swing", "Swing", "Notes", desk.swing, keys="Shift+Q", enabled=has_notes),
        command("to_scale", "Move into scale", "Notes", desk.to_scale, keys="K", enabled=has_notes),
        *(
            command(f"transpose.{by:+d}", title, "Notes", lambda by=by: desk.transpose(by), keys=keys,
                    enabled=has_notes, group="transpose")
            for by, title, keys in (
                (1, "Up a semitone", "Ctrl+Shift+Up"),
                (-1, "Down a semitone", "Ctrl+Shift+Down"),
                (12, "Up an octave", "Ctrl+Alt+Up"),
                (-12, "Down an octave", "Ctrl+Alt+Down"),
            )
        ),
    ]  # fmt: skip
    play = [
        command("play", "Play or stop", "Play", window.toggle_play, keys="Space", icon="play"),
        command(
            "play_start", "Play from the beginning", "Play", lambda: window.play_from(0), keys="Shift+Space"
        ),
        command(
            "loop",
            "Loop",
            "Play",
            desk.loop_selection,
            keys="L",
            icon="refresh",
            enabled=has_notes,
            checked=lambda _: desk.song.state.loop is not None,
            tip="Play the bars of the chosen notes again and again.",
        ),
        command(
            "metronome",
            "Metronome",
            "Play",
            window.toggle_metronome,
            keys="M",
            icon="clock",
            checked=lambda _: window.player.metronome,
        ),
    ]
    looks = [
        command("zoom_in", "Zoom in", "View", lambda: view.zoom(1.25), keys="Ctrl++; Ctrl+=", icon="zoom-in"),
        command("zoom_out", "Zoom out", "View", lambda: view.zoom(0.8), keys="Ctrl+-", icon="zoom-out"),
        command("fit", "Show all", "View", view.fit, keys="Ctrl+0", icon="fit"),
        command(
            "draw",
            "Draw notes",
            "View",
            lambda: window.use_tool("draw"),
            keys="B",
            icon="edit",
            checked=lambda _: view.tool == "draw",
            group="tool",
        ),
        command(
            "select",
            "Select notes",
            "View",
            lambda: window.use_tool("select"),
            keys="V",
            icon="select-replace",
            checked=lambda _: view.tool == "select",
            group="tool",
        ),
    ]
    writing = [
        command(
            f"generate.{mode}",
            title,
            "Generate",
            lambda mode=mode: window.generate(mode),
            keys=GENERATE_KEYS[mode],
            tip=GENERATE_TIPS[mode],
            enabled=lambda _: not room.busy,
            icon="generate" if mode == "new" else "",
        )
        for mode, title in TITLES.items()
    ]
    stop = command("generate.stop", "Stop writing", "Generate", room.cancel, keys="Ctrl+.", icon="stop",
                   enabled=lambda _: room.busy, group="stop")  # fmt: skip
    return [*files, *edit, *notes, *play, *looks, *writing, stop]
