"""What every journey of a card does: find its step, plan, bring in, look."""

from collections.abc import Callable
from datetime import datetime, timedelta

from field_app.actions.case_desk import Desk, case_desk
from field_app.actions.context import Session
from field_app.actions.import_plan import ImportPlan, PlannedFile
from field_app.actions.import_recorder import (
    ImportResult,
    run_import,
    start_import,
)
from field_app.domain.case import Case, StepState
from field_app.domain.ids import StepId
from field_app.domain.imports import DeviceClock
from field_app.storage import cases, events
from field_app.storage.times import text_of

AHEAD = timedelta(hours=3, seconds=7)
MakeCase = Callable[[Session], Case]


def step_of(session: Session, case: Case, kind: str = "inspection") -> StepId:
    return case_desk(session, case.id).step(kind).step.id


def in_hand(session: Session, case: Case, began: datetime, ended: datetime) -> StepId:
    """The inspection as if it had been done then: no desk lets officers set times back."""
    step = step_of(session, case)
    with session.begin() as tx:
        cases.set_step(tx, step, StepState.DONE, at=ended)
        tx.connection.exec_driver_sql(
            "UPDATE step SET started = ? WHERE id = ?", (text_of(began), step))
    return step


def measured(session: Session, ahead: timedelta = AHEAD) -> DeviceClock:
    now = session.at
    return DeviceClock(now + ahead, now, "typed")


def bring(session: Session, plan: ImportPlan) -> ImportResult:
    return run_import(session, start_import(session, plan))


def desk(session: Session, case: Case) -> Desk:
    return case_desk(session, case.id)


def by_name(plan: ImportPlan) -> dict[str, PlannedFile]:
    return {f.found.name: f for f in plan.files}


def told(session: Session, kind: str) -> list[dict[str, object]]:
    with session.begin() as tx:
        return [e.members()["body"] for e in events.since(tx, 0) if e.members()["typ"] == kind]
