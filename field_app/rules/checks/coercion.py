"""Coercive measures: their basis, conduct, report, term, and the return of property."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from field_app.domain.reasons import Level, Reason
from field_app.rules.checks.findings import (
    Checks,
    Timed,
    aware,
    confirmed,
    day_of,
    lacking,
    not_before,
    term_kept,
    unknown,
)
from field_app.rules.table import RuleTable

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BasisFacts:
    """The measure and the levels of the laws it rests on (法律, 行政法规, 地方性法规, 规章)."""

    measure: str | None = None
    levels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class UrgentFacts:
    """A measure taken at once, and when it was reported and approved."""

    urgent: bool | None = None
    taken: datetime | None = None
    reported: datetime | None = None
    now: datetime | None = None

    def __post_init__(self) -> None:
        aware(self.taken, self.reported, self.now)


@dataclass(frozen=True)
class DeliveryFacts:
    """When the seizure was carried out, when decision and list were handed over, in how many."""

    taken: datetime | None = None
    delivered: datetime | None = None
    copies: int | None = None

    def __post_init__(self) -> None:
        aware(self.taken, self.delivered)


@dataclass(frozen=True)
class SeizureTerm:
    """A seizure's days. ``longer_by_law``: a law or regulation sets another term."""

    start: date | None = None
    end: date | None = None
    new_end: date | None = None
    extension_approved: bool | None = None
    longer_by_law: bool = False
    uncounted_days: int = 0


@dataclass(frozen=True)
class ReleaseFacts:
    """When a seizure ends, whether its ground fell away, and when things were given back."""

    end: date | None = None
    ground_gone: bool = False
    released: date | None = None
    today: date | None = None


@dataclass(frozen=True)
class NecessityFacts:
    """Why milder means would not do; empty when nobody said."""

    slight: bool | None = None
    necessity: str | None = None


def founded_in_law(facts: BasisFacts, *, table: RuleTable) -> list[Reason]:
    """CM-01: laws and regulations; local regulations for seizures only; never rules (规章)."""
    row = table["CM-01"]
    missing = lacking(row, {"强制措施": facts.measure, "依据的层级": facts.levels})
    if missing or facts.measure is None or facts.levels is None:
        return missing
    good = set(row.values["levels"])
    if any(word in facts.measure for word in row.values["local_measures"]):
        good.add(row.values["local"])
    if any(level in good for level in facts.levels):
        return []
    said = "、".join(facts.levels) or "没有填写"
    return [row.reason(f"“{facts.measure}”的依据是{said}")]


def urgent_reported(facts: UrgentFacts, *, table: RuleTable) -> list[Reason]:
    """CM-03: reported and approved within twenty-four hours, to the minute."""
    row = table["CM-03"]
    if facts.urgent is None:
        return unknown(row, ["是否紧急当场实施"])
    if not facts.urgent:
        return []
    level = Level.TIMER if facts.reported is None and facts.taken and facts.now \
        and facts.now < facts.taken + _DAY else None
    return term_kept(Timed(facts.taken, facts.reported, facts.now), table=table, rule="CM-03",
                     term="CM-03.report", level=level)


def delivered_at_once(facts: DeliveryFacts, *, table: RuleTable) -> list[Reason]:
    """CM-04: decision and list handed over on the spot, the list in two copies."""
    row = table["CM-04"]
    found = lacking(row, {"实施时间": facts.taken, "交付时间": facts.delivered,
                          "清单份数": facts.copies})
    if facts.taken is not None and facts.delivered is not None:
        if day_of(facts.delivered) < day_of(facts.taken):
            found += not_before(row, ("实施时间", facts.taken), ("交付时间", facts.delivered))
        elif day_of(facts.delivered) > day_of(facts.taken):
            found.append(row.reason(f"实施后到{day_of(facts.delivered)}才交付，不是当场交付"))
    if facts.copies is not None and facts.copies < row.values["copies"]:
        found.append(row.reason(f"清单只有{facts.copies}份"))
    return found


def within_term(facts: SeizureTerm, *, table: RuleTable) -> list[Reason]:
    """CM-05: thirty days, prolonged by thirty at most; days of appraisal do not count."""
    row = table["CM-05"]
    missing = lacking(row, {"开始日期": facts.start, "截止日期": facts.end})
    if missing or facts.start is None or facts.end is None or facts.longer_by_law:
        return missing
    wrong = not_before(row, ("开始日期", facts.start), ("截止日期", facts.end))
    wrong += not_before(row, ("截止日期", facts.end), ("延长后的截止日期", facts.new_end))
    if wrong:
        return wrong
    spare = max(0, facts.uncounted_days)
    days, more = row.values["days"], row.values["extension"]
    length = (facts.end - facts.start).days - spare
    found = []
    if length > days:
        found.append(row.reason(f"自{facts.start}至{facts.end}共{length}日，超过{days}日"))
    elif length > row.values["advised"]:
        found.append(row.reason(f"截止{facts.end}；开始当日是否计入有争议，稳妥的截止日是"
                                f"{facts.end - _DAY * (length - row.values['advised'])}",
                                level=Level.WARN))
    if facts.new_end is not None:
        added = (facts.new_end - facts.end).days
        if added > more or (facts.new_end - facts.start).days - spare > days + more:
            found.append(row.reason(f"延长到{facts.new_end}，延长了{added}日，超过{more}日或者合计超过"
                                    f"{days + more}日"))
        if facts.extension_approved is False:
            found.append(row.reason("延长没有负责人批准"))
        found += lacking(row, {"延长是否经负责人批准": facts.extension_approved})
    return found


def released_in_time(facts: ReleaseFacts, *, table: RuleTable) -> list[Reason]:
    """CM-07: given back by the last day; told seven, three and one day before."""
    row = table["CM-07"]
    end, today = facts.end, facts.today
    if facts.released is not None:
        if end is not None and facts.released > end:
            # Late, but it must still be possible to give things back.
            return [row.reason(f"{facts.released}才解除，期限是{end}", level=Level.WARN)]
        return []
    missing = lacking(row, {"截止日期": end, "今天的日期": today})
    if missing or end is None or today is None:
        return missing
    if facts.ground_gone or today > end:
        why = "理由已经消失" if facts.ground_gone else f"期限已于{end}届满"
        return [row.reason(f"查封、扣押的{why}，还没有解除")]
    left = (end - today).days
    if left <= max(row.values["remind_days"]):
        return [row.reason(f"还有{left}天届满（{end}）", level=Level.TIMER,
                           remedy="请准备处理决定或者解除决定")]
    return []


def necessary(facts: NecessityFacts, *, table: RuleTable) -> list[Reason]:
    """CM-10: slight violations need no coercion; necessity is explained."""
    row = table["CM-10"]
    if facts.slight is None and facts.necessity is None:
        return unknown(row, ["情节是否显著轻微", "采取强制措施的必要性"])
    found = [row.reason("情节显著轻微")] if facts.slight else []
    if not (facts.necessity or "").strip():
        found.append(row.reason("没有说明必要性"))
    return found


CHECKS: Checks = {
    "CM-01": founded_in_law, "CM-02": partial(confirmed, rule="CM-02"), "CM-03": urgent_reported,
    "CM-04": delivered_at_once, "CM-05": within_term, "CM-06": partial(confirmed, rule="CM-06"),
    "CM-07": released_in_time, "CM-08": partial(confirmed, rule="CM-08"),
    "CM-09": partial(confirmed, rule="CM-09"), "CM-10": necessary}
