"""What is on its way to headquarters: one row a package revision, with a named state; and receipts.

A row only moves onward, in the transaction that did what its state says. Where a state is told
before the fact (``SENDING``) a crash leaves work that is simply done again; ``RECEIVED`` is refused
by the store itself unless the signed receipt lies in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from field_app.domain.ids import PackageId
from field_app.storage.store import Tx
from field_app.storage.tables import outbox as table
from field_app.storage.tables import receipt as receipt_table
from field_app.storage.times import optional_time, text_of


class OutboxState(Enum):
    """Where a revision is. ``CARRIED``: whole on a stick; ``DELIVERED``: headquarters holds every byte
    and has not judged yet; ``RECEIVED``, ``REFUSED``: by its signed receipt; ``RETURNED``: accepted
    once, and given back by a person there."""

    SEALED = "sealed"
    CARRIED = "carried"
    SENDING = "sending"
    DELIVERED = "delivered"
    RECEIVED = "received"
    REFUSED = "refused"
    RETURNED = "returned"

    @property
    def label(self) -> str:
        return {"sealed": "已封存", "carried": "已拷到U盘", "sending": "传输中", "delivered": "已送达待验",
                "received": "总部已签收", "refused": "总部拒收", "returned": "已退回"}[self.value]


PENDING = (OutboxState.SEALED, OutboxState.CARRIED, OutboxState.SENDING, OutboxState.DELIVERED)
# From where a row may come to a state; the same state again is always harmless.
_FROM: dict[OutboxState, tuple[OutboxState, ...]] = {
    OutboxState.SEALED: (),
    OutboxState.CARRIED: (OutboxState.SEALED,),
    OutboxState.SENDING: (OutboxState.SEALED, OutboxState.CARRIED),
    OutboxState.DELIVERED: (OutboxState.SEALED, OutboxState.CARRIED, OutboxState.SENDING),
    OutboxState.RECEIVED: PENDING,
    OutboxState.REFUSED: PENDING,
    OutboxState.RETURNED: (*PENDING, OutboxState.RECEIVED),
}


@dataclass(frozen=True)
class Outgoing:
    """One revision on its way."""

    package: PackageId
    revision: int
    state: OutboxState
    attempts: int
    last_error: str
    queued: datetime
    finished: datetime | None


def _outgoing(row: Row[Any]) -> Outgoing:
    return Outgoing(PackageId(row.package), row.revision, OutboxState(row.state), row.attempts,
                    row.last_error, datetime.fromisoformat(row.queued), optional_time(row.finished))


def put(tx: Tx, package: PackageId, revision: int, *, at: datetime) -> None:
    """Queue a sealed revision; one that is queued already stays as it is."""
    if one(tx, package, revision) is None:
        tx.connection.execute(insert(table).values(
            package=package, revision=revision, state=OutboxState.SEALED.value, attempts=0,
            last_error="", queued=text_of(at), finished=None))


def one(tx: Tx, package: PackageId, revision: int) -> Outgoing | None:
    """One revision, or None."""
    row = tx.connection.execute(select(table).where(
        table.c.package == package, table.c.revision == revision)).first()
    return None if row is None else _outgoing(row)


def waiting(tx: Tx) -> list[Outgoing]:
    """Revisions whose receipt is still to come, oldest first."""
    rows = tx.connection.execute(
        select(table).where(table.c.state.in_([s.value for s in PENDING]))
        .order_by(table.c.queued, table.c.revision))
    return [_outgoing(row) for row in rows]


def newest(tx: Tx, packages: Sequence[PackageId]) -> dict[PackageId, Outgoing]:
    """The newest revision of each of these packages that has one."""
    found: dict[PackageId, Outgoing] = {}
    for start in range(0, len(packages), 500):
        rows = tx.connection.execute(
            select(table).where(table.c.package.in_(packages[start:start + 500]))
            .order_by(table.c.revision))
        found |= {PackageId(row.package): _outgoing(row) for row in rows}
    return found


def advance(tx: Tx, package: PackageId, revision: int, state: OutboxState) -> bool:
    """Move a revision onward to ``state``; False where it is there already or past it."""
    done = tx.connection.execute(
        update(table).where(table.c.package == package, table.c.revision == revision,
                            table.c.state.in_([s.value for s in _FROM[state]]))
        .values(state=state.value))
    return bool(done.rowcount)


def note_try(tx: Tx, package: PackageId, revision: int, *, error: str) -> None:
    """Count a try and keep why it failed."""
    tx.connection.execute(
        update(table).where(table.c.package == package, table.c.revision == revision)
        .values(attempts=table.c.attempts + 1, last_error=error))


def finish(tx: Tx, package: PackageId, revision: int, state: OutboxState, *, at: datetime,
           error: str = "") -> bool:
    """End a revision's way; False when it had ended before."""
    if not advance(tx, package, revision, state):
        return False
    tx.connection.execute(
        update(table).where(table.c.package == package, table.c.revision == revision)
        .values(finished=text_of(at), last_error=error))
    return True


def keep_receipt(tx: Tx, package: PackageId, revision: int, data: bytes, signature: bytes, *,
                 at: datetime) -> None:
    """Keep headquarters' signed receipt; the same one again is harmless."""
    if receipt(tx, package, revision) is None:
        tx.connection.execute(insert(receipt_table).values(
            package=package, revision=revision, data=data, signature=signature,
            received=text_of(at)))


def receipt(tx: Tx, package: PackageId, revision: int) -> tuple[bytes, bytes] | None:
    """The receipt's bytes and signature, or None."""
    row = tx.connection.execute(
        select(receipt_table.c.data, receipt_table.c.signature).where(
            receipt_table.c.package == package, receipt_table.c.revision == revision)).first()
    return None if row is None else (row.data, row.signature)


def last_receipt_time(tx: Tx, *, until: datetime) -> datetime | None:
    """When headquarters last accepted anything; what a clock that ran ahead put after ``until`` is passed over."""
    kept, row = receipt_table.c, table.c
    found = tx.connection.execute(
        select(kept.received).join(
            table, (row.package == kept.package) & (row.revision == kept.revision))
        .where(row.state != OutboxState.REFUSED.value,
               func.julianday(kept.received) <= func.julianday(text_of(until)))
        .order_by(kept.received.desc()).limit(1)).scalar()
    return optional_time(found)
