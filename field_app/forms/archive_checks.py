"""Named checks about files, registers, publication, entrusting and yearly reports."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from field_app.domain.law_numbers import rule_number, term_number
from field_app.domain.reasons import Level
from field_app.forms.finding import Finding, Findings, Place, day_of, moment_of

_PENALTY_LAW = "《中华人民共和国行政处罚法》"


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def pages_follow(place: Place) -> Findings:
    """Items of a catalogue are numbered from 1, their pages neither overlap nor leave a gap."""
    last = 0
    for n, row in enumerate(_rows(place.value)):
        if row.get("seq") != n + 1:
            yield Finding(f"第{n + 1}行的序号不是{n + 1}", "请从1开始连续编号",
                          where=f"{place.path}[{n}].seq")
        first, end = _whole(row.get("page_from")), _whole(row.get("page_to"))
        if first is None or end is None:
            continue
        if end < first:
            yield Finding(f"第{n + 1}行的止页小于起页", "请核对页号", where=f"{place.path}[{n}].page_to")
        if first != last + 1:
            yield Finding(f"第{n + 1}行的起页应为{last + 1}，填的是{first}", "页号应当连续，不重叠、不遗漏",
                          where=f"{place.path}[{n}].page_from")
        last = max(last, end)


def other_than_maker(place: Place) -> Findings:
    """Whoever checks a file is not the one who made it."""
    maker = place.siblings.get("maker")
    if isinstance(maker, Mapping) and isinstance(place.value, Mapping) \
            and maker.get("name") == place.value.get("name"):
        yield Finding("检查人与立卷人是同一人", "请由另一人检查案卷", where=f"{place.path}.name")


def imported_soon(place: Place) -> Findings:
    """Recordings are brought in within a day, and not before they ended."""
    end, imported = moment_of(place.siblings.get("end")), moment_of(place.value)
    if end is None or imported is None:
        return
    if imported < end:
        yield Finding("导入时间早于录制结束时间", "请核对时间")
    elif imported - end > timedelta(hours=(hours := rule_number("RC-01", "import_hours", end.date()))):
        yield Finding(f"执法结束后超过{hours}小时才导入", "请在备注或者案卷中说明原因", Level.WARN)


def secrecy_reviewed(place: Place) -> Findings:
    """Nothing is published before it was reviewed for secrets and privacy."""
    if place.value is not True:
        yield Finding("没有确认已进行国家秘密、商业秘密和个人隐私审查", "请先审查，再公示",
                      basis=_PENALTY_LAW + "第五十条", confidence="V")


def no_coercion_entrusted(place: Place) -> Findings:
    """The power to take coercive measures is not entrusted."""
    for n, item in enumerate(place.value):
        if isinstance(item, str) and ("强制" in item or "查封" in item or "扣押" in item):
            yield Finding(f"委托内容中有行政强制措施：“{item}”", "行政强制措施权不得委托，请删去",
                          basis="《中华人民共和国行政强制法》第十七条第一款", confidence="V",
                          where=f"{place.path}[{n}]")


def not_the_principal(place: Place) -> Findings:
    """The entrusted organization is not the agency that entrusts."""
    if place.value == place.siblings.get("principal"):
        yield Finding("受委托组织与委托机关相同", "请填写受委托的乡镇人民政府、街道办事处全称",
                      basis=_PENALTY_LAW + "第二十条", confidence="V")


def scores_add_up(place: Place) -> Findings:
    """The total is the sum of the scores."""
    scores = [_whole(row.get("score")) for row in _rows(place.siblings.get("items"))]
    total = sum(score for score in scores if score is not None)
    if scores and place.value != total:
        yield Finding(f"得分填的是{place.value}，各项得分合计是{total}", "请核对各项得分和总分")


def veto_fails(place: Place) -> Findings:
    """A file with any vetoing defect is not up to standard."""
    if place.siblings.get("veto") and place.value != "不合格":
        yield Finding("有否决项，等次应为不合格", "请核对否决项和等次")


def published_by_january(place: Place) -> Findings:
    """Yearly figures are published by the 31st of January of the next year."""
    year, day = _whole(place.siblings.get("year")), day_of(place.value)
    if year is None or day is None:
        return
    if day.year <= year:
        yield Finding("公开日期不在次年", "请核对年度和公开日期", Level.WARN)
    elif 1 <= year < 9999 and day > date(
            year + 1, 1, last := term_number("RP-01.annual", place.today)):
        yield Finding(f"公开日期晚于次年1月{last}日", f"年度数据应当在次年1月{last}日前公开", Level.WARN,
                      basis="武隆府办发〔2021〕53号第四条第（五）项", confidence="V")


def certificate_current(place: Place) -> Findings:
    """A certificate past its day no longer lets anyone enforce."""
    until = day_of(place.value)
    if until and until < place.today and place.siblings.get("status") == "有效":
        yield Finding("执法证已过有效期，状态仍填“有效”", "请办理换证，或者更正状态",
                      basis=_PENALTY_LAW + "第四十二条第一款", confidence="V")


def enough_training(place: Place) -> Findings:
    """Officers are trained the hours a year that PE-07 asks."""
    hours = rule_number("PE-07", "hours", place.today)
    if place.value < hours:
        yield Finding(f"年度培训{place.value}学时，不足{hours}学时", "请在年度内补足",
                      Level.WARN, basis="武隆府办发〔2021〕53号第二条第（一）项", confidence="V")
