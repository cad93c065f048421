"""Checks of inspections, orders and case opening: each lets the good pass and stops the bad."""

from collections.abc import Callable
from datetime import date
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
    ("G1-02", "supervise_tel", "110-12", "supervise_tel", True),
    ("G1-02", "legal_basis", ["安全生产法"], "legal_basis[0]", False),
    ("G1-02", "check_to", "2026-05-14T09:00:00+08:00", "check_to", True),
    ("G1-01", "plan_end", "2026-05-13T12:00:00+08:00", "plan_end", True),
    ("G1-03", "check_method", ["现场核查", "听说"], "check_method[1]", True),
    ("G1-03", "check_method", ["询问", "询问"], "check_method", True),
    ("G1-14", "recheck_plan", "2026-05-20", "recheck_plan", False),
    ("G1-14", "recheck_plan", "2026-07-20", "recheck_plan", False),
    ("G1-14", "order_basis", ["《中华人民共和国安全生产法》第九十九条第一项"], "order_basis", False),
    ("G1-14", "deadline", None, "deadline", True),
    ("G1-16", "recheck_at", "2026-05-20T09:30:00+08:00", "recheck_at", False),
    ("G1-16", "overall", "全部整改到位", "overall", True),
    ("G1-16", "next_step", "销号", "next_step", True),
    ("G1-06", "problem_list", [], "problem_list", True),
    ("G1-09", "case_name", "桐麻沟木制品有限公司", "case_name", False),
    ("G1-09", "occur_at", "2026-06-05T09:00:00+08:00", "occur_at", True),
    ("G1-09", "occur_at", "2024-05-14T09:00:00+08:00", "occur_at", False),
    ("G1-11", "property_disposed", False, "property_disposed", True),
    ("G1-12", "replace_officer", None, "replace_officer", True),
    ("G1-17", "new_deadline", "2026-05-26", "new_deadline", True),
    ("G1-17", "new_deadline", None, "new_deadline", True),
]


@pytest.mark.parametrize(("form_id", "key", "bad", "where", "blocks"), SPOILED)
def test_bad_is_told_and_good_passes(
        form_id: str, key: str, bad: Any, where: str, blocks: bool, good: Good) -> None:
    answers = good(form_id)
    assert at(form_id, answers, where) == []
    answers[key] = bad
    told = at(form_id, answers, where)
    assert told and {r.level for r in told} == {Level.BLOCK if blocks else Level.WARN}


def test_hotline_of_five_figures_is_a_telephone(good: Good) -> None:
    answers = good("G1-02")
    assert answers["supervise_tel"] == "12345"
    answers["supervise_tel"] = "13800000004"
    assert at("G1-02", answers, "supervise_tel") == []


def test_all_put_right_agrees_with_striking_off(good: Good) -> None:
    answers = good("G1-16")
    for item in answers["items_result"]:
        item["result"] = "已整改"
    assert at("G1-16", answers, "overall")
    answers |= {"overall": "全部整改到位", "next_step": "销号"}
    assert at("G1-16", answers, "overall") == at("G1-16", answers, "next_step") == []
    answers["next_step"] = "延期"
    assert [r.level for r in at("G1-16", answers, "next_step")] == [Level.WARN]


def test_order_to_act_at_once_needs_no_deadline(good: Good) -> None:
    answers = good("G1-14")
    answers |= {"order_mode": "立即改正", "deadline": None}
    assert at("G1-14", answers, "deadline") == []


def test_inspection_without_findings_needs_no_list(good: Good) -> None:
    answers = good("G1-06")
    answers |= {"result": "未发现问题", "problem_list": []}
    assert at("G1-06", answers, "problem_list") == []


def test_exactly_two_years_is_within_limitation(good: Good) -> None:
    answers = good("G1-09")
    answers["occur_at"] = "2024-06-02T09:00:00+08:00"
    assert at("G1-09", answers, "occur_at") == []


def test_recused_officer_does_not_take_over(good: Good) -> None:
    answers = good("G1-12")
    where = "replace_officer.cert_no"
    assert at("G1-12", answers, where) == []
    answers["replace_officer"] = dict(answers["officer"])
    assert [r.level for r in at("G1-12", answers, where)] == [Level.BLOCK]
    answers |= {"decision": "驳回", "replace_officer": None}
    assert at("G1-12", answers, "replace_officer") == []


def test_refused_extension_needs_no_new_deadline(good: Good) -> None:
    answers = good("G1-17")
    answers["APPROVE"]["leader_opinion"] = {"choice": "不同意", "text": "按期整改。"}
    answers["new_deadline"] = None
    assert at("G1-17", answers, "new_deadline") == []


@pytest.mark.parametrize(("measure", "levels"), [
    ("查封东侧圆锯机。", [Level.BLOCK]), ("立即停止使用东侧圆锯机。", [Level.WARN]),
    ("立即清理安全出口。", [])])
def test_entrusted_organization_takes_no_coercive_measure(
        measure: str, levels: list[Level], good: Good) -> None:
    answers = good("G1-18")
    answers["measures"] = [measure]
    assert at("G1-18", answers, "measures[0]") == []
    answers["ENT"]["capacity"] = "委托"
    assert [r.level for r in at("G1-18", answers, "measures[0]")] == levels
