"""Named checks about coercive measures and evidence kept in custody: who may, how long, what is told."""

from collections.abc import Mapping
from datetime import timedelta

from field_app.domain.law_numbers import rule_number, term_number
from field_app.domain.reasons import Level
from field_app.forms.finding import Finding, Findings, Place, day_of
from field_app.forms.workdays import workdays_after

_COERCION_LAW = "《中华人民共和国行政强制法》"
_PENALTY_LAW = "《中华人民共和国行政处罚法》"
_TOLD = ("理由", "依据", "权利", "救济途径")
_LESSER_RULES = ("通知》", "意见》", "方案》", "细则》", "规则》")


def not_entrusted(place: Place) -> Findings:
    """The power to take coercive measures cannot be entrusted; ``place`` is the block ENT."""
    if place.value.get("capacity") == "委托":
        yield Finding("委托执法不得实施行政强制措施",
                      "请不要制作本文书；确需查封、扣押的，报有权机关以自己的名义依法实施",
                      basis=_COERCION_LAW + "第十七条第一款", confidence="V",
                      where=f"{place.path}.capacity")


def law_or_regulation(place: Place) -> Findings:
    """Only laws and regulations can found a seizure; each of the list names its article."""
    for n, law in enumerate(place.value):
        where = f"{place.path}[{n}]"
        if not isinstance(law, str):
            continue
        if "《" not in law or "条" not in law:
            yield Finding("依据没有写成“《…》第…条第…款第…项”的形式",
                          "请写明法律法规全称和条款项", Level.WARN, where=where)
        if any(end in law for end in _LESSER_RULES):
            yield Finding(f"“{law}”不是法律、法规，不能作为查封、扣押的依据",
                          "请改引法律、行政法规或者地方性法规的条款",
                          basis=_COERCION_LAW + "第十条第四款", confidence="V", where=where)


def within_thirty_days(place: Place) -> Findings:
    """A seizure lasts the days of CM-05 at most before it is prolonged."""
    start, end = day_of(place.siblings.get("start")), day_of(place.value)
    if start is None or end is None:
        return
    if end < start:
        yield Finding("期限止早于期限起", "请核对查封（扣押）期限的起止日期")
    elif end > (last := start + timedelta(days=(days := rule_number("CM-05", "days", start)))):
        yield Finding(f"查封（扣押）期限超过{days}日",
                      f"期限止不晚于{last.isoformat()}；情况复杂的，届满前另行批准延长",
                      basis=_COERCION_LAW + "第二十五条第一款", confidence="V")


def prolonged_at_most_thirty_days(place: Place) -> Findings:
    """A prolonged seizure ends after the paper, at most thirty days after the first end.

    The first end is not on the paper. The paper is made before it, and it lies at most thirty
    days later; so an end beyond sixty days is too late in any case.
    """
    seal = place.answers.get("SEAL")
    made = day_of(seal.get("seal_at")) if isinstance(seal, dict) else None
    until = day_of(place.value)
    if made is None or until is None:
        return
    if until <= made:
        yield Finding("延长后的期限不晚于成文日期", "请填写原期限届满之后的日期")
        return
    first, more = (rule_number("CM-05", key, made) for key in ("days", "extension"))
    if until > made + timedelta(days=first + more):
        yield Finding(f"延长后的期限超过原期限届满之日起{more}日",
                      f"延长期限不得超过{more}日，请核对原决定的期限",
                      basis=_COERCION_LAW + "第二十五条第一款", confidence="V")


def all_four_told(place: Place) -> Findings:
    """Reasons, basis, rights and remedies are all told on the spot."""
    missing = [what for what in _TOLD if what not in place.value]
    if missing:
        yield Finding(f"没有告知当事人{'、'.join(missing)}",
                      "请当场告知理由、依据以及当事人依法享有的权利、救济途径，四项都选",
                      basis=_COERCION_LAW + "第十八条第（五）项", confidence="V")
    for n, what in enumerate(place.value):
        if what not in _TOLD:
            yield Finding(f"告知事项中没有“{what}”这一项", f"请选择：{'、'.join(_TOLD)}",
                          where=f"{place.path}[{n}]")


def urgent_reported(place: Place) -> Findings:
    """What was done in urgency is reported and approved within twenty-four hours."""
    if place.value is True:
        hours = term_number("CM-03.report", place.today)
        yield Finding(f"情况紧急、当场实施的，须在{hours}小时内报告并补办批准手续",
                      f"请在实施后{hours}小时内完成本表审批", Level.WARN,
                      basis=_COERCION_LAW + "第十九条", confidence="V")


def within_seven_workdays(place: Place) -> Findings:
    """Evidence kept in custody is decided on within seven working days (holidays not known)."""
    start, due = day_of(place.siblings.get("start_at")), day_of(place.value)
    if start is None or due is None:
        return
    days = term_number("EV-09.dispose", start)
    last = workdays_after(start, days)
    if due < start:
        yield Finding("处理期限早于登记时间", "请核对登记时间和处理期限")
    elif due > last:
        yield Finding(f"处理期限超过登记保存之日起{days}个工作日",
                      f"不计节假日为{last.isoformat()}；期间有节假日的，请核对顺延后的日期",
                      Level.WARN, basis=_PENALTY_LAW + "第五十六条、第八十五条", confidence="V")


def item_numbers(place: Place) -> Findings:
    """Each thing on a list has a number of its own."""
    numbers = [item.get("no") for item in place.value if isinstance(item, Mapping)]
    if len(set(map(str, numbers))) != len(numbers):
        yield Finding("清单的序号有重复", "请给每项编不同的序号")
