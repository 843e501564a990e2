from hypothesis import given
from hypothesis import strategies as st

from studio.model.geometry import Rect

rects = st.builds(Rect, *[st.integers(-40, 40)] * 2, *[st.integers(-3, 40)] * 2)


def pixels(rect):
    return {(x, y) for x in range(rect.x, rect.right) for y in range(rect.y, rect.bottom)}


@given(rects, rects)
def test_intersection_and_union_agree_with_sets_of_pixels(a, b):
    assert pixels(a.intersect(b)) == pixels(a) & pixels(b)
    assert pixels(a.union(b)) >= pixels(a) | pixels(b)
    assert a.contains(b) == (pixels(a) >= pixels(b))
    assert a.area == len(pixels(a))


@given(rects, rects)
def test_union_is_the_smallest_that_holds_both(a, b):
    union = a.union(b)
    for edge in (
        Rect.from_edges(union.x + 1, union.y, union.right, union.bottom),
        Rect.from_edges(union.x, union.y, union.right, union.bottom - 1),
    ):
        assert union.is_empty or not (edge.contains(a) and edge.contains(b))


def test_around_covers_fractions():
    assert Rect.around(-0.5, 1.2, 2.0, 2.1) == Rect(-1, 1, 3, 2)


def test_slices_point_into_the_origin_rectangle():
    assert Rect(5, 7, 2, 3).slices(Rect(4, 4, 10, 10)) == (slice(3, 6), slice(1, 3))


def test_expanding_nothing_gives_nothing():
    assert Rect(5, 5, 0, 3).expanded(4).is_empty
