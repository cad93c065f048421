"""Named checks about payment of fines, urging, and service by announcement or other road."""

from collections.abc import Mapping
from datetime import timedelta

from field_app.domain.law_numbers import term_number
from field_app.domain.reasons import Level
from field_app.forms.finding import Finding, Findings, Place, day_of, moment_of
from field_app.forms.workdays import workdays_after

_PENALTY_LAW = "《中华人民共和国行政处罚法》"
_COERCION_LAW = "《中华人民共和国行政强制法》"


def handed_in_within_two_days(place: Place) -> Findings:
    """Cash is handed to the agency within two working days of its collection."""
    yield from _within_two_days(place, "paid_at", "交机关时间早于缴款时间",
                                "收缴罚款之日起{}个工作日内交至行政机关", "SP-07.officer_to_agency")


def banked_within_two_days(place: Place) -> Findings:
    """The agency pays it to the bank within two working days."""
    yield from _within_two_days(place, "turn_in_at", "机关缴银行时间早于交机关时间",
                                "行政机关收到之日起{}个工作日内缴付指定的银行", "SP-07.agency_to_bank")


def _within_two_days(place: Place, since: str, early: str, rule: str, term: str) -> Findings:
    start, end = moment_of(place.siblings.get(since)), moment_of(place.value)
    if start is None or end is None:
        return
    if end < start:
        yield Finding(early, "请核对两处时间")
    elif end.date() > workdays_after(start.date(), days := term_number(term, start.date())):
        yield Finding(f"没有在{rule.format(days)}", "期间有节假日的，请核对顺延后的日期；确已逾期的，请说明原因",
                      Level.WARN, basis=_PENALTY_LAW + "第七十一条、第八十五条", confidence="V")


def plan_in_order(place: Place) -> Findings:
    """Instalments have numbers of their own and fall due one after the other."""
    plan = [item for item in place.value if isinstance(item, Mapping)]
    numbers = [item.get("no") for item in plan]
    if len(set(map(str, numbers))) != len(numbers):
        yield Finding("期次有重复", "请给每期编不同的期次")
    days = [day_of(item.get("due")) for item in plan]
    for n in range(1, len(days)):
        before, day = days[n - 1], days[n]
        if before and day and day <= before:
            yield Finding("后一期的缴纳日期不晚于前一期", "请按先后顺序填写每期的缴纳日期",
                          where=f"{place.path}[{n}].due")


def late_fee_within_fine(place: Place) -> Findings:
    """The additional fine does not exceed the fine."""
    fine = place.siblings.get("amount")
    if isinstance(fine, int) and isinstance(place.value, int) and place.value > fine:
        yield Finding("加处罚款的数额超出罚款的数额", "加处罚款不超过罚款本金，请核对计算",
                      basis=_PENALTY_LAW + "第七十二条第一款第（一）项", confidence="V")


def urged_ten_days(place: Place) -> Findings:
    """Before a court is asked, ten working days pass from service (weekdays here)."""
    seal = place.answers.get("SEAL")
    made = day_of(seal.get("seal_at")) if isinstance(seal, Mapping) else None
    due = day_of(place.value)
    if made is None or due is None:
        return
    if due <= made:
        yield Finding("履行期限不晚于成文日期", "请填写成文日期之后的日期")
    elif place.answers.get("purpose") == "申请法院执行" and due < (
            first := workdays_after(made, days := term_number("EX-08.perform_until", made))):
        yield Finding(f"申请法院执行前的催告，履行期限少于{days}个工作日",
                      f"履行期限不早于{first.isoformat()}，"
                      "并自送达之日起计算",
                      basis=_COERCION_LAW + "第五十四条、第六十九条", confidence="V")


def announced_thirty_days(place: Place) -> Findings:
    """Service is complete thirty days after the announcement."""
    posted, served = day_of(place.siblings.get("from")), day_of(place.value)
    if posted is None or served is None:
        return
    days = term_number("SV-06.deemed_served", posted)
    if served != (right := posted + timedelta(days=days)):
        yield Finding(f"视为送达日不是公告之日起满{days}日", f"应为{right.isoformat()}",
                      basis="《中华人民共和国民事诉讼法》第九十五条", confidence="V")


def after_seal(place: Place) -> Findings:
    """What others are asked to do by a day lies after the day of the paper."""
    seal = place.answers.get("SEAL")
    made = day_of(seal.get("seal_at")) if isinstance(seal, Mapping) else None
    due = day_of(place.value)
    if made and due and due <= made:
        yield Finding("期限不晚于成文日期", "请填写成文日期之后的日期")
