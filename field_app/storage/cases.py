"""Cases and their steps, stored and read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, literal_column, select, update

from field_app.domain.case import Case, Step, StepState, SyncState
from field_app.domain.ids import CaseId, PackageId, StepId
from field_app.errors import FieldAppError
from field_app.storage import paper_search, search
from field_app.storage.media_tables import clip as clip_table
from field_app.storage.store import Tx
from field_app.storage.tables import case as case_table
from field_app.storage.tables import step as step_table
from field_app.storage.times import optional_text, optional_time, text_of


class NoSuchRecord(FieldAppError):
    """Nothing is stored under this id."""


def _case_values(case: Case) -> dict[str, Any]:
    return {
        "id": case.id, "package": case.package, "local_no": case.local_no,
        "procedure": case.procedure, "procedure_version": case.procedure_version,
        "cause": case.cause, "matter": case.matter, "party": case.party, "place": case.place,
        "opened": text_of(case.opened), "officers": list(case.officers),
        "identity": case.identity, "sync": case.sync.value, "revision": case.revision,
        "confirmed_bytes": case.confirmed_bytes, "total_bytes": case.total_bytes,
        "problem": case.problem, "marks": case.marks,
        "denied": case.denied}


def _case(row: Row[Any]) -> Case:
    return Case(
        id=CaseId(row.id), package=PackageId(row.package), local_no=row.local_no,
        procedure=row.procedure, procedure_version=row.procedure_version, cause=row.cause,
        matter=row.matter, party=dict(row.party), place=row.place,
        opened=datetime.fromisoformat(row.opened), officers=tuple(row.officers),
        identity=row.identity, sync=SyncState(row.sync), revision=row.revision,
        confirmed_bytes=row.confirmed_bytes, total_bytes=row.total_bytes, problem=row.problem,
        marks=dict(row.marks), denied=dict(row.denied))


def _step(row: Row[Any]) -> Step:
    return Step(
        id=StepId(row.id), case=CaseId(row.case_id), kind=row.kind, ordinal=row.ordinal,
        state=StepState(row.state), started=optional_time(row.started),
        finished=optional_time(row.finished), reason=row.reason,
        outcome=row.outcome, turn=row.turn)


def add(tx: Tx, case: Case, steps: list[Step]) -> None:
    """Store a new case with its steps and make it findable."""
    add_each(tx, [(case, steps)])


def add_each(tx: Tx, new: Sequence[tuple[Case, list[Step]]]) -> None:
    """Store several at once: a statement for all of a kind."""
    tx.connection.execute(insert(case_table), [_case_values(case) for case, _ in new])
    add_steps(tx, [step for _, steps in new for step in steps])
    search.index_each(tx, [(case.id, case.opened, texts_of(case)) for case, _ in new])


def add_steps(tx: Tx, steps: list[Step]) -> None:
    """Store further steps of a case."""
    if steps:
        tx.connection.execute(insert(step_table), [{
            "id": s.id, "case_id": s.case, "kind": s.kind, "ordinal": s.ordinal,
            "state": s.state.value, "started": optional_text(s.started),
            "finished": optional_text(s.finished), "reason": s.reason, "outcome": s.outcome,
            "turn": s.turn} for s in steps])


def texts_of(case: Case) -> list[str]:
    """What a case, and each of its papers, is found by."""
    return [case.local_no, case.cause, case.matter, case.place,
            *(str(v) for v in case.party.values() if isinstance(v, str))]


def save(tx: Tx, case: Case) -> None:
    """Store changed facts of a case."""
    tx.connection.execute(
        update(case_table).where(case_table.c.id == case.id).values(**_case_values(case)))
    search.index_each(tx, [(case.id, case.opened, texts_of(case))])
    paper_search.index_all(tx, case.id, texts_of(case))


def get(tx: Tx, case: CaseId) -> Case:
    """One case; :class:`NoSuchRecord` when there is none."""
    row = tx.connection.execute(select(case_table).where(case_table.c.id == case)).first()
    if row is None:
        raise NoSuchRecord(f"case {case}")
    return _case(row)


def get_each(tx: Tx, found: Sequence[CaseId]) -> list[Case]:
    """These cases in this order; :class:`NoSuchRecord` when one of them is not stored."""
    rows = tx.connection.execute(select(case_table).where(case_table.c.id.in_(found)))
    known = {row.id: row for row in rows}
    if missing := [one for one in found if one not in known]:
        raise NoSuchRecord(f"case {missing[0]}")
    return [_case(known[one]) for one in found]


def by_package(tx: Tx, package: PackageId) -> Case:
    row = tx.connection.execute(
        select(case_table).where(case_table.c.package == package)).first()
    if row is None:
        raise NoSuchRecord(f"package {package}")
    return _case(row)


def listed(tx: Tx, words: str = "", *, limit: int = 200, since: datetime | None = None,
           until: datetime | None = None) -> list[Case]:
    """Newest cases, or those that hold all ``words``; opened from ``since`` on and before ``until``."""
    query = select(case_table).order_by(case_table.c.opened.desc()).limit(limit)
    opened = func.julianday(case_table.c.opened)
    if since is not None:
        query = query.where(opened >= func.julianday(text_of(since)))
    if until is not None:
        query = query.where(opened < func.julianday(text_of(until)))
    found = search.find_cases(tx, words, limit=limit, since=since, until=until)
    if found is not None:
        query = query.where(case_table.c.id.in_(found))
    return [_case(row) for row in tx.connection.execute(query)]


@dataclass(frozen=True)
class Unsent:
    """Cases that headquarters has not signed for: how many, since when the oldest is open (None without
    any), and some of them, what was given back first, then the newest."""

    count: int
    since: datetime | None
    some: tuple[Case, ...]


def unsent(tx: Tx, *, limit: int) -> Unsent:
    """All of them counted, ``limit`` of them read; their own index is looked at, never the cases signed for."""
    c = case_table.c
    waiting = c.sync != literal_column(f"'{SyncState.RECEIVED.value}'")  # Bound, it would not be known to the index.
    count, since = tx.connection.execute(
        select(func.count(), func.min(c.opened)).select_from(case_table).where(waiting)).one()
    given_back: list[Case] = []
    others: list[Case] = []
    for state in SyncState:
        if state is not SyncState.RECEIVED:
            rows = tx.connection.execute(
                select(case_table).where(waiting, c.sync == state.value).order_by(c.opened.desc()).limit(limit))
            (given_back if state in (SyncState.RETURNED, SyncState.REFUSED) else others).extend(map(_case, rows))
    for found in (given_back, others):
        found.sort(key=lambda case: case.opened, reverse=True)
    return Unsent(int(count), optional_time(since), tuple([*given_back, *others][:limit]))


def recorded(tx: Tx) -> list[Case]:
    """The cases that hold at least one recording, the newest first."""
    rows = tx.connection.execute(
        select(case_table).where(case_table.c.id.in_(select(clip_table.c.case_id).distinct()))
        .order_by(case_table.c.opened.desc()))
    return [_case(row) for row in rows]


def count_not_in(tx: Tx, state: SyncState) -> int:
    """How many cases are in any other state than this one."""
    return int(tx.connection.execute(
        select(func.count()).select_from(case_table).where(case_table.c.sync != state.value)
    ).scalar_one())


def set_sync(tx: Tx, case: CaseId, state: SyncState, *, revision: int | None = None,
             confirmed: int | None = None, total: int | None = None, problem: str = "") -> None:
    """Note what headquarters has of a case."""
    values: dict[str, Any] = {"sync": state.value, "problem": problem}
    for name, value in (("revision", revision), ("confirmed_bytes", confirmed),
                        ("total_bytes", total)):
        if value is not None:
            values[name] = value
    tx.connection.execute(update(case_table).where(case_table.c.id == case).values(**values))


def note_progress(tx: Tx, case: CaseId, *, confirmed: int, total: int) -> None:
    """Bytes that headquarters confirmed of the newest revision."""
    tx.connection.execute(update(case_table).where(case_table.c.id == case).values(
        confirmed_bytes=confirmed, total_bytes=total))


def note_problem(tx: Tx, case: CaseId, problem: str) -> None:
    """Why the last try to send failed, empty after one that went well. Why a case came back or its key was
    destroyed stays in sight."""
    c = case_table.c
    tx.connection.execute(
        update(case_table).where(
            c.id == case, c.sync.not_in([SyncState.RETURNED.value, SyncState.REFUSED.value]), c.identity != "")
        .values(problem=problem))


def mark_changed(tx: Tx, case: CaseId) -> None:
    """What headquarters confirmed or was sealed is no longer all there is."""
    # What was returned stays so until it is sealed anew, or its reason would be lost from sight.
    settled = (SyncState.RECEIVED, SyncState.SEALED, SyncState.SENDING, SyncState.DELIVERED,
               SyncState.REFUSED)
    tx.connection.execute(
        update(case_table).where(
            case_table.c.id == case, case_table.c.sync.in_([s.value for s in settled]))
        .values(sync=SyncState.DRAFT.value))


def steps(tx: Tx, case: CaseId) -> list[Step]:
    """A case's steps in order."""
    return steps_of_each(tx, [case])[case]


def steps_of_each(tx: Tx, found: Sequence[CaseId]) -> dict[CaseId, list[Step]]:
    """The steps of several cases, each in order, read at once."""
    made: dict[CaseId, list[Step]] = {one: [] for one in found}
    rows = tx.connection.execute(
        select(step_table).where(step_table.c.case_id.in_(found))
        .order_by(step_table.c.ordinal, step_table.c.turn == 0, step_table.c.turn))
    for row in rows:
        made[CaseId(row.case_id)].append(_step(row))
    return made


def step(tx: Tx, step_id: StepId) -> Step:
    row = tx.connection.execute(select(step_table).where(step_table.c.id == step_id)).first()
    if row is None:
        raise NoSuchRecord(f"step {step_id}")
    return _step(row)


def set_step(tx: Tx, step_id: StepId, state: StepState, *, at: datetime,
             reason: str = "", outcome: str = "") -> Step:
    """Move a step to ``state``; start and end times are kept once set. An end takes its turn."""
    now = step(tx, step_id)
    done = state in (StepState.DONE, StepState.SKIPPED)
    changed = replace(
        now, state=state, started=now.started or at, reason=reason,
        finished=at if done else None, outcome=outcome,
        turn=_last_turn(tx, now.case) + 1 if done else 0)
    tx.connection.execute(update(step_table).where(step_table.c.id == step_id).values(
        state=changed.state.value, started=optional_text(changed.started),
        finished=optional_text(changed.finished), reason=changed.reason,
        outcome=changed.outcome, turn=changed.turn))
    return changed


def _last_turn(tx: Tx, case: CaseId) -> int:
    return int(tx.connection.execute(
        select(func.max(step_table.c.turn)).where(step_table.c.case_id == case)).scalar() or 0)
