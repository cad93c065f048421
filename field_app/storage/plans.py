"""Planned inspections and the cases that were opened from them, stored and read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from field_app.domain.ids import CaseId
from field_app.storage.cases import NoSuchRecord
from field_app.storage.store import Tx
from field_app.storage.tables import case as case_table
from field_app.storage.tables import planned, planned_case
from field_app.storage.tables import step as step_table
from field_app.storage.times import optional_time, text_of

_INSPECTION = "inspection"


@dataclass(frozen=True)
class StoredPlan:
    """A line that officers planned. ``facts``: whom, where, what; ``reason``: why it was cancelled."""

    id: str
    facts: Mapping[str, Any]
    first: date
    last: date
    made: datetime
    cancelled: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Begun:
    """A case opened from a line; ``inspected``: when its first inspection ended, None until then."""

    line: str
    case: CaseId
    local_no: str
    inspected: datetime | None


def _plan(row: Row[Any]) -> StoredPlan:
    return StoredPlan(
        row.id, dict(row.facts), date.fromisoformat(row.first_day), date.fromisoformat(row.last_day),
        datetime.fromisoformat(row.made), optional_time(row.cancelled), row.reason)


def add(tx: Tx, plan: StoredPlan) -> None:
    tx.connection.execute(insert(planned).values(
        id=plan.id, facts=dict(plan.facts), first_day=plan.first.isoformat(),
        last_day=plan.last.isoformat(), made=text_of(plan.made), cancelled=None, reason=""))


def put(tx: Tx, plan: StoredPlan) -> None:
    """Put a line in place of the one of that id; it waits again if it was cancelled."""
    tx.connection.execute(delete(planned).where(planned.c.id == plan.id))
    add(tx, plan)


def of_prefix(tx: Tx, prefix: str) -> list[StoredPlan]:
    """Lines whose id begins so and that were not cancelled."""
    rows = tx.connection.execute(select(planned).where(
        planned.c.id.startswith(prefix, autoescape=True), planned.c.cancelled.is_(None)))
    return [_plan(row) for row in rows]


def change(tx: Tx, plan: StoredPlan) -> None:
    """Put other facts and days in place of those it had; a cancelled line does not change."""
    done = tx.connection.execute(
        update(planned).where(planned.c.id == plan.id, planned.c.cancelled.is_(None))
        .values(facts=dict(plan.facts), first_day=plan.first.isoformat(), last_day=plan.last.isoformat()))
    if done.rowcount != 1:
        raise NoSuchRecord(f"plan {plan.id}")


def cancel(tx: Tx, plan: str, *, at: datetime, reason: str) -> None:
    """It stays on record with the reason."""
    done = tx.connection.execute(
        update(planned).where(planned.c.id == plan, planned.c.cancelled.is_(None))
        .values(cancelled=text_of(at), reason=reason))
    if done.rowcount != 1:
        raise NoSuchRecord(f"plan {plan}")


def get(tx: Tx, plan: str) -> StoredPlan:
    """One line; ``NoSuchRecord`` when there is none."""
    row = tx.connection.execute(select(planned).where(planned.c.id == plan)).first()
    if row is None:
        raise NoSuchRecord(f"plan {plan}")
    return _plan(row)


def since(tx: Tx, first: date) -> list[StoredPlan]:
    """Every line that ends on ``first`` or later, or was never carried out; by its last day."""
    begun = select(planned_case.c.line)
    rows = tx.connection.execute(
        select(planned).where((planned.c.last_day >= first.isoformat())
                              | (planned.c.cancelled.is_(None) & planned.c.id.not_in(begun)))
        .order_by(planned.c.last_day, planned.c.made))
    return [_plan(row) for row in rows]


def tie(tx: Tx, line: str, case: CaseId) -> None:
    """The case was opened from this line."""
    tx.connection.execute(insert(planned_case).values(case_id=case, line=line))


def begun(tx: Tx) -> dict[str, Begun]:
    """Of each line the case that was opened from it last, and when that was inspected."""
    done = func.min(step_table.c.finished)
    rows = tx.connection.execute(
        select(planned_case.c.line, case_table.c.id, case_table.c.local_no, done.label("done"))
        .join(case_table, case_table.c.id == planned_case.c.case_id)
        .outerjoin(step_table, (step_table.c.case_id == case_table.c.id)
                   & (step_table.c.kind == _INSPECTION) & step_table.c.finished.is_not(None))
        .group_by(planned_case.c.line, case_table.c.id).order_by(case_table.c.opened))
    return {r.line: Begun(r.line, CaseId(r.id), r.local_no, optional_time(r.done)) for r in rows}


def line_of(tx: Tx, case: CaseId) -> str:
    """The line a case was opened from, empty when from none."""
    found = tx.connection.execute(
        select(planned_case.c.line).where(planned_case.c.case_id == case)).scalar()
    return str(found or "")
