"""Checks of payment, urging and announcement speak when, and only when, they should."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from field_app.domain.reasons import Level, Reason
from field_app.forms import check_answers, load_form

TODAY = date(2026, 11, 24)
Good = Callable[[str], dict[str, Any]]
ON_SPOT = {"channel": "当场收缴", "paid_at": "2026-07-10T16:00:00+08:00",
           "turn_in_at": "2026-07-14T16:00:00+08:00", "bank_at": "2026-07-16T16:00:00+08:00"}


def told(form_id: str, answers: dict[str, Any]) -> list[Reason]:
    return check_answers(load_form(form_id), answers, today=TODAY)


@pytest.mark.parametrize("form_id", ["G4-03", "G4-04", "G4-05", "G4-06", "G4-07"])
def test_good_answers_have_no_reason_against_them(form_id: str, good: Good) -> None:
    assert told(form_id, good(form_id)) == []


def test_cash_is_handed_in_within_two_working_days(good: Good) -> None:
    answers = good("G4-04") | ON_SPOT
    assert told("G4-04", answers) == []
    late = answers | {"turn_in_at": "2026-07-15T09:00:00+08:00"}
    assert [(r.where, r.level) for r in told("G4-04", late)] == [("turn_in_at", Level.WARN)]
    early = answers | {"bank_at": "2026-07-14T15:00:00+08:00"}
    assert [(r.where, r.level) for r in told("G4-04", early)] == [("bank_at", Level.BLOCK)]


def test_cash_needs_both_times(good: Good) -> None:
    answers = good("G4-04") | {"channel": "当场收缴"}
    assert [r.where for r in told("G4-04", answers)] == ["turn_in_at", "bank_at"]


@pytest.mark.parametrize("form_id", ["G4-05", "G4-06"])
def test_instalments_follow_each_other(form_id: str, good: Good) -> None:
    answers = good(form_id)
    answers["plan"][1] |= {"no": 1, "due": answers["plan"][0]["due"]}
    assert [r.where for r in told(form_id, answers)] == ["plan", "plan[1].due"]


def test_only_a_granted_deferral_needs_a_plan(good: Good) -> None:
    answers = good("G4-06")
    del answers["plan"]
    assert [r.where for r in told("G4-06", answers)] == ["plan"]
    assert told("G4-06", answers | {"kind": "不同意"}) == []


SPOILED = [
    # form, field, value, part of the text
    ("G4-07", "late_fee", 200001, "超出罚款的数额"),
    ("G4-07", "due", "2026-10-05", "10个工作日"),
    ("G4-07", "due", "2026-09-22", "不晚于成文日期"),
    ("G4-03", "served_on", "2026-08-23", "30日"),
    ("G2-17", "due", "2026-05-14", "不晚于成文日期"),
    ("G2-18", "due", "2026-05-15", "不晚于成文日期"),
]


@pytest.mark.parametrize(("form_id", "key", "value", "text"), SPOILED)
def test_what_is_spoiled_is_told(form_id: str, key: str, value: Any, text: str,
                                 good: Good) -> None:
    against = told(form_id, good(form_id) | {key: value})
    assert [(r.where, r.level) for r in against] == [(key, Level.BLOCK)]
    assert text in against[0].text


def test_ten_days_are_for_the_court_only(good: Good) -> None:
    answers = good("G4-07") | {"purpose": "行政机关强制执行", "due": "2026-09-30"}
    assert told("G4-07", answers) == []
