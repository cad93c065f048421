"""Opens a case: two officers, fresh trust, a party, and the steps of its procedure."""

from dataclasses import dataclass, field, replace
from typing import Any

from field_app.actions.case_desk import new_steps
from field_app.actions.context import Session, refuse
from field_app.actions.plan import plan_line
from field_app.actions.powers import check_powers
from field_app.credentials.trust import REFUSE_NEW_CASES_AFTER
from field_app.crypto.suite_keys import new_identity, secret_text
from field_app.domain.case import Case, StepState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, PackageId, new_id
from field_app.domain.one_line import one_line
from field_app.domain.reasons import Level
from field_app.rules.officers import may_open_case
from field_app.rules.procedure import in_force, offered
from field_app.rules.procedure_model import Procedure
from field_app.storage import cases, numbers, plans
from field_app.storage.store import Tx

MAX_TEXT = 200


@dataclass(frozen=True)
class NewCase:
    """What is known at the start. ``party`` has the keys of the PARTY block; more may follow.
    ``procedure`` is its name; ``first`` the step to begin with, empty for the usual one; ``plan``:
    the line of the plan it carries out, empty for none."""

    cause: str
    matter: str
    place: str
    party: dict[str, Any] = field(default_factory=dict)
    procedure: str = "inspection"
    first: str = ""
    plan: str = ""


def _check(new: NewCase) -> None:
    for label, text in (("当事人", str(new.party.get("name", ""))), ("检查地点", new.place), ("事由", new.cause)):
        if not text:
            raise refuse(f"还没有填写{label}。", f"请填写{label}后再新建。", code="case.missing")
        if len(text) > MAX_TEXT:
            raise refuse(f"{label}超过{MAX_TEXT}字。", "请缩短后再新建。", code="case.long")


def procedures_offered(session: Session) -> tuple[Procedure, ...]:
    """The procedures that a new case can be opened under today."""
    return offered(session.at.astimezone(CHINA).date())


def _procedure(session: Session, new: NewCase) -> tuple[Procedure, str]:
    """The procedure in force today and the step to begin with."""
    if new.procedure not in {p.id for p in procedures_offered(session)}:
        raise refuse("没有这个办案程序。", "请从列出的程序中选择。", code="case.procedure")
    made = in_force(new.procedure, session.at.astimezone(CHINA).date())
    first = new.first or made.first
    if not made.has(first) or not made.step(first).start:
        raise refuse("不能从这个环节开始办案。", "请从程序的第一个环节开始。", code="case.first")
    return made, first


def _check_plan(session: Session, tx: Tx, plan: str) -> None:
    """A line of the plan is carried out once."""
    if plan and not (line := plan_line(session, tx, plan)).open:
        raise refuse(f"检查计划里的这一项{line.state.value}，没有再开一件。",
                     f"请打开案件{line.local_no}办理。" if line.local_no else "请重新打开检查计划。",
                     code="plan.state")


def open_case(session: Session, new: NewCase) -> Case:
    """Open a case with its first step at hand; ``UserError`` tells what stands against it."""
    new = replace(new, cause=one_line(new.cause), matter=one_line(new.matter), place=one_line(new.place),
                  party={k: one_line(v) if isinstance(v, str) else v for k, v in new.party.items()})
    _check(new)
    against = [
        r for r in may_open_case(
            session.pair.both, at=session.at, trust_age=session.trust.age_at(session.at),
            refuse_after=REFUSE_NEW_CASES_AFTER) if r.level is Level.BLOCK]
    if against:
        first = against[0]
        basis = f"（{first.basis}）" if first.basis else ""
        raise refuse(f"不能新建案件：{first.text}{basis}。", f"{first.remedy}。", code=first.rule)
    made, begins = _procedure(session, new)
    check_powers(session, new.matter, made.id)
    now = session.at
    case_id = CaseId(new_id())
    with session.begin() as tx:
        _check_plan(session, tx, new.plan)
        number = numbers.take(tx, "case", now.year)
        case = Case(
            id=case_id, package=PackageId(new_id()),
            local_no=f"{session.header.device}-{now.year}-{number:04d}", procedure=made.id,
            procedure_version=made.version, cause=new.cause, matter=new.matter,
            party=new.party, place=new.place, opened=now, officers=session.actors,
            identity=secret_text(new_identity(session.suite)))
        steps = [replace(s, state=StepState.NOW, started=now) if s.kind == begins else s
                 for s in new_steps(made, case_id)]
        cases.add(tx, case, steps)
        if new.plan:
            plans.tie(tx, new.plan, case_id)
        session.note(tx, "case_opened", case=case_id, body={
            "local_no": case.local_no, "package": case.package,
            "procedure": f"{made.id}/{made.version}", "first": begins,
            **({"plan": new.plan} if new.plan else {})})
    return case
