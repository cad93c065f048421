"""What stands around a case when a paper of it is judged: catalogue, circumstances, other cases."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from field_app.actions.catalogues import catalogue_in_use, matter_of
from field_app.actions.context import Session
from field_app.credentials.profile import officer_of
from field_app.domain.case import Case, PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId
from field_app.domain.people import Role
from field_app.rules.case.case_facts import DECISIONS, Around, day_in, money_of, rows_in
from field_app.rules.checks.decision import Fined
from field_app.rules.circumstances import Told
from field_app.storage import cases, papers, search
from field_app.storage.store import Tx

_INSPECTIONS = ("G1-04", "G1-05")
_CASES_LOOKED_AT = 200


def told_of(case: Case) -> Told:
    """What officers said of a case's circumstances."""
    return Told(frozenset(case.marks), frozenset(case.denied))


def party_key(answers: Mapping[str, Any], case: Case) -> str:
    """The number that names the party: its credit code, else the number of its certificate."""
    block = answers.get("PARTY")
    party = block if isinstance(block, Mapping) else case.party
    return str(party.get("uscc") or party.get("id_no") or "").strip()


def around_case(session: Session, tx: Tx, case: Case, answers: Mapping[str, Any]) -> Around:
    """Gather it; without a number of the party, what other cases say stays unknown."""
    catalogue = catalogue_in_use(session)
    matter = matter_of(session, case)
    key = party_key(answers, case)
    fined: tuple[Fined, ...] | None = None
    inspected: tuple[date, ...] | None = None
    if key:
        others = list(_with_party(tx, key, but=case.id))
        fined = tuple(f for other, issued in others for f in _fines(session, other, issued, key))
        inspected = tuple(day for _, issued in others for day in _inspections(issued))
    return Around(told_of(case), catalogue, matter, fined, inspected,
                  case.opened.astimezone(CHINA).date(), _auxiliaries(session))


def _auxiliaries(session: Session) -> frozenset[str]:
    """Of the trust bundle, and those at work now."""
    known = [*map(officer_of, session.trust.officers), *session.assistants]
    return frozenset(o.cert_no for o in known if o.role is Role.AUXILIARY)


def inspected_days(tx: Tx, key: str) -> tuple[date, ...]:
    """Days on which the party of that number was inspected, by the records of this laptop's cases."""
    return tuple(day for _, issued in _with_party(tx, key) for day in _inspections(issued))


def _with_party(tx: Tx, key: str, *, but: CaseId | None = None,
                ) -> Iterator[tuple[Case, list[PaperRecord]]]:
    for found in search.find_cases(tx, key, limit=_CASES_LOOKED_AT) or ():
        if found == but:
            continue
        other = cases.get(tx, CaseId(found))
        if key in (other.party.get("uscc"), other.party.get("id_no")):
            yield other, [p for p in papers.of_case(tx, other.id) if p.state is PaperState.ISSUED]


def _fines(session: Session, case: Case, issued: list[PaperRecord], key: str) -> Iterator[Fined]:
    filed = next((p for p in issued if p.form == "G1-09"), None)
    matter = matter_of(session, case)
    for paper in issued:
        amount = paper.answers.get("amount") if paper.form == "G3-14" else money_of(
            rows_in(paper.answers.get("penalties")), "罚款")
        if paper.form not in DECISIONS or not amount:
            continue
        day = day_in(paper.answers.get("at")) or (
            day_in(filed.answers.get("occur_at")) if filed is not None else None)
        yield Fined(key, matter.name if matter is not None else case.matter, day, day,
                    case.local_no)


def _inspections(issued: list[PaperRecord]) -> Iterator[date]:
    for paper in issued:
        if paper.form in _INSPECTIONS:
            told = (day_in(paper.answers.get(k)) for k in ("start_at", "check_date"))
            day = next((d for d in told if d is not None), None)
            if day is not None:
                yield day
