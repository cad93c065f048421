"""Warnings passed with a reason, stored and read; rows are never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from field_app.domain.ids import CaseId
from field_app.domain.passed import PassedWarning
from field_app.storage.store import Tx
from field_app.storage.tables import passed_warning
from field_app.storage.times import text_of


def add(tx: Tx, passed: PassedWarning) -> None:
    tx.connection.execute(insert(passed_warning).values(
        id=passed.id, case_id=passed.case, about=passed.about, record=passed.record,
        sha256=passed.sha256, signatures=list(passed.signatures), at=text_of(passed.at)))


def of_case(tx: Tx, case: CaseId) -> list[PassedWarning]:
    """A case's, oldest first."""
    rows = tx.connection.execute(
        select(passed_warning).where(passed_warning.c.case_id == case)
        .order_by(passed_warning.c.at, passed_warning.c.id))
    return [_passed(row) for row in rows]


def _passed(row: Row[Any]) -> PassedWarning:
    one, two = row.signatures
    return PassedWarning(
        id=row.id, case=CaseId(row.case_id), about=row.about, record=dict(row.record),
        sha256=row.sha256, signatures=(str(one), str(two)), at=datetime.fromisoformat(row.at))
