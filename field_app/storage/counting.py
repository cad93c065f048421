"""Counts for statistics: cases, papers, recordings and steps, by calendar month in China.

Everything is grouped by SQLite; nothing is read whole. Months are ``YYYY-MM`` of the time the
device told, brought to China's time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, case, cast, exists, func, select

from field_app.domain.case import ClipState, PaperState
from field_app.storage.media_tables import clip as clip_table
from field_app.storage.media_tables import clip_copy
from field_app.storage.store import Tx
from field_app.storage.tables import case as case_table
from field_app.storage.tables import paper as paper_table
from field_app.storage.tables import planned_case
from field_app.storage.tables import step as step_table
from field_app.storage.times import text_of


def _month(moment: ColumnElement[str]) -> ColumnElement[str]:
    """The month in China of a time as the device told it. Reckoning is slow, so it is done only where the
    month is not plain: written in China's time, or in UTC and not in a month's last days."""
    offset = func.substr(moment, -6)
    plain = (offset == "+08:00") | ((offset == "+00:00") & (func.substr(moment, 9, 2) < "28"))
    return case((plain, func.substr(moment, 1, 7)), else_=func.substr(func.datetime(moment, "+8 hours"), 1, 7))


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
class StepCount:
    """Steps of one kind that ended alike, of one procedure: how many were begun, and during how many of them
    an original recording of their case ran; ``opened``: when the first of these cases was."""

    procedure: str
    version: int
    kind: str
    outcome: str
    opened: datetime
    begun: int
    recorded: int


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


def steps_recorded(tx: Tx, first: str, last: str, *, now: datetime) -> list[StepCount]:
    """Steps begun from the month ``first`` to the month ``last``; what has no end yet lasts until ``now``."""
    s, c, k, at = step_table.c, case_table.c, clip_table.c, text_of(now)
    ran = exists().where(
        k.case_id == s.case_id, k.id.not_in(select(clip_copy.c.clip_id)),
        func.julianday(k.started) <= func.julianday(func.ifnull(s.finished, at)),
        func.julianday(func.ifnull(k.ended, at)) >= func.julianday(s.started))
    key = (c.procedure, c.procedure_version, s.kind, s.outcome)
    rows = tx.connection.execute(
        select(*key, func.min(c.opened), func.count(), func.sum(cast(ran, Integer)))
        .select_from(step_table).join(case_table, c.id == s.case_id)
        .where(s.started.is_not(None), _month(s.started).between(first, last))
        .group_by(*key))
    return [StepCount(r[0], r[1], r[2], r[3], datetime.fromisoformat(r[4]), r[5], int(r[6])) for r in rows]


def planned_by_month(tx: Tx) -> dict[str, int]:
    """By the month, how many cases were opened from a line of the plan."""
    month = _month(case_table.c.opened)
    rows = tx.connection.execute(
        select(month, func.count()).select_from(planned_case)
        .join(case_table, case_table.c.id == planned_case.c.case_id).group_by(month))
    return {row[0]: int(row[1]) for row in rows}


def first_month(tx: Tx) -> str:
    """The month of the oldest case, empty without any."""
    opened = case_table.c.opened
    first = tx.connection.execute(select(func.min(opened))).scalar()
    if first is None:
        return ""
    # Times are told with any offset: which of the first days' is the first is reckoned.
    day = datetime.fromisoformat(first).date() + timedelta(days=2)
    return str(tx.connection.execute(select(func.min(_month(opened))).where(opened < day.isoformat())).scalar_one())
