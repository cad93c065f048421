"""Named checks about telling, hearing, reviewing and discussing before a penalty is decided."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from field_app.domain.law_numbers import term_number
from field_app.domain.reasons import Level
from field_app.forms.finding import Finding, Findings, Place, day_of
from field_app.forms.workdays import workdays_after

_PENALTY_LAW = "《中华人民共和国行政处罚法》"
_COERCION_LAW = "《中华人民共和国行政强制法》"
_REVIEWED = ("主体资格", "人员资格", "程序", "事实证据", "法律适用", "裁量", "文书", "是否越权",
             "是否涉罪")


def _sealed(place: Place) -> date | None:
    block = place.answers.get("SEAL")
    return day_of(block.get("seal_at")) if isinstance(block, Mapping) else None


def _names(value: Any) -> list[str]:
    return [str(row.get("person") or row.get("name") or "").strip()
            for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _level(made: date, due: date, days: int) -> Level:
    """Short even in calendar days is surely short; exchanged weekends may excuse the rest."""
    return Level.BLOCK if due < made + timedelta(days=days) else Level.WARN


def hearing_term(place: Place) -> Findings:
    """The party has the working days of HR-03 to ask for a hearing."""
    due, made = day_of(place.value), _sealed(place)
    if due and made and due < workdays_after(made, days := term_number("HR-03.request", made)):
        yield Finding(f"申请听证的期限少于{days}个工作日",
                      f"请自送达次日起算{days}个工作日，遇法定节假日顺延", _level(made, due, days),
                      basis=_PENALTY_LAW + "第六十四条第一项、第八十五条", confidence="V")


def hearing_notice_term(place: Place) -> Findings:
    """A hearing is told the working days of HR-04 before."""
    held, made = day_of(place.value), _sealed(place)
    if held and made and held < workdays_after(
            made, days := term_number("HR-04.latest_notice", made)):
        yield Finding(f"听证时间距成文日期不足{days}个工作日",
                      f"请在举行听证的{days}个工作日前送达，改定时间", _level(made, held, days),
                      basis=_PENALTY_LAW + "第六十四条第二项、第八十五条", confidence="V")


def urged_three_days(place: Place) -> Findings:
    """Performance by another is told the working days of EX-14 before."""
    told, held = day_of(place.value), day_of(place.siblings.get("at"))
    if told and held and held < workdays_after(
            told, days := term_number("EX-14.latest_demand", told)):
        yield Finding(f"催告距代履行不足{days}个工作日", "请改定代履行时间；立即代履行的，注明法定情形",
                      Level.WARN, basis=_COERCION_LAW + "第五十一条、第五十二条、第六十九条",
                      confidence="V")


def host_not_investigator(place: Place) -> Findings:
    """A hearing is led by someone who did not investigate."""
    if isinstance(place.value, Mapping) and place.value.get("name") \
            and str(place.value["name"]).strip() in _names(place.answers.get("investigators")):
        yield Finding("听证主持人是本案调查人员", "请指定非本案调查人员主持听证",
                      basis=_PENALTY_LAW + "第六十四条第四项", confidence="V")


def final_statement(place: Place) -> Findings:
    """The record of a hearing holds the party's last word."""
    if "最后陈述" not in place.value:
        yield Finding("听证记录中没有当事人最后陈述", "请记明当事人最后陈述的内容，没有的也写明",
                      Level.WARN)


def points_answered(place: Place) -> Findings:
    """Every rejected point has a reason of some length."""
    for n, row in enumerate(place.value):
        if isinstance(row, Mapping) and row.get("adopt") != "采纳" \
                and 0 < len(str(row.get("reply") or "").strip()) < 6:
            yield Finding("没有采纳的意见没有写明理由", "请逐点写明复核情况和理由",
                          basis=_PENALTY_LAW + "第四十五条第一款", confidence="V",
                          where=f"{place.path}[{n}].reply")


def told_again(place: Place) -> Findings:
    """A changed penalty is told again."""
    if place.value is True:
        yield Finding("改变了拟作出的行政处罚", "请重新制作告知书送达当事人；不得因申辩加重处罚",
                      Level.WARN, basis=_PENALTY_LAW + "第四十四条、第四十五条第二款",
                      confidence="V")


def every_point_reviewed(place: Place) -> Findings:
    """A legal review speaks of every point."""
    said = {row.get("item") for row in place.value if isinstance(row, Mapping)}
    missing = [item for item in _REVIEWED if item not in said]
    if missing:
        yield Finding(f"没有审核：{'、'.join(missing)}", "请逐项写明审核结论")


def review_passed(place: Place) -> Findings:
    """Without consent of the legal review no decision is made."""
    if place.value != "同意":
        yield Finding("法制审核没有同意", "请按审核意见处理后重新送审；审核通过之前不得作出决定",
                      Level.WARN, basis=_PENALTY_LAW + "第五十八条第一款", confidence="V")


def every_leader_spoke(place: Place) -> Findings:
    """Each leader who discussed gave an opinion."""
    spoke = set(_names(place.value))
    silent = [name for name in _names(place.answers.get("leaders")) if name and name not in spoke]
    if silent:
        yield Finding(f"没有记录{'、'.join(silent)}的意见", "请记录每名负责人的意见和理由")
