"""Facts of a case from its issued papers, and what the rules say before another one is issued.

A paper that is not on file here may exist on paper: what it would tell is then not known, and an
officer says why the case goes on. Only what the law never lets pass blocks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.reasons import Level, Reason
from field_app.domain.workdays import Calendar
from field_app.rules.checks import check
from field_app.rules.checks.coercion import ReleaseFacts, SeizureTerm
from field_app.rules.checks.evidence import CustodyFacts
from field_app.rules.checks.execution import CourtFacts, ForceFacts
from field_app.rules.checks.findings import Timed
from field_app.rules.checks.hearing import HearingDay, HearingEnd, HearingFacts, grave_kinds
from field_app.rules.checks.notice import DefenceFacts, NoticeFacts
from field_app.rules.checks.people import RoleFacts
from field_app.rules.checks.publication import PublishedText
from field_app.rules.checks.review import CollectiveFacts, ReviewFacts
from field_app.rules.checks.service import ElectronicFacts, ServiceFacts
from field_app.rules.table import RuleNotInForce, rules_at

_SERVICE = "G4-02"
_NOTICES = ("G3-01", "G3-02")
_DECISIONS = ("G3-15", "G3-14")
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


def _sealed(answers: Mapping[str, Any]) -> date | None:
    block = answers.get("SEAL")
    return day_in(block.get("seal_at")) if isinstance(block, Mapping) else None


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def made_on(answers: Mapping[str, Any]) -> date | None:
    """The day a paper says it was made: the decision's own, else that of its seal (成文日期)."""
    return day_in(answers.get("decided_at")) or _sealed(answers)


@dataclass(frozen=True)
class CaseFacts:
    """The paper in hand with the case's issued papers, oldest first."""

    form: str
    answers: Mapping[str, Any]
    issued: tuple[PaperRecord, ...]
    today: date
    calendar: Calendar

    @property
    def day(self) -> date:
        """The day of the act this paper tells; its rules are those of that day."""
        told = (day_in(self.answers.get(key)) for key in _DAYS)
        return next((d for d in told if d is not None), None) or _sealed(self.answers) or self.today

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
        found = [day_in(p.answers.get("served_at")) for p in self.issued if p.form == _SERVICE
                 and any(row.get("no") == paper.number for row in _rows(p.answers.get("docs")))]
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


def _proof(case: CaseFacts) -> list[Reason]:
    found = []
    served = day_in(case.answers.get("served_at"))
    for row in _rows(case.answers.get("docs")):
        paper = case.numbered(row.get("no"))
        if paper is not None:
            found += case.judge("SV-02", ServiceFacts(made_on(paper.answers), served, True))
    if case.answers.get("mode") == "电子":
        consent = case.newest("G4-01")
        agreed = consent is not None and consent.answers.get("e_ok") is True
        found += case.judge("SV-05", ElectronicFacts(
            True, consent.issued.astimezone(CHINA).date()
            if agreed and consent is not None and consent.issued else None, served, served))
    return _placed(found, "served_at")


def _notice(case: CaseFacts, decided: date | None) -> list[Reason]:
    notice = case.newest(*_NOTICES)
    answers = {} if notice is None else notice.answers
    until = [d for d in (day_in(answers.get(k)) for k in ("statement_due", "hearing_due")) if d]
    waiver = case.newest("G3-05")
    needed = {"陈述申辩", "听证"} if notice is not None and notice.form == "G3-02" else {"陈述申辩"}
    waived = day_in(waiver.answers.get("at")) if waiver is not None \
        and needed <= set(map(str, waiver.answers.get("waive") or ())) else None
    return case.judge("DC-01", NoticeFacts(
        case.served(*_NOTICES), max(until, default=None), waived, None, decided))


def _money(rows: Sequence[Mapping[str, Any]], kind: str) -> int:
    amounts = [row.get("amount") for row in rows if str(row.get("kind") or "").startswith(kind)]
    return sum(a for a in amounts if isinstance(a, int) and not isinstance(a, bool))


def hearing_facts(case: CaseFacts) -> HearingFacts:
    """What the paper in hand decides, as the rules of hearings ask for it."""
    rows = _rows(case.answers.get("penalties"))
    party = case.answers.get("PARTY")
    kind = party.get("party_type") if isinstance(party, Mapping) else None
    return HearingFacts(
        str(kind) if kind else None, _money(rows, "罚款"), _money(rows, "没收违法所得"),
        _money(rows, "没收非法财物"), tuple(str(r.get("kind") or "") for r in rows),
        case.newest("G3-02") is not None)


def _decision(case: CaseFacts) -> list[Reason]:
    decided = day_in(case.answers.get("decided_at")) or _sealed(case.answers)
    hearing = hearing_facts(case)
    held = day_in(case.told("G3-09", "start_at"))
    found = _placed(_notice(case, decided), "decided_at")
    found += case.judge("DC-03", DefenceFacts(case.newest("G3-03") is not None,
                                              case.newest("G3-04") is not None))
    found += _placed(case.judge("HR-01", hearing) + case.judge("HR-02", hearing), "penalties")
    found += case.judge("HR-06", HearingEnd(
        held, case.newest("G3-06") is not None, case.newest("G3-10") is not None, decided))
    return found + _reviewed(case, hearing, held, decided)


def _reviewed(case: CaseFacts, hearing: HearingFacts, held: date | None,
              decided: date | None) -> list[Reason]:
    opinion = case.told("G3-11", "opinion")
    found = case.judge("LR-01", ReviewFacts(
        major_interest=True if held else None, hearing_held=held is not None,
        reviewed=day_in(case.told("G3-11", "reviewed_at")),
        passed=None if opinion is None else opinion == "同意", decided=decided))
    try:
        grave = bool(grave_kinds(hearing.kinds or (), table=rules_at(case.day)))
    except RuleNotInForce:
        return found
    leaders = case.told("G3-12", "leaders")
    return found + case.judge("CD-01", CollectiveFacts(
        grave=grave or None, discussed=day_in(case.told("G3-12", "at")),
        leaders=len(leaders) if isinstance(leaders, list) else None, decided=decided))


def _review(case: CaseFacts) -> list[Reason]:
    handlers: set[str] = set()
    for paper in case.issued:
        for key in ("handlers", "officers", "investigators"):
            handlers |= {str(o["cert_no"]) for o in _rows(paper.answers.get(key))
                         if o.get("cert_no")}
    reviewer = case.answers.get("reviewer")
    number = reviewer.get("cert_no") if isinstance(reviewer, Mapping) else None
    if not number or not handlers:
        return []
    return _placed(case.judge("PE-10", RoleFacts(frozenset(handlers), frozenset({str(number)}))),
                   "reviewer")


def _hearing(case: CaseFacts) -> list[Reason]:
    return _placed(case.must_know("HR-04", HearingDay(
        case.served("G3-07"), day_in(case.answers.get("start_at")))), "start_at")


def _custody(case: CaseFacts) -> list[Reason]:
    approved = True if case.newest("G2-11") is not None else None
    return case.must_know("EV-09", CustodyFacts(approved, case.day, None, case.day))


def _custody_ends(case: CaseFacts) -> list[Reason]:
    origin = case.numbered(case.answers.get("origin")) or case.newest("G2-12")
    kept = None if origin is None else day_in(origin.answers.get("start_at"))
    return _placed(case.must_know("EV-09", CustodyFacts(True, kept, made_on(case.answers))),
                   "decided_at")


def _seizure(case: CaseFacts) -> PaperRecord | None:
    return case.numbered(case.answers.get("origin")) or case.newest("G2-21")


def _longer(case: CaseFacts) -> list[Reason]:
    first = _seizure(case)
    answers = {} if first is None else first.answers
    approval = case.newest("G2-20")
    approved = approval is not None and approval.answers.get("kind") == "延长"
    return _placed(case.must_know("CM-05", SeizureTerm(
        day_in(answers.get("start")), day_in(answers.get("end")),
        day_in(case.answers.get("new_end")), True if approved else None)), "new_end")


def _release(case: CaseFacts) -> list[Reason]:
    first = _seizure(case)
    longer = [p for p in case.issued if p.form == "G2-24"
              and first is not None and p.answers.get("origin") == first.number]
    end = day_in(longer[-1].answers.get("new_end")) if longer \
        else None if first is None else day_in(first.answers.get("end"))
    return _placed(case.judge("CM-07", ReleaseFacts(
        end, released=made_on(case.answers), today=case.today)), "decided_at")


def _court(case: CaseFacts) -> list[Reason]:
    applied = made_on(case.answers)
    dues = [day_in(row.get("due")) for row in _rows(case.told("G4-06", "plan"))]
    found = case.must_know("EX-08", Timed(case.served("G4-07"), applied))
    found += case.must_know("EX-09", CourtFacts(
        case.served(*_DECISIONS), paid_until=max((d for d in dues if d), default=None),
        applied=applied))
    return _placed(found, "SEAL.seal_at")


def _force(case: CaseFacts) -> list[Reason]:
    return _placed(case.must_know("EX-12", ForceFacts(moment_in(case.answers.get("at")))), "at")


def _publication(case: CaseFacts) -> list[Reason]:
    fields = case.answers.get("fields")
    text = " ".join(str(v) for v in fields.values()) if isinstance(fields, Mapping) else None
    names = {str(p.get("name")) for paper in case.issued for p in (paper.answers.get("PARTY"),)
             if isinstance(p, Mapping) and p.get("party_type") == "公民" and p.get("name")}
    return _placed(case.judge("PB-03", PublishedText(
        text, tuple(sorted(names)), case.answers.get("secret_check") is True)), "fields")


def _placed(found: Sequence[Reason], where: str) -> list[Reason]:
    """Findings led to the field that tells what they speak of."""
    return [replace(r, where=where) for r in found]


_GATHER: Mapping[str, Callable[[CaseFacts], list[Reason]]] = {
    "G4-02": _proof, "G3-15": _decision, "G3-11": _review, "G3-09": _hearing, "G2-12": _custody,
    "G2-14": _custody_ends, "G2-24": _longer, "G2-25": _release, "G4-13": _court,
    "G4-09": _force, "G4-10": _force, "G5-07": _publication}
JUDGED_FORMS = frozenset(_GATHER)


def case_findings(form: str, answers: Mapping[str, Any], papers: Sequence[PaperRecord], *,
                  today: date, calendar: Calendar) -> list[Reason]:
    """What the case's other papers say against issuing this one.

    BLOCK never passes, WARN passes with an officer's reason, TIMER only tells; ``papers`` are the
    case's others, of which only issued ones count.
    """
    gather = _GATHER.get(form)
    if gather is None:
        return []
    issued = tuple(p for p in papers if p.state is PaperState.ISSUED)
    found = gather(CaseFacts(form, answers, issued, today, calendar))
    return [r for r in found if r.level is not Level.INFO]
