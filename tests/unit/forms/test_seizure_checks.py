"""Checks of coercive measures and of evidence in custody speak when, and only when, they should."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from field_app.domain.reasons import Level, Reason
from field_app.forms import check_answers, load_form
from field_app.forms.workdays import workdays_after

TODAY = date(2026, 11, 24)
Good = Callable[[str], dict[str, Any]]
MAKES = ("G2-12", "G2-20", "G2-21", "G2-22", "G2-23", "G2-24", "G2-25")


def told(form_id: str, answers: dict[str, Any]) -> list[Reason]:
    return check_answers(load_form(form_id), answers, today=TODAY)


@pytest.mark.parametrize("form_id", MAKES)
def test_good_answers_have_no_reason_against_them(form_id: str, good: Good) -> None:
    assert told(form_id, good(form_id)) == []


@pytest.mark.parametrize("form_id", ["G2-20", "G2-21"])
@pytest.mark.parametrize("capacity", ["法定", "赋权", "委托"])
def test_coercive_measures_are_never_entrusted(form_id: str, capacity: str, good: Good) -> None:
    answers = good(form_id)
    answers["ENT"] |= {"capacity": capacity, "entrusted_org": "演练乡综合行政执法大队",
                       "entrust_ref": "演练委托〔2026〕1号"}
    against = [r for r in told(form_id, answers) if "第十七条" in r.basis]
    assert [(r.where, r.level) for r in against] == (
        [("ENT.capacity", Level.BLOCK)] if capacity == "委托" else [])


@pytest.mark.parametrize("form_id", ["G2-22", "G2-23", "G2-24", "G2-25"])
def test_papers_that_follow_a_seizure_take_no_capacity_at_all(form_id: str, good: Good) -> None:
    answers = good(form_id) | {"ENT": {"capacity": "委托"}}
    assert [r.where for r in told(form_id, answers) if r.level is Level.BLOCK] == ["ENT"]


SPOILED = [
    # form, field, value, where it is told, level, part of the text
    ("G2-21", "basis", ["《某某专项整治工作通知》第三条"], "basis[0]", Level.BLOCK, "不是法律、法规"),
    ("G2-21", "basis", ["安全生产法"], "basis[0]", Level.WARN, "没有写成"),
    ("G2-21", "end", "2026-06-14", "end", Level.BLOCK, "超过30日"),
    ("G2-21", "end", "2026-05-13", "end", Level.BLOCK, "早于期限起"),
    ("G2-24", "new_end", "2026-08-11", "new_end", Level.BLOCK, "30日"),
    ("G2-24", "new_end", "2026-06-11", "new_end", Level.BLOCK, "不晚于成文日期"),
    ("G2-23", "told", ["理由", "依据", "权利"], "told", Level.BLOCK, "没有告知当事人救济途径"),
    ("G2-20", "urgent", True, "urgent", Level.WARN, "24小时"),
    ("G2-12", "due_at", "2026-05-26", "due_at", Level.WARN, "7个工作日"),
    ("G2-12", "due_at", "2026-05-13", "due_at", Level.BLOCK, "早于登记时间"),
]


@pytest.mark.parametrize(("form_id", "key", "value", "path", "level", "text"), SPOILED)
def test_what_is_spoiled_is_told(form_id: str, key: str, value: Any, path: str, level: Level,
                                 text: str, good: Good) -> None:
    against = told(form_id, good(form_id) | {key: value})
    assert [(r.where, r.level) for r in against] == [(path, level)]
    assert text in against[0].text


def test_only_the_four_are_told(good: Good) -> None:
    against = told("G2-23", good("G2-23") | {"told": ["理由", "依据", "权利", "其他"]})
    assert [r.where for r in against] == ["told", "told[3]"]


def test_numbers_of_a_list_differ(good: Good) -> None:
    answers = good("G2-22")
    answers["items"][1]["no"] = 1
    assert [r.where for r in told("G2-22", answers)] == ["items"]


def test_last_day_of_thirty_is_allowed(good: Good) -> None:
    assert told("G2-21", good("G2-21") | {"end": "2026-06-13"}) == []


def test_weekdays_leap_over_weekends() -> None:
    assert workdays_after(date(2026, 5, 14), 1) == date(2026, 5, 15)
    assert workdays_after(date(2026, 5, 15), 1) == date(2026, 5, 18)
    assert workdays_after(date(2026, 5, 14), 7) == date(2026, 5, 25)
    assert workdays_after(date(2026, 2, 13), 2) == date(2026, 2, 24)  # Spring Festival
    assert workdays_after(date(2031, 1, 1), 7) == date(2031, 1, 10)  # not known: weekdays
