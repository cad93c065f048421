"""Publication of decisions: in time, withdrawn in time, without secrets and personal data."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import partial

from field_app.domain.reasons import Reason
from field_app.domain.workdays import YearUnknown
from field_app.rules.checks.filing import years_later
from field_app.rules.checks.findings import (
    Checks,
    Timed,
    lacking,
    term_kept,
    unknown,
)
from field_app.rules.masking import personal_data
from field_app.rules.table import Rule, RuleTable


@dataclass(frozen=True)
class PublicationFacts:
    """A decision of a kind, its day, and the day it was published."""

    kind: str | None = None
    decided: date | None = None
    published: date | None = None
    today: date | None = None


@dataclass(frozen=True)
class PublishedText:
    """What is to be published, the persons named in the case, and whether someone reviewed it."""

    text: str | None = None
    names: tuple[str, ...] = ()
    reviewed: bool | None = None


@dataclass(frozen=True)
class MarketFacts:
    """Publication under the market regulator's own rule; ``warning``: a warning alone."""

    market: bool | None = None
    decided: date | None = None
    published: date | None = None
    warning: bool | None = None
    withdrawn: date | None = None
    today: date | None = None


def published_in_time(facts: PublicationFacts, *, table: RuleTable) -> list[Reason]:
    """PB-01: penalties and permits in seven working days, others in twenty."""
    row = table["PB-01"]
    if facts.kind is None:
        return unknown(row, ["决定的种类"])
    short = any(word in facts.kind for word in row.values["short"])
    return term_kept(Timed(facts.decided, facts.published, facts.today), table=table,
                     rule="PB-01", term="PB-01.publish_penalty" if short else "PB-01.publish_other")


def nothing_personal(facts: PublishedText, *, table: RuleTable) -> list[Reason]:
    """PB-03: nothing personal is left, and someone looked."""
    row = table["PB-03"]
    if facts.text is None:
        return unknown(row, ["公开的内容"])
    found = [row.reason(f"公开内容里还有{item.kind}“{item.text}”")
             for item in personal_data(facts.text, names=facts.names)]
    if facts.reviewed is None:
        found += unknown(row, ["是否人工复核"])
    elif not facts.reviewed:
        found.append(row.reason("没有人工复核"))
    return found


def market_term(facts: MarketFacts, *, table: RuleTable) -> list[Reason]:
    """PB-04: twenty working days to publish; three months or three years, then off again."""
    row = table["PB-04"]
    if facts.market is False:
        return []
    missing = lacking(row, {"是否市场监管事项": facts.market, "决定日期": facts.decided,
                            "今天的日期": facts.today})
    if missing or facts.decided is None or facts.today is None:
        return missing
    if facts.published is None:
        return _not_published(row, facts.decided, facts.today, table)
    if facts.withdrawn is not None:
        return []
    if facts.warning is None:
        return unknown(row, ["是否只有警告"])
    end = _months_later(facts.published, row.values["warning_months"]) if facts.warning \
        else years_later(facts.published, row.values["years"])
    return [row.reason(f"公示到{end}届满，还没有停止公示")] if facts.today > end else []


def _not_published(row: Rule, decided: date, today: date, table: RuleTable) -> list[Reason]:
    try:
        last = table.calendar.after(decided, row.values["workdays"])
    except YearUnknown as error:
        return unknown(row, [f"{error.year}年的放假安排"])
    return [row.reason(f"公示期限{last}已经届满")] if today > last else []


def _months_later(day: date, months: int) -> date:
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


CHECKS: Checks = {
    "PB-01": published_in_time, "PB-02": partial(term_kept, rule="PB-02", term="PB-02.withdraw"),
    "PB-03": nothing_personal, "PB-04": market_term}
