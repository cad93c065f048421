"""Statements and log heads time-stamped at headquarters (FORMAT.md, section 11).

The network is asked without any lock; only laying the answer into a package waits its turn.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.headquarters.examine import Examiner
from field_app.headquarters.exclusive import alone
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.intake import ACCEPTED
from field_app.headquarters.tables import event, statement
from field_app.headquarters.timestamps import TimeAuthority, TimestampInvalid, ask, check
from field_app.packages.bag import read_limited, write_bag
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

    def path(self, folder: HqFolder) -> Path:
        return folder.heads / self.device / f"{self.seq:010d}.json"

    @classmethod
    def read(cls, path: Path) -> "Head":
        """Strict reading; ``Malformed``, ``MalformedJson``, ``OSError``."""
        members = Members(parse(read_limited(path, 4096)), "head",
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
    for row in rows:
        answer, told = ask(authority, row.signature)
        with alone(examiner.folder):
            target = examiner.folder.package(row.package)
            name = timestamp_name(row.revision)
            write_file(target / name, answer)
            suite = parse_statement(row.data).suite
            write_bag(target, row.package, readme=readme(row.package, suite), suite=suite,
                      rewritten=[name])
            with examiner.store.write() as connection:
                connection.execute(update(statement).where(
                    statement.c.package == row.package, statement.c.revision == row.revision)
                    .values(stamped=told.isoformat()))
    return len(rows)


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


def stamped_heads(folder: HqFolder) -> list[Path]:
    """The heads that have a time-stamp, by device and number."""
    return sorted(path for path in folder.heads.glob("*/*.json")
                  if path.with_suffix(".tsr").is_file())


def stamp_heads(examiner: Examiner, authority: TimeAuthority) -> int:
    """Time-stamp each device's newest head that has none yet; how many.

    Raises ``TimestampAway`` or ``TimestampInvalid``.
    """
    with examiner.store.read() as connection:
        heads = newest_heads(connection)
    new = [head for head in heads
           if not head.path(examiner.folder).with_suffix(".tsr").is_file()]
    for head in new:
        answer, _told = ask(authority, head.data())
        path = head.path(examiner.folder)
        write_file(path, head.data())
        write_file(path.with_suffix(".tsr"), answer)
    return len(new)


@dataclass(frozen=True)
class Stamps:
    """What an audit of time-stamps found: how many hold, and where one does not; ``proved``: of each
    device the number of its newest time-stamped event, and not later than when it was there."""

    statements: int = 0
    heads: int = 0
    false: tuple[str, ...] = ()
    proved: tuple[tuple[str, int, datetime], ...] = ()


def check_stamps(folder: HqFolder, connection: Connection, authority: TimeAuthority) -> Stamps:
    """Hold every time-stamp to its file, and every time-stamped head to the log that is known."""
    false, statements, heads = [], 0, 0
    proved: dict[str, tuple[str, int, datetime]] = {}
    rows = connection.execute(
        select(statement.c.package, statement.c.revision, statement.c.signature, statement.c.stamped)
        .where(statement.c.status == ACCEPTED).order_by(statement.c.package, statement.c.revision))
    for row in rows:
        path = folder.package(row.package) / timestamp_name(row.revision)
        if row.stamped is None and not path.is_file():
            continue
        try:
            check(authority, read_limited(path, MAX_TIMESTAMP_BYTES), row.signature)
            statements += 1
        except (OSError, Malformed, TimestampInvalid):
            false.append(f"{row.package}/{timestamp_name(row.revision)}")
    for path in stamped_heads(folder):
        found = _proved(folder, connection, authority, path)
        if found is None:
            false.append(path.relative_to(folder.data).as_posix())
        else:
            heads += 1
            proved[found[0]] = found  # Sorted by number, so the newest is last.
    return Stamps(statements, heads, tuple(false), tuple(proved.values()))


def _proved(folder: HqFolder, connection: Connection, authority: TimeAuthority,
            path: Path) -> tuple[str, int, datetime] | None:
    """Device, number and time of a head that is the known log's; None when it does not hold."""
    try:
        head = Head.read(path)
        told = check(authority, read_limited(path.with_suffix(".tsr"), MAX_TIMESTAMP_BYTES),
                     head.data())
    except (OSError, Malformed, MalformedJson, TimestampInvalid):
        return None
    known = connection.execute(select(event.c.hash).where(
        event.c.device == head.device, event.c.seq == head.seq)).scalar()
    return (head.device, head.seq, told) if head.path(folder) == path and known == head.hash else None
