"""What can be done in the timeline window, as data."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from studio.app.commands import Command
from studio.app.session import App
from studio.model import timeline_edits as edits
from studio.model.easing import Ease
from studio.model.timeline import Item, Key, Score

if TYPE_CHECKING:
    from studio.ui.timeline.window import TimelineWindow

SPEEDS = (("¼ speed", "1/4"), ("½ speed", "1/2"), ("Normal speed", "1"), ("Double speed", "2"))
FADE = Fraction(1, 2)
CONTINUED = 16  # frames
EASES: tuple[tuple[Ease, str], ...] = (
    ("both", "Ease In and Out"), ("linear", "Evenly"), ("in", "Ease In"), ("out", "Ease Out"),
    ("hold", "Hold, Then Jump"),
)  # fmt: skip


def timeline_commands(window: TimelineWindow) -> list[Command]:
    """All commands of the window, in the order of its menus."""
    desk, tracks = window.desk, window.tracks.view
    latent = desk.latent

    def chosen(app: App) -> bool:
        return desk.item() is not None

    def with_clip(app: App) -> bool:
        item = desk.item()
        return item is not None and item.source.clip is not None

    def with_image(app: App) -> bool:
        item = desk.item()
        return item is not None and item.source.image is not None

    def installed(app: App, generator: str) -> bool:
        return any(spec.id == generator for spec in app.registry.specs())

    def drawable(app: App) -> bool:
        return with_clip(app) and installed(app, "interpolate")

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

    def ease_leg(ease: Ease) -> Callable[[App], object]:
        return lambda app: latent.ease(ease)

    def on_beats(every: int) -> Callable[[App], object]:
        return lambda app: latent.to_beats(every)

    C = Command

    def on_path(app: App) -> bool:
        return latent.any

    def loops(app: App) -> bool:
        return latent.any and bool(latent.item()[1].loop)

    return [
        C("open", "Open Timeline…", "File", lambda app: window.ask_open(), "Ctrl+O", icon="folder",
          group="file"),
        C("save", "Save Timeline", "File", lambda app: window.save(), "Ctrl+S", filled, "save", group="file"),
        C("save_as", "Save Timeline As…", "File", lambda app: window.ask_save(), "Ctrl+Shift+S", filled,
          group="file"),
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
        C("find", "Find the Missing File…", "Clip", lambda app: window.ask_missing(), "",
          lambda app: desk.film.lost is not None, "import", group="find"),
        C("continue", "Continue This Clip", "Clip", lambda app: desk.maker.continue_clip(CONTINUED), "",
          lambda app: with_clip(app) and installed(app, "predict"), "clip", group="generate"),
        C("smooth", "Draw Frames Between: Twice as Smooth", "Clip",
          lambda app: desk.maker.interpolate("smooth"), "", drawable, "interpolate", group="generate"),
        C("slow", "Draw Frames Between: Half as Fast", "Clip",
          lambda app: desk.maker.interpolate("slow"), "", drawable, group="generate"),
        C("animate", "Animate the Picture", "Clip", lambda app: desk.maker.animate(), "",
          lambda app: (with_image(app) or app.document is not None) and installed(app, "animate"),
          group="generate"),
        C("latent_new", "New Latent Path", "Latent", lambda app: latent.add_random(), "Ctrl+L",
          icon="shuffle", group="path"),
        C("latent_loop", "Loop", "Latent", lambda app: latent.loop(), "", on_path, checked=loops,
          group="path"),
        C("latent_w", "Through the Styles (W)", "Latent", lambda app: latent.go("w"), "", on_path,
          group="way"),
        C("latent_z", "Between the Seeds (z)", "Latent", lambda app: latent.go("z"), "", on_path,
          group="way"),
        C("latent_random", "Random Key Here", "Latent", lambda app: latent.key_random(), "K", on_path,
          group="keys"),
        C("latent_here", "Keep What Is Seen as a Key", "Latent", lambda app: latent.key_here(), "Shift+K",
          on_path, group="keys"),
        C("latent_layer", "Key from the Canvas Layer", "Latent", lambda app: latent.key_from_layer(), "",
          lambda app: on_path(app) and app.document is not None, group="keys"),
        C("latent_remove", "Remove the Nearest Key", "Latent", lambda app: latent.remove_key(), "Alt+K",
          on_path, group="keys"),
        *(C(f"latent_ease_{ease}", title, "Latent", ease_leg(ease), "", on_path, group="ease")
          for ease, title in EASES),
        *(C(f"beat_{every}", title, "Latent", on_beats(every), "", on_path, group="beats")
          for every, title in ((1, "Keys on Every Beat"), (2, "Keys on Every Second Beat"),
                               (4, "Keys on Every Fourth Beat"))),
        C("mark_beats", "Markers on the Beats", "Timeline", lambda app: latent.mark_beats(), "", filled,
          group="marks"),
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
