"""Holding back: by hours, by rate, over midnight, shared by threads."""

from datetime import datetime, timedelta

import pytest

from field_app.domain.clock import CHINA
from field_app.sync.client import is_proxy
from field_app.sync.pace import Limit, Pace, parse_hours

MORNING = datetime(2026, 11, 26, 9, tzinfo=CHINA)


@pytest.mark.parametrize(("hours", "at", "held"), [
    ("", "03:00", True), ("08:30-18:00", "08:29", False), ("08:30-18:00", "08:30", True),
    ("08:30-18:00", "17:59", True), ("08:30-18:00", "18:00", False), ("22:00-06:00", "23:00", True),
    ("22:00-06:00", "05:59", True), ("22:00-06:00", "06:00", False), ("22:00-06:00", "12:00", False),
    ("08:00-08:00", "12:00", True)])
def test_hours(hours: str, at: str, *, held: bool) -> None:
    hour, minute = map(int, at.split(":"))
    limit = Limit(5000, *parse_hours(hours))
    assert limit.at(MORNING.replace(hour=hour, minute=minute)) == (5000 if held else 0)


@pytest.mark.parametrize("hours", ["8:30-18:00", "08:30", "24:00-01:00", "08:60-09:00", "早上", "08:30-18:00x"])
def test_words_that_are_no_hours(hours: str) -> None:
    with pytest.raises(ValueError, match="not hours"):
        parse_hours(hours)


def test_the_rate_holds_over_many_parts() -> None:
    now = [0.0]
    pace = Pace(Limit(1000), now=lambda: MORNING, clock=lambda: now[0])
    for _ in range(200):
        now[0] += pace.wait_for(500)
    assert now[0] == pytest.approx(200 * 500 / 1000, abs=1.5)
    now[0] += 3600  # What was not used is not saved up.
    waits = [pace.wait_for(500) for _ in range(4)]
    assert waits[:2] == [0.0, 0.0] and waits[3] == pytest.approx(0.5)


def test_a_limit_begins_and_ends_in_the_middle() -> None:
    at = [MORNING]
    pace = Pace(Limit(1000, timedelta(hours=9, minutes=30), timedelta(hours=10)),
                now=lambda: at[0], clock=lambda: 0.0)
    assert [pace.wait_for(10**9) for _ in range(3)] == [0.0, 0.0, 0.0]
    at[0] += timedelta(minutes=40)
    assert [pace.wait_for(2000), pace.wait_for(2000)] == [0.0, 2.0]
    at[0] += timedelta(minutes=30)
    assert pace.wait_for(2000) == 0.0


def test_what_names_a_proxy() -> None:
    assert is_proxy("http://10.0.0.8:3128") and is_proxy("http://proxy.example:8080/")
    for bad in ("https://10.0.0.8:3128", "http://10.0.0.8", "10.0.0.8:3128", "http://u:p@h:1",
                "http://h:1/x", "http://", "socks5://h:1", "http://h:99999", "http://a..b:80",
                "http://xn--a:80"):
        assert not is_proxy(bad), bad
