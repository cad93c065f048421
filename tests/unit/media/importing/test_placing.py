"""Recordings in time: what follows what, which step they belong to, what they fill."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.clock import CHINA
from field_app.domain.imports import FoundFile, MediaKind, TimeClaim, TimeSource
from field_app.media.importing.placing import Span, length_s, place, span_of, visits, without

ZERO = datetime(2026, 5, 14, 9, 0, tzinfo=CHINA)


def span(start: float, end: float) -> Span:
    return Span(ZERO + timedelta(seconds=start), ZERO + timedelta(seconds=end))


def film(start: float, length: float, *, serial: str = "A", join_s: float = 5.0,
         kind: MediaKind = MediaKind.VIDEO, path: str = "x/f.mp4") -> tuple[FoundFile, Span]:
    found = FoundFile(
        path.encode(), path, 1, 1, kind=kind, duration_s=length, serial=serial, profile="p/1",
        join_s=join_s, claims=(TimeClaim(TimeSource.NAME, ZERO + timedelta(seconds=start)),))
    made = span_of(found, timedelta(0))
    assert made is not None
    return found, made


def together(*films: tuple[FoundFile, Span]) -> list[set[int]]:
    numbers = visits([(n, found, at) for n, (found, at) in enumerate(films)])
    return [{n for n, v in numbers.items() if v == visit} for visit in sorted(set(numbers.values()))]


def test_segments_of_one_device_follow_each_other() -> None:
    assert together(film(0, 600), film(600, 600), film(1203, 60)) == [{0, 1, 2}]
    assert together(film(0, 600), film(606, 600)) == [{0}, {1}]
    assert together(film(0, 600), film(597, 60)) == [{0}, {1}]  # overlaps: another recording
    assert together(film(0, 600), film(600, 600, serial="B")) == [{0}, {1}]
    assert together(film(0, 600), film(600, 600, kind=MediaKind.AUDIO)) == [{0}, {1}]
    assert together(film(0, 600, join_s=0), film(600, 600, join_s=0)) == [{0}, {1}]
    # Two devices at once, their files mixed.
    assert together(film(0, 300), film(1, 300, serial="B"), film(300, 60),
                    film(301, 60, serial="B")) == [{0, 2}, {1, 3}]
    # Without a serial, files of one folder are one device's.
    assert together(film(0, 9, serial="", path="a/1.mp4"),
                    film(9, 9, serial="", path="b/2.mp4")) == [{0}, {1}]


def test_the_offset_is_taken_off() -> None:
    found, at = film(100, 10)
    moved = span_of(found, timedelta(seconds=60))
    assert moved is not None and (at.start - moved.start).total_seconds() == 60


def test_a_file_goes_where_most_of_it_lies() -> None:
    windows = [span(0, 1000), span(900, 2000), span(5000, 6000)]
    best = place(span(100, 200), windows)
    assert best is not None and (best.index, best.common_s, best.rivals) == (0, 100.0, ())
    best = place(span(950, 1900), windows)
    assert best is not None and (best.index, best.rivals) == (1, ())
    best = place(span(910, 990), windows)  # in both as much: the shorter step, and it is told
    assert best is not None and (best.index, best.rivals) == (0, (1,))
    point = place(span(5500, 5500), windows)
    assert point is not None and point.index == 2
    near = place(span(2010, 2300), windows)
    assert near is not None and (near.index, near.apart) == (1, timedelta(seconds=10))
    assert place(span(3500, 3600), windows) is None
    assert place(span(0, 1), []) is None


def test_what_is_missing_is_what_nothing_covers() -> None:
    assert without(span(0, 100), [span(20, 30), span(90, 200)]) == [span(0, 20), span(30, 90)]
    assert without(span(0, 100), [span(-5, 500)]) == []
    assert without(span(0, 100), []) == [span(0, 100)]


@given(st.lists(st.tuples(st.integers(-50, 150), st.integers(0, 60)), max_size=8))
def test_missing_and_covered_make_the_whole(taken: list[tuple[int, int]]) -> None:
    spans = [span(at, at + length) for at, length in taken]
    covered = {s for at, length in taken for s in range(max(0, at), min(100, at + length))}
    assert length_s(without(span(0, 100), spans)) == 100 - len(covered)
