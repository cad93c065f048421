"""Why recordings are kept for good, stored and read; withdrawn grounds stay on record."""

from datetime import datetime

from sqlalchemy import insert, select, update

from field_app.domain.ids import ClipId
from field_app.domain.recorded import Hold
from field_app.storage.media_tables import clip_hold as table
from field_app.storage.store import Tx
from field_app.storage.times import text_of


def add(tx: Tx, made: Hold) -> None:
    tx.connection.execute(insert(table).values(
        id=made.id, clip_id=made.clip, ground=made.ground, reason=made.reason,
        at=text_of(made.at)))


def withdraw(tx: Tx, clip: ClipId, ground: str, *, at: datetime) -> None:
    """Let a ground no longer count."""
    tx.connection.execute(
        update(table).where(table.c.clip_id == clip, table.c.ground == ground,
                            table.c.withdrawn.is_(None)).values(withdrawn=text_of(at)))


def in_force(tx: Tx) -> dict[ClipId, list[Hold]]:
    """Grounds that count, by clip, oldest first."""
    found: dict[ClipId, list[Hold]] = {}
    for row in tx.connection.execute(
            select(table).where(table.c.withdrawn.is_(None)).order_by(table.c.at, table.c.id)):
        made = Hold(row.id, ClipId(row.clip_id), row.ground, row.reason,
                    datetime.fromisoformat(row.at))
        found.setdefault(made.clip, []).append(made)
    return found
