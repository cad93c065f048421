"""The board: what is due, owed and blocked, of one case or of all, the most urgent first."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from field_app.actions.context import Session
from field_app.actions.procedure_facts import CaseNow, calendar_of, case_now, form_titles
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId
from field_app.domain.workdays import Calendar
from field_app.rules.procedure_debts import blocked, debts
from field_app.rules.procedure_model import Need
from field_app.rules.procedure_state import Standing, standing
from field_app.rules.procedure_timers import opens_on, timers
from field_app.storage import board as stored
from field_app.storage import cases
from field_app.storage.board import BoardRow
from field_app.storage.store import Tx

KINDS = ("due", "owed", "blocked")


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


def refresh(session: Session, tx: Tx) -> int:
    """Bring the board up to the newest event; how many cases were counted anew."""
    calendar, before = calendar_of(session), stored.mark(tx)
    print_ = _fingerprint(calendar)
    newest = stored.last_event(tx)
    if before is not None and before.calendar == print_:
        if before.seq == newest:
            return 0
        changed = stored.changed_since(tx, before.seq)
    else:
        changed = stored.all_cases(tx)
    for case_id in changed:
        now = case_now(session, tx, cases.get(tx, case_id), calendar=calendar)
        stored.replace_case(tx, case_id, _rows(now))
    stored.set_mark(tx, stored.Mark(newest, print_))
    return len(changed)


def board(session: Session, *, case: CaseId | None = None, kinds: tuple[str, ...] = KINDS,
          limit: int = 100) -> tuple[BoardItem, ...]:
    """What is to be seen to, of one case or of all: overdue first, then by day, then the rest."""
    with session.begin() as tx:
        refresh(session, tx)
        found = stored.rows(tx, kinds=kinds, case=case, limit=limit)
    today = session.at.astimezone(CHINA).date()
    items = (_item(row, today) for row in found)
    return tuple(i for i in items if i.kind != "blocked" or i.days is None or i.days > 0)


def _item(row: BoardRow, today: date) -> BoardItem:
    day = date.fromisoformat(row.due) if row.due else None
    return BoardItem(row.case, row.party, row.local_no, row.kind, row.title, row.text, row.law,
                     day, None if day is None else (day - today).days)
