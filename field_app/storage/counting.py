"""Counts for statistics: cases, papers, recordings and steps, by calendar month in China.

Everything is grouped by SQLite; nothing is read whole. Months are ``YYYY-MM`` of the time the
device told, brought to China's time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from field_app.domain.case import ClipState, PaperState
from field_app.domain.ids import CaseId
from field_app.storage.store import Tx
from field_app.storage.tables import case as case_table
from field_app.storage.tables import clip as clip_table
from field_app.storage.tables import clip_copy, planned_case
from field_app.storage.tables import paper as paper_table
from field_app.storage.tables import step as step_table


def _month(moment: ColumnElement[str]) -> ColumnElement[str]:
    return func.substr(func.datetime(moment, "+8 hours"), 1, 7)


@dataclass(frozen=True)
class CaseCount:
    month: str
    procedure: str
    matter: str
    sync: str
    count: int


@dataclass(frozen=True)
class PaperCount:
    """Of issued papers, void ones told apart."""

    month: str
    form: str
    void: bool
    count: int


@dataclass(frozen=True)
class ClipCount:
    """Of original recordings; copies that were made of them do not count, destroyed ones do."""

    month: str
    imported: bool
    count: int
    duration_ms: int


@dataclass(frozen=True)
class StepTime:
    """A step that was begun, with its case's procedure; ``finished`` None while it is in hand."""

    case: CaseId
    procedure: str
    version: int
    opened: datetime
    kind: str
    outcome: str
    month: str
    started: datetime
    finished: datetime | None


def cases_by_month(tx: Tx) -> list[CaseCount]:
    """By the month a case was opened, its procedure, its matter and what headquarters has of it."""
    c = case_table.c
    month = _month(c.opened)
    rows = tx.connection.execute(
        select(month, c.procedure, c.matter, c.sync, func.count())
        .group_by(month, c.procedure, c.matter, c.sync))
    return [CaseCount(*row) for row in rows]


def papers_by_month(tx: Tx) -> list[PaperCount]:
    """By the month a paper was issued and its form."""
    p = paper_table.c
    month, void = _month(p.issued), p.state == PaperState.VOID.value
    rows = tx.connection.execute(
        select(month, p.form, void, func.count())
        .where(p.state.in_((PaperState.ISSUED.value, PaperState.VOID.value)), p.issued.is_not(None))
        .group_by(month, p.form, void))
    return [PaperCount(row[0], row[1], bool(row[2]), row[3]) for row in rows]


def drafts(tx: Tx) -> int:
    """How many papers are not issued yet."""
    return int(tx.connection.execute(
        select(func.count()).where(paper_table.c.state == PaperState.DRAFT.value)).scalar_one())


def clips_by_month(tx: Tx) -> list[ClipCount]:
    """By the month a recording began."""
    c = clip_table.c
    month = _month(c.started)
    rows = tx.connection.execute(
        select(month, c.imported, func.count(), func.sum(c.duration_ms))
        .where(c.state != ClipState.RECORDING.value, c.id.not_in(select(clip_copy.c.clip_id)))
        .group_by(month, c.imported))
    return [ClipCount(row[0], bool(row[1]), row[2], int(row[3] or 0)) for row in rows]


def steps_begun(tx: Tx) -> Iterator[StepTime]:
    """Every step that was begun, case by case in no order."""
    s, c = step_table.c, case_table.c
    rows = tx.connection.execute(
        select(s.case_id, c.procedure, c.procedure_version, c.opened, s.kind, s.outcome,
               _month(s.started).label("month"), s.started, s.finished)
        .join(case_table, c.id == s.case_id).where(s.started.is_not(None)))
    for r in rows:
        yield StepTime(
            CaseId(r.case_id), r.procedure, r.procedure_version, datetime.fromisoformat(r.opened),
            r.kind, r.outcome, r.month, datetime.fromisoformat(r.started),
            None if r.finished is None else datetime.fromisoformat(r.finished))


def recorded_spans(tx: Tx) -> dict[CaseId, list[tuple[datetime, datetime | None]]]:
    """From when to when each case's original recordings ran; one that runs now has no end."""
    c = clip_table.c
    rows = tx.connection.execute(
        select(c.case_id, c.started, c.ended).where(c.id.not_in(select(clip_copy.c.clip_id))))
    found: dict[CaseId, list[tuple[datetime, datetime | None]]] = {}
    for r in rows:
        found.setdefault(CaseId(r.case_id), []).append(
            (datetime.fromisoformat(r.started),
             None if r.ended is None else datetime.fromisoformat(r.ended)))
    return found


def planned_by_month(tx: Tx) -> dict[str, int]:
    """By the month, how many cases were opened from a line of the plan."""
    month = _month(case_table.c.opened)
    rows = tx.connection.execute(
        select(month, func.count()).select_from(planned_case)
        .join(case_table, case_table.c.id == planned_case.c.case_id).group_by(month))
    return {row[0]: int(row[1]) for row in rows}


def first_month(tx: Tx) -> str:
    """The month of the oldest case, empty without any."""
    found = tx.connection.execute(select(func.min(_month(case_table.c.opened)))).scalar()
    return str(found or "")
