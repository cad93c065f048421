"""Inspections and corrections: kinds, frequency, merging, orders to correct and re-inspection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from field_app.domain.reasons import Level, Reason
from field_app.rules.checks.findings import (
    Checks,
    Timed,
    confirmed,
    lacking,
    not_before,
    term_kept,
    unknown,
)
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class InspectionKind:
    """What kind of inspection, and whether it was approved and told."""

    kind: str | None = None
    approved: bool | None = None
    notified: bool | None = None


@dataclass(frozen=True)
class FrequencyFacts:
    """Inspections of one enterprise: earlier days, the day planned, the yearly limit."""

    earlier: tuple[date, ...] | None = None
    day: date | None = None
    limit: int | None = None
    kind: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class RecordFacts:
    """Whether there are recordings or photos, and whether there is a record (笔录)."""

    recorded: bool | None = None
    record: bool | None = None


@dataclass(frozen=True)
class FavourableFacts:
    """What the investigation report says in the party's favour; empty when left blank."""

    favourable: str | None = None


@dataclass(frozen=True)
class OrderFacts:
    """Whether a violation was found and an order to correct was made, alone or in the decision."""

    violation: bool | None = None
    ordered: bool | None = None


@dataclass(frozen=True)
class RecheckFacts:
    """An order's term, its re-inspection and what followed."""

    deadline: date | None = None
    rechecked: date | None = None
    corrected: bool | None = None
    filed: bool | None = None
    today: date | None = None


@dataclass(frozen=True)
class ReportFacts:
    """Whether the place must be seen again, and whether a report of correction came in."""

    visit: bool | None = None
    report: bool | None = None


def kind_and_notice(facts: InspectionKind, *, table: RuleTable) -> list[Reason]:
    """IN-03: one of the kinds, approved, with its notice (an immediate one may follow up)."""
    row = table["IN-03"]
    if facts.kind is None:
        return unknown(row, ["检查类型"])
    if facts.kind not in row.values["kinds"]:
        return [row.reason(f"没有“{facts.kind}”这种检查类型")]
    if facts.kind in row.values["later"]:
        return []
    found = [row.reason(f"缺少{label}") for label, has in (
        ("审批", facts.approved), ("检查通知书", facts.notified)) if has is False]
    return found + lacking(row, {"是否审批": facts.approved, "是否送达通知书": facts.notified})


def within_frequency(facts: FrequencyFacts, *, table: RuleTable) -> list[Reason]:
    """IN-04: inspections of one enterprise in one calendar year stay within the limit."""
    row = table["IN-04"]
    missing = lacking(row, {"以前的检查日期": facts.earlier, "检查日期": facts.day,
                            "公布的年度频次上限": facts.limit, "检查类型": facts.kind})
    if missing or facts.day is None or facts.limit is None:
        return missing
    year = facts.day.year
    count = sum(1 for day in facts.earlier or () if day.year == year)
    if count < facts.limit:
        return []
    if facts.kind in row.values["exempt"]:
        return [] if facts.reason.strip() else [row.reason(
            f"{year}年已检查{count}次，“{facts.kind}”不受上限限制，但没有写明理由")]
    return [row.reason(f"{year}年已检查{count}次，上限是{facts.limit}次")]


def merged(facts: FrequencyFacts, *, table: RuleTable) -> list[Reason]:
    """IN-06: another inspection of the enterprise close by is told, so both become one."""
    row = table["IN-06"]
    missing = lacking(row, {"其他检查的日期": facts.earlier, "检查日期": facts.day})
    if missing or facts.day is None:
        return missing
    span = timedelta(days=row.values["days"])
    near: Sequence[date] = sorted(d for d in facts.earlier or () if abs(d - facts.day) <= span)
    if not near or facts.reason.strip():
        return []
    return [row.reason(f"{row.values['days']}日内另有检查：{'、'.join(map(str, near))}")]


def record_made(facts: RecordFacts, *, table: RuleTable) -> list[Reason]:
    """IN-07: where something was recorded there is a record too."""
    row = table["IN-07"]
    if facts.recorded is False:
        return []
    missing = lacking(row, {"有没有音像或者照片": facts.recorded, "有没有笔录": facts.record})
    if missing or facts.record:
        return missing
    return [row.reason("有照片或者音像，没有笔录", level=Level.WARN)]


def both_sides(facts: FavourableFacts, *, table: RuleTable) -> list[Reason]:
    """IN-08: what speaks for the party is told, or that there is nothing."""
    row = table["IN-08"]
    if facts.favourable is None:
        return unknown(row, ["有利情节"])
    return [] if facts.favourable.strip() else [row.reason("有利情节一栏是空白")]


def ordered_to_correct(facts: OrderFacts, *, table: RuleTable) -> list[Reason]:
    """IN-09: a violation found is ordered to be corrected."""
    row = table["IN-09"]
    if facts.violation is False:
        return []
    missing = lacking(row, {"是否有违法行为": facts.violation, "是否责令改正": facts.ordered})
    if missing or facts.ordered:
        return missing
    return [row.reason("发现违法行为，没有责令改正", level=Level.WARN)]


def rechecked(facts: RecheckFacts, *, table: RuleTable) -> list[Reason]:
    """IN-10: after its term an order is checked; what was not corrected is filed as a case."""
    row = table["IN-10"]
    if facts.deadline is None:
        return unknown(row, ["整改期限"])
    if facts.rechecked is None:
        if facts.today is not None and facts.today <= facts.deadline:
            return []
        return term_kept(Timed(facts.deadline, None, facts.today), table=table, rule="IN-10",
                         term="IN-10.recheck", level=Level.TIMER)
    wrong = not_before(row, ("复查日期", facts.rechecked), ("今天", facts.today))
    if wrong or facts.corrected:
        return wrong
    if facts.corrected is None:
        return unknown(row, ["复查结论"])
    return [] if facts.filed else [row.reason("复查结论是没有整改到位，还没有立案",
                                              remedy="请制作立案审批表，或者写明不予立案的理由")]


def reported_corrected(facts: ReportFacts, *, table: RuleTable) -> list[Reason]:
    """IN-11: where nobody goes to see, the report of correction is asked for."""
    row = table["IN-11"]
    if facts.visit:
        return []
    missing = lacking(row, {"是否需要现场复查": facts.visit, "是否收到整改报告": facts.report})
    if missing or facts.report:
        return missing
    return [row.reason("不再到现场复查，也没有整改报告")]


CHECKS: Checks = {
    "IN-01": partial(confirmed, rule="IN-01"), "IN-02": partial(confirmed, rule="IN-02"),
    "IN-03": kind_and_notice, "IN-04": within_frequency,
    "IN-05": partial(confirmed, rule="IN-05"), "IN-06": merged, "IN-07": record_made,
    "IN-08": both_sides, "IN-09": ordered_to_correct, "IN-10": rechecked,
    "IN-11": reported_corrected}
