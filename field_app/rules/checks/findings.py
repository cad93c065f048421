"""What every check shares: facts not known are told, contradictions are told, terms are kept."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from field_app.domain.clock import CHINA
from field_app.domain.reasons import Level, Reason
from field_app.rules.deadlines import Answer, DeadlineRefused, Question, Suspension, compute
from field_app.rules.table import Rule, RuleTable
from field_app.rules.terms import TermKind, find_term

Moment = date | datetime
Checks = Mapping[str, Callable[..., list[Reason]]]


@dataclass(frozen=True)
class Checklist:
    """Answers to what a rule asks (``Rule.asks``): yes, no, or missing when nobody said."""

    told: Mapping[str, bool | None] = field(default_factory=dict)


UNTOLD = Checklist()


@dataclass(frozen=True)
class Timed:
    """A term: the event that starts it, what was done and when, and the day it is looked at."""

    start: Moment | None = None
    done: Moment | None = None
    now: Moment | None = None
    suspended: tuple[Suspension, ...] = ()

    def __post_init__(self) -> None:
        aware(self.start, self.done, self.now)


def aware(*moments: Moment | None) -> None:
    """``ValueError`` when a moment has no offset: it could not be compared."""
    if any(isinstance(m, datetime) and m.tzinfo is None for m in moments):
        raise ValueError("a moment without offset")


def day_of(moment: Moment) -> date:
    """The day in China of a day or an aware moment."""
    if isinstance(moment, datetime):
        return moment.astimezone(CHINA).date()
    return moment


def unknown(rule: Rule, labels: Iterable[str]) -> list[Reason]:
    """One reason that tells what must be known before this rule can be judged."""
    return [rule.reason(f"还不知道{'、'.join(labels)}，不能判断本条", level=Level.INFO,
                        remedy="请补充后再核对")]


def lacking(rule: Rule, facts: Mapping[str, Any]) -> list[Reason]:
    """:func:`unknown` for those of ``facts`` (label to value) that are None; empty when none is."""
    labels = [label for label, value in facts.items() if value is None]
    return unknown(rule, labels) if labels else []


def not_before(rule: Rule, first: tuple[str, Moment | None],
               second: tuple[str, Moment | None]) -> list[Reason]:
    """A finding when the second told date lies before the first, which it cannot."""
    one, two = first[1], second[1]
    if one is None or two is None:
        return []
    to_the_minute = isinstance(one, datetime) and isinstance(two, datetime)
    if not (two < one if to_the_minute else day_of(two) < day_of(one)):
        return []
    return [rule.reason(f"{second[0]}（{shown(two)}）早于{first[0]}（{shown(one)}），日期互相矛盾",
                        remedy="请核对日期；时钟被拨动过的，在案卷中记明")]


def shown(moment: Moment) -> str:
    """A day, or a moment in China to the minute."""
    if isinstance(moment, datetime):
        return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"
    return moment.isoformat()


def confirmed(facts: Checklist, *, table: RuleTable, rule: str,
              level: Level | None = None) -> list[Reason]:
    """Every point that the rule asks about: a finding for each no, one reason for the unknown."""
    row = table[rule]
    stray = sorted(set(facts.told) - set(row.asks))
    if stray:
        raise ValueError(f"{rule} does not ask {stray}")
    found = [row.reason(f"缺少：{label}", where=key, level=level)
             for key, label in row.asks.items() if facts.told.get(key) is False]
    missing = [label for key, label in row.asks.items() if facts.told.get(key) is None]
    return found + (unknown(row, missing) if missing else [])


def computed(row: Rule, term: str, question: Question, table: RuleTable) -> Answer | Reason:
    """The term's answer; a reason when it cannot be computed (a year's days off are not known)."""
    try:
        return compute(find_term(term), question, table.calendar)
    except (DeadlineRefused, OverflowError) as error:
        said = error.what if isinstance(error, DeadlineRefused) else "日期超出可计算的范围。"
        remedy = error.remedy if isinstance(error, DeadlineRefused) else "请核对日期。"
        return row.reason(said.rstrip("。") + "，不能判断本条", level=Level.INFO,
                          remedy=remedy.rstrip("。"))


def last_day(row: Rule, term: str, question: Question, table: RuleTable) -> date | Reason:
    """The last day of a term in days, or the reason why it cannot be told."""
    answer = computed(row, term, question, table)
    if isinstance(answer, Reason):
        return answer
    if answer.due is None:
        raise ValueError(f"{term} has no last day")
    return day_of(answer.due)


def term_kept(facts: Timed, *, table: RuleTable, rule: str, term: str,
              level: Level | None = None) -> list[Reason]:
    """Whether what the term asks was done in time: not after its last, not before its first day.

    While it has not begun, that is told: a term never runs from a day nobody knows.
    """
    row, told = table[rule], find_term(term)
    if facts.start is None:
        return unknown(row, [f"{told.event}的日期，期限没有起算"])
    wrong = not_before(row, (told.event, facts.start), (told.duty, facts.done))
    if wrong:
        return wrong
    answer = computed(row, term, Question(facts.start, suspended=facts.suspended), table)
    if isinstance(answer, Reason):
        return [answer]
    if told.kind in (TermKind.EARLIEST, TermKind.WINDOW):
        first = answer.earliest or answer.opens
        if first is not None and facts.done is not None and day_of(facts.done) < first:
            return [row.reason(f"{shown(facts.done)}还没有到，最早{first}", level=level)]
    if answer.due is None:
        return [] if facts.done is not None else unknown(row, [told.duty])
    return _in_time(row, facts, answer, answer.due, level)


def _in_time(row: Rule, facts: Timed, answer: Answer, due: Moment,
             level: Level | None) -> list[Reason]:
    seen = facts.done or facts.now
    if seen is None:
        return unknown(row, ["是否已经办理"])
    # A party's or court's last day counts whole; hours end at their minute.
    late = seen > due if isinstance(due, datetime) and isinstance(seen, datetime) \
        else day_of(seen) > day_of(due)
    if not late:
        return []
    last = answer.statutory_last
    if facts.done is not None and isinstance(last, date) and not isinstance(due, datetime) \
            and day_of(facts.done) <= last:
        return [row.reason(f"{shown(facts.done)}才办理，晚于内部期限{due}，在法定最后一日{last}以内",
                           level=Level.INFO)]
    what = f"{shown(facts.done)}才办理，期限是{shown(due)}" if facts.done is not None \
        else f"期限{shown(due)}已经届满，还没有办理"
    return [row.reason(what, level=level)]
