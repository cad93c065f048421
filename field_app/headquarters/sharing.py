"""One case on several laptops: assigned by headquarters, each laptop's events handed to the others.

Laptops never meet. What one recorded comes here with its packages and goes on, as the very lines it
signed for, to every other laptop that works on the case; each adds them to what it knows.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from field_app import logs
from field_app.crypto.canonical import MalformedJson, parse
from field_app.headquarters.examine import Examiner
from field_app.headquarters.orders import NotSent, inbox_recipient, send_order
from field_app.headquarters.store import upsert
from field_app.headquarters.tables import (
    case_file,
    case_object,
    case_share,
    event,
    lane,
    receipt,
    shared_to,
)
from field_app.packages.index import ObjectKind
from field_app.packages.open import open_package
from field_app.protocol.orders import MAX_LINES, AssignedCase, OrderKind, OtherEvents
from field_app.protocol.receipt import Verdict
from field_app.protocol.strict import Malformed

_RECORD = "le-case/1"
_MAX_RECORD = 32 << 20
# An order of so many bytes of lines stays well below the limit once sealed and written as text.
_ORDER_BYTES = 2 << 20


def read_record(examiner: Examiner, package: str) -> dict[str, Any]:
    """The case's own data in the newest record of an accepted package; ``Malformed``,
    ``PackageUnreadable``."""
    with examiner.store.read() as connection:
        record = connection.execute(
            select(case_object.c.id, case_object.c.ct_sha256)
            .where(case_object.c.package == package, case_object.c.kind == ObjectKind.RECORD.value)
            .order_by(case_object.c.ordinal.desc()).limit(1)).first()
    if record is None:
        raise Malformed("record", "missing")
    with examiner.depot.shelf.borrow(package, objects=[record.ct_sha256]) as place:
        opened = open_package(place, [examiner.identity])
        entry = next((o for o in opened.index.objects if o.id == record.id), None)
        if entry is None:
            raise Malformed("record", "missing")
        data = opened.read(entry, limit=_MAX_RECORD)
    try:
        value = parse(data, limit=_MAX_RECORD)
    except MalformedJson as error:
        raise Malformed("record", str(error)) from error
    if not isinstance(value, dict) or value.get("format") != _RECORD:
        raise Malformed("record", "format")
    return value


def _assigned(examiner: Examiner, package: str, device: str) -> AssignedCase:
    told = read_record(examiner, package)
    name, _, version = str(told["procedure"]).partition("/")
    return AssignedCase(
        case=str(told["id"]), device=device, local_no=str(told["local_no"]), procedure=name,
        procedure_version=int(version), cause=str(told["cause"]), matter=str(told["matter"]),
        place=str(told["place"]), opened=datetime.fromisoformat(str(told["opened"])),
        officers=tuple(map(str, told["officers"])), party=dict(told["party"]))


def assign_case(examiner: Examiner, package: str, device: str) -> None:
    """Give the case of an accepted package to a second laptop too, with the first one's events.

    Raises :class:`NotSent` (``no_key``, ``case``, ``same``), ``PackageUnreadable``, ``Malformed``.
    """
    with examiner.store.read() as connection:
        row = connection.execute(select(case_file).where(case_file.c.package == package)).first()
        if row is None:
            raise NotSent("case", package)
        if row.device == device:
            raise NotSent("same", device)
        if inbox_recipient(connection, device) is None:
            raise NotSent("no_key", device)
    try:
        told = _assigned(examiner, package, row.device)
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("record", type(error).__name__) from error
    with examiner.store.write() as connection:
        known = connection.execute(upsert(connection, case_share).values(
            case_id=row.case_id, device=device, at=datetime.now(UTC).isoformat())
            .on_conflict_do_nothing())
        if known.rowcount:
            send_order(examiner, connection, OrderKind.ASSIGNED, told, device=device)
    share_events(examiner, row.case_id)


def devices_of(connection: Connection, case_id: str) -> set[str]:
    """Every laptop that works on a case: the one that opened it, and those that headquarters assigned.

    A package that only says it is of this case gives nobody a right to what others recorded of it.
    """
    opened = connection.execute(
        select(case_file.c.device).join(receipt, receipt.c.package == case_file.c.package)
        .where(case_file.c.case_id == case_id, receipt.c.verdict == Verdict.ACCEPTED.value)
        .order_by(receipt.c.at, case_file.c.package).limit(1)).scalars()
    assigned = connection.execute(
        select(case_share.c.device).where(case_share.c.case_id == case_id)).scalars()
    return {*opened, *assigned}


def _pieces(rows: Any) -> Iterator[tuple[list[str], int]]:
    """Lines in orders of bounded size, each with the number of its last event."""
    lines: list[str] = []
    size, last = 0, 0
    for row in rows:
        if lines and (size + len(row.data) > _ORDER_BYTES or len(lines) == MAX_LINES):
            yield lines, last
            lines, size = [], 0
        lines.append(row.data.decode("utf-8"))
        size, last = size + len(row.data), row.seq
    if lines:
        yield lines, last


def _hand_on(examiner: Examiner, connection: Connection, case_id: str, to: str, of: str) -> int:
    after = connection.execute(select(shared_to.c.seq).where(
        shared_to.c.case_id == case_id, shared_to.c.device == to,
        shared_to.c.of_device == of)).scalar() or 0
    rows = connection.execute(
        select(event.c.seq, event.c.data)
        .where(event.c.case_id == case_id, event.c.device == of, event.c.seq > after)
        .order_by(event.c.seq)).all()
    for lines, last in _pieces(rows):
        send_order(examiner, connection, OrderKind.EVENTS, OtherEvents(case_id, tuple(lines)),
                   device=to)
        connection.execute(upsert(connection, shared_to).values(
            case_id=case_id, device=to, of_device=of, seq=last)
            .on_conflict_do_update(index_elements=["case_id", "device", "of_device"],
                                   set_={"seq": last}))
    return len(rows)


def share_events(examiner: Examiner, case_id: str) -> int:
    """Hand every laptop of a case the others' events that it was not handed yet; how many.

    A laptop that has not told its key yet is served when it has.
    """
    with examiner.store.read() as connection:
        devices = devices_of(connection, case_id)
    if len(devices) < 2:
        return 0
    handed = 0
    for to in sorted(devices):
        for of in sorted(devices - {to}):
            try:
                with examiner.store.claim(select(lane.c.device).where(lane.c.device == to),
                                          lane) as claim:
                    if claim is None:
                        continue  # Somebody settles what it sent; the next look hands on.
                    with claim.write() as connection:
                        handed += _hand_on(examiner, connection, case_id, to, of)
            except NotSent as error:
                logs.warn("events of a shared case wait", code=error.code, device=to)
    return handed


def shared_cases(connection: Connection) -> list[str]:
    """Cases that were assigned to a second laptop."""
    return sorted(connection.execute(select(case_share.c.case_id).distinct()).scalars())
