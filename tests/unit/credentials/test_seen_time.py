"""The latest time seen only grows; a clock behind it is noticed and judged by what was seen."""

from datetime import timedelta
from pathlib import Path

import pytest

from field_app.credentials.seen_time import (
    TOLERANCE,
    Seen,
    effective,
    keep_seen,
    keep_told,
    read_seen,
)
from field_app.domain.clock import Moment
from tests.unit.credentials.conftest import NOW

MACHINE = b"m" * 32
# HMAC-SHA-256 of "le-clock/1|2026-05-14T09:30:00+08:00", as the first format had it.
_FIRST_MAC = b"b4c632670b2c418c6d6a3dc6dcaac6e6d82c6e500f420524d3d144f1c6f43335"


def test_it_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    assert read_seen(path, MACHINE) == Seen()
    keep_seen(path, MACHINE, NOW)
    keep_seen(path, MACHINE, NOW - timedelta(days=1))
    assert read_seen(path, MACHINE).latest == NOW
    keep_seen(path, MACHINE, NOW + timedelta(days=1))
    assert read_seen(path, MACHINE).latest == NOW + timedelta(days=1)
    assert read_seen(path, b"n" * 32) == Seen()


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b'{"format":"le-clock/1","seen":3}',
                                  b'{"format":"le-clock/1","seen":"x","mac":"y"}', b"9" * 5000])
def test_what_is_broken_tells_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "clock.json"
    path.write_bytes(data)
    assert read_seen(path, MACHINE) == Seen()
    keep_seen(path, MACHINE, NOW)
    assert read_seen(path, MACHINE).latest == NOW


def moment(days: float) -> Moment:
    return Moment(NOW + timedelta(days=days), 5, "boot")


def test_a_clock_a_year_back_is_judged_by_what_was_seen() -> None:
    now = effective(moment(-365), bundle_issued=NOW - timedelta(days=3), seen=Seen(NOW))
    assert now.suspect and now.moment.wall == NOW and now.set_back == timedelta(days=365)
    assert (now.moment.mono_ms, now.moment.boot) == (5, "boot")


def test_headquarters_time_is_the_least() -> None:
    now = effective(moment(-10), bundle_issued=NOW, seen=Seen())
    assert now.suspect and now.moment.wall == NOW
    honest = effective(moment(1), bundle_issued=NOW, seen=Seen(NOW + timedelta(days=1) + TOLERANCE / 2))
    assert not honest.suspect


def test_a_clock_once_far_ahead_is_not_believed_for_ever() -> None:
    now = effective(moment(0), bundle_issued=NOW, seen=Seen(NOW + timedelta(days=5000)))
    assert not now.suspect and now.moment.wall == NOW


def test_the_first_format_is_read_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    path.write_bytes(b'{"format": "le-clock/1", "seen": "2026-05-14T09:30:00+08:00", "mac": '
                     b'"1ff4f2ae"}'.replace(b"1ff4f2ae", _FIRST_MAC))
    assert read_seen(path, MACHINE) == Seen(NOW)
    keep_told(path, MACHINE, NOW + timedelta(minutes=1))
    assert read_seen(path, MACHINE) == Seen(NOW, NOW + timedelta(minutes=1))


def test_what_headquarters_signed_is_a_floor_that_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    keep_told(path, MACHINE, NOW)
    keep_told(path, MACHINE, NOW - timedelta(days=3))
    assert read_seen(path, MACHINE).told == NOW
    now = effective(moment(-365), bundle_issued=NOW - timedelta(days=900), seen=read_seen(path, MACHINE))
    assert now.suspect and now.moment.wall == NOW


def test_what_a_clock_ahead_left_is_let_go_of(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    keep_seen(path, MACHINE, NOW + timedelta(days=365))
    bundle = NOW - timedelta(days=3)
    assert effective(moment(0), bundle_issued=bundle, seen=read_seen(path, MACHINE)).suspect
    keep_told(path, MACHINE, NOW)
    assert read_seen(path, MACHINE) == Seen(NOW, NOW)
    assert not effective(moment(0), bundle_issued=bundle, seen=read_seen(path, MACHINE)).suspect
    keep_seen(path, MACHINE, NOW + timedelta(hours=1))
    assert read_seen(path, MACHINE) == Seen(NOW + timedelta(hours=1), NOW)
