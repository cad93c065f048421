"""Facts of a case, as the rules ask for them: from its papers, its catalogue and its officers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from field_app.domain.case import PaperRecord
from field_app.domain.clock import CHINA
from field_app.domain.reasons import Level, Reason
from field_app.domain.workdays import Calendar
from field_app.rules.catalogue import Catalogue, CatalogueMatter
from field_app.rules.checks import check
from field_app.rules.checks.decision import Fined
from field_app.rules.checks.hearing import HearingFacts
from field_app.rules.circumstances import Told

SERVICE = "G4-02"
NOTICES = ("G3-01", "G3-02")
DECISIONS = ("G3-15", "G3-14")
_DAYS = ("decided_at", "at", "start_at", "served_at", "filed_at")


def day_in(value: Any) -> date | None:
    """The day that an answer tells, None when it tells none."""
    if not isinstance(value, str):
        return None
    try:
        if "T" not in value:
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.astimezone(CHINA).date() if moment.tzinfo is not None else moment.date()


def moment_in(value: Any) -> datetime | None:
    """The aware moment that an answer tells."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def sealed_on(answers: Mapping[str, Any]) -> date | None:
    block = answers.get("SEAL")
    return day_in(block.get("seal_at")) if isinstance(block, Mapping) else None


def rows_in(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def made_on(answers: Mapping[str, Any]) -> date | None:
    """The day a paper says it was made: the decision's own, else that of its seal (成文日期)."""
    return day_in(answers.get("decided_at")) or sealed_on(answers)


@dataclass(frozen=True)
class Around:
    """What is known beside the papers. ``catalogue``: None where the laptop has none; ``matter``:
    the case's own, as of the day it was opened; ``fined``: earlier fines of the same party;
    ``inspected``: days on which it was inspected in other cases; ``opened``: the case's first day;
    ``auxiliaries``: certificate numbers of those who may only assist."""

    told: Told = field(default_factory=Told)
    catalogue: Catalogue | None = None
    matter: CatalogueMatter | None = None
    fined: tuple[Fined, ...] | None = None
    inspected: tuple[date, ...] | None = None
    opened: date | None = None
    auxiliaries: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CaseFacts:
    """The paper in hand with the case's issued papers, oldest first."""

    form: str
    answers: Mapping[str, Any]
    issued: tuple[PaperRecord, ...]
    today: date
    calendar: Calendar
    around: Around = field(default_factory=Around)

    @property
    def day(self) -> date:
        """The day of the act this paper tells; its rules are those of that day."""
        told = (day_in(self.answers.get(key)) for key in _DAYS)
        return next((d for d in told if d is not None), None) or sealed_on(self.answers) or self.today

    def newest(self, *forms: str) -> PaperRecord | None:
        """The paper of one of ``forms`` that was issued last."""
        return next((p for p in reversed(self.issued) if p.form in forms), None)

    def told(self, form: str, key: str) -> Any:
        """What the newest paper of that form answers, None when there is none."""
        paper = self.newest(form)
        return None if paper is None else paper.answers.get(key)

    def numbered(self, number: Any) -> PaperRecord | None:
        """The issued paper of that number."""
        return next((p for p in self.issued if p.number and p.number == number), None)

    def served(self, *forms: str) -> date | None:
        """When the newest of these papers was served, by a proof or an announcement that names it."""
        paper = self.newest(*forms)
        if paper is None:
            return None
        found = [day_in(p.answers.get("served_at")) for p in self.issued if p.form == SERVICE
                 and any(row.get("no") == paper.number for row in rows_in(p.answers.get("docs")))]
        found += [day_in(p.answers.get("served_on")) for p in self.issued if p.form == "G4-03"
                  and paper.number in str(p.answers.get("docs", ""))]
        return max((d for d in found if d is not None), default=None)

    def judge(self, rule: str, facts: object) -> list[Reason]:
        """What the rule of that day says."""
        return check(rule, facts, day=self.day, calendar=self.calendar)

    def must_know(self, rule: str, facts: object) -> list[Reason]:
        """As :meth:`judge`; what is not known asks the officer for a reason."""
        return [replace(r, level=Level.WARN) if r.level is Level.INFO else r
                for r in self.judge(rule, facts)]


def money_of(rows: Sequence[Mapping[str, Any]], kind: str) -> int:
    amounts = [row.get("amount") for row in rows if str(row.get("kind") or "").startswith(kind)]
    return sum(a for a in amounts if isinstance(a, int) and not isinstance(a, bool))


def hearing_facts(case: CaseFacts) -> HearingFacts:
    """What the paper in hand decides, as the rules of hearings ask for it."""
    rows = rows_in(case.answers.get("penalties"))
    party = case.answers.get("PARTY")
    kind = party.get("party_type") if isinstance(party, Mapping) else None
    return HearingFacts(
        str(kind) if kind else None, money_of(rows, "罚款"), money_of(rows, "没收违法所得"),
        money_of(rows, "没收非法财物"), tuple(str(r.get("kind") or "") for r in rows),
        case.newest("G3-02") is not None)


def placed(found: Sequence[Reason], where: str) -> list[Reason]:
    """Findings led to the field that tells what they speak of."""
    return [replace(r, where=where) for r in found]
