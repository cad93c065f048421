"""Penalties, decisions and their enforcement: good answers pass, one thing spoiled is told."""

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
    "G3-01", "G3-13", "G3-14", "G3-15", "G3-16", "G3-20", "G3-21", "G3-23", "G3-24",
    "G4-08", "G4-09", "G4-10", "G4-11", "G4-12", "G4-13", "G4-14"])
def test_good_answers_have_no_reason_against_them(form_id: str, good: Good) -> None:
    assert check(form_id, good(form_id)) == []


SPOILED = [
    # form, place to spoil, value, where it is told, level, part of the text
    ("G3-01", "penalties/0/content", "处五千元以上二万元以下罚款", "penalties[0].content", BLOCK,
     "区间"),
    ("G3-01", "penalties/0/amount", None, "penalties[0].amount", BLOCK, "没有填写金额"),
    ("G3-01", "penalties/0/amount", 4_000_000, "penalties", BLOCK, "听证标准"),
    ("G3-01", "statement_due", "2026-06-04", "statement_due", BLOCK, "不晚于成文日期"),
    ("G3-14", "amount", 20_001, "amount", BLOCK, "限额（200元）"),
    ("G3-14", "amount", None, "amount", BLOCK, "没有填写"),
    ("G3-14", "amount", 15_000, "pay_mode", BLOCK, "一百元"),
    ("G3-14", "kind", "警告", "amount", BLOCK, "种类是警告"),
    ("G3-14", "onsite_reason", "", "onsite_reason", BLOCK, "没有填写"),
    ("G3-14", "receipt_no", "", "receipt_no", BLOCK, "没有填写"),
    ("G3-14", "recon_first", False, "recon_first", BLOCK, "先申请行政复议"),
    ("G3-14", "recon_org", "上一级行政机关", "recon_org", BLOCK, "具体机关"),
    ("G3-14", "facts", "拟对当事人乱倒垃圾的行为罚款。", "facts", BLOCK, "拟"),
    ("G3-15", "discretion", "拟处罚款五千元。", "discretion", BLOCK, "拟"),
    ("G3-15", "penalties/0/kind", "拟罚款", "penalties[0].kind", BLOCK, "拟"),
    ("G3-15", "penalties/0/amount_cn", "人民币伍佰元整", "penalties[0].amount_cn", BLOCK,
     "人民币伍仟元整"),
    ("G3-15", "penalties/0/amount", None, "penalties[0].amount", BLOCK, "没有小写"),
    ("G3-15", "bank", "", "bank", BLOCK, "没有填写"),
    ("G3-15", "late_fee", False, "late_fee", BLOCK, "加处罚款"),
    ("G3-15", "pay_due", "2026-07-02", "pay_due", BLOCK, "15日"),
    ("G3-15", "filed_date", "2026-03-01", "decided_at", WARN, "90日"),
    ("G3-15", "filed_date", "2026-06-19", "decided_at", BLOCK, "早于立案"),
    ("G3-15", "REMEDY/recon_org", "上级机关", "REMEDY.recon_org", BLOCK, "具体机关"),
    ("G3-15", "REMEDY/court", "有管辖权的人民法院", "REMEDY.court", BLOCK, "具体机关"),
    ("G3-16", "first_check", "", "first_check", BLOCK, "没有填写"),
    ("G3-16", "corrected_at", None, "corrected_at", BLOCK, "没有填写"),
    ("G3-20", "decided_at", "2026-06-05T10:00:00+08:00", "decided_at", WARN, "3日"),
    ("G3-20", "decided_at", "2026-05-30T10:00:00+08:00", "decided_at", BLOCK, "早于报告"),
    ("G3-21", "materials", ["移送书", "调查报告"], "materials", BLOCK, "涉案物品清单"),
    ("G3-23", "legal_basis", "工作需要", "legal_basis", BLOCK, "具体"),
    ("G3-24", "new", "2026年安全生产教育陪训记录复印件", "new", BLOCK, "相同"),
    ("G4-08", "fee", 1_500_001, "fee", BLOCK, "超出罚款的数额"),
    ("G4-08", "fee", 450_001, "fee", BLOCK, "3%"),
    ("G4-09", "at", "2026-07-28T23:00:00+08:00", "at", WARN, "夜间"),
    ("G4-11", "legal_ready", False, "legal_ready", WARN, "期限没有届满"),
    ("G4-12", "kind", "终结", "ground", BLOCK, "不是终结的法定情形"),
    ("G4-13", "window_to", "2026-12-22", "window_to", BLOCK, "3个月"),
    ("G4-13", "window_to", "2026-09-20", "window_to", BLOCK, "3个月"),
    ("G4-13", "attachments", ["强制执行申请书"], "attachments", BLOCK, "缺少"),
]


@pytest.mark.parametrize(("form_id", "path", "value", "where", "level", "text"), SPOILED)
def test_what_is_spoiled_is_told(
        form_id: str, path: str, value: Any, where: str, level: Level, text: str,
        good: Good) -> None:
    answers = good(form_id)
    spoil(answers, path, value)
    told = [(r.where, r.level) for r in check(form_id, answers) if text in r.text]
    assert (where, level) in told


def test_an_organization_is_fined_more_on_the_spot_than_a_citizen(good: Good) -> None:
    answers = good("G3-14")
    answers["PARTY"] = good("G3-15")["PARTY"]
    answers |= {"amount": 300_000, "pay_mode": "银行/电子支付"}
    assert check("G3-14", answers) == []
    answers["amount"] = 300_001
    assert [r.where for r in check("G3-14", answers)] == ["amount"]


def test_a_warning_alone_needs_no_money_and_collects_none(good: Good) -> None:
    answers = good("G3-14")
    answers |= {"kind": "警告", "amount": None, "pay_mode": "银行/电子支付"}
    assert check("G3-14", answers) == []
    answers["pay_mode"] = "当场收缴"
    assert [r.where for r in check("G3-14", answers)] == ["pay_mode"]


def test_words_that_only_look_intended_pass(good: Good) -> None:
    answers = good("G3-15")
    answers["facts"] += "车间使用模拟信号装置，喷洒拟除虫菊酯。"
    assert check("G3-15", answers) == []


def test_three_months_end_on_the_last_day_of_a_short_month(good: Good) -> None:
    answers = good("G4-13")
    answers |= {"window_from": "2026-11-30", "window_to": "2027-02-28"}
    assert check("G4-13", answers) == []
    answers["window_to"] = "2027-03-01"
    assert [r.where for r in check("G4-13", answers)] == ["window_to"]


def test_education_is_owed_only_where_there_was_a_violation(good: Good) -> None:
    answers = good("G3-16")
    answers.pop("education")
    assert "education" in {r.where for r in check("G3-16", answers)}
    unfounded = answers | {"ground": "事实不成立"}
    assert "education" not in {r.where for r in check("G3-16", unfounded)}
