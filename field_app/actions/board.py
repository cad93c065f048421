"""The board: what is due, owed and blocked, of one case or of all, the most urgent first."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from field_app.actions.context import Session
from field_app.actions.procedure_facts import CaseNow, calendar_of, cases_now, form_titles
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId
from field_app.domain.workdays import Calendar
from field_app.rules.procedure_debts import blocked, debts
from field_app.rules.procedure_model import Need
from field_app.rules.procedure_state import Standing, standing
from field_app.rules.procedure_timers import opens_on, timers
from field_app.storage import board as stored
from field_app.storage.board import BoardRow
from field_app.storage.store import Tx

KINDS = ("due", "owed", "blocked")
BUDGET_S = 0.03
_BATCH, _AT_ONCE = 20, 20


@dataclass(frozen=True)
class BoardItem:
    """One thing to see to. ``days``: left, negative when overdue, None without a day; ``text``:
    what it is, in full; ``law``: its basis, empty when there is none."""

    case: CaseId
    party: str
    local_no: str
    kind: str
    title: str
    text: str
    law: str
    day: date | None
    days: int | None


def _due(now: CaseNow, at: Standing) -> Iterator[BoardRow]:
    for timer in timers(now.made, now.facts, at):
        yield BoardRow(now.case.id, "due", timer.step, timer.duty, timer.text, timer.law,
                       timer.due.isoformat() if timer.due else "")


def _owed(now: CaseNow, at: Standing) -> Iterator[BoardRow]:
    titles = form_titles()
    for kind in at.open:
        step = now.made.step(kind)
        unpaid = [d for d in debts(now.made, now.facts, kind, titles=titles, at=at)
                  if not d.paid and d.need is not Need.MAY and not d.outcomes]
        if unpaid:
            words = "、".join(f"《{d.text}》" if d.kind == "paper" else d.text for d in unpaid)
            yield BoardRow(now.case.id, "owed", kind, f"“{step.title}”还欠{len(unpaid)}项", words,
                           unpaid[0].basis)


def _blocked(now: CaseNow, at: Standing) -> Iterator[BoardRow]:
    for step, found in blocked(now.made, now.facts, at):
        if step.condition.holds(at.triggers(now.facts)):
            first = found[0]
            days = [day for wait in step.waits if (day := opens_on(wait, now.facts)[0]) is not None]
            # What only waits for a day is no longer blocked once that day has come.
            until = max(days).isoformat() if days and len(days) >= len(found) else ""
            yield BoardRow(now.case.id, "blocked", step.kind, f"“{step.title}”还不能开始",
                           f"{first.text}，{first.remedy}。", first.basis, until)


def _rows(now: CaseNow) -> list[BoardRow]:
    at = standing(now.made, now.facts)
    if at.final is not None and not at.final.continues:
        return []
    return [*_due(now, at), *_owed(now, at), *_blocked(now, at)]


def _fingerprint(calendar: Calendar) -> str:
    days = sorted(d.isoformat() for d in calendar.off | calendar.worked)
    return hashlib.sha256("".join([*map(str, sorted(calendar.years)), *days]).encode()).hexdigest()


def _count(session: Session, tx: Tx, found: Sequence[CaseId], calendar: Calendar) -> None:
    counted = cases_now(session, tx, found, calendar=calendar)
    stored.replace_cases(tx, found, [row for now in counted for row in _rows(now)])


def follow(session: Session, tx: Tx, *, calendar: Calendar | None = None) -> int:
    """Bring the board up to the newest event, as far as that takes no time; how many cases still wait.

    A few changed cases are counted at once. Many of them, or all (a store from before, other days off),
    wait in line: no officer waits for ten thousand cases.
    """
    days_off = calendar if calendar is not None else calendar_of(session)
    before, mark = stored.mark(tx), stored.Mark(stored.last_event(tx), _fingerprint(days_off))
    if before != mark:
        stored.set_mark(tx, mark)
        _take_up(session, tx, before, mark, days_off)
    return stored.waiting_count(tx)


def _take_up(session: Session, tx: Tx, before: stored.Mark | None, now: stored.Mark,
             calendar: Calendar) -> None:
    if before is None or before.calendar != now.calendar:
        stored.await_all(tx)
        if stored.waiting_count(tx) <= _AT_ONCE:
            _count(session, tx, stored.take_waiting(tx, limit=_AT_ONCE), calendar)
        return
    changed = stored.changed_since(tx, before.seq)
    if len(changed) <= _AT_ONCE:
        _count(session, tx, changed, calendar)
    else:
        stored.await_changed(tx, before.seq)


def count_on(session: Session, *, budget_s: float = BUDGET_S) -> int:
    """Count some of the cases that wait, the newest first, for about ``budget_s`` seconds; how many are left.

    Called again and again behind the officers' work until it gives 0.
    """
    end = time.monotonic() + budget_s
    with session.begin() as tx:
        calendar = calendar_of(session)
        follow(session, tx, calendar=calendar)
        while batch := stored.take_waiting(tx, limit=_BATCH):
            _count(session, tx, batch, calendar)
            if time.monotonic() > end:
                break
        return stored.waiting_count(tx)


def board(session: Session, *, case: CaseId | None = None, kinds: tuple[str, ...] = KINDS,
          step: str = "", limit: int = 100) -> tuple[BoardItem, ...]:
    """What is to be seen to, of one case or of all, of every step or of one: overdue first, then by
    day, then the rest.

    Of all cases as far as they were counted (:func:`still_counting`); one case is counted if it waits.
    """
    with session.begin() as tx:
        calendar = calendar_of(session)
        follow(session, tx, calendar=calendar)
        if case is not None and stored.is_waiting(tx, case):
            _count(session, tx, [case], calendar)
        found = stored.rows(tx, kinds=kinds, case=case, step=step, limit=limit)
    today = session.at.astimezone(CHINA).date()
    items = (_item(row, today) for row in found)
    return tuple(i for i in items if i.kind != "blocked" or i.days is None or i.days > 0)


def still_counting(session: Session) -> int:
    """How many cases the board does not know yet; each call of :func:`count_on` takes some of them."""
    with session.begin() as tx:
        return stored.waiting_count(tx)


def _item(row: BoardRow, today: date) -> BoardItem:
    day = date.fromisoformat(row.due) if row.due else None
    return BoardItem(row.case, row.party, row.local_no, row.kind, row.title, row.text, row.law,
                     day, None if day is None else (day - today).days)
