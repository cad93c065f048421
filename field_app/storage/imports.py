"""The import journal: runs, their files, and what is known to be imported already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, union, update

from field_app.domain.imports import (
    FoundFile,
    ImportItem,
    ImportRun,
    ItemState,
    MediaKind,
    TimeClaim,
    TimeSource,
)
from field_app.storage.cases import NoSuchRecord
from field_app.storage.media_tables import import_item as item_table
from field_app.storage.media_tables import import_known as known_table
from field_app.storage.media_tables import import_run as run_table
from field_app.storage.store import Tx
from field_app.storage.tables import case as case_table
from field_app.storage.tables import step as step_table
from field_app.storage.times import optional_text, optional_time, text_of

_STORED = (ItemState.KEPT.value, ItemState.DELETED.value)
_LIMIT = 200_000


@dataclass(frozen=True)
class Known:
    """One original that was imported; ``device`` is another laptop's number, or empty for ours."""

    size: int
    sample: str
    sha256: str
    at: str
    device: str = ""
    clip: str = ""
    blob: str = ""
    case: str = ""


def _facts(found: FoundFile) -> dict[str, Any]:
    return {
        "kind": found.kind.value if found.kind else "", "mime": found.mime,
        "duration_s": found.duration_s, "video": found.has_video, "audio": found.has_audio,
        "codec": found.codec, "serial": found.serial, "officer": found.officer,
        "sequence": found.sequence, "profile": found.profile, "note": found.note,
        "claims": [{"source": c.source.value, "at": c.at.isoformat(), "plausible": c.plausible}
                   for c in found.claims]}


def _found(row: Row[Any]) -> FoundFile:
    facts = row.facts
    return FoundFile(
        raw=row.raw, path=row.path, size=row.size, mtime_ns=row.mtime_ns,
        kind=MediaKind(facts["kind"]) if facts["kind"] else None, mime=facts["mime"],
        duration_s=facts["duration_s"], has_video=facts["video"], has_audio=facts["audio"],
        codec=facts["codec"], serial=facts["serial"], officer=facts["officer"],
        sequence=facts["sequence"], profile=facts["profile"], note=facts["note"],
        claims=tuple(TimeClaim(TimeSource(c["source"]), datetime.fromisoformat(c["at"]),
                               c["plausible"]) for c in facts["claims"]))


def _item(row: Row[Any]) -> ImportItem:
    return ImportItem(
        id=row.id, run=row.run, ordinal=row.ordinal, found=_found(row), case=row.case_id,
        step=row.step_id, visit=row.visit, starts=datetime.fromisoformat(row.starts),
        ends=datetime.fromisoformat(row.ends), state=ItemState(row.state), sample=row.sample,
        sha256=row.sha256, clip=row.clip or "", blob=row.blob or "", file=row.file,
        problem=row.problem)


def _values(item: ImportItem) -> dict[str, Any]:
    return {
        "id": item.id, "run": item.run, "ordinal": item.ordinal, "raw": item.found.raw,
        "path": item.found.path, "size": item.found.size, "mtime_ns": item.found.mtime_ns,
        "facts": _facts(item.found), "case_id": item.case, "step_id": item.step,
        "visit": item.visit, "starts": text_of(item.starts), "ends": text_of(item.ends),
        "state": item.state.value, "sample": item.sample, "sha256": item.sha256,
        "clip": item.clip or None, "blob": item.blob or None, "file": item.file,
        "problem": item.problem}


def _run(row: Row[Any]) -> ImportRun:
    return ImportRun(
        id=row.id, at=datetime.fromisoformat(row.at), root=row.root, serial=row.serial,
        profile=row.profile, offset_ms=row.offset_ms, clock_how=row.clock_how,
        device_shown=row.device_shown, laptop_shown=row.laptop_shown,
        ended=optional_time(row.ended))


def begin(tx: Tx, run: ImportRun, items: Sequence[ImportItem]) -> None:
    """Write a run and every file it means to bring in, before the first is copied."""
    tx.connection.execute(insert(run_table).values(
        id=run.id, at=text_of(run.at), root=run.root, serial=run.serial, profile=run.profile,
        offset_ms=run.offset_ms, clock_how=run.clock_how, device_shown=run.device_shown,
        laptop_shown=run.laptop_shown, ended=optional_text(run.ended)))
    if items:
        tx.connection.execute(insert(item_table), [_values(item) for item in items])


def save(tx: Tx, item: ImportItem) -> None:
    """Store how far a file has come."""
    tx.connection.execute(
        update(item_table).where(item_table.c.id == item.id).values(**_values(item)))


def end(tx: Tx, run: str, at: datetime) -> None:
    """No file of this run is left to do."""
    tx.connection.execute(
        update(run_table).where(run_table.c.id == run).values(ended=text_of(at)))


def run_of(tx: Tx, run: str) -> ImportRun:
    """One run; ``NoSuchRecord`` when there is none."""
    row = tx.connection.execute(select(run_table).where(run_table.c.id == run)).first()
    if row is None:
        raise NoSuchRecord(f"import {run}")
    return _run(row)


def unfinished(tx: Tx) -> list[ImportRun]:
    """Runs that a crash or an officer interrupted, oldest first."""
    rows = tx.connection.execute(
        select(run_table).where(run_table.c.ended.is_(None)).order_by(run_table.c.at))
    return [_run(row) for row in rows]


def newest(tx: Tx, *, limit: int = 20) -> list[ImportRun]:
    """The last runs, newest first."""
    rows = tx.connection.execute(select(run_table).order_by(run_table.c.at.desc()).limit(limit))
    return [_run(row) for row in rows]


def items_of(tx: Tx, run: str, state: ItemState | None = None) -> list[ImportItem]:
    """A run's files in order, all or those in one state."""
    query = select(item_table).where(item_table.c.run == run).order_by(item_table.c.ordinal)
    if state is not None:
        query = query.where(item_table.c.state == state.value)
    return [_item(row) for row in tx.connection.execute(query)]


def counts(tx: Tx, run: str) -> dict[ItemState, int]:
    """How many files of a run stand where."""
    rows = tx.connection.execute(
        select(item_table.c.state, func.count()).where(item_table.c.run == run)
        .group_by(item_table.c.state))
    return {ItemState(state): int(count) for state, count in rows}


def clip_of_visit(tx: Tx, run: str, visit: int, step: str) -> str:
    """The clip that earlier files of the same visit and step went into; empty when there is none."""
    found = tx.connection.execute(
        select(item_table.c.clip).where(
            item_table.c.run == run, item_table.c.visit == visit, item_table.c.step_id == step,
            item_table.c.clip.is_not(None)).limit(1)).scalar()
    return str(found or "")


def of_case(tx: Tx, case: str) -> list[ImportItem]:
    """Originals that were brought into a case, in order of time."""
    rows = tx.connection.execute(
        select(item_table).where(item_table.c.case_id == case, item_table.c.state.in_(_STORED))
        .order_by(item_table.c.starts))
    return [_item(row) for row in rows]


def last_clock(tx: Tx, serial: str) -> ImportRun | None:
    """The newest run of a device whose clock was measured."""
    if not serial:
        return None
    row = tx.connection.execute(
        select(run_table).where(run_table.c.serial == serial, run_table.c.offset_ms.is_not(None),
                                run_table.c.clock_how != "earlier")
        .order_by(run_table.c.at.desc()).limit(1)).first()
    return None if row is None else _run(row)


def known_sizes(tx: Tx) -> frozenset[int]:
    """Sizes of all that was imported, here or elsewhere: most files need no further look."""
    query = union(select(item_table.c.size).where(item_table.c.state.in_(_STORED)),
                  select(known_table.c.size))
    return frozenset(int(row[0]) for row in tx.connection.execute(query))


def known_like(tx: Tx, *, size: int = -1, sha256: str = "") -> list[Known]:
    """What was imported of this size or with this hash, ours first."""
    same = or_(item_table.c.size == size, item_table.c.sha256 == sha256) if sha256 else (
        item_table.c.size == size)
    ours = tx.connection.execute(
        select(item_table).where(same, item_table.c.state.in_(_STORED))
        .order_by(item_table.c.starts).limit(_LIMIT))
    found = [Known(r.size, r.sample, r.sha256, r.starts, "", r.clip or "", r.blob or "", r.case_id)
             for r in ours]
    other = or_(known_table.c.size == size, known_table.c.sha256 == sha256)
    return found + [Known(r.size, r.sample, r.sha256, r.at, r.device)
                    for r in tx.connection.execute(select(known_table).where(other).limit(_LIMIT))]


def stored_like(tx: Tx, size: int, sample: str) -> list[ImportItem]:
    """Our originals of this size and sample, newest first."""
    rows = tx.connection.execute(
        select(item_table).where(item_table.c.size == size, item_table.c.sample == sample,
                                 item_table.c.state.in_(_STORED))
        .order_by(item_table.c.ends.desc()).limit(8))
    return [_item(row) for row in rows]


def all_stored(tx: Tx) -> list[Known]:
    """Every original this laptop imported."""
    rows = tx.connection.execute(
        select(item_table).where(item_table.c.state.in_(_STORED)).limit(_LIMIT))
    return [Known(r.size, r.sample, r.sha256, r.starts) for r in rows]


def learn(tx: Tx, known: Iterable[Known]) -> int:
    """Take in another laptop's list; how many were new."""
    have = {row[0] for row in tx.connection.execute(select(known_table.c.sha256))}
    fresh = {k.sha256: k for k in known if k.sha256 not in have}
    if fresh:
        tx.connection.execute(insert(known_table), [
            {"sha256": k.sha256, "size": k.size, "sample": k.sample, "device": k.device,
             "at": k.at} for k in fresh.values()])
    return len(fresh)


def steps_between(tx: Tx, first: datetime, last: datetime) -> list[tuple[str, str]]:
    """Case and step of every step that was in hand at some time from ``first`` to ``last``."""
    begun = func.substr(step_table.c.started, 1, 10)
    done = func.substr(step_table.c.finished, 1, 10)
    rows = tx.connection.execute(
        select(step_table.c.case_id, step_table.c.id)
        .join(case_table, case_table.c.id == step_table.c.case_id)
        .where(step_table.c.started.is_not(None), begun <= last.date().isoformat(),
               or_(step_table.c.finished.is_(None), done >= first.date().isoformat()))
        .order_by(step_table.c.started).limit(_LIMIT))
    return [(row[0], row[1]) for row in rows]
