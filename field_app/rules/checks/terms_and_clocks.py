"""How terms are counted and clocks are kept: the ground under every other rule."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from field_app.domain.reasons import Level, Reason
from field_app.rules.checks.findings import Checks, aware, computed, shown, unknown
from field_app.rules.deadlines import Question
from field_app.rules.table import RuleTable
from field_app.rules.terms import Side, Term, find_term


@dataclass(frozen=True)
class CountingFacts:
    """A last day that somebody told for a term (``RULE.TERM``) from its start."""

    term: str | None = None
    start: date | None = None
    told: date | None = None
    side: Side | None = None


@dataclass(frozen=True)
class ServedFacts:
    """A term that runs from service: which, and whether service is proven."""

    term: str | None = None
    served: date | None = None


@dataclass(frozen=True)
class ClockFacts:
    """A device's clock beside a trusted one, and what it told at an earlier event."""

    device: datetime | None = None
    reference: datetime | None = None
    earlier: datetime | None = None
    noted: bool | None = None

    def __post_init__(self) -> None:
        aware(self.device, self.reference, self.earlier)


def _speaks_of(term: Term, rule: str, table: RuleTable) -> bool:
    row = table[rule]
    days = row.values.get("days")
    if days is not None and term.length.amount not in days and term.length.unit != "month":
        return False
    if term.length.unit == "workday" and term.length.amount > row.values.get("max_days", 10**6):
        return False
    return row.values.get("law", "") in term.law


def counted(facts: CountingFacts, *, table: RuleTable, rule: str) -> list[Reason]:
    """TM-01 to TM-05, TM-07: a told last day is the one the law counts to."""
    row = table[rule]
    if facts.term is None or facts.start is None or facts.told is None:
        return unknown(row, ["期限、起算日和填写的截止日"])
    term = find_term(facts.term)
    if not _speaks_of(term, rule, table):
        return []
    answer = computed(row, facts.term, Question(facts.start, side=facts.side), table)
    if isinstance(answer, Reason):
        return [answer]
    last = answer.due or answer.earliest
    if last is None or facts.told in (last, answer.statutory_last):
        return []
    return [row.reason(f"填的是{facts.told}，应为{last}")]


def runs_from_service(facts: ServedFacts, *, table: RuleTable) -> list[Reason]:
    """TM-06: while nothing is served the term does not run, and that is told all the time."""
    row = table["TM-06"]
    if facts.term is None:
        return unknown(row, ["期限"])
    term = find_term(facts.term)
    if facts.served is not None or not any(w in term.event for w in ("收到", "送达")):
        return []
    return [row.reason(f"“{term.duty}”的期限没有起算：没有{term.event}的日期")]


def clock_true(facts: ClockFacts, *, table: RuleTable) -> list[Reason]:
    """TM-08: off by more than the allowed seconds, or set back, is noted."""
    row = table["TM-08"]
    if facts.device is None:
        return unknown(row, ["设备时间"])
    found = []
    if facts.earlier is not None and facts.device < facts.earlier:
        found.append(f"设备时间{shown(facts.device)}早于先前记录的{shown(facts.earlier)}，时钟被拨回")
    if facts.reference is not None:
        seconds = round((facts.device - facts.reference).total_seconds())
        if abs(seconds) > row.values["max_skew_seconds"]:
            found.append(f"设备时间偏差{seconds:+d}秒")
    if not found and facts.reference is None:
        return unknown(row, ["标准时间"])
    return [row.reason(text, level=Level.INFO if facts.noted else None) for text in found]


CHECKS: Checks = {
    **{rule: partial(counted, rule=rule)
       for rule in ("TM-01", "TM-02", "TM-03", "TM-04", "TM-05", "TM-07")},
    "TM-06": runs_from_service, "TM-08": clock_true}
