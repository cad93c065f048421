"""Statements and log heads time-stamped at headquarters (FORMAT.md, section 11).

The network is asked without any lock; only laying the answer into a package waits its turn.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.headquarters.away import StoreAway
from field_app.headquarters.depot import HEADS, Depot
from field_app.headquarters.examine import Examiner
from field_app.headquarters.intake import ACCEPTED
from field_app.headquarters.tables import event, lane, statement
from field_app.headquarters.timestamps import TimeAuthority, TimestampInvalid, ask, check
from field_app.packages.bag import write_bag
from field_app.packages.durable import write_file
from field_app.packages.layout import MAX_TIMESTAMP_BYTES, timestamp_name
from field_app.packages.readme import readme
from field_app.packages.statement import parse_statement
from field_app.protocol.strict import Malformed, Members

HEAD_FORMAT = "le-head-stamp/1"
_BATCH = 20


@dataclass(frozen=True)
class Head:
    """The newest event of a device's log as headquarters holds it."""

    device: str
    seq: int
    hash: str

    def data(self) -> bytes:
        """The bytes that are time-stamped."""
        return canonical({"format": HEAD_FORMAT, "device": self.device, "seq": self.seq,
                          "hash": self.hash})

    def key(self, kind: str = "json") -> str:
        """Where it lies, and with ``tsr`` its time-stamp."""
        return f"{HEADS}{self.device}/{self.seq:010d}.{kind}"

    @classmethod
    def read(cls, data: bytes) -> "Head":
        """Strict reading; ``Malformed``, ``MalformedJson``."""
        members = Members(parse(data, limit=4096), "head",
                          ("format", "device", "seq", "hash"))
        members.choice("format", (HEAD_FORMAT,))
        return cls(members.text("device", limit=32), members.integer("seq", low=1),
                   members.sha256("hash"))


def stamp_statements(examiner: Examiner, authority: TimeAuthority) -> int:
    """Time-stamp accepted statements that have none, a few at a time; how many.

    Raises ``TimestampAway`` or ``TimestampInvalid``.
    """
    with examiner.store.read() as connection:
        rows = connection.execute(
            select(statement).where(statement.c.status == ACCEPTED, statement.c.stamped.is_(None))
            .order_by(statement.c.package, statement.c.revision).limit(_BATCH)).all()
    done = 0
    for row in rows:
        answer, told = ask(authority, row.signature)
        with examiner.store.settling():
            done += _keep_stamp(examiner, row, answer, told)
    return done


def _keep_stamp(examiner: Examiner, row: Row[Any, Any, Any], answer: bytes, told: datetime) -> bool:
    """False when somebody else works on this device's packages, or was quicker."""
    mine = select(lane.c.device).join(statement, statement.c.device == lane.c.device).where(
        statement.c.package == row.package, statement.c.revision == row.revision,
        statement.c.stamped.is_(None))
    with examiner.store.claim(mine, lane) as claim:
        if claim is None:
            return False
        with examiner.depot.shelf.amending(row.package) as target:
            name = timestamp_name(row.revision)
            write_file(target / name, answer)
            suite = parse_statement(row.data).suite
            write_bag(target, row.package, readme=readme(row.package, suite), suite=suite,
                      rewritten=[name])
        with claim.write() as connection:
            connection.execute(update(statement).where(
                statement.c.package == row.package, statement.c.revision == row.revision)
                .values(stamped=told.isoformat()))
    return True


def newest_heads(connection: Connection) -> list[Head]:
    """Of each device: the last event before the first gap, if its log is there from the start."""
    found = []
    devices = connection.execute(
        select(event.c.device, func.min(event.c.seq), func.max(event.c.seq), func.count())
        .group_by(event.c.device).order_by(event.c.device)).all()
    for device, first, last, count in devices:
        if first != 1:
            continue
        seq = last if count == last else _before_gap(connection, device)
        digest = connection.execute(select(event.c.hash).where(
            event.c.device == device, event.c.seq == seq)).scalar_one()
        found.append(Head(device, seq, digest))
    return found


def _before_gap(connection: Connection, device: str) -> int:
    rows = connection.execute(select(event.c.seq).where(event.c.device == device)
                              .order_by(event.c.seq)).scalars()
    last = 0
    for seq in rows:
        if seq != last + 1:
            break
        last = seq
    return last


def stamped_heads(depot: Depot) -> list[str]:
    """The keys of heads that have a time-stamp, by device and number."""
    keys = set(depot.bytes.keys(HEADS))
    return sorted(key for key in keys
                  if key.endswith(".json") and key.removesuffix("json") + "tsr" in keys)


def stamp_heads(examiner: Examiner, authority: TimeAuthority) -> int:
    """Time-stamp each device's newest head that has none yet; how many.

    Raises ``TimestampAway`` or ``TimestampInvalid``.
    """
    with examiner.store.read() as connection:
        heads = newest_heads(connection)
    new = [head for head in heads if examiner.depot.bytes.size(head.key("tsr")) is None]
    for head in new:
        answer, _told = ask(authority, head.data())
        examiner.depot.bytes.put(head.key(), head.data())
        examiner.depot.bytes.put(head.key("tsr"), answer)
    return len(new)


@dataclass(frozen=True)
class Stamps:
    """What an audit of time-stamps found: how many hold, and where one does not; ``proved``: of each
    device the number of its newest time-stamped event, and not later than when it was there."""

    statements: int = 0
    heads: int = 0
    false: tuple[str, ...] = ()
    proved: tuple[tuple[str, int, datetime], ...] = ()


def check_stamps(depot: Depot, connection: Connection, authority: TimeAuthority) -> Stamps:
    """Hold every time-stamp to its file, and every time-stamped head to the log that is known."""
    false, statements, heads = [], 0, 0
    proved: dict[str, tuple[str, int, datetime]] = {}
    rows = connection.execute(
        select(statement.c.package, statement.c.revision, statement.c.signature, statement.c.stamped)
        .where(statement.c.status == ACCEPTED).order_by(statement.c.package, statement.c.revision))
    for row in rows:
        name = timestamp_name(row.revision)
        if row.stamped is None and not depot.shelf.has(row.package, name):
            continue
        try:
            check(authority, depot.shelf.read(row.package, name, MAX_TIMESTAMP_BYTES),
                  row.signature)
            statements += 1
        except StoreAway:
            raise
        except (OSError, Malformed, TimestampInvalid):
            false.append(f"{row.package}/{name}")
    for key in stamped_heads(depot):
        found = _proved(depot, connection, authority, key)
        if found is None:
            false.append(key)
        else:
            heads += 1
            proved[found[0]] = found  # Sorted by number, so the newest is last.
    return Stamps(statements, heads, tuple(false), tuple(proved.values()))


def _proved(depot: Depot, connection: Connection, authority: TimeAuthority,
            key: str) -> tuple[str, int, datetime] | None:
    """Device, number and time of a head that is the known log's; None when it does not hold."""
    try:
        head = Head.read(depot.bytes.get(key, 4096))
        told = check(authority, depot.bytes.get(head.key("tsr"), MAX_TIMESTAMP_BYTES), head.data())
    except StoreAway:
        raise
    except (OSError, Malformed, MalformedJson, TimestampInvalid):
        return None
    known = connection.execute(select(event.c.hash).where(
        event.c.device == head.device, event.c.seq == head.seq)).scalar()
    return (head.device, head.seq, told) if head.key() == key and known == head.hash else None
