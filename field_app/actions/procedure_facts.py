"""What a procedure asks about a case, gathered from what is stored of it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from field_app.actions.case_around import told_of
from field_app.actions.case_triggers import TriggerInput, holding, judged_of
from field_app.actions.catalogues import catalogue_in_use, matter_in
from field_app.actions.context import Session
from field_app.domain.case import Case, Clip, ClipState, PaperRecord, PaperState, Step, StepState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId
from field_app.domain.workdays import Calendar, CalendarBroken, calendar_with, shipped_calendar
from field_app.errors import UserError
from field_app.forms import list_forms
from field_app.rules.capacity import ENTRUSTED
from field_app.rules.catalogue import Catalogue
from field_app.rules.procedure import in_force as procedure_in_force
from field_app.rules.procedure import names, procedure
from field_app.rules.procedure_model import Procedure, StepRule
from field_app.rules.procedure_state import Facts, Run
from field_app.storage import cases, clips, papers
from field_app.storage.store import Tx

_SERVED_BY = "G4-02"
_ENTERPRISES = frozenset({"法人", "其他组织", "个体工商户"})


@dataclass(frozen=True)
class CaseNow:
    """A case as stored at ``at``, with its procedure and the facts the procedure asks for."""

    case: Case
    made: Procedure
    steps: tuple[Step, ...]
    papers: tuple[PaperRecord, ...]
    clips: tuple[Clip, ...]
    facts: Facts
    at: datetime


@lru_cache(maxsize=1)
def form_titles() -> Mapping[str, str]:
    """Titles of the forms that are installed, by id."""
    return {f.form_id: f.title for f in list_forms()}


def rule_of(made: Procedure, kind: str, opened: datetime) -> StepRule:
    """The rule of a step, also of one that came from the procedure the case began with."""
    if made.has(kind):
        return made.step(kind)
    day = opened.astimezone(CHINA).date()
    for name in names():
        other = procedure_in_force(name, day)
        if other.has(kind):
            return other.step(kind)
    raise KeyError(kind)


def calendar_of(session: Session) -> Calendar:
    """Days off: those shipped, those imported and those of the catalogue, which have the last word;
    the shipped ones where a file is broken."""
    try:
        known = calendar_with(session.context.data.calendars)
    except CalendarBroken:
        known = shipped_calendar()
    try:
        catalogue = catalogue_in_use(session)
    except UserError:
        return known  # A damaged catalogue is told where it is used to choose a matter.
    return known if catalogue is None else known.joined(catalogue.calendar())


def in_force(held: Sequence[PaperRecord]) -> list[PaperRecord]:
    """The issued papers, but for proofs of service that name void papers only: what was written anew has not
    been served by them."""
    void = {p.number for p in held if p.state is PaperState.VOID and p.number}
    return [p for p in held if p.state is PaperState.ISSUED and not _proves_void(p, void)]


def _proves_void(paper: PaperRecord, void: Set[str]) -> bool:
    docs = paper.answers.get("docs") if paper.form == _SERVED_BY else None
    named = {str(d["no"]) for d in docs if isinstance(d, dict) and d.get("no")} if isinstance(docs, list) else set()
    return bool(named) and named <= void


def _served(issued: Sequence[PaperRecord]) -> dict[str, datetime]:
    """When each form's newest paper was served, by the proofs of service that name its number."""
    by_number: dict[str, datetime] = {}
    for proof in issued:
        when = proof.answers.get("served_at") if proof.form == _SERVED_BY else None
        docs = proof.answers.get("docs") if isinstance(when, str) else None
        try:
            moment = datetime.fromisoformat(str(when)) if isinstance(docs, list) else None
        except ValueError:
            moment = None
        if moment is None or not isinstance(docs, list):
            continue
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=CHINA)
        by_number |= {str(d["no"]): aware for d in docs if isinstance(d, dict) and d.get("no")}
    return {p.form: by_number[p.number] for p in issued if p.number in by_number}


def _handlers(session: Session, case: Case, issued: Sequence[PaperRecord]) -> frozenset[str]:
    """Names of those who handle the case: by its papers and by who is logged in now."""
    found = {o.name for o in session.pair.both if o.cert_no in case.officers}
    for paper in issued:
        for key in ("handlers", "officers", "investigators"):
            people = paper.answers.get(key)
            for one in people if isinstance(people, list) else ():
                if isinstance(one, dict) and one.get("name"):
                    found.add(str(one["name"]).strip())
    return frozenset(found)


def _catalogue(session: Session) -> Catalogue | None:
    try:
        return catalogue_in_use(session)
    except UserError:
        return None  # Told where a matter is chosen; a case goes on without it.


def _trigger_input(session: Session, case: Case, issued: Sequence[PaperRecord],
                   catalogue: Catalogue | None) -> TriggerInput:
    return TriggerInput(case, issued, told_of(case), catalogue, matter_in(catalogue, session, case))


def judged_now(session: Session, tx: Tx, case: Case) -> Mapping[str, bool | None]:
    """What rules say of a case's circumstances today: yes, no, or None."""
    issued = in_force(papers.of_case(tx, case.id))
    return judged_of(_trigger_input(session, case, issued, _catalogue(session)),
                     day=session.at.astimezone(CHINA).date(), calendar=calendar_of(session))


def _triggers(session: Session, given: TriggerInput, day: date, calendar: Calendar) -> frozenset[str]:
    case = given.case
    found = set(holding(given, day=day, calendar=calendar))
    ent = session.trust.agency.get("ENT")
    own = ent.get("capacity") if isinstance(ent, dict) else ""
    if (given.matter.capacity if given.matter is not None else own) == ENTRUSTED:
        found.add("entrusted")
    if case.party.get("party_type") in _ENTERPRISES:
        found.add("enterprise")
    return frozenset(found)


def _run(step: Step, issued: Sequence[PaperRecord], recorded: frozenset[Any]) -> Run:
    return Run(
        kind=step.kind, state=step.state, outcome=step.outcome, turn=step.turn,
        began=step.started, ended=step.finished,
        issued=frozenset(p.form for p in issued if p.step == step.id),
        recorded=step.id in recorded)


@dataclass(frozen=True)
class _Held:
    """A case with what is stored of it."""

    case: Case
    steps: Sequence[Step]
    papers: Sequence[PaperRecord]
    clips: Sequence[Clip]


def _now(session: Session, held: _Held, catalogue: Catalogue | None, calendar: Calendar) -> CaseNow:
    case, at = held.case, session.at
    issued = in_force(held.papers)
    today = at.astimezone(CHINA).date()
    recorded = frozenset(c.step for c in held.clips if c.state is not ClipState.RECORDING)
    given = _trigger_input(session, case, issued, catalogue)
    facts = Facts(
        runs=tuple(_run(s, issued, recorded) for s in held.steps if s.state is not StepState.TODO),
        today=today, calendar=calendar, triggers=_triggers(session, given, today, calendar),
        answers={p.form: p.answers for p in issued}, served=_served(issued),
        handlers=_handlers(session, case, issued))
    return CaseNow(case, procedure(case.procedure, case.procedure_version), tuple(held.steps),
                   tuple(held.papers), tuple(held.clips), facts, at)


def case_now(session: Session, tx: Tx, case: Case) -> CaseNow:
    """Gather a case and its facts in one transaction."""
    held = _Held(case, cases.steps(tx, case.id), papers.of_case(tx, case.id), clips.of_case(tx, case.id))
    return _now(session, held, _catalogue(session), calendar_of(session))


def cases_now(session: Session, tx: Tx, found: Sequence[CaseId], *, calendar: Calendar) -> list[CaseNow]:
    """As :func:`case_now`, of several cases: what is stored of them is read at once."""
    catalogue = _catalogue(session)
    steps, made = cases.steps_of_each(tx, found), papers.of_each(tx, found)
    recorded = clips.of_each(tx, found)
    return [_now(session, _Held(case, steps[case.id], made[case.id], recorded[case.id]), catalogue, calendar)
            for case in cases.get_each(tx, found)]
