"""What waits to be sent: one row a package revision, with a named state; and receipts."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import insert, select, update

from field_app.domain.ids import PackageId
from field_app.storage.store import Tx
from field_app.storage.tables import outbox as table
from field_app.storage.tables import receipt as receipt_table
from field_app.storage.times import optional_time, text_of


class OutboxState(Enum):
    """``WAITING`` to be sent or tried again; ``RECEIVED`` by a stored receipt; ``REFUSED``."""

    WAITING = "waiting"
    RECEIVED = "received"
    REFUSED = "refused"


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


def put(tx: Tx, package: PackageId, revision: int, *, at: datetime) -> None:
    """Queue a sealed revision."""
    tx.connection.execute(insert(table).values(
        package=package, revision=revision, state=OutboxState.WAITING.value, attempts=0,
        last_error="", queued=text_of(at), finished=None))


def waiting(tx: Tx) -> list[Outgoing]:
    """Revisions still to be sent, oldest first."""
    rows = tx.connection.execute(
        select(table).where(table.c.state == OutboxState.WAITING.value)
        .order_by(table.c.queued, table.c.revision))
    return [Outgoing(PackageId(r.package), r.revision, OutboxState(r.state), r.attempts,
                     r.last_error, datetime.fromisoformat(r.queued), optional_time(r.finished))
            for r in rows]


def note_try(tx: Tx, package: PackageId, revision: int, *, error: str) -> None:
    """Count a try and keep why it failed."""
    tx.connection.execute(
        update(table).where(table.c.package == package, table.c.revision == revision)
        .values(attempts=table.c.attempts + 1, last_error=error))


def finish(tx: Tx, package: PackageId, revision: int, state: OutboxState, *, at: datetime,
           error: str = "") -> None:
    """End a revision's way."""
    tx.connection.execute(
        update(table).where(table.c.package == package, table.c.revision == revision)
        .values(state=state.value, finished=text_of(at), last_error=error))


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


def last_receipt_time(tx: Tx) -> datetime | None:
    """When headquarters last confirmed anything."""
    row = tx.connection.execute(
        select(receipt_table.c.received).order_by(receipt_table.c.received.desc()).limit(1)
    ).scalar()
    return optional_time(row)
