"""The latest time seen only grows; a clock behind it is noticed and judged by what was seen."""

from datetime import timedelta
from pathlib import Path

import pytest

from field_app.credentials.seen_time import TOLERANCE, effective, keep_seen, read_seen
from field_app.domain.clock import Moment
from tests.unit.credentials.conftest import NOW

MACHINE = b"m" * 32


def test_it_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    assert read_seen(path, MACHINE) is None
    keep_seen(path, MACHINE, NOW)
    keep_seen(path, MACHINE, NOW - timedelta(days=1))
    assert read_seen(path, MACHINE) == NOW
    keep_seen(path, MACHINE, NOW + timedelta(days=1))
    assert read_seen(path, MACHINE) == NOW + timedelta(days=1)
    assert read_seen(path, b"n" * 32) is None


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b'{"format":"le-clock/1","seen":3}',
                                  b'{"format":"le-clock/1","seen":"x","mac":"y"}', b"9" * 5000])
def test_what_is_broken_tells_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "clock.json"
    path.write_bytes(data)
    assert read_seen(path, MACHINE) is None
    keep_seen(path, MACHINE, NOW)
    assert read_seen(path, MACHINE) == NOW


def moment(days: float) -> Moment:
    return Moment(NOW + timedelta(days=days), 5, "boot")


def test_a_clock_a_year_back_is_judged_by_what_was_seen() -> None:
    now = effective(moment(-365), bundle_issued=NOW - timedelta(days=3), seen=NOW)
    assert now.suspect and now.moment.wall == NOW and now.set_back == timedelta(days=365)
    assert (now.moment.mono_ms, now.moment.boot) == (5, "boot")


def test_headquarters_time_is_the_least() -> None:
    now = effective(moment(-10), bundle_issued=NOW, seen=None)
    assert now.suspect and now.moment.wall == NOW
    honest = effective(moment(1), bundle_issued=NOW, seen=NOW + timedelta(days=1) + TOLERANCE / 2)
    assert not honest.suspect


def test_a_clock_once_far_ahead_is_not_believed_for_ever() -> None:
    now = effective(moment(0), bundle_issued=NOW, seen=NOW + timedelta(days=5000))
    assert not now.suspect and now.moment.wall == NOW
