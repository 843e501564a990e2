"""All that can be done in the music window, as commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.app.commands import Command
from studio.app.music.generating import TITLES

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
    "new": "Write a new tune of the kind, key and length set at the left.",
    "continue": "Write further bars after the edited track.",
    "fill": "Write the bars of the chosen notes, or of the loop, anew.",
    "vary": "Write about half of the bars anew.",
    "harmonise": "Add chords and a bass line, worked out by rule from the melody.",
}
TRANSPOSE = (
    (1, "Up a semitone", "Ctrl+Shift+Up"),
    (-1, "Down a semitone", "Ctrl+Shift+Down"),
    (12, "Up an octave", "Ctrl+Alt+Up"),
    (-12, "Down an octave", "Ctrl+Alt+Down"),
)


def command(menu: str, id: str, title: str, run: Callable[[], object], **more: Any) -> Command:
    """A command of the music window; ``run`` takes nothing."""
    return Command(f"music.{id}", title, menu, lambda _: run(), **more)


def music_commands(window: MusicWindow) -> list[Command]:
    """The commands of a music window, menu by menu."""
    parts = (file_commands, edit_commands, note_commands, track_commands)
    parts += (play_commands, view_commands, writing_commands)
    return [made for part in parts for made in part(window)]


def file_commands(window: MusicWindow) -> list[Command]:
    """Songs and files."""
    export = "MIDI, MusicXML, or sound as WAV, FLAC or OGG."
    stems = "A sound file for each track."
    return [
        command("File", "new", "New song", window.new_song, keys="Ctrl+N", icon="file-new"),
        command("File", "open_file", "Open MIDI file…", window.ask_open, keys="Ctrl+O", icon="folder-open"),
        command("File", "save", "Save as MIDI", window.save, keys="Ctrl+S", icon="save"),
        command(
            "File", "export", "Export…", window.ask_export, keys="Ctrl+Shift+E", icon="export", tip=export
        ),
        command("File", "stems", "Export stems…", window.ask_stems, tip=stems),
        *timeline_commands(window),
    ]


def timeline_commands(window: MusicWindow) -> list[Command]:
    """The song as a sound among clips."""
    more = {"enabled": lambda _: bool(window.desk.melody.count), "group": "timeline"}
    return [
        command("File", "timeline", "Put on timeline, bars marked", lambda: window.to_timeline("bars"),
                keys="Ctrl+T", icon="clip", tip="As a sound, with a marker at each bar.", **more),
        command("File", "timeline_beats", "Put on timeline, beats marked",
                lambda: window.to_timeline("beats"), tip="As a sound, with a marker at each beat.", **more),
    ]  # fmt: skip


def edit_commands(window: MusicWindow) -> list[Command]:
    """Undo, and the notes as a whole."""
    desk = window.desk
    chosen = {"enabled": lambda _: bool(desk.selection), "group": "clip"}
    some = {"enabled": lambda _: bool(desk.notes), "group": "clip"}
    undo = {"enabled": lambda _: desk.song.can_undo, "icon": "undo"}
    redo = {"enabled": lambda _: desk.song.can_redo, "icon": "redo"}
    return [
        command("Edit", "undo", "Undo", lambda: desk.song.undo(), keys="Ctrl+Z", **undo),
        command("Edit", "redo", "Redo", lambda: desk.song.redo(), keys="Ctrl+Shift+Z; Ctrl+Y", **redo),
        command("Edit", "copy", "Copy", desk.copy, keys="Ctrl+C", **chosen),
        command("Edit", "paste", "Paste at cursor", desk.paste, keys="Ctrl+V", group="clip"),
        command("Edit", "duplicate", "Duplicate", desk.duplicate, keys="Ctrl+D", **chosen),
        command("Edit", "delete", "Delete", desk.delete, keys="Del; Backspace", **chosen),
        command("Edit", "select_all", "Select all", lambda: desk.select(desk.notes), keys="Ctrl+A", **some),
    ]


def note_commands(window: MusicWindow) -> list[Command]:
    """What is done to the chosen notes, or to all of the track."""
    desk = window.desk
    some = {"enabled": lambda _: bool(desk.notes)}
    moves = [
        command("Notes", f"transpose.{by:+d}", title, lambda by=by: desk.transpose(by), keys=keys,
                group="transpose", **some)
        for by, title, keys in TRANSPOSE
    ]  # fmt: skip
    return [
        command("Notes", "quantise", "Quantise", desk.quantise, keys="Q", **some),
        command("Notes", "quantise_half", "Quantise half way", lambda: desk.quantise(0.5), keys="Alt+Q",
                **some),
        command("Notes", "swing", "Swing", desk.swing, keys="Shift+Q", **some),
        command("Notes", "to_scale", "Move into scale", desk.to_scale, keys="K", **some),
        *moves,
        command("Notes", "change", "Change from bar…", window.ask_change, keys="T", group="change",
                tip="Another tempo, meter or key from the cursor's bar on."),
    ]  # fmt: skip


def track_commands(window: MusicWindow) -> list[Command]:
    """What is done to tracks; the first three go to another one."""
    desk = window.desk
    several = {"enabled": lambda _: len(desk.melody.parts) > 1}

    def switch(what: str) -> dict[str, Any]:
        return {"checked": lambda _: desk.part in getattr(desk.song.state, what), "group": "hear"}

    return [
        command("Track", "track.add", "Add track", desk.add_track, keys="Ctrl+Shift+N", icon="plus"),
        command("Track", "track.above", "Track above", lambda: desk.step_track(-1), keys="PgUp", **several),
        command("Track", "track.below", "Track below", lambda: desk.step_track(1), keys="PgDown", **several),
        command("Track", "track.mute", "Mute", lambda: desk.toggle(desk.part, "muted"), keys="Shift+M",
                **switch("muted")),
        command("Track", "track.solo", "Solo", lambda: desk.toggle(desk.part, "solo"), keys="Shift+O",
                **switch("solo")),
        command("Track", "track.remove", "Remove track", desk.remove_track, icon="trash", group="remove",
                **several),
    ]  # fmt: skip


def play_commands(window: MusicWindow) -> list[Command]:
    """Hearing it."""
    desk, player = window.desk, window.player
    loop = {
        "enabled": lambda _: bool(desk.notes),
        "checked": lambda _: desk.song.state.loop is not None,
        "tip": "Play the bars of the chosen notes again and again.",
    }
    click = {"checked": lambda _: player.metronome, "tip": "Click on the beats."}
    keys_in = window.keys_in
    record = {
        "checked": lambda _: keys_in.recording,
        "tip": "Record from the MIDI keyboard into the chosen track, after the count-in.",
    }
    keyboard = {
        "checked": lambda _: keys_in.keyboard.connected,
        "tip": "Listen to the MIDI keyboard, or no longer.",
    }
    start = "Play from the beginning"
    return [
        command("Play", "play", "Play or stop", window.toggle_play, keys="Space", icon="play"),
        command("Play", "play_start", start, lambda: window.play_from(0), keys="Shift+Space"),
        command("Play", "record", "Record", window.record, keys="R", icon="record", **record),
        command("Play", "loop", "Loop", desk.loop_selection, keys="L", icon="refresh", **loop),
        command("Play", "metronome", "Metronome", window.toggle_metronome, keys="M", icon="clock", **click),
        command("Play", "keyboard", "MIDI keyboard", keys_in.toggle_connection, group="keys", **keyboard),
    ]


def view_commands(window: MusicWindow) -> list[Command]:
    """Zoom and tools."""
    view = window.view
    draw = {"checked": lambda _: view.tool == "draw", "group": "tool", "icon": "edit"}
    select = {"checked": lambda _: view.tool == "select", "group": "tool", "icon": "select-replace"}
    return [
        command("View", "zoom_in", "Zoom in", lambda: view.zoom(1.25), keys="Ctrl++; Ctrl+=", icon="zoom-in"),
        command("View", "zoom_out", "Zoom out", lambda: view.zoom(0.8), keys="Ctrl+-", icon="zoom-out"),
        command("View", "fit", "Show all", view.fit, keys="Ctrl+0", icon="fit"),
        command("View", "draw", "Draw notes", lambda: window.use_tool("draw"), keys="B", **draw),
        command("View", "select", "Select notes", lambda: window.use_tool("select"), keys="V", **select),
    ]


def writing_commands(window: MusicWindow) -> list[Command]:
    """What the generator writes."""
    room = window.room
    idle = {"enabled": lambda _: not room.busy}
    busy = {"enabled": lambda _: room.busy, "group": "stop", "icon": "stop"}
    made = [
        command("Generate", f"generate.{mode}", title, lambda mode=mode: window.generate(mode),
                keys=GENERATE_KEYS[mode], tip=GENERATE_TIPS[mode], **idle)
        for mode, title in TITLES.items()
    ]  # fmt: skip
    return [*made, command("Generate", "generate.stop", "Stop writing", room.cancel, keys="Ctrl+.", **busy)]
