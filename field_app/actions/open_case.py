"""Opens a case: two officers, fresh trust, a party, and the steps of its procedure."""

from dataclasses import dataclass, field
from typing import Any

from field_app.actions.context import Session, refuse
from field_app.credentials.trust import REFUSE_NEW_CASES_AFTER
from field_app.crypto.age_keys import Identity
from field_app.domain.case import Case, Step, StepState
from field_app.domain.ids import CaseId, PackageId, StepId, new_id
from field_app.domain.reasons import Level
from field_app.rules.officers import may_open_case
from field_app.rules.procedure import procedure
from field_app.storage import cases, numbers

MAX_TEXT = 200
PROCEDURE, PROCEDURE_VERSION = "inspection", 1


@dataclass(frozen=True)
class NewCase:
    """What is known at the start. ``party`` has the keys of the PARTY block; more may follow."""

    cause: str
    matter: str
    place: str
    party: dict[str, Any] = field(default_factory=dict)


def _check(new: NewCase) -> None:
    name = str(new.party.get("name", "")).strip()
    for label, text in (("当事人", name), ("检查地点", new.place.strip()),
                        ("事由", new.cause.strip())):
        if not text:
            raise refuse(f"还没有填写{label}。", f"请填写{label}后再新建。", code="case.missing")
        if len(text) > MAX_TEXT:
            raise refuse(f"{label}超过{MAX_TEXT}字。", "请缩短后再新建。", code="case.long")


def open_case(session: Session, new: NewCase) -> Case:
    """Open a case with its first step at hand; ``UserError`` tells what stands against it."""
    _check(new)
    against = [
        r for r in may_open_case(
            session.pair.both, at=session.at, trust_age=session.trust.age_at(session.at),
            refuse_after=REFUSE_NEW_CASES_AFTER) if r.level is Level.BLOCK]
    if against:
        first = against[0]
        basis = f"（{first.basis}）" if first.basis else ""
        raise refuse(f"不能新建案件：{first.text}{basis}。", f"{first.remedy}。", code=first.rule)
    made = procedure(PROCEDURE, PROCEDURE_VERSION)
    now = session.at
    case_id = CaseId(new_id())
    with session.begin() as tx:
        number = numbers.take(tx, "case", now.year)
        case = Case(
            id=case_id, package=PackageId(new_id()),
            local_no=f"{session.header.device}-{now.year}-{number:04d}", procedure=made.id,
            procedure_version=made.version, cause=new.cause.strip(), matter=new.matter.strip(),
            party=new.party, place=new.place.strip(), opened=now, officers=session.actors,
            identity=Identity.generate().secret_text())
        steps = [Step(StepId(new_id()), case_id, rule.kind, i,
                      StepState.NOW if i == 0 else StepState.TODO,
                      started=now if i == 0 else None)
                 for i, rule in enumerate(made.steps)]
        cases.add(tx, case, steps)
        session.note(tx, "case_opened", case=case_id, body={
            "local_no": case.local_no, "package": case.package,
            "procedure": f"{made.id}/{made.version}"})
    return case
