"""Officers tell what holds for a case: asked one by one, each yes with its reason, kept and logged."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from field_app.actions.case_around import told_of
from field_app.actions.context import Session, refuse
from field_app.actions.pass_warning import Trace, passed_warnings
from field_app.actions.procedure_facts import judged_now
from field_app.domain.ids import CaseId
from field_app.rules.circumstances import Circumstance, circumstances
from field_app.rules.procedure import triggers
from field_app.rules.table import rules
from field_app.storage import cases

MAX_REASON = 500
NOT_SO = "经核查，不属于这种情形"


@dataclass(frozen=True)
class Asked:
    """One question of a case. ``said``: yes, no, or None; ``laws``: what reads the answer."""

    circumstance: Circumstance
    said: bool | None
    reason: str
    laws: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What officers say now; None takes an earlier answer back."""

    holds: bool | None
    reason: str = ""


def _laws(one: Circumstance) -> tuple[str, ...]:
    table = rules()
    return tuple(table[r].law for r in one.rules if r in table and table[r].law)


@dataclass(frozen=True)
class Judged:
    """What a rule says of a case by itself. ``holds``: None where the facts do not suffice."""

    meaning: str
    holds: bool | None


@dataclass(frozen=True)
class CaseCircumstances:
    """All that officers look at together: what is asked, what is judged, what was passed."""

    asked: tuple[Asked, ...]
    judged: tuple[Judged, ...]
    passed: tuple[Trace, ...]


def case_circumstances(session: Session, case_id: CaseId) -> CaseCircumstances:
    """The whole page of a case's circumstances."""
    with session.begin() as tx:
        found = judged_now(session, tx, cases.get(tx, case_id))
    meanings = triggers()
    return CaseCircumstances(
        asked_of(session, case_id),
        tuple(Judged(meanings[n], yes) for n, yes in found.items() if n in meanings),
        passed_warnings(session, case_id))


def asked_of(session: Session, case_id: CaseId) -> tuple[Asked, ...]:
    """Every question that can be asked of the case, with what was said."""
    with session.begin() as tx:
        case = cases.get(tx, case_id)
    told = told_of(case)
    reasons = {**case.marks, **case.denied}
    return tuple(Asked(c, told(c.name), reasons.get(c.name, ""), _laws(c)) for c in told.asked())


def tell_circumstances(session: Session, case_id: CaseId,
                       answers: Mapping[str, Answer]) -> tuple[Asked, ...]:
    """Keep what officers say; ``UserError`` when a yes has no reason or a name is not asked.

    All answers are kept, or none. The log tells names and yes or no; reasons stay in the case.
    """
    known = circumstances()
    for name, answer in answers.items():
        if name not in known:
            raise refuse("没有这种案件情形。", "请从列出的情形中选择。", code="case.mark")
        if answer.holds and not answer.reason.strip():
            raise refuse(f"“{known[name].question}”选了“是”，还没有写理由。", "请写明理由后再保存。",
                         code="case.mark")
    with session.begin() as tx:
        case = cases.get(tx, case_id)
        marks, denied = dict(case.marks), dict(case.denied)
        for name, answer in answers.items():
            marks.pop(name, None)
            denied.pop(name, None)
            said = answer.reason.strip()[:MAX_REASON]
            if answer.holds is not None:
                (marks if answer.holds else denied)[name] = said or NOT_SO
        if (marks, denied) != (case.marks, case.denied):
            cases.save(tx, replace(case, marks=marks, denied=denied))
            session.note(tx, "circumstances_told", case=case_id, body={
                "told": {name: answer.holds for name, answer in sorted(answers.items())}})
    return asked_of(session, case_id)
