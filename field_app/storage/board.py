"""The board as stored: rows of what is due, owed or blocked, and up to which event they hold.

Cases are counted anew when an event speaks of them. Where all must be (a store from before, other days
off) the *sweep* goes through them from the newest to the oldest; it is kept as one number, so that
beginning it costs nothing with any number of cases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case as sql_case
from sqlalchemy import delete, func, insert, literal, select, text

from field_app.domain.ids import CaseId
from field_app.storage.store import Tx
from field_app.storage.tables import board, board_mark, event
from field_app.storage.tables import case as case_table

_KEY, _SWEEP = "board", "sweep"
_WAITING = "waiting"  # a changed case that is not counted yet


@dataclass(frozen=True)
class BoardRow:
    """One thing of one case. ``kind``: ``due``, ``owed`` or ``blocked``; ``due``: ISO day, empty
    when there is none; ``party`` and ``local_no`` are the case's."""

    case: CaseId
    kind: str
    step: str
    title: str
    text: str
    law: str
    due: str = ""
    party: str = ""
    local_no: str = ""


@dataclass(frozen=True)
class Mark:
    """Rows hold up to event ``seq`` and were counted with the days off of ``calendar``."""

    seq: int
    calendar: str


@dataclass(frozen=True)
class Overdue:
    """A duty of a step whose last day is past, in how many cases; ``oldest``: the earliest such day."""

    step: str
    title: str
    law: str
    cases: int
    oldest: date


def mark(tx: Tx) -> Mark | None:
    """How far the board goes; None before it was ever made."""
    row = tx.connection.execute(select(board_mark).where(board_mark.c.key == _KEY)).first()
    return None if row is None else Mark(row.seq, row.calendar)


def set_mark(tx: Tx, new: Mark) -> None:
    tx.connection.execute(delete(board_mark).where(board_mark.c.key == _KEY))
    tx.connection.execute(insert(board_mark).values(
        key=_KEY, seq=new.seq, calendar=new.calendar))


def last_event(tx: Tx) -> int:
    """The number of the newest event, 0 when there is none."""
    return int(tx.connection.execute(select(func.max(event.c.seq))).scalar() or 0)


def changed_since(tx: Tx, seq: int) -> list[CaseId]:
    """Cases that events after ``seq`` speak of."""
    rows = tx.connection.execute(
        select(event.c.case_id).where(event.c.seq > seq, event.c.case_id != "").distinct())
    return [CaseId(row.case_id) for row in rows]


def await_all(tx: Tx) -> None:
    """Begin the sweep: every case is to be counted, the newest first."""
    # Rows of a table are numbered as they come, and no case is ever taken out of it.
    last = tx.connection.execute(text("SELECT max(rowid) FROM case_file")).scalar()
    _set_sweep(tx, int(last or 0))


def _swept_to(tx: Tx) -> int:
    """Cases up to this row are still to be counted; 0 when none is."""
    return int(tx.connection.execute(
        select(board_mark.c.seq).where(board_mark.c.key == _SWEEP)).scalar() or 0)


def _set_sweep(tx: Tx, last: int) -> None:
    tx.connection.execute(delete(board_mark).where(board_mark.c.key == _SWEEP))
    tx.connection.execute(insert(board_mark).values(key=_SWEEP, seq=last, calendar=""))


def await_changed(tx: Tx, seq: int) -> None:
    """Let the cases that events after ``seq`` speak of wait to be counted, before those of the sweep."""
    changed = select(event.c.case_id).where(event.c.seq > seq, event.c.case_id != "").distinct()
    tx.connection.execute(delete(board).where(board.c.kind == _WAITING, board.c.case_id.in_(changed)))
    tx.connection.execute(insert(board).from_select(
        ["case_id", "kind", "step", "title", "text", "law", "due"],
        select(case_table.c.id, *(literal(v) for v in (_WAITING, "", "", "", "", "")))
        .where(case_table.c.id.in_(changed)).order_by(case_table.c.opened.desc())))


def take_waiting(tx: Tx, *, limit: int) -> list[CaseId]:
    """The next cases to be counted: they no longer wait, so count them in this transaction."""
    found = tx.connection.execute(
        select(board.c.case_id).where(board.c.kind == _WAITING, board.c.due == "").order_by(board.c.id)
        .limit(limit))
    ids = [CaseId(row.case_id) for row in found]
    if ids:
        tx.connection.execute(delete(board).where(board.c.kind == _WAITING, board.c.case_id.in_(ids)))
        return ids
    rows_ = tx.connection.execute(
        text("SELECT rowid, id FROM case_file WHERE rowid <= :last ORDER BY rowid DESC LIMIT :limit"),
        {"last": _swept_to(tx), "limit": limit}).all()
    if rows_:
        _set_sweep(tx, int(rows_[-1].rowid) - 1)
    return [CaseId(row.id) for row in rows_]


def is_waiting(tx: Tx, case: CaseId) -> bool:
    """Whether this case is still to be counted."""
    row = tx.connection.execute(text("SELECT rowid FROM case_file WHERE id = :case"), {"case": case}).scalar()
    return 0 < int(row or 0) <= _swept_to(tx) or tx.connection.execute(select(board.c.id).where(
        board.c.case_id == case, board.c.kind == _WAITING)).first() is not None


def waiting_count(tx: Tx) -> int:
    """How many cases are still to be counted."""
    changed = tx.connection.execute(select(func.count()).select_from(board).where(
        board.c.kind == _WAITING, board.c.due == "")).scalar_one()
    return int(changed) + _swept_to(tx)


def replace_cases(tx: Tx, counted: Sequence[CaseId], rows: Iterable[BoardRow]) -> None:
    """Put the rows of these cases in place of those they had."""
    tx.connection.execute(delete(board).where(board.c.case_id.in_(counted)))
    values = [{"case_id": r.case, "kind": r.kind, "step": r.step, "title": r.title, "text": r.text,
               "law": r.law, "due": r.due} for r in rows]
    if values:
        tx.connection.execute(insert(board), values)


def rows(tx: Tx, *, kinds: Sequence[str], case: CaseId | None = None,
         step: str = "", limit: int = 200) -> list[BoardRow]:
    """The most urgent rows of these kinds, of one case or ``step`` only where one is told: the
    first due first, those without a day last."""
    found = select(board).where(board.c.kind.in_(kinds))
    if step:
        found = found.where(board.c.step == step)
    if case is not None:
        found = found.where(board.c.case_id == case)
    dated = found.where(board.c.due != "").order_by(board.c.due, board.c.id).limit(limit)
    urgent = list(tx.connection.execute(dated))
    if len(urgent) < limit:
        undated = found.where(board.c.due == "").order_by(
            sql_case({k: i for i, k in enumerate(kinds)}, value=board.c.kind), board.c.id.desc())
        urgent += list(tx.connection.execute(undated.limit(limit - len(urgent))))
    ids = {row.case_id for row in urgent}
    named = {r.id: r for r in tx.connection.execute(
        select(case_table.c.id, case_table.c.party, case_table.c.local_no)
        .where(case_table.c.id.in_(ids)))} if ids else {}
    return [BoardRow(
        CaseId(r.case_id), r.kind, r.step, r.title, r.text, r.law, r.due,
        str(dict(named[r.case_id].party).get("name", "")), named[r.case_id].local_no)
        for r in urgent]


def overdue(tx: Tx, today: date) -> list[Overdue]:
    """What is overdue on ``today``, by step and duty, most cases first."""
    cases_ = func.count(board.c.case_id.distinct())
    rows_ = tx.connection.execute(
        select(board.c.step, board.c.title, func.max(board.c.law), cases_, func.min(board.c.due))
        .where(board.c.kind == "due", board.c.due != "", board.c.due < today.isoformat())
        .group_by(board.c.step, board.c.title).order_by(cases_.desc(), board.c.title))
    return [Overdue(r[0], r[1], r[2], int(r[3]), date.fromisoformat(r[4])) for r in rows_]


def counts(tx: Tx) -> dict[str, int]:
    """How many rows of each kind there are."""
    rows_ = tx.connection.execute(select(board.c.kind, func.count()).group_by(board.c.kind))
    return {row[0]: int(row[1]) for row in rows_}
