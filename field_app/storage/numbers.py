"""Document numbers: taken in order from reserved blocks, never twice; void ones are kept on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from field_app.domain.ids import DocumentId
from field_app.errors import FieldAppError
from field_app.storage.store import Tx
from field_app.storage.tables import counter, void_number
from field_app.storage.times import text_of


class NumbersUsedUp(FieldAppError):
    """Every number of the reserved blocks is taken; headquarters must give a new block."""

    def __init__(self, series: str, year: int) -> None:
        super().__init__(f"{series} {year}")
        self.series = series
        self.year = year


@dataclass(frozen=True)
class Block:
    """Numbers ``first`` to ``last`` (both included) that only this device may give."""

    first: int
    last: int


@dataclass(frozen=True)
class VoidNumber:
    """A number that was given and whose paper was made void."""

    series: str
    year: int
    number: str
    paper: DocumentId
    reason: str
    at: datetime


def _after(last: int, blocks: Sequence[Block]) -> int | None:
    """The lowest number above ``last`` in any block."""
    candidates = [max(block.first, last + 1) for block in blocks if block.last > last]
    return min(candidates, default=None)


def take(tx: Tx, series: str, year: int, blocks: Sequence[Block] | None = None) -> int:
    """The next number of a series in a year, given once, in the caller's transaction.

    Without ``blocks`` (None) the series runs from 1 on this device alone. Raises
    :class:`NumbersUsedUp` when the blocks hold no more.
    """
    row = tx.connection.execute(
        select(counter.c.last).where(counter.c.series == series, counter.c.year == year)).first()
    last = 0 if row is None else int(row.last)
    number = last + 1 if blocks is None else _after(last, blocks)
    if number is None:
        raise NumbersUsedUp(series, year)
    if row is None:
        tx.connection.execute(insert(counter).values(series=series, year=year, last=number))
    else:
        tx.connection.execute(
            update(counter).where(counter.c.series == series, counter.c.year == year)
            .values(last=number))
    return number


def left(tx: Tx, series: str, year: int, blocks: Sequence[Block]) -> int:
    """How many numbers of the blocks are still free."""
    last = tx.connection.execute(
        select(counter.c.last).where(counter.c.series == series, counter.c.year == year)
    ).scalar() or 0
    return sum(max(0, block.last - max(block.first - 1, int(last))) for block in blocks)


def make_void(tx: Tx, void: VoidNumber) -> None:
    """Keep that a number was given and made void; it is never given again."""
    tx.connection.execute(insert(void_number).values(
        series=void.series, year=void.year, number=void.number, paper=void.paper,
        reason=void.reason, at=text_of(void.at)))


def voids(tx: Tx) -> list[VoidNumber]:
    """All void numbers, oldest first."""
    rows = tx.connection.execute(select(void_number).order_by(void_number.c.at))
    return [VoidNumber(r.series, r.year, r.number, DocumentId(r.paper), r.reason,
                       datetime.fromisoformat(r.at)) for r in rows]
