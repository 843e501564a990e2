"""The mapping between document and viewport, and what keeps its place when it changes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.canvas.transform import MAX_ZOOM, MIN_ZOOM, ViewTransform, next_zoom

coordinates = st.floats(-20_000, 20_000)
angles = st.one_of(st.sampled_from([0.0, 90.0, 180.0, 270.0]), st.floats(0, 359.99))
views = st.builds(
    ViewTransform,
    zoom=st.floats(MIN_ZOOM, MAX_ZOOM),
    centre_x=coordinates,
    centre_y=coordinates,
    rotation=angles,
    mirror=st.booleans(),
    width=st.integers(1, 4000),
    height=st.integers(1, 4000),
    ratio=st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]),
)


@given(views, coordinates, coordinates)
def test_a_point_comes_back(view: ViewTransform, x: float, y: float) -> None:
    there = view.to_view(x, y)
    assert view.to_document(*there) == pytest.approx((x, y), abs=1e-4)


@given(views, coordinates, coordinates)
def test_the_painter_maps_alike(view: ViewTransform, x: float, y: float) -> None:
    mapped = view.qtransform().map(x, y)
    assert mapped == pytest.approx(view.to_view(x, y), rel=1e-6, abs=1e-3)


@given(views, st.floats(0, 1), st.floats(0, 1), st.floats(MIN_ZOOM, MAX_ZOOM))
def test_zooming_keeps_the_point_under_the_pointer(
    view: ViewTransform, across: float, down: float, zoom: float
) -> None:
    at = across * view.width, down * view.height
    point = view.to_document(*at)
    zoomed = view.zoomed(zoom, at)
    assert zoomed.zoom == zoom
    assert zoomed.to_view(*point) == pytest.approx(at, abs=1.5 / view.ratio)


@given(views, st.floats(-360, 360), st.floats(0, 1), st.floats(0, 1))
def test_turning_keeps_the_point_under_the_pointer(
    view: ViewTransform, degrees: float, across: float, down: float
) -> None:
    at = across * view.width, down * view.height
    point = view.to_document(*at)
    assert view.turned(degrees, at).to_view(*point) == pytest.approx(at, abs=1.5 / view.ratio)


@given(views, st.floats(-500, 500), st.floats(-500, 500))
def test_panning_moves_the_picture_by_as_much(view: ViewTransform, dx: float, dy: float) -> None:
    x, y = view.to_view(view.centre_x, view.centre_y)
    moved = view.panned(dx, dy).to_view(view.centre_x, view.centre_y)
    assert moved == pytest.approx((x + dx, y + dy), abs=1.1 / view.ratio + 1e-6)


@given(views)
def test_a_turn_is_clockwise_on_the_screen_even_when_mirrored(view: ViewTransform) -> None:
    def heading(of: ViewTransform) -> float:
        (x0, y0), (x1, y1) = of.to_view(0, 0), of.to_view(1000, 0)
        return math.degrees(math.atan2(y1 - y0, x1 - x0))

    turn = (heading(view.turned(30)) - heading(view)) % 360
    assert turn == pytest.approx(30, abs=5)


@given(views)
def test_mirroring_twice_changes_nothing(view: ViewTransform) -> None:
    assert view.mirrored().mirrored() == view
    x, y = view.mirrored().to_view(view.centre_x + 10, view.centre_y)
    straight = view.to_view(view.centre_x + 10, view.centre_y)
    assert x == pytest.approx(view.width - straight[0], abs=1.1)
    assert y == pytest.approx(straight[1], abs=1.1)


@given(views, st.integers(1, 9000), st.integers(1, 9000))
def test_fitting_shows_every_corner(view: ViewTransform, width: int, height: int) -> None:
    fitted = view.fitted(width, height, margin=0)
    if fitted.zoom in (MIN_ZOOM, MAX_ZOOM):
        return
    room = max(16, view.width), max(16, view.height)
    for corner in ((0, 0), (width, 0), (0, height), (width, height)):
        x, y = fitted.to_view(*corner)
        assert abs(x - view.width / 2) <= room[0] / 2 + 1
        assert abs(y - view.height / 2) <= room[1] / 2 + 1


@given(views)
def test_an_upright_view_at_100_percent_lies_on_device_pixels(view: ViewTransform) -> None:
    upright = view.upright().zoomed(1.0)
    for value in upright.to_view(0, 0):
        device = value * view.ratio
        assert device == pytest.approx(round(device), abs=1e-6)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_100_percent_is_one_device_pixel_per_document_pixel(ratio: float) -> None:
    view = ViewTransform(zoom=1.0, width=800, height=600, ratio=ratio)
    (x0, _), (x1, _) = view.to_view(0, 0), view.to_view(300, 0)
    assert (x1 - x0) * ratio == pytest.approx(300)


def test_a_change_of_pixel_ratio_keeps_the_size_on_the_screen() -> None:
    view = ViewTransform(zoom=1.0, width=800, height=600, ratio=1.0)
    sharper = view.resized(800, 600, 2.0)
    assert sharper.zoom == 2.0
    assert sharper.scale == view.scale


def test_zoom_steps_go_through_100_percent_and_end() -> None:
    assert next_zoom(0.8, 1) == 1.0
    assert next_zoom(1.0, 1) == 1.5
    assert next_zoom(1.2, -1) == 1.0
    assert next_zoom(MAX_ZOOM, 1) == MAX_ZOOM
    assert next_zoom(MIN_ZOOM, -1) == MIN_ZOOM
