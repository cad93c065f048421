"""What a case's papers say against issuing another one, form by form.

A paper that is not on file here may exist on paper: what it would tell is then not known, and an
officer says why the case goes on. Only what the law never lets pass blocks.
"""

from collections.abc import Callable, Mapping
from datetime import date

from field_app.domain.case import PaperRecord
from field_app.domain.clock import CHINA
from field_app.domain.reasons import Reason
from field_app.rules.case.case_facts import (
    DECISIONS,
    NOTICES,
    CaseFacts,
    day_in,
    hearing_facts,
    made_on,
    moment_in,
    placed,
    rows_in,
    sealed_on,
)
from field_app.rules.case.discretion_rules import in_major_list
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


def _proof(case: CaseFacts) -> list[Reason]:
    found = []
    served = day_in(case.answers.get("served_at"))
    for row in rows_in(case.answers.get("docs")):
        paper = case.numbered(row.get("no"))
        if paper is not None:
            found += case.judge("SV-02", ServiceFacts(made_on(paper.answers), served, True))
    if case.answers.get("mode") == "电子":
        consent = case.newest("G4-01")
        agreed = consent is not None and consent.answers.get("e_ok") is True
        found += case.judge("SV-05", ElectronicFacts(
            True, consent.issued.astimezone(CHINA).date()
            if agreed and consent is not None and consent.issued else None, served, served))
    return placed(found, "served_at")


def _notice(case: CaseFacts, decided: date | None) -> list[Reason]:
    notice = case.newest(*NOTICES)
    answers = {} if notice is None else notice.answers
    until = [d for d in (day_in(answers.get(k)) for k in ("statement_due", "hearing_due")) if d]
    waiver = case.newest("G3-05")
    needed = {"陈述申辩", "听证"} if notice is not None and notice.form == "G3-02" else {"陈述申辩"}
    waived = day_in(waiver.answers.get("at")) if waiver is not None \
        and needed <= set(map(str, waiver.answers.get("waive") or ())) else None
    return case.judge("DC-01", NoticeFacts(
        case.served(*NOTICES), max(until, default=None), waived, None, decided))


def _decision(case: CaseFacts) -> list[Reason]:
    decided = day_in(case.answers.get("decided_at")) or sealed_on(case.answers)
    hearing = hearing_facts(case)
    held = day_in(case.told("G3-09", "start_at"))
    found = placed(_notice(case, decided), "decided_at")
    found += case.judge("DC-03", DefenceFacts(case.newest("G3-03") is not None,
                                              case.newest("G3-04") is not None))
    found += placed(case.judge("HR-01", hearing) + case.judge("HR-02", hearing), "penalties")
    found += case.judge("HR-06", HearingEnd(
        held, case.newest("G3-06") is not None, case.newest("G3-10") is not None, decided))
    return found + _reviewed(case, hearing, held, decided)


def _reviewed(case: CaseFacts, hearing: HearingFacts, held: date | None,
              decided: date | None) -> list[Reason]:
    opinion, told = case.told("G3-11", "opinion"), case.around.told
    found = case.judge("LR-01", ReviewFacts(
        public_interest=told("public_interest"), major_interest=True if held else None,
        hearing_held=held is not None, complicated=told("complicated"),
        by_regulation=told("review_by_law"), reviewed=day_in(case.told("G3-11", "reviewed_at")),
        passed=None if opinion is None else opinion == "同意", decided=decided))
    try:
        grave = bool(grave_kinds(hearing.kinds or (), table=rules_at(case.day)))
    except RuleNotInForce:
        return found
    leaders = case.told("G3-12", "leaders")
    return found + case.judge("CD-01", CollectiveFacts(
        complicated=told("complicated"), grave=grave or told("grave"),
        listed=in_major_list(case, "集体讨论", hearing), discussed=day_in(case.told("G3-12", "at")),
        leaders=len(leaders) if isinstance(leaders, list) else None, decided=decided))


def _review(case: CaseFacts) -> list[Reason]:
    handlers: set[str] = set()
    for paper in case.issued:
        for key in ("handlers", "officers", "investigators"):
            handlers |= {str(o["cert_no"]) for o in rows_in(paper.answers.get(key))
                         if o.get("cert_no")}
    reviewer = case.answers.get("reviewer")
    number = reviewer.get("cert_no") if isinstance(reviewer, Mapping) else None
    if not number or not handlers:
        return []
    return placed(case.judge("PE-10", RoleFacts(frozenset(handlers), frozenset({str(number)}))),
                   "reviewer")


def _hearing(case: CaseFacts) -> list[Reason]:
    return placed(case.must_know("HR-04", HearingDay(
        case.served("G3-07"), day_in(case.answers.get("start_at")))), "start_at")


def _custody(case: CaseFacts) -> list[Reason]:
    approved = True if case.newest("G2-11") is not None else None
    return case.must_know("EV-09", CustodyFacts(approved, case.day, None, case.day))


def _custody_ends(case: CaseFacts) -> list[Reason]:
    origin = case.numbered(case.answers.get("origin")) or case.newest("G2-12")
    kept = None if origin is None else day_in(origin.answers.get("start_at"))
    return placed(case.must_know("EV-09", CustodyFacts(True, kept, made_on(case.answers))),
                   "decided_at")


def _seizure(case: CaseFacts) -> PaperRecord | None:
    return case.numbered(case.answers.get("origin")) or case.newest("G2-21")


def _longer(case: CaseFacts) -> list[Reason]:
    first = _seizure(case)
    answers = {} if first is None else first.answers
    approval = case.newest("G2-20")
    approved = approval is not None and approval.answers.get("kind") == "延长"
    return placed(case.must_know("CM-05", SeizureTerm(
        day_in(answers.get("start")), day_in(answers.get("end")),
        day_in(case.answers.get("new_end")), True if approved else None)), "new_end")


def _release(case: CaseFacts) -> list[Reason]:
    first = _seizure(case)
    longer = [p for p in case.issued if p.form == "G2-24"
              and first is not None and p.answers.get("origin") == first.number]
    end = day_in(longer[-1].answers.get("new_end")) if longer \
        else None if first is None else day_in(first.answers.get("end"))
    return placed(case.judge("CM-07", ReleaseFacts(
        end, released=made_on(case.answers), today=case.today)), "decided_at")


def _court(case: CaseFacts) -> list[Reason]:
    applied = made_on(case.answers)
    dues = [day_in(row.get("due")) for row in rows_in(case.told("G4-06", "plan"))]
    found = case.must_know("EX-08", Timed(case.served("G4-07"), applied))
    found += case.must_know("EX-09", CourtFacts(
        case.served(*DECISIONS), paid_until=max((d for d in dues if d), default=None),
        applied=applied))
    return placed(found, "SEAL.seal_at")


def _force(case: CaseFacts) -> list[Reason]:
    return placed(case.must_know("EX-12", ForceFacts(moment_in(case.answers.get("at")))), "at")


def _publication(case: CaseFacts) -> list[Reason]:
    fields = case.answers.get("fields")
    text = " ".join(str(v) for v in fields.values()) if isinstance(fields, Mapping) else None
    names = {str(p.get("name")) for paper in case.issued for p in (paper.answers.get("PARTY"),)
             if isinstance(p, Mapping) and p.get("party_type") == "公民" and p.get("name")}
    return placed(case.judge("PB-03", PublishedText(
        text, tuple(sorted(names)), case.answers.get("secret_check") is True)), "fields")


PAPER_RULES: Mapping[str, Callable[[CaseFacts], list[Reason]]] = {
    "G4-02": _proof, "G3-15": _decision, "G3-11": _review, "G3-09": _hearing, "G2-12": _custody,
    "G2-14": _custody_ends, "G2-24": _longer, "G2-25": _release, "G4-13": _court,
    "G4-09": _force, "G4-10": _force, "G5-07": _publication}
