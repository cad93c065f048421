"""What headquarters sent down: what became of each order, number blocks, other laptops' events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from field_app.storage.numbers import Block
from field_app.storage.store import Tx
from field_app.storage.tables import number_block, order_taken, other_event, setting
from field_app.storage.times import text_of

_CURSOR, _KEY = "inbox_cursor", "inbox_identity"


class OrderOutcome(Enum):
    """``APPLIED``; ``OLDER`` than what is here, nothing changed; ``REFUSED`` with a reason."""

    APPLIED = "applied"
    OLDER = "older"
    REFUSED = "refused"


@dataclass(frozen=True)
class TakenOrder:
    """One thing that came down; ``sha256`` of its bytes; ``lines``: what it tells."""

    sha256: str
    kind: str
    at: datetime
    outcome: OrderOutcome
    title: str
    problem: str = ""
    case: str = ""
    lines: tuple[dict[str, str], ...] = ()


def known(tx: Tx, sha256: str) -> bool:
    """Whether these very bytes were taken before."""
    return tx.connection.execute(
        select(order_taken.c.sha256).where(order_taken.c.sha256 == sha256)).first() is not None


def keep(tx: Tx, order: TakenOrder) -> None:
    """Keep what became of an order; the same one again is harmless."""
    tx.connection.execute(upsert(order_taken).values(
        sha256=order.sha256, kind=order.kind, at=text_of(order.at), outcome=order.outcome.value,
        title=order.title, problem=order.problem, case_id=order.case, lines=list(order.lines))
        .on_conflict_do_nothing())


def _taken(row: Row[Any]) -> TakenOrder:
    return TakenOrder(row.sha256, row.kind, datetime.fromisoformat(row.at), OrderOutcome(row.outcome),
                      row.title, row.problem, row.case_id, tuple(row.lines))


def newest(tx: Tx, *, limit: int = 50, case: str = "") -> list[TakenOrder]:
    """What came down last, newest first; only what speaks of ``case`` when that is given."""
    query = select(order_taken).order_by(order_taken.c.at.desc(), order_taken.c.sha256).limit(limit)
    if case:
        query = query.where(order_taken.c.case_id == case)
    return [_taken(row) for row in tx.connection.execute(query)]


def _setting(tx: Tx, key: str) -> Any:
    return tx.connection.execute(select(setting.c.value).where(setting.c.key == key)).scalar()


def _set(tx: Tx, key: str, value: Any) -> None:
    done = tx.connection.execute(update(setting).where(setting.c.key == key).values(value=value))
    if not done.rowcount:
        tx.connection.execute(insert(setting).values(key=key, value=value))


def cursor(tx: Tx) -> int:
    """Up to where headquarters' inbox was read."""
    return int(_setting(tx, _CURSOR) or 0)


def set_cursor(tx: Tx, value: int) -> None:
    _set(tx, _CURSOR, value)


def inbox_key(tx: Tx) -> str:
    """The secret text of the key that sealed orders open with; empty before it was made."""
    return str(_setting(tx, _KEY) or "")


def set_inbox_key(tx: Tx, secret: str) -> None:
    _set(tx, _KEY, secret)


def blocks(tx: Tx, series: str, year: int) -> list[Block]:
    """Numbers of a series that orders gave this laptop."""
    rows = tx.connection.execute(
        select(number_block.c.first, number_block.c.last)
        .where(number_block.c.series == series, number_block.c.year == year)
        .order_by(number_block.c.first))
    return [Block(row.first, row.last) for row in rows]


def block_series(tx: Tx) -> list[str]:
    """Every series of which orders gave numbers."""
    return list(tx.connection.execute(
        select(number_block.c.series).distinct().order_by(number_block.c.series)).scalars())


def add_block(tx: Tx, series: str, year: int, block: Block, *, given: str) -> None:
    """Keep numbers that the order of hash ``given`` gives."""
    tx.connection.execute(insert(number_block).values(
        series=series, year=year, first=block.first, last=block.last, given=given))


@dataclass(frozen=True)
class OtherEvent:
    """An event that another laptop recorded; ``data`` is what was hashed."""

    device: str
    seq: int
    hash: str
    case: str
    kind: str
    hlc: str
    data: bytes


def _other(row: Row[Any]) -> OtherEvent:
    return OtherEvent(row.device, row.seq, row.hash, row.case_id, row.kind, row.hlc, row.data)


def other_events(tx: Tx, case: str, *, kind: str = "") -> list[OtherEvent]:
    """Events of a case by other laptops, in the order that all laptops agree on; of one kind only
    when it is given."""
    query = select(other_event).where(other_event.c.case_id == case)
    if kind:
        query = query.where(other_event.c.kind == kind)
    rows = tx.connection.execute(
        query.order_by(other_event.c.hlc, other_event.c.device, other_event.c.seq))
    return [_other(row) for row in rows]


def contradicting(tx: Tx, found: Sequence[OtherEvent]) -> OtherEvent | None:
    """The first of these whose device and number are known with another hash, or None."""
    for each in found:
        hash_known = tx.connection.execute(select(other_event.c.hash).where(
            other_event.c.device == each.device, other_event.c.seq == each.seq)).scalar()
        if hash_known is not None and hash_known != each.hash:
            return each
    return None


def add_other_events(tx: Tx, found: Iterable[OtherEvent]) -> int:
    """Add events to those known; how many were new."""
    new = 0
    for each in found:
        done = tx.connection.execute(upsert(other_event).values(
            device=each.device, seq=each.seq, hash=each.hash, case_id=each.case, kind=each.kind,
            hlc=each.hlc, data=each.data).on_conflict_do_nothing())
        new += done.rowcount
    return new
