"""Checks of files, registers and yearly figures: each lets the good pass and stops the bad."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from field_app.domain.reasons import Level, Reason
from field_app.forms import check_answers, load_form

TODAY = date(2026, 11, 24)
Good = Callable[[str], dict[str, Any]]


def at(form_id: str, answers: dict[str, Any], where: str) -> list[Reason]:
    """What is said about one place."""
    found = check_answers(load_form(form_id), answers, today=TODAY)
    return [r for r in found if r.where == where]


# form, the field to spoil, its bad value, where it is told, whether it stands against printing
SPOILED = [
    ("G5-04", "checker", {"name": "王大㙦（演练）"}, "checker.name", True),
    ("G5-05", "due_back", None, "due_back", True),
    ("G5-07", "secret_check", False, "secret_check", True),
    ("G5-08", "agent_org", "重庆市武隆区演练应急管理局（演练）", "agent_org", True),
    ("G5-08", "items", ["查封违法生产的场所"], "items[0]", True),
    ("G5-08", "powers", ["检查", "行政强制措施"], "powers[1]", True),
    ("G5-08", "to", "2025-12-31", "to", True),
    ("G5-11", "total", 99, "total", True),
    ("G5-11", "veto", ["执法人员只有一人"], "level", True),
    ("G5-12", "published_at", "2026-02-01", "published_at", False),
    ("G5-12", "published_at", "2025-12-31", "published_at", False),
    ("G5-15", "valid_to", "2026-06-30", "valid_to", True),
    ("G5-15", "hours", 39, "hours", False),
]


@pytest.mark.parametrize(("form_id", "key", "bad", "where", "blocks"), SPOILED)
def test_bad_is_told_and_good_passes(
        form_id: str, key: str, bad: Any, where: str, blocks: bool, good: Good) -> None:
    answers = good(form_id)
    assert at(form_id, answers, where) == []
    answers[key] = bad
    told = at(form_id, answers, where)
    assert told and {r.level for r in told} == {Level.BLOCK if blocks else Level.WARN}


@pytest.mark.parametrize(("key", "minutes", "level"), [
    ("end", -30, Level.BLOCK), ("imported_at", -30, Level.BLOCK),
    ("imported_at", 26 * 60, Level.WARN)])
def test_each_recording_of_the_register_is_checked(
        key: str, minutes: int, level: Level, good: Good) -> None:
    answers = good("G5-06")
    row = answers["records"][0]
    where = f"records[0].{key}"
    row |= {"start": "2026-05-14T09:30:00+08:00", "end": "2026-05-14T10:30:00+08:00",
            "imported_at": "2026-05-14T11:00:00+08:00"}
    assert at("G5-06", answers, where) == []
    begun = datetime.fromisoformat(row["start"] if key == "end" else row["end"])
    row[key] = (begun + timedelta(minutes=minutes)).isoformat()
    assert {r.level for r in at("G5-06", answers, where)} == {level}


@pytest.mark.parametrize(("row", "key", "bad"), [
    (3, "seq", 9), (3, "page_from", 6), (3, "page_from", 8), (3, "page_to", 6)])
def test_catalogue_counts_on(row: int, key: str, bad: int, good: Good) -> None:
    answers = good("G5-03")
    where = f"items[{row}].{key}"
    assert at("G5-03", answers, where) == []
    answers["items"][row][key] = bad
    assert [r.level for r in at("G5-03", answers, where)] == [Level.BLOCK]


def test_copying_a_file_needs_no_day_of_return(good: Good) -> None:
    answers = good("G5-05")
    answers |= {"event": "复制", "due_back": None}
    assert at("G5-05", answers, "due_back") == []


def test_vetoed_file_below_standard_passes(good: Good) -> None:
    answers = good("G5-11")
    answers |= {"veto": ["执法人员只有一人"], "level": "不合格"}
    assert at("G5-11", answers, "level") == []


def test_former_officer_may_have_an_old_certificate(good: Good) -> None:
    answers = good("G5-15")
    answers |= {"valid_to": "2026-06-30", "status": "离岗"}
    assert at("G5-15", answers, "valid_to") == []
