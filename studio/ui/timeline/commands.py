"""What can be done in the timeline window, as data."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from studio.app.commands import Command
from studio.app.session import App
from studio.model import timeline_edits as edits
from studio.model.timeline import Item, Key, Score

if TYPE_CHECKING:
    from studio.ui.timeline.window import TimelineWindow

SPEEDS = (("¼ speed", "1/4"), ("½ speed", "1/2"), ("Normal speed", "1"), ("Double speed", "2"))
FADE = Fraction(1, 2)


def timeline_commands(window: TimelineWindow) -> list[Command]:
    """All commands of the window, in the order of its menus."""
    desk, tracks = window.desk, window.tracks.view

    def chosen(app: App) -> bool:
        return desk.item() is not None

    def with_clip(app: App) -> bool:
        item = desk.item()
        return item is not None and item.source.clip is not None

    def filled(app: App) -> bool:
        return bool(desk.score.length)

    def on_item(title: str, change: Callable[[Score, Item], Score]) -> Callable[[App], object]:
        def run(app: App) -> None:
            item = desk.item()
            if item is not None:
                desk.do(title, lambda score: change(score, item))

        return run

    def add(kind: str) -> Callable[[App], object]:
        id = desk.timeline.new_id
        return lambda app: desk.do(f"Add {kind} track", lambda score: edits.add_track(score, id(), kind))  # type: ignore[arg-type]

    def key(value: float) -> Callable[[App], object]:
        return on_item(
            "Set opacity",
            lambda s, i: edits.set_key(
                s, i.id, Key(min(max(desk.playhead - i.start, Fraction(0)), i.length), value, "both")
            ),
        )

    def mark(app: App) -> None:
        number = len(desk.score.markers) + 1
        desk.do("Add marker", lambda score: edits.add_marker(score, desk.playhead, f"Marker {number}"))

    def speed(value: str) -> Callable[[App], object]:
        return on_item("Change speed", lambda s, i: edits.set_speed(s, i.id, Fraction(value)))

    def toggle_snap(app: App) -> None:
        tracks.snapping = not tracks.snapping

    def make(generator: str, **params: object) -> Callable[[App], object]:
        return lambda app: desk.generate(generator, dict(params))

    C = Command
    return [
        C("import", "Import…", "File", lambda app: window.ask_import(), "Ctrl+I", icon="import"),
        C("render", "Render…", "File", lambda app: window.ask_render(), "Ctrl+E", filled, "export"),
        C("from_canvas", "Canvas to Timeline", "File", lambda app: desk.from_canvas(), "Ctrl+Shift+V",
          lambda app: app.document is not None, "image-add", group="canvas"),
        C("to_canvas", "Frame to Canvas", "File", lambda app: desk.to_canvas(), "Ctrl+Shift+C", filled,
          "send-to-canvas", group="canvas"),
        C("close", "Close", "File", lambda app: window.close(), "Ctrl+W", group="close"),
        C("undo", "Undo", "Edit", lambda app: desk.timeline.undo(), "Ctrl+Z",
          lambda app: bool(desk.timeline.undo_title), "undo", group="history"),
        C("redo", "Redo", "Edit", lambda app: desk.timeline.redo(), "Ctrl+Shift+Z",
          lambda app: bool(desk.timeline.redo_title), "redo", group="history"),
        C("split", "Split at Playhead", "Edit", lambda app: desk.split(), "S", filled, "cut", group="cut"),
        C("delete", "Delete", "Edit", lambda app: desk.remove(False), "Del", chosen, "trash", group="cut"),
        C("ripple", "Delete and Close the Gap", "Edit", lambda app: desk.remove(True), "Shift+Del", chosen,
          group="cut"),
        C("cross", "Cross-Fade with the One Before", "Clip",
          on_item("Cross-fade", lambda s, i: edits.cross_fade(s, i.id, FADE)), "X", chosen, group="fade"),
        C("fade_in", "Fade In", "Clip",
          on_item("Fade in", lambda s, i: edits.set_fades(s, i.id, FADE, i.fade_out)), "", chosen,
          group="fade"),
        C("fade_out", "Fade Out", "Clip",
          on_item("Fade out", lambda s, i: edits.set_fades(s, i.id, i.fade_in, FADE)), "", chosen,
          group="fade"),
        *(C(f"speed_{value}", title, "Clip", speed(value), "", chosen, group="speed")
          for title, value in SPEEDS),
        *(C(f"key_{value}", f"Opacity {value} % Here", "Clip", key(value / 100), "", chosen, group="keys")
          for value in (0, 50, 100)),
        C("smooth", "Draw Frames Between: Twice as Smooth", "Clip", make("interpolate", factor=2.0), "",
          with_clip, "interpolate", group="generate"),
        C("slow", "Draw Frames Between: Half as Fast", "Clip",
          make("interpolate", factor=2.0, use="slow"), "", with_clip, group="generate"),
        C("video_track", "Add Video Track", "Timeline", add("video"), icon="layer-add", group="tracks"),
        C("audio_track", "Add Audio Track", "Timeline", add("audio"), group="tracks"),
        C("marker", "Add Marker", "Timeline", mark, "M", filled, "pin", group="marks"),
        C("snap", "Snap", "Timeline", toggle_snap, "N", icon="target", checked=lambda app: tracks.snapping,
          group="marks"),
        C("zoom_in", "Zoom In", "View", lambda app: tracks.zoom(1.5), "+; =", icon="zoom-in"),
        C("zoom_out", "Zoom Out", "View", lambda app: tracks.zoom(1 / 1.5), "-", icon="zoom-out"),
        C("fit", "Show All", "View", lambda app: tracks.fit(), "Shift+Z", icon="fit"),
        C("play", "Play or Stop", "Play", lambda app: window.player.toggle(), "Space", filled, "play"),
        C("start", "Go to the Beginning", "Play", lambda app: desk.seek(Fraction(0)), "Home"),
        C("end", "Go to the End", "Play", lambda app: desk.seek(desk.score.length), "End"),
        C("back", "One Frame Back", "Play", partial(_step, window, -1), "Left", icon="chevron-left"),
        C("on", "One Frame On", "Play", partial(_step, window, 1), "Right", icon="chevron-right"),
    ]  # fmt: skip


def _step(window: TimelineWindow, frames: int, app: App) -> None:
    window.player.stop()
    window.desk.step(frames)
