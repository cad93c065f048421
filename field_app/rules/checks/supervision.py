"""Reports and supervision: yearly figures, new laws, major decisions, complaints, reviews."""

from dataclasses import dataclass
from datetime import date, timedelta

from field_app.domain.reasons import Level, Reason
from field_app.rules.checks.filing import years_later
from field_app.rules.checks.findings import (
    UNTOLD,
    Checklist,
    Checks,
    Timed,
    confirmed,
    lacking,
    term_kept,
    unknown,
)
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class YearFacts:
    """A year's report: the year, when it was done, today."""

    year: int | None = None
    done: date | None = None
    today: date | None = None


@dataclass(frozen=True)
class NewLawFacts:
    """A law that came into force, and whether its execution was reported."""

    effective: date | None = None
    reported: bool | None = None
    today: date | None = None


@dataclass(frozen=True)
class MajorDecision:
    """A major decision and when it was reported for the record."""

    major: bool | None = None
    decided: date | None = None
    reported: date | None = None
    today: date | None = None


@dataclass(frozen=True)
class SupervisionFacts:
    """A supervision decision, the request for review and the decision on it."""

    received: date | None = None
    applied: date | None = None
    contested: bool | None = None
    accepted: date | None = None
    decided: date | None = None
    today: date | None = None


@dataclass(frozen=True)
class SupervisionPaper:
    """A paper of supervision: which, whether registered, by when to answer, and the answer."""

    kind: str | None = None
    registered: bool | None = None
    answer_by: date | None = None
    answered: date | None = None
    today: date | None = None


@dataclass(frozen=True)
class ComplaintFacts:
    """What complaints need: phone and person, and the days of one complaint."""

    told: Checklist = UNTOLD
    accepted: date | None = None
    answered: date | None = None
    today: date | None = None


def _bad_year(year: int) -> bool:
    return not 1 <= year <= 9998


def yearly_figures(facts: YearFacts, *, table: RuleTable) -> list[Reason]:
    """RP-01: published by the 31st of January; told from the 1st of December on."""
    row = table["RP-01"]
    missing = lacking(row, {"年度": facts.year, "今天的日期": facts.today})
    if missing or facts.year is None or facts.today is None:
        return missing
    if _bad_year(facts.year):
        return unknown(row, ["年度"])
    end = date(facts.year, 12, 31)
    if facts.done is not None and facts.done <= end:
        return [row.reason(f"{facts.done}还在本年度内，数据不全")]
    month, day = row.values["prepare"]
    if facts.done is None and date(facts.year, month, day) <= facts.today <= end:
        return [row.reason(f"可以开始预填{facts.year}年的数据")]
    if facts.done is None and facts.today < date(facts.year, month, day):
        return []
    return term_kept(Timed(end, facts.done, facts.today), table=table, rule="RP-01",
                     term="RP-01.annual")


def responsibility_reported(facts: YearFacts, *, table: RuleTable) -> list[Reason]:
    """RP-02: in December of the year; told from the middle of November."""
    row = table["RP-02"]
    missing = lacking(row, {"年度": facts.year, "今天的日期": facts.today})
    if missing or facts.year is None or facts.today is None:
        return missing
    if _bad_year(facts.year):
        return unknown(row, ["年度"])
    if facts.done is not None:
        return [] if (facts.done.year, facts.done.month) == (facts.year, row.values["month"]) \
            else [row.reason(f"{facts.done}报告，不在{facts.year}年12月")]
    month, day = row.values["remind"]
    if facts.today < date(facts.year, month, day):
        return []
    late = facts.today.year > facts.year
    return [row.reason(f"{facts.year}年还没有报告" + ("，已经逾期" if late else ""))]


def new_law_reported(facts: NewLawFacts, *, table: RuleTable) -> list[Reason]:
    """RP-03: a year after it came into force."""
    row = table["RP-03"]
    missing = lacking(row, {"施行日期": facts.effective, "今天的日期": facts.today})
    if missing or facts.effective is None or facts.today is None or facts.reported:
        return missing
    full = years_later(facts.effective, row.values["years"])
    return [row.reason(f"{facts.effective}施行，{full}满一年")] if facts.today >= full else []


def major_reported(facts: MajorDecision, *, table: RuleTable) -> list[Reason]:
    """RP-04: reported for the record within the days of the table (from memory)."""
    row = table["RP-04"]
    if facts.major is False:
        return []
    missing = lacking(row, {"是否重大决定": facts.major, "决定日期": facts.decided})
    if missing or facts.decided is None:
        return missing
    seen = facts.reported or facts.today
    if seen is None:
        return unknown(row, ["是否备案"])
    last = facts.decided + timedelta(days=row.values["days"])
    if facts.reported is not None and facts.reported < facts.decided:
        return [row.reason(f"备案日期{facts.reported}早于决定日期{facts.decided}")]
    return [row.reason(f"备案期限{last}已经届满")] if seen > last else []


def supervision_contested(facts: SupervisionFacts, *, table: RuleTable) -> list[Reason]:
    """SU-01: ten working days to ask, fifteen to decide."""
    if facts.contested is False:
        return []
    found = term_kept(Timed(facts.received, facts.applied, facts.today), table=table,
                      rule="SU-01", term="SU-01.apply_review")
    if facts.accepted is None:
        return found
    return found + term_kept(Timed(facts.accepted, facts.decided, facts.today), table=table,
                             rule="SU-01", term="SU-01.review_decision")


def supervision_answered(facts: SupervisionPaper, *, table: RuleTable) -> list[Reason]:
    """SU-02: one of the three papers, registered, answered by its own day."""
    row = table["SU-02"]
    if facts.kind is None:
        return unknown(row, ["监督文书的种类"])
    found = []
    if facts.kind not in row.values["papers"]:
        found.append(row.reason(f"“{facts.kind}”不是行政执法监督文书"))
    if not facts.registered:
        found.append(row.reason("没有登记"))
    seen = facts.answered or facts.today
    if facts.answer_by is not None and seen is not None and seen > facts.answer_by:
        found.append(row.reason(f"反馈期限{facts.answer_by}已经届满"))
    return found


def files_reviewed(facts: YearFacts, *, table: RuleTable) -> list[Reason]:
    """SU-03: once in the year."""
    row = table["SU-03"]
    missing = lacking(row, {"年度": facts.year, "今天的日期": facts.today})
    if missing or facts.year is None or facts.today is None:
        return missing
    if facts.done is not None:
        return [] if facts.done.year == facts.year else [
            row.reason(f"{facts.done}的评查不在{facts.year}年")]
    return [row.reason(f"{facts.year}年没有评查")] if facts.today.year > facts.year else []


def complaints_answered(facts: ComplaintFacts, *, table: RuleTable) -> list[Reason]:
    """SU-04: a phone, a person, an answer in fifteen working days."""
    row = table["SU-04"]
    found = confirmed(facts.told, table=table, rule="SU-04")
    if facts.accepted is None:
        return found
    late = term_kept(Timed(facts.accepted, facts.answered, facts.today), table=table,
                     rule="CF-02", term="CF-02.reply")
    return found + [row.reason(r.text, level=r.level if r.level is Level.INFO else None)
                    for r in late]


CHECKS: Checks = {
    "RP-01": yearly_figures, "RP-02": responsibility_reported, "RP-03": new_law_reported,
    "RP-04": major_reported, "SU-01": supervision_contested, "SU-02": supervision_answered,
    "SU-03": files_reviewed, "SU-04": complaints_answered}
