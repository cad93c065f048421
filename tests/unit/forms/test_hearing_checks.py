"""Telling, hearing, reviewing, discussing: good answers pass, one thing spoiled is told."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from field_app.domain.reasons import Level, Reason
from field_app.forms import check_answers, load_form

TODAY = date(2026, 11, 24)
Good = Callable[[str], dict[str, Any]]
BLOCK, WARN = Level.BLOCK, Level.WARN


def check(form_id: str, answers: Any) -> list[Reason]:
    return check_answers(load_form(form_id), answers, today=TODAY)


def spoil(answers: dict[str, Any], path: str, value: Any) -> None:
    *way, last = [int(s) if s.isdigit() else s for s in path.split("/")]
    here: Any = answers
    for step in way:
        here = here[step]
    here[last] = value


@pytest.mark.parametrize("form_id", [
    "G3-02", "G3-03", "G3-04", "G3-05", "G3-06", "G3-07", "G3-08", "G3-09", "G3-10", "G3-11",
    "G3-12", "G3-17", "G3-18", "G3-19", "G3-22"])
def test_good_answers_have_no_reason_against_them(form_id: str, good: Good) -> None:
    assert check(form_id, good(form_id)) == []


SPOILED = [
    # form, place to spoil, value, where it is told, level, part of the text
    ("G3-02", "hearing_due", "2026-06-08", "hearing_due", BLOCK, "5个工作日"),
    ("G3-02", "hearing_due", "2026-06-10", "hearing_due", WARN, "5个工作日"),
    ("G3-04", "points/2/reply", "不采纳", "points[2].reply", BLOCK, "没有写明理由"),
    ("G3-04", "changed", True, "changed", WARN, "改变"),
    ("G3-05", "waive", ["复议"], "waive[0]", BLOCK, "不是可选项"),
    ("G3-07", "at", "2026-06-17T09:30:00+08:00", "at", BLOCK, "7个工作日"),
    ("G3-07", "at", "2026-06-19T09:30:00+08:00", "at", WARN, "7个工作日"),
    ("G3-09", "host/name", "张喆堃（演练）", "host", BLOCK, "调查人员"),
    ("G3-09", "record", "主持人：现在宣布听证开始。调查人员发言。当事人发言。听证结束。", "record",
     WARN, "最后陈述"),
    ("G3-11", "checklist/0/item", "程序", "checklist", BLOCK, "主体资格"),
    ("G3-11", "opinion", "建议修改", "opinion", WARN, "没有同意"),
    ("G3-12", "opinions/1/person", "何领导（演练）", "opinions", BLOCK, "罗领导"),
    ("G3-12", "leaders", [{"person": "何领导（演练）", "post": "乡长"}], "leaders", BLOCK, "至少填写2项"),
    ("G4-10", "urge_at", "2026-07-24T10:00:00+08:00", "urge_at", WARN, "3个工作日"),
]


@pytest.mark.parametrize(("form_id", "path", "value", "where", "level", "text"), SPOILED)
def test_what_is_spoiled_is_told(
        form_id: str, path: str, value: Any, where: str, level: Level, text: str,
        good: Good) -> None:
    answers = good(form_id)
    spoil(answers, path, value)
    told = [(r.where, r.level) for r in check(form_id, answers) if text in r.text]
    assert (where, level) in told
