"""The event log: appended to, read, verified; never changed."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from field_app.crypto.canonical import canonical
from field_app.domain.clock import Moment
from field_app.domain.events import GENESIS, Event
from field_app.domain.ids import DeviceId
from field_app.storage.store import Tx
from field_app.storage.tables import event


@dataclass(frozen=True)
class Head:
    """The last link: its number (0 when empty) and hash (zeros when empty)."""

    seq: int
    hash: str


@dataclass(frozen=True)
class StoredEvent:
    """An event as stored: its canonical bytes and their hash."""

    seq: int
    hash: str
    data: bytes

    def members(self) -> dict[str, Any]:
        return dict(json.loads(self.data))


def head(tx: Tx) -> Head:
    """The newest link."""
    row = tx.connection.execute(
        select(event.c.seq, event.c.hash).order_by(event.c.seq.desc()).limit(1)).first()
    return Head(row.seq, row.hash) if row else Head(0, GENESIS)


# Made once: every action appends, and making a statement costs more than running it.
_LAST = select(event.c.seq, event.c.hash, event.c.data).order_by(event.c.seq.desc()).limit(1)
_INSERT = insert(event)
_MOST_COUNT = 9999


def _next_hlc(last: bytes | None, moment: Moment) -> str:
    """Hybrid logical clock: never behind the event before, whatever the wall clock does."""
    wall = int(moment.wall.timestamp() * 1000)
    if last is None:
        return f"{wall:015d}-0000"
    before, count = str(json.loads(last)["hlc"]).split("-")
    if wall > int(before):
        return f"{wall:015d}-0000"
    if int(count) >= _MOST_COUNT:  # The text must go on rising, so it carries.
        return f"{int(before) + 1:015d}-0000"
    return f"{int(before):015d}-{int(count) + 1:04d}"


def append(tx: Tx, kind: str, *, device: DeviceId, moment: Moment, case: str = "",
           actors: tuple[str, ...] = (), body: dict[str, Any] | None = None) -> StoredEvent:
    """Append one event to the chain and return it."""
    row = tx.connection.execute(_LAST).first()
    last = Head(row.seq, row.hash) if row else Head(0, GENESIS)
    made = Event(device=device, seq=last.seq + 1, prev=last.hash, kind=kind, moment=moment,
                 hlc=_next_hlc(row.data if row else None, moment), case=case, actors=actors,
                 body=body or {})
    data = canonical(made.members())
    digest = hashlib.sha256(data).hexdigest()
    tx.connection.execute(_INSERT, {
        "seq": made.seq, "hash": digest, "kind": kind, "case_id": case, "wall": moment.iso(),
        "data": data})
    return StoredEvent(made.seq, digest, data)


def of_case(tx: Tx, case: str) -> Iterator[StoredEvent]:
    """A case's events in order."""
    rows = tx.connection.execute(
        select(event.c.seq, event.c.hash, event.c.data).where(event.c.case_id == case)
        .order_by(event.c.seq))
    for row in rows:
        yield StoredEvent(row.seq, row.hash, row.data)


def of_case_and_kind(tx: Tx, case: str, kind: str) -> list[StoredEvent]:
    """A case's events of one kind in order."""
    rows = tx.connection.execute(
        select(event.c.seq, event.c.hash, event.c.data)
        .where(event.c.case_id == case, event.c.kind == kind).order_by(event.c.seq))
    return [StoredEvent(row.seq, row.hash, row.data) for row in rows]


def kinds_of_case(tx: Tx, case: str, *, after: int) -> set[str]:
    """The kinds of a case's events with a number above ``after``."""
    return set(tx.connection.execute(
        select(event.c.kind).where(event.c.case_id == case, event.c.seq > after).distinct()).scalars())


def since(tx: Tx, after: int, *, limit: int = 100_000) -> list[StoredEvent]:
    """Events with a number above ``after``."""
    rows = tx.connection.execute(
        select(event.c.seq, event.c.hash, event.c.data).where(event.c.seq > after)
        .order_by(event.c.seq).limit(limit))
    return [StoredEvent(row.seq, row.hash, row.data) for row in rows]


def hashes(tx: Tx, seqs: Sequence[int]) -> dict[int, str]:
    """The hashes of these events; numbers that do not exist are left out."""
    found: dict[int, str] = {}
    for start in range(0, len(seqs), 500):
        rows = tx.connection.execute(select(event.c.seq, event.c.hash).where(
            event.c.seq.in_(seqs[start:start + 500])))
        found |= {row.seq: row.hash for row in rows}
    return found


def last_login_before(tx: Tx, seq: int) -> int:
    """The number of the newest login at or before ``seq`` (1 when there is none)."""
    # Backwards from there, so that it does not grow with the log.
    found = tx.connection.execute(
        select(event.c.seq).where(event.c.kind == "logged_in", event.c.seq <= seq)
        .order_by(event.c.seq.desc()).limit(1)).scalar()
    return int(found or 1)


def all_of_kind(tx: Tx, kind: str) -> list[StoredEvent]:
    """Every event of one kind, oldest first."""
    rows = tx.connection.execute(
        select(event.c.seq, event.c.hash, event.c.data).where(event.c.kind == kind)
        .order_by(event.c.seq))
    return [StoredEvent(row.seq, row.hash, row.data) for row in rows]


def last_of_kind(tx: Tx, kind: str) -> StoredEvent | None:
    """The newest event of one kind."""
    row = tx.connection.execute(
        select(event.c.seq, event.c.hash, event.c.data).where(event.c.kind == kind)
        .order_by(event.c.seq.desc()).limit(1)).first()
    return StoredEvent(row.seq, row.hash, row.data) if row else None


def count(tx: Tx) -> int:
    return int(tx.connection.execute(select(func.count()).select_from(event)).scalar_one())


def first_break(tx: Tx, *, start: int = 1) -> int | None:
    """The number of the first link that does not hold, or None when the chain is whole.

    ``start``: where to begin, when what is before was verified already.
    """
    prev, expected = hashes(tx, [start - 1]).get(start - 1, GENESIS), start
    # Unpacked and decoded here: at a million links, names and guessed encodings cost seconds.
    for seq, digest, data in tx.connection.execute(
            select(event.c.seq, event.c.hash, event.c.data).where(event.c.seq >= start)
            .order_by(event.c.seq)):
        if (seq != expected or not isinstance(data, bytes)
                or hashlib.sha256(data).hexdigest() != digest):
            return expected
        try:
            members = json.loads(data.decode())
            holds = members["seq"] == expected and members["prev"] == prev
        except (ValueError, KeyError, TypeError):
            holds = False  # Bytes whose hash fits, but that are no event.
        if not holds:
            return expected
        prev, expected = digest, expected + 1
    return None
